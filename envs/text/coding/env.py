"""HumanEval and MBPP as gymnasium environments."""

from contextlib import ExitStack
from typing import Any

import gymnasium

from envs.text.arguments import chosen_case
from envs.text.coding.judge import judge
from envs.text.coding.problems import find_problem, read_problems
from envs.text.spaces import PrintableText
from sandbox.programs import Programs

MAX_CHARS = 20_000
"""Length limit of the action and observation spaces."""


class CodingEnv(gymnasium.Env[str, str]):
    """A function to write in Python, as in HumanEval (arXiv 2107.03374) and MBPP (arXiv 2108.07732).

    Description:
        An episode is one program. It runs in the sandbox (`sandbox.programs`), never in this process.

    Action Space:
        Text: a program that defines the function, or only the function's body, which completes the
        prompt. ``from typing import *`` stands in front of it.

    Observation Space:
        Text: the prompt (signature and docstring); after the program, how its hidden tests ended.

    Rewards:
        1 if the program passes all hidden tests, 0 otherwise.

    Termination:
        The episode ends with the first program (terminated): the hidden tests run once, in at most 10
        seconds. Until the next reset, nothing changes any more.

    Info:
        ``goal``, ``case``, ``entry_point`` (name of the function), ``score`` and ``success`` (both 1 if the
        program passes) and ``is_valid`` (whether the program is Python). For evaluation only.

    Cases:
        ``reset(options={"case": "HumanEval/3"})`` begins a problem; without a case, one is drawn.

    Args:
        task: one of `core.task.PROGRAMMING`.

    Raises:
        SettingsError: there is no such task.
    """

    def __init__(self, task: str) -> None:
        self._task = task
        self._cases = list(read_problems(task))
        self._stack = ExitStack()
        self._programs: Programs | None = None
        self.observation_space = PrintableText(MAX_CHARS)
        self.action_space = PrintableText(MAX_CHARS)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Begin the problem of a case, or one that is drawn.

        Raises:
            SettingsError: there is no such case.
        """
        super().reset(seed=seed)
        case = chosen_case(options, lambda: self._cases, self.np_random)
        self._problem = find_problem(self._task, case)
        self._result = ""
        self._success = False
        return self._problem.prompt, self._info(is_valid=True)

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Judge a program."""
        is_valid = False
        if not self._result:
            if self._programs is None:
                self._programs = self._stack.enter_context(Programs())
            error = judge(self._programs, self._problem, action)
            self._success = not error
            self._result = "All hidden tests pass." if self._success else f"It fails: {error}"
            is_valid = not error.startswith(("SyntaxError", "IndentationError", "TabError"))
        reward = float(self._success)
        return self._result, reward, True, False, self._info(is_valid=is_valid)

    def close(self) -> None:
        """End the sandbox."""
        self._stack.close()
        self._programs = None

    def _info(self, *, is_valid: bool) -> dict[str, Any]:
        problem = self._problem
        return {
            "goal": f"write the function {problem.entry_point}",
            "case": problem.case,
            "entry_point": problem.entry_point,
            "score": float(self._success),
            "success": self._success,
            "is_valid": is_valid,
        }
