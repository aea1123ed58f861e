"""Notes and lessons (`core.reflection`) as the scripted beginners read and write them."""

import re
from collections.abc import Sequence

from core.reflection import LESSONS_HEADING, MEMORY_HEADING

_HEADING = re.compile(f"(?:{re.escape(MEMORY_HEADING)}|{re.escape(LESSONS_HEADING)})\n")
_NOTE = re.compile(r"^(?:Trial|Round) \d+: (.*)$", re.MULTILINE)


def read_notes(text: str) -> list[str]:
    """What is said before a first observation: notes or lessons in their order, after an earlier attempt if one is
    shown.
    """
    earlier, *memory = _HEADING.split(text, maxsplit=1)
    return [*filter(None, [earlier.strip()]), *_NOTE.findall("".join(memory))]


def repeated_action(steps: Sequence[tuple[str, str]]) -> str:
    """The last action, if it was done twice in a row or had the same result three times; else an empty text.

    Args:
        steps: each action of an episode with the observation after it.
    """
    if not steps:
        return ""
    action = steps[-1][0]
    in_a_row = len(steps) > 1 and steps[-2][0] == action
    return action if in_a_row or steps.count(steps[-1]) > 2 else ""
