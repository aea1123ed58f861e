"""How fast ScienceWorld is here and in its package, how much memory Java takes, and what the scripted player scores.

    python benchmarks/sciworld.py [CASES_OF_EACH_KIND]

Seconds are CPU time of Python and Java together. Both play the same actions in the same run, each in a virtual machine
that has played them a few times before. Needs `make install-scienceworld`. Written to benchmarks/results/sciworld.json.
"""

import itertools
import os
import statistics
import subprocess
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
from benchmarks.text_worlds import play_expert, report  # noqa: E402
from core.task import TEXT_TASKS  # noqa: E402
from envs.text.cases import cases_of, kind_of  # noqa: E402
from envs.text.scienceworld import simulator  # noqa: E402
from envs.text.scienceworld.cases import find_variation  # noqa: E402
from envs.text.scienceworld.expert import Expert  # noqa: E402
from envs.text.scienceworld.paths import FILE, read_paths  # noqa: E402

TASK = TEXT_TASKS["sciworld"]
COMPARED = ("find-animal", "power-component", "use-thermometer")
"""Kinds whose first cases both play."""
WARM_UP, ROUNDS = 6, 3
"""How often both play them before and while time is taken: Java compiles what it has carried out often."""
REPEATED = ("look around", "inventory", "wait1", "teleport to kitchen")
"""Actions that are timed alone, each so often:"""
TIMES = 50
MANY = 16
"""Active episodes at a time, as the loop's default."""
TURNS = 8
"""Actions that each of these plays."""


def java() -> "subprocess.Popen[bytes]":
    """The virtual machine of the games here."""
    [machine] = simulator._MACHINES.values()
    return machine.process


def seconds(work: Callable[[], object], process: "subprocess.Popen[bytes]") -> tuple[float, float]:
    """CPU seconds that work takes in Python and in a virtual machine."""
    in_python, in_java = time.process_time(), java_seconds(process)
    work()
    return time.process_time() - in_python, java_seconds(process) - in_java


def java_seconds(process: "subprocess.Popen[bytes]") -> float:
    """CPU seconds of a virtual machine since it started."""
    after_the_name = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_the_name[11]) + int(after_the_name[12])) / os.sysconf("SC_CLK_TCK")


def memory_of_java() -> float:
    """Resident memory of the virtual machine in MiB."""
    status = Path(f"/proc/{java().pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def play(env: Any, actions: Iterable[str]) -> None:
    """Carry out actions, here or in the package."""
    for action in actions:
        env.step(action)


def load_theirs(env: Any, case: str) -> None:
    """Begin a case in the package."""
    variation = find_variation(case)
    env.load(variation.task_type, variation.number, simulator.SIMPLIFICATIONS)
    env.reset()


def rates(played: dict[str, list[str]]) -> Iterator[dict[str, object]]:
    """Actions a second here and in the package, and where their time goes."""
    from scienceworld import ScienceWorldEnv

    ours = gymnasium.make("ScienceWorld-v0", max_steps=10_000, max_episode_steps=10_000)
    ours.reset(seed=0)
    theirs = ScienceWorldEnv(envStepLimit=10_000)
    spent: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    here, there = java(), theirs._gateway.java_process
    for turn in range(WARM_UP + ROUNDS):
        if turn == WARM_UP:
            spent.clear()
        for case, actions in played.items():
            spent["load here"].append(seconds(partial(ours.reset, options={"case": case}), here))
            spent["here"].append(seconds(partial(play, ours, actions), here))
            spent["load package"].append(seconds(partial(load_theirs, theirs, case), there))
            spent["package"].append(seconds(partial(play, theirs, actions), there))
    number = ROUNDS * sum(map(len, played.values()))
    total = {name: sum(map(sum, each)) for name, each in spent.items()}
    for name in ("here", "package"):
        yield {"name": f"actions, {name}", "value": number / total[name], "unit": "actions/s"}
    yield {"name": "ratio", "value": total["package"] / total["here"], "unit": "times"}
    for name in ("here", "package"):
        for part, each in zip(("Python", "Java"), zip(*spent[name], strict=True), strict=True):
            value = 1000 * sum(each) / number
            yield {"name": f"{part} in an action, {name}", "value": value, "unit": "ms"}
    ours.reset(options={"case": next(iter(played))})
    for action in REPEATED:
        _, in_java = seconds(partial(play, ours, [action] * TIMES), here)
        value = 1000 * in_java / TIMES
        yield {"name": f"Java in an action, here: {action}", "value": value, "unit": "ms"}
    for name in ("load here", "load package"):
        yield {"name": name, "value": total[name] / len(spent[name]), "unit": "s"}
    theirs.close()
    yield from with_many_games(played)
    ours.close()


def with_many_games(played: dict[str, list[str]]) -> Iterator[dict[str, object]]:
    """Time and memory with many active episodes, which act in turn."""
    worlds = [gymnasium.make("ScienceWorld-v0") for _ in range(MANY)]
    cases = list(itertools.islice(itertools.cycle(played), MANY))
    for world, case in zip(worlds, cases, strict=True):
        world.reset(options={"case": case})

    def play_in_turn() -> None:
        for turn in range(TURNS):
            for world, case in zip(worlds, cases, strict=True):
                play(world, played[case][turn : turn + 1])

    _, in_java = seconds(play_in_turn, java())
    number = sum(len(played[case][:TURNS]) for case in cases)
    name = f"Java in an action, {MANY} active episodes"
    yield {"name": name, "value": 1000 * in_java / number, "unit": "ms"}
    name = f"memory of Java, {MANY} active episodes"
    yield {"name": name, "value": memory_of_java(), "unit": "MiB"}
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
    env.reset()
    yield {"name": "start of Java and first case", "value": java_seconds(java()), "unit": "s"}
    chosen = [case for cases in by_kind.values() for case in cases[: number or None]]
    played = {case: play_expert(env, case, Expert) for case in chosen}
    yield {
        "name": "memory of Java, one episode at a time",
        "value": memory_of_java(),
        "unit": "MiB",
    }
    yield from scores({case: info for case, (_, info) in played.items()})
    env.close()
    compared = [case for kind in COMPARED for case in by_kind[kind][:2] if case in played]
    yield from rates({case: played[case][0] for case in compared})


def main() -> None:
    """Measure, print and write."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    command = " ".join(["python benchmarks/sciworld.py", *sys.argv[1:]])
    report("sciworld", command, figures(number))


if __name__ == "__main__":
    main()
