"""Programs in pydantic-monty, an interpreter of a part of Python, for systems that cannot lock a process."""

import pydantic_monty as monty

from core.untrusted import clean
from sandbox.outcome import (
    LONGEST_ERROR,
    LONGEST_PRINTED,
    LONGEST_VALUE,
    MEMORY,
    MEMORY_ERROR,
    Outcome,
    time_error,
)

RECURSION = 900
"""Depth of calls; Python's own limit is 1,000."""
_POLICY = monty.OSPolicy(sleep="zero", random_start={"seed": 0})


class Interpreter:
    """Runs each program in a session of its own; see `sandbox.programs.Programs`."""

    def __init__(self) -> None:
        self._pool = monty.Monty(max_processes=2, feed_duration_limit_grace=1.0)
        self._pool.__enter__()

    def close(self) -> None:
        """End the interpreter's processes."""
        self._pool.__exit__(None, None, None)

    def run(self, source: str, value_of: str, seconds: int) -> Outcome:
        """See `sandbox.programs.Programs.run`."""
        printed: list[str] = []
        limits = monty.ResourceLimits(
            max_memory=MEMORY,
            max_feed_duration_secs=float(seconds),
            max_recursion_depth=RECURSION,
        )

        def keep(stream: str, text: str) -> None:  # noqa: ARG001 as it is called
            if sum(map(len, printed)) < LONGEST_PRINTED:
                printed.append(text)

        code = f"{source}\nrepr({value_of})" if value_of else f"{source}\nNone"
        error, value = "", ""
        try:
            with self._pool.checkout(limits=limits, os_policy=_POLICY) as session:
                result = session.feed_run(code, print_callback=keep)
                # never shown by this process: a small nested list can be endless to write
                value = result if isinstance(result, str) else ""
        except monty.MontyError as raised:
            error = _in_words(raised, seconds)
        return Outcome(
            clean(error)[:LONGEST_ERROR],
            clean(value)[:LONGEST_VALUE],
            clean("".join(printed))[:LONGEST_PRINTED],
        )


def _in_words(error: monty.MontyError, seconds: int) -> str:
    kind = "SyntaxError: " if isinstance(error, monty.MontySyntaxError) else ""
    text = kind + str(error).strip().partition("\n")[0]
    if text.startswith(("TimeoutError: feed time limit", "monty worker killed after")):
        return time_error(seconds)
    return MEMORY_ERROR if text.startswith("MemoryError") else text or "the interpreter has ended"
