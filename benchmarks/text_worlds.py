"""How fast ALFWorld, robotic planning and HotpotQA are here, and how well their scripted players play.

    python benchmarks/text_worlds.py              (part of: make bench)

Rates are commands per second of CPU time, which is a second of one core that nothing else uses: the median
of several rounds of the same random admissible commands in all games of valid_unseen. Where `make install-alfworld` was done and the
problem files are there (``--data``), the original plays some of the same commands in the same run.
Written to benchmarks/results/text_worlds.json.
"""

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import gymnasium

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import envs  # noqa: E402, F401 registers the worlds
from core.files import write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from core.task import PLANNING_DOMAINS  # noqa: E402
from envs.text.alfworld.expert import Expert  # noqa: E402
from envs.text.alfworld.games import SPLITS, read_games  # noqa: E402
from envs.text.hotpotqa.questions import Question, read_questions  # noqa: E402
from envs.text.pddl.env import make_language  # noqa: E402
from envs.text.pddl.problems import find_problem, published_cases  # noqa: E402
from envs.text.pddl.search import find_plan  # noqa: E402
from envs.text.pddl.strips import GroundProblem, Operator  # noqa: E402
from envs.text.scripted import Expert as AnyExpert  # noqa: E402

ROUNDS = 5
LENGTH_OF_WALKS = 30
NUM_ORIGINAL = 8
"""Games that the original plays, which is slow."""
PUBLISHED_EXPERT_STEPS = 21.3
"""Mean commands of the hand-coded expert of ALFWorld on valid_unseen."""
ORIGINAL_PYTHON = ROOT / ".venv-alfworld" / "bin" / "python"

Commands = Mapping[str, list[str]]
"""What is played, by case."""


def make(*, strict: bool = True) -> gymnasium.Env[str, str]:
    """The world as users make it."""
    return gymnasium.make("ALFWorld-v0", strict=strict, split="valid_unseen")


def listed(env: gymnasium.Env[str, str]) -> list[str]:
    """The admissible commands."""
    commands: list[str] = env.unwrapped.admissible_commands()  # type: ignore[attr-defined]  # not gymnasium's
    return commands


def random_commands() -> Commands:
    """Random admissible commands, until the game ends."""
    env, rng = make(), random.Random(0)
    chosen: dict[str, list[str]] = {}
    for case in read_games("valid_unseen"):
        env.reset(options={"case": case})
        chosen[case] = []
        is_over = False
        while not is_over:
            chosen[case].append(rng.choice(listed(env)))
            _, _, terminated, truncated, _ = env.step(chosen[case][-1])
            is_over = terminated or truncated
    return chosen


def play(commands: Commands, *, strict: bool = True, lists: bool = False) -> Callable[[], int]:
    """All games once; the number of commands."""
    return replay(make(strict=strict), commands, lists=lists)


def replay(env: gymnasium.Env[str, str], commands: Commands, *, lists: bool) -> Callable[[], int]:
    """Work that plays all commands, and lists what is admissible after each; it counts the commands."""

    def work() -> int:
        for case, each in commands.items():
            env.reset(options={"case": case})
            for command in each:
                env.step(command)
                if lists:
                    listed(env)
        return sum(map(len, commands.values()))

    return work


def reset_all() -> int:
    """A reset of every game of valid_unseen; their number."""
    env = make()
    cases = list(read_games("valid_unseen"))
    for case in cases:
        env.reset(options={"case": case})
    return len(cases)


def seconds_each(work: Callable[[], int]) -> float:
    """CPU seconds for one of the things that some work counts: the median of a few rounds after one more."""
    times = []
    for _ in range(ROUNDS + 1):
        started = time.process_time()
        count = work()
        times.append((time.process_time() - started) / count)
    return statistics.median(times[1:])


def loading() -> dict[str, float]:
    """CPU seconds to read each split, and MiB of a process that has read all; in a process of its own."""
    seconds = {}
    for split in SPLITS:
        started = time.process_time()
        read_games(split)
        seconds[split] = time.process_time() - started
    return {**seconds, "MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def play_expert(
    env: gymnasium.Env[str, str], case: str, expert: Callable[[str], AnyExpert]
) -> tuple[list[str], dict[str, Any]]:
    """What a scripted player does in a case, and how it ends."""
    observation, info = env.reset(options={"case": case})
    player, actions, is_over = expert(observation), list[str](), False
    while not is_over:
        actions.append(player.act())
        observation, _, terminated, truncated, info = env.step(actions[-1])
        player.observe(actions[-1], observation)
        is_over = terminated or truncated
    return actions, info


def expert_results(split: str) -> tuple[float, float]:
    """The scripted player's share of games won, and its mean number of commands."""
    env = gymnasium.make("ALFWorld-v0", strict=True, split=split)
    played = [play_expert(env, case, Expert) for case in read_games(split)]
    wins = statistics.mean(info["success"] for _, info in played)
    return wins, statistics.mean(len(actions) for actions, _ in played)


def original(data: Path, commands: Commands) -> dict[str, float] | None:
    """Commands per CPU second and CPU seconds per reset of ALFWorld itself; None if it is not there."""
    if not (ORIGINAL_PYTHON.exists() and (data / "valid_unseen.jsonl.xz").exists()):
        return None
    some = random.Random(1).sample(sorted(commands), NUM_ORIGINAL)
    done = subprocess.run(
        [str(ORIGINAL_PYTHON), str(Path(__file__).with_name("alfworld_original.py")), str(data)],
        input=json.dumps({case: commands[case] for case in some}),
        capture_output=True,
        text=True,
        check=True,
    )
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def planning_figures(domain: str) -> Iterator[dict[str, object]]:
    """Rates of a planning domain, and what its search finds."""
    cases = published_cases(domain)
    started = time.process_time()
    problems = [find_problem(domain, case) for case in cases]
    load = (time.process_time() - started) / len(cases)
    yield {"name": f"{domain}, load a problem", "value": load * 1000, "unit": "ms"}
    walks = {case: random_walk(domain, case) for case in cases}
    for name, texts, lists in (
        ("plain", "plain", False),
        ("published", "published", False),
        ("plain, with admissible commands", "plain", True),
    ):
        rate = 1 / seconds_each(play_planning(domain, texts, walks, lists=lists))
        yield {"name": f"{domain}, {name}", "value": rate, "unit": "actions/s"}
    rate = 1 / seconds_each(lambda: sum(len(apply_all(*walk)) for walk in walks.values()))
    yield {"name": f"{domain}, without text", "value": rate, "unit": "actions/s"}
    lengths, slowest = [], 0.0
    for problem in problems:
        started = time.process_time()
        plan = find_plan(problem)
        slowest = max(slowest, time.process_time() - started)
        lengths += [] if plan is None else [len(plan)]
    yield {"name": f"{domain}, problems solved", "value": len(lengths), "unit": f"of {len(cases)}"}
    yield {"name": f"{domain}, mean plan", "value": statistics.mean(lengths), "unit": "actions"}
    yield {"name": f"{domain}, slowest search", "value": slowest, "unit": "s"}


def question_figures() -> Iterator[dict[str, object]]:
    """Rates of HotpotQA: searches by title, searches that find no page, and everything an agent may do."""
    questions = read_questions("published").values()
    actions: Mapping[str, Callable[[Question], list[str]]] = {
        "searches by title": lambda one: [f"Search[{title}]" for title in one.supporting],
        "searches without a page": lambda one: [f"Search[{one.text}]"] * 3,
        "searches, lookups and an answer": lambda one: [
            f"Search[{one.supporting[0]}]", "Lookup[is]", "Lookup[is]", f"Finish[{one.answer}]",
        ],
    }  # fmt: skip
    for name, of in actions.items():
        env = gymnasium.make("HotPotQA-v0")
        work = replay(env, {one.case: of(one) for one in questions}, lists=False)
        yield {"name": f"hotpotqa, {name}", "value": 1 / seconds_each(work), "unit": "actions/s"}


Walk = tuple[GroundProblem, list[Operator]]


def random_walk(domain: str, case: str) -> Walk:
    """Random possible actions of a problem, at most `LENGTH_OF_WALKS`, until the goal is reached."""
    rng, problem = random.Random(0), find_problem(domain, case)
    state = problem.init
    walk: list[Operator] = []
    while len(walk) < LENGTH_OF_WALKS and problem.progress(state) < 1:
        walk.append(rng.choice(list(problem.applicable(state))))
        state = walk[-1].apply(state)
    return problem, walk


def apply_all(problem: GroundProblem, walk: list[Operator]) -> list[Operator]:
    """Carry out the actions of a walk without text; returns them."""
    state = problem.init
    for operator in walk:
        if operator.is_applicable(state):
            state = operator.apply(state)
    return walk


def play_planning(
    domain: str, texts: str, walks: Mapping[str, Walk], *, lists: bool
) -> Callable[[], int]:
    """All walks of a domain as text, once; the number of actions."""
    env = gymnasium.make(f"{domain.capitalize()}-v0", texts=texts)
    language = make_language(domain, texts)
    commands = {
        case: [language.action(one.name, one.arguments) for one in walk]
        for case, (_, walk) in walks.items()
    }
    return replay(env, commands, lists=lists)


def figures(data: Path) -> Iterator[dict[str, object]]:
    """Everything that is measured."""
    fresh = [sys.executable, __file__, "--loading"]
    loaded = json.loads(subprocess.run(fresh, capture_output=True, check=True).stdout)
    for split in SPLITS:
        games = len(read_games(split))
        yield {"name": f"read {split}, {games} games", "value": loaded[split], "unit": "s"}
    yield {"name": "memory with all games", "value": loaded["MiB"], "unit": "MiB"}
    commands = random_commands()
    theirs = original(data, commands)
    reset = seconds_each(reset_all)
    ratio = {} if theirs is None else {"times_original": theirs["reset_seconds"] / reset}
    yield {"name": "reset", "value": reset * 1000, "unit": "ms", **ratio}
    for name, strict, lists in (
        ("strict", True, False),
        ("not strict", False, False),
        ("strict, with admissible commands", True, True),
    ):
        rate = 1 / seconds_each(play(commands, strict=strict, lists=lists))
        ratio = {} if theirs is None else {"times_original": rate / theirs["steps_per_second"]}
        yield {"name": name, "value": rate, "unit": "commands/s", **ratio}
    if theirs is not None:
        name = "ALFWorld 0.4.2 with admissible commands"
        yield {"name": name, "value": theirs["steps_per_second"], "unit": "commands/s"}
        name = "ALFWorld 0.4.2, reset"
        yield {"name": name, "value": theirs["reset_seconds"] * 1000, "unit": "ms"}
    for split in SPLITS:
        success, steps = expert_results(split)
        yield {"name": f"scripted player, {split}, won", "value": success * 100, "unit": "%"}
        yield {"name": f"scripted player, {split}", "value": steps, "unit": "commands"}
    name = "hand-coded expert of ALFWorld, valid_unseen, published"
    yield {"name": name, "value": PUBLISHED_EXPERT_STEPS, "unit": "commands"}
    for domain in PLANNING_DOMAINS:
        yield from planning_figures(domain)
    yield from question_figures()


def report(name: str, command: str, figures: Iterable[dict[str, Any]]) -> None:
    """Print figures as they are measured, and write them to ``benchmarks/results/NAME.json``."""
    rows = []
    for row in figures:
        rows.append({k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()})
        ratio = f"  ({row['times_original']:,.0f} times)" if "times_original" in row else ""
        print(f"{row['name']:<56} {row['value']:>12,.3f} {row['unit']}{ratio}", flush=True)
    document = {"command": command, **provenance(), "figures": rows}
    write_json(ROOT / "benchmarks" / "results" / f"{name}.json", document)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description="speed of text worlds")
    parser.add_argument(
        "--data",
        type=Path,
        default=ROOT.parent / "shared" / "data" / "alfworld",
        help="folder with the original's problem files",
    )
    parser.add_argument("--loading", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.loading:
        print(json.dumps(loading()))
        return
    report("text_worlds", "python benchmarks/text_worlds.py", figures(arguments.data))


if __name__ == "__main__":
    main()
