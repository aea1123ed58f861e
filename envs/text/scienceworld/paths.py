"""Paths to the end of published cases, which the simulator has found: ``data/paths.jsonl.xz``."""

import hashlib
import lzma
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

import msgspec

from core.decode import decode
from core.files import write_bytes
from envs.text.scienceworld.cases import DATA

FILE = DATA / "paths.jsonl.xz"
WAIT, TIME_OF_WAIT = "wait", 11
"""The action that lets most time pass, and how much: most other actions take 1."""
_TIMES = {WAIT: TIME_OF_WAIT, "wait1": 2, "look around": 0}
_IDLE = re.compile(r"wait1?|look around|examine .+|use thermometer in inventory on .+")


@dataclass(frozen=True, slots=True)
class GoldPath:
    """Actions that complete a case.

    Attributes:
        case: its name.
        first: `digest` of its first observation.
        actions: the last one completes the task.
    """

    case: str
    first: str
    actions: tuple[str, ...]


def digest(first_observation: str) -> str:
    """What a case is found by: 64 bits of the SHA-256 of its first observation, in hexadecimal digits."""
    return hashlib.sha256(first_observation.encode()).hexdigest()[:16]


def shorten(actions: Sequence[str]) -> list[str]:
    """A path without what the simplification "easy" makes superfluous.

    Doors are open already, and one teleports instead of walking through places in which nothing is done.
    """
    walked = [action for action in actions if not action.startswith("open door to ")]
    shorter: list[str] = []
    for action in walked:
        if action.startswith("go to "):
            action = f"teleport to {action.removeprefix('go to ')}"
            if shorter and shorter[-1].startswith("teleport to "):
                shorter.pop()
        shorter.append(action)
    return shorter


def shorten_waits(actions: Sequence[str], shortest: int) -> list[str]:
    """A path that lets time pass by ``wait``, in place of looking and measuring again and again.

    Args:
        actions: of the path.
        shortest: time for which there is one more ``wait``. Below `TIME_OF_WAIT` the path takes longer, by less than that.
    """
    shorter: list[str] = []
    for is_idle, run in groupby(actions, lambda action: _IDLE.fullmatch(action) is not None):
        same = list(run)
        waits, rest = divmod(sum(_TIMES.get(action, 1) for action in same), TIME_OF_WAIT)
        if rest >= shortest:
            waits, rest = waits + 1, 0
        if is_idle and waits:
            others = [action for action in same if action != WAIT]
            kept: list[str] = []
            while others and _TIMES.get(others[-1], 1) <= rest:
                kept.insert(0, others.pop())
                rest -= _TIMES.get(kept[0], 1)
            same = [WAIT] * waits + kept
        shorter += same
    return shorter


@cache
def known_paths() -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """The different paths of the cases that begin with a first observation, by its `digest`; read once in a process."""
    paths: dict[str, dict[tuple[str, ...], None]] = {}
    for path in read_paths(FILE):
        paths.setdefault(path.first, {})[path.actions] = None
    return {first: tuple(of_first) for first, of_first in paths.items()}


def read_paths(file: Path) -> list[GoldPath]:
    """The paths of a file.

    Raises:
        RunDirectoryError: it holds something else.
    """
    lines = lzma.decompress(file.read_bytes()).splitlines()
    return [decode(line, GoldPath, f"{file}, line {n}") for n, line in enumerate(lines, 1)]


def write_paths(file: Path, paths: Iterable[GoldPath]) -> None:
    """Replace a file, in the order of the cases' names.

    Raises:
        RunDirectoryError: it cannot be written.
    """
    rows = sorted(paths, key=lambda path: path.case)
    text = b"".join(msgspec.json.encode(asdict(row)) + b"\n" for row in rows)
    write_bytes(file, lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))
