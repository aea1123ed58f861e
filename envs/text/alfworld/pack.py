"""Packs ALFWorld's problem files into the games of this folder.

    python -m envs.text.alfworld.pack ../shared/data/alfworld

The folder holds ``valid_unseen.jsonl.xz``, ``valid_seen.jsonl.xz`` and ``train.jsonl.xz``: one game per line with
``path``, ``task``, ``walkthrough`` and ``pddl_problem``. What is written depends on them only.
"""

import json
import lzma
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from envs.text.alfworld.games import DATA, SPLITS, Game
from envs.text.alfworld.problem import parse_problem


def read_problems(folder: Path, split: str) -> Iterator[Game]:
    """The games of a split, in the order of their names."""
    with lzma.open(folder / f"{split}.jsonl.xz", "rt", encoding="utf-8") as lines:
        rows = sorted(map(json.loads, lines), key=lambda row: str(row["path"]))
    for row in rows:
        task = row["task"].removeprefix("Your task is to: ")
        case = f"{split}/{row['path']}"
        yield parse_problem(row["pddl_problem"], case, task, row["walkthrough"])


def common_fits(games: Iterable[Game]) -> dict[str, frozenset[str]]:
    """One table of what fits where for all games.

    Raises:
        ValueError: in one of them, a type that exists there does not fit where it fits in another.
    """
    table: dict[str, set[str]] = defaultdict(set)
    games = list(games)
    for game in games:
        for receptacle, objects in game.fits.items():
            table[receptacle] |= objects
    for game in games:
        types = set(game.object_types)
        for kind in set(game.receptacle_types):
            if table.get(kind, set()) & types != game.fits.get(kind, frozenset()) & types:
                raise ValueError(f"{game.case}: other things fit into {kind} than in other games")
    return {kind: frozenset(kinds) for kind, kinds in table.items()}


def likely_places(games: Iterable[Game]) -> dict[str, dict[str, float]]:
    """How often a receptacle of a kind holds an object of a kind: kind of object, of receptacle, share."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    number: dict[str, int] = defaultdict(int)
    for game in games:
        for name, contents in zip(game.receptacles, game.contents, strict=True):
            receptacle = name.split()[0]
            number[receptacle] += 1
            for kind in {game.objects[thing].split()[0] for thing in contents}:
                found[kind][receptacle] += 1
    return {
        kind: {
            receptacle: round(count / number[receptacle], 4)
            for receptacle, count in sorted(places.items())
        }
        for kind, places in sorted(found.items())
    }


def write_games(path: Path, games: Iterable[Game]) -> None:
    """Write a split's file."""
    lines = [json.dumps(game.to_json(), separators=(",", ":")) + "\n" for game in games]
    path.write_bytes(lzma.compress("".join(lines).encode(), preset=9 | lzma.PRESET_EXTREME))


def write_table(path: Path, table: Mapping[str, object]) -> None:
    """Write a JSON document, one key per line."""
    rows = [f"{json.dumps(key)}: {json.dumps(table[key])}" for key in sorted(table)]
    path.write_text("{\n" + ",\n".join(rows) + "\n}\n", "utf-8")


def main(folder: Path) -> None:
    """Pack all splits."""
    games = {split: list(read_problems(folder, split)) for split in SPLITS}
    fits = common_fits(game for split in SPLITS for game in games[split])
    write_table(DATA / "fits.json", {kind: sorted(kinds) for kind, kinds in fits.items()})
    write_table(DATA / "likely_places.json", likely_places(games["train"]))
    for split in SPLITS:
        write_games(DATA / f"{split}.jsonl.xz", games[split])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
