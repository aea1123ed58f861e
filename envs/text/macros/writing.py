"""Macros as Python functions."""

from collections.abc import Iterator, Mapping, Sequence

from core.library import LAST_OBSERVATION
from envs.text.macros.mining import Macro, Step
from envs.text.macros.traces import quoted

SEEN = "seen"
"""The variable with the last line that was read."""


def write_all(macros: Sequence[Macro], signatures: Mapping[str, Sequence[str]]) -> list[str]:
    """The source of each macro, as a ``def`` statement.

    Args:
        macros: later ones may call earlier ones.
        signatures: names of the parameters of the actions, as far as they are known.
    """
    known = dict(signatures)
    sources = []
    for macro in macros:
        known[macro.name] = parameters = _parameters(macro, known)
        sources.append("\n".join(_lines(macro, parameters)))
    return sources


def _lines(macro: Macro, parameters: Sequence[str]) -> Iterator[str]:
    yield f"def {macro.name}({', '.join(parameters)}):"
    yield f'    """{_describe(macro)}"""'
    if macro.steps[0].guard is not None:
        yield f"    {SEEN} = {last_line_code(f'{LAST_OBSERVATION}()')}"
    for number, step in enumerate(macro.steps):
        call = f"{SEEN} = {step.name}({', '.join(parameters[index] for index in step.variables)})"
        if step.guard is None:
            yield f"    {call}"
        else:
            sentence = step.guard.sentence.format(*(f"{{{name}}}" for name in parameters))
            seen = SEEN if number == 0 else last_line_code(SEEN)
            yield f"    if f{quoted(sentence)} {'in' if step.guard.is_there else 'not in'} {seen}:"
            yield f"        {call}"
    yield f"    return {SEEN}"


def last_line_code(expression: str) -> str:
    """Code for the last line of a text, which describes the situation."""
    return f'{expression}.split("\\n")[-1]'


def _describe(macro: Macro) -> str:
    """One line about what a function does."""
    words = [f"{step.name} if needed" if step.guard else step.name for step in macro.steps]
    return f"Carry out {', then '.join(words)}. This was done {macro.support} times in the training cases."


def _parameters(macro: Macro, signatures: Mapping[str, Sequence[str]]) -> list[str]:
    """Names of the variables: those of the actions' parameters, numbered where several would be the same."""
    bases = [""] * macro.num_variables
    for step in macro.steps:
        for place, number in enumerate(step.variables):
            bases[number] = bases[number] or _base(step, place, signatures)
    return [
        base if bases.count(base) == 1 else f"{base}{bases[: number + 1].count(base)}"
        for number, base in enumerate(bases)
    ]


def _base(step: Step, place: int, signatures: Mapping[str, Sequence[str]]) -> str:
    names = signatures.get(step.name, ())
    return names[place].rstrip("0123456789") or "thing" if place < len(names) else "thing"
