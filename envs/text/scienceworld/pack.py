"""Makes ``data/paths.jsonl.xz``: paths to the end of the published cases, found by ScienceWorld's simulator.

    python -m envs.text.scienceworld.pack [NUMBER]

Cases that are there already stay; of the others at most NUMBER are added, those of `test` first. A case takes the
simulator up to three seconds. After Ctrl-C the paths found so far are kept, and the same command continues.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from core.console import Progress, echo
from envs.text.scienceworld.cases import find_variation, read_cases
from envs.text.scienceworld.env import LOOK
from envs.text.scienceworld.paths import (
    FILE,
    TIME_OF_WAIT,
    GoldPath,
    digest,
    read_paths,
    shorten,
    shorten_waits,
    write_paths,
)
from envs.text.scienceworld.simulator import Game

COMPLETE = 100
"""The score of a completed task."""
_SAVED_AFTER = 20
"""New paths."""


def find_path(game: Game, case: str) -> GoldPath | None:
    """The first way to complete a case within its limit of steps; without one the shortest, and None if none does.

    Tried are the simulator's path, shortened, as it is, and both with shorter waits.
    """
    variation = find_variation(case)
    found = game.gold_path(variation.task_type, variation.number)
    ways = [shorten(found), found]
    ways += [shorten_waits(way, shortest) for shortest in (TIME_OF_WAIT, TIME_OF_WAIT // 2) for way in ways]  # fmt: skip
    completing = []
    for actions in ways:
        played = _play(game, case, actions)
        if played is not None:
            completing.append(played)
            if len(played.actions) <= variation.max_steps:
                return played
    return min(completing, key=lambda path: len(path.actions), default=None)


def _play(game: Game, case: str, actions: Sequence[str]) -> GoldPath | None:
    """The path up to the action that completes the task; None if none does."""
    variation = find_variation(case)
    game.load(variation.task_type, variation.number)
    first = f"{game.description}\n{game.step(LOOK)[0]}"
    for number, action in enumerate(actions, start=1):
        _, score, is_completed = game.step(action)
        if is_completed:
            done = score == COMPLETE
            return GoldPath(case, digest(first), tuple(actions[:number])) if done else None
    return None


def missing(known: Iterable[str]) -> Iterator[str]:
    """The published cases without a path, each once."""
    seen = set(known)
    for split in ("test", "train", "dev"):
        for case in read_cases(split):
            if case not in seen:
                seen.add(case)
                yield case


def add_paths(file: Path, number: int | None) -> None:
    """Find paths of at most so many cases without one (None: of all), and write them."""
    paths = {path.case: path for path in read_paths(file)} if file.exists() else {}
    todo = list(islice(missing(paths), number))
    game = Game()
    failed = 0
    try:
        with Progress("paths", len(todo), "case") as progress:
            for done, case in enumerate(todo, start=1):
                path = find_path(game, case)
                if path is None:
                    failed += 1
                else:
                    paths[case] = path
                if done % _SAVED_AFTER == 0:
                    write_paths(file, paths.values())
                progress.advance()
    finally:
        write_paths(file, paths.values())
    echo(f"{len(paths)} paths; {failed} cases could not be completed")


if __name__ == "__main__":
    add_paths(FILE, int(sys.argv[1]) if len(sys.argv) > 1 else None)
