"""How fast ScienceWorld is here and in its package, how much memory Java takes, and what the scripted player scores.

    python benchmarks/sciworld.py [CASES_OF_EACH_KIND]

Seconds are wall-clock time, for Java works in a process of its own; both play the same actions in the same run, each
in one virtual machine. Needs `make install-scienceworld`. Written to benchmarks/results/scienceworld.json.
"""

import itertools
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import gymnasium

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import envs  # noqa: E402, F401 registers the worlds
from core.files import write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from core.task import TEXT_TASKS  # noqa: E402
from envs.text.cases import cases_of, kind_of  # noqa: E402
from envs.text.scienceworld import simulator  # noqa: E402
from envs.text.scienceworld.cases import find_variation  # noqa: E402
from envs.text.scienceworld.expert import Expert  # noqa: E402
from envs.text.scienceworld.paths import FILE, read_paths  # noqa: E402

TASK = TEXT_TASKS["sciworld"]
COMPARED = ("find-animal", "power-component", "use-thermometer")
"""Kinds whose first cases both play."""
MANY = 16
"""Active episodes at a time, as the loop's default."""


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds that it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def memory_of_java() -> float:
    """Resident memory of the virtual machine in MiB."""
    [machine] = simulator._MACHINES.values()
    status = Path(f"/proc/{machine.process_id}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def play_expert(env: gymnasium.Env[str, str], case: str) -> tuple[list[str], dict[str, Any]]:
    """What the scripted player does in a case, and how it ends."""
    observation, info = env.reset(options={"case": case})
    player, actions, is_over = Expert(observation), list[str](), False
    while not is_over:
        actions.append(player.act())
        observation, _, terminated, truncated, info = env.step(actions[-1])
        player.observe(actions[-1], observation)
        is_over = terminated or truncated
    return actions, info


def play(env: Any, actions: Iterable[str]) -> None:
    """Carry out actions, here or in the package."""
    for action in actions:
        env.step(action)


def load_theirs(env: Any, case: str) -> None:
    """Begin a case in the package."""
    variation = find_variation(case)
    env.load(variation.task_type, variation.number, "easy")
    env.reset()


def rates(played: dict[str, list[str]]) -> Iterator[dict[str, object]]:
    """Actions a second here and in the package."""
    from scienceworld import ScienceWorldEnv

    ours = gymnasium.make("ScienceWorld-v0", max_steps=10_000, max_episode_steps=10_000)
    theirs = ScienceWorldEnv(envStepLimit=10_000)
    spent: defaultdict[str, float] = defaultdict(float)
    for case, actions in played.items():
        spent["load here"] += seconds(partial(ours.reset, options={"case": case}))
        spent["here"] += seconds(partial(play, ours, actions))
        spent["load package"] += seconds(partial(load_theirs, theirs, case))
        spent["package"] += seconds(partial(play, theirs, actions))
    number = sum(map(len, played.values()))
    for name in ("here", "package"):
        yield {"name": f"actions, {name}", "value": number / spent[name], "unit": "actions/s"}
    yield {"name": "ratio", "value": spent["package"] / spent["here"], "unit": "times"}
    for name in ("load here", "load package"):
        yield {"name": name, "value": spent[name] / len(played), "unit": "s"}
    theirs.close()
    ours.close()


def with_many_games(cases: Iterable[str]) -> Iterator[dict[str, object]]:
    """Memory with many active episodes."""
    worlds = [gymnasium.make("ScienceWorld-v0") for _ in range(MANY)]
    for world, case in zip(worlds, itertools.cycle(cases), strict=False):
        world.reset(options={"case": case})
        world.step("look around")
    value = memory_of_java()
    yield {"name": f"memory of Java, {MANY} active episodes", "value": value, "unit": "MiB"}
    for world in worlds:
        world.close()


def scores(played: dict[str, dict[str, Any]]) -> Iterator[dict[str, object]]:
    """What the scripted player scores, in all and by kind."""
    by_kind = defaultdict(list)
    for case, info in played.items():
        by_kind[kind_of(TASK, case)].append(info)
    for name, infos in {"all": list(played.values()), **by_kind}.items():
        mean = statistics.mean(info["score"] for info in infos)
        wins = 100 * statistics.mean(info["success"] for info in infos)
        yield {"name": f"scripted player, {name}: score", "value": mean, "unit": ""}
        yield {"name": f"scripted player, {name}: success", "value": wins, "unit": "%"}
        yield {"name": f"scripted player, {name}", "value": len(infos), "unit": "cases"}


def figures(number: int) -> Iterator[dict[str, object]]:
    """Everything that is measured."""
    paths = {path.case: path for path in read_paths(FILE)}
    test = cases_of(TASK)
    known = [case for case in test if case in paths]
    yield {
        "name": "cases of test with a known path",
        "value": len(known),
        "unit": f"of {len(test)}",
    }
    limits = [find_variation(case).max_steps for case in known]
    late = sum(len(paths[case].actions) > limit for case, limit in zip(known, limits, strict=True))
    yield {"name": "of these, paths longer than the limit", "value": late, "unit": "cases"}
    by_kind = defaultdict(list)
    for case in known:
        by_kind[kind_of(TASK, case)].append(case)
    env = gymnasium.make("ScienceWorld-v0")
    yield {"name": "start of Java", "value": seconds(simulator.Game), "unit": "s"}
    chosen = [case for cases in by_kind.values() for case in cases[: number or None]]
    played = {case: play_expert(env, case) for case in chosen}
    yield {
        "name": "memory of Java, one episode at a time",
        "value": memory_of_java(),
        "unit": "MiB",
    }
    yield from scores({case: info for case, (_, info) in played.items()})
    env.close()
    compared = [case for kind in COMPARED for case in by_kind[kind][:2] if case in played]
    yield from rates({case: played[case][0] for case in compared})
    yield from with_many_games(chosen)


def main() -> None:
    """Measure, print and write."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    rows = []
    for row in figures(number):
        rows.append({k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()})
        print(f"{row['name']:<70} {row['value']:>10.3f} {row['unit']}", flush=True)
    command = " ".join(["python benchmarks/sciworld.py", *sys.argv[1:]])
    document = {"command": command, **provenance(), "figures": rows}
    write_json(ROOT / "benchmarks" / "results" / "scienceworld.json", document)


if __name__ == "__main__":
    main()
