"""Many more faults than the tests try: answers, damaged files, command lines, servers and kills.

    make fuzz                                                    everything, about an hour
    python benchmarks/reliability.py --only parser json          some parts
    python benchmarks/reliability.py --only kills --tries 5      a few cases, not written to the results

Each case is drawn from its number, by the generators that the tests try with hypothesis. A case fails if a command ends in a traceback, with a status other than 0 or 2,
after its time limit, or if it loses or accepts what it must not. Failures are printed with what repeats them.
Written to benchmarks/results/reliability.json; parts that were not run keep their figures.
"""

import argparse
import contextlib
import io
import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
import torch
from hypothesis.strategies import SearchStrategy
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import main as program  # noqa: E402
from core.errors import PlanFormatError  # noqa: E402
from core.files import read_json, write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from core.rooms.parse import parse_plan  # noqa: E402
from core.rooms.plan import MAX_SUB_GOALS, format_plan  # noqa: E402
from planner.openai_client import KEY_VARIABLE  # noqa: E402
from tests.answers import draw_answer  # noqa: E402
from tests.command_lines import QUICK_VERBS, SLOW_FLAGS, are_finite, command_lines, settings_of  # noqa: E402
from tests.damage import damage_bytes, damage_json  # noqa: E402
from tests.kills import COMMANDS, Trial, leave_alone  # noqa: E402
from tests.planner.server_modes import KEY, MODES, run_mode  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "reliability.json"
SHOWN_FAILURES = 20


class CaseFailed(Exception):
    """A case did what it must not do; the message says what."""


class TooSlow(Exception):
    """A case took longer than its limit."""


@dataclass
class Figures:
    """What came out of one part.

    Attributes:
        tries: number of cases.
        outcomes: how many cases ended in which way.
        failures: the first cases that did what they must not do, each with what repeats it.
        slowest_seconds: of a single case.
        seconds: of all.
    """

    tries: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest_seconds: float = 0.0
    seconds: float = 0.0


Case = Callable[[int], str]
"""Carries out the case of a number; returns how it ended, or raises `CaseFailed` or anything else."""


@dataclass(frozen=True)
class Part:
    """One kind of fault.

    Attributes:
        tries: how many cases `make fuzz` tries.
        limit: seconds that a case may take.
        prepare: makes what all cases need in an empty directory.
    """

    tries: int
    limit: float
    prepare: Callable[[Path], Case]


# answers


def prepare_parser(directory: Path) -> Case:
    """Any answer is a plan or a `PlanFormatError`; a plan's own text is that plan again."""
    del directory

    def case(number: int) -> str:
        try:
            plan = parse_plan(draw_answer(number))
        except PlanFormatError:
            return "no plan"
        if not 1 <= len(plan) <= MAX_SUB_GOALS or parse_plan(format_plan(plan)) != plan:
            raise CaseFailed(f"a wrong plan: {plan}")
        return "a plan"

    return case


# files

SHORT = "--traj_per_itr 4 --num_envs 2 --epochs 1 --eval_every 0 --engine readable"
TRAIN = f"train --save_name run --n_itr 3 {SHORT} --resume"
EVAL = "eval --save_name run --test_num 2 --engine readable"
RUN = Path("ppo") / "simpledoorkey" / "run"
RECORD = Path("record.jsonl")
READERS = {
    RUN / "config.json": ("report {logdir}/ppo/simpledoorkey/run", TRAIN),
    RUN / "metrics.jsonl": ("report {logdir}/ppo/simpledoorkey/run", TRAIN),
    RUN / "eval" / "summary.json": ("report {logdir}/ppo/simpledoorkey/run",),
    RUN / "eval" / "episodes.jsonl": ("report {logdir}/ppo/simpledoorkey/run",),
    RECORD: (
        "ask --planner replay --record_file {logdir}/record.jsonl",
        "baseline --planner replay --record_file {logdir}/record.jsonl --test_num 1",
    ),
}
"""The commands that read a file; flags follow."""


def make_run(logdir: Path) -> None:
    """A short training run with an evaluation and a record of its answers."""
    record = ["--record_file", str(logdir / RECORD)]
    train = [*TRAIN.removesuffix(" --resume").split(), *record]
    for arguments in (train, EVAL.split()):
        if call(arguments, logdir) != "done":
            raise CaseFailed(f"{arguments} without any damage")


def prepare_json(directory: Path) -> Case:
    """A damaged JSON file is read, or refused with one line; its row is said, and no other is lost."""
    pristine, logdir = directory / "pristine", directory / "logdir"
    make_run(pristine)

    def case(number: int) -> str:
        draw = random.Random(number)
        file = draw.choice(list(READERS))
        line = draw.choice(READERS[file])
        content = (pristine / file).read_bytes()
        shutil.rmtree(logdir, ignore_errors=True)
        shutil.copytree(pristine, logdir)
        (logdir / file).write_bytes(damage_lines(content, number, draw))
        arguments = [part.format(logdir=logdir) for part in line.split()]
        if arguments[0] == "ask":
            arguments.append("observed a key")
        return f"{file.name}: {call(arguments, logdir)}"

    return case


def damage_lines(content: bytes, number: int, draw: random.Random) -> bytes:
    """Damage one document of a file that has one, or one a line."""
    try:
        return damage_json(json.loads(content), number)
    except ValueError:
        lines = content.splitlines(keepends=True)
        place = draw.randrange(len(lines))
        lines[place] = damage_json(json.loads(lines[place]), number) + b"\n"
        return b"".join(lines)


def prepare_checkpoints(directory: Path) -> Case:
    """A model or checkpoint that is not as it was written is refused with one line."""
    pristine, logdir = directory / "pristine", directory / "logdir"
    make_run(pristine)
    readers = {"acmodel.pt": EVAL, "checkpoint.pt": TRAIN}

    def case(number: int) -> str:
        name = random.Random(number).choice(list(readers))
        content = (pristine / RUN / name).read_bytes()
        damaged = damage_bytes(content, number)
        shutil.rmtree(logdir, ignore_errors=True)
        shutil.copytree(pristine, logdir)
        (logdir / RUN / name).write_bytes(damaged)
        outcome = call(readers[name].split(), logdir)
        if outcome == "done" and damaged != content:
            raise CaseFailed(f"a damaged {name} was used")
        return f"{name}: {outcome}"

    return case


def call(arguments: list[str], logdir: Path | None = None) -> str:
    """One command in this process; how it ended.

    Raises:
        CaseFailed: it did not end with status 0, or with status 2 and one line about the error.
    """
    if logdir is not None and arguments[0] != "report":
        arguments = [*arguments, "--logdir", str(logdir)]
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            status = program.main(arguments)
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
    text = output.getvalue()
    errors = [line for line in text.splitlines() if line.startswith("error: ")]
    if status not in (0, 2) or len(errors) != (status == 2) or "Traceback" in text:
        raise CaseFailed(f"status {status} after {arguments}: {text[-500:]!r}")
    return "refused in one line" if status else "done"


# command lines


def prepare_commands(directory: Path) -> Case:
    """Any command line makes settings whose numbers are finite, or is refused in one line; some are carried out."""
    deep = directory / "some" / "way" / "down"  # a flag may name files here, or above
    deep.mkdir(parents=True)
    lines, quick_lines = command_lines(), command_lines(QUICK_VERBS, SLOW_FLAGS)

    def case(number: int) -> str:
        if number % 2:
            with (
                contextlib.redirect_stderr(io.StringIO()),
                contextlib.redirect_stdout(io.StringIO()),
            ):
                settings = settings_of(draw_from(lines, number))
            if settings is not None and not are_finite(settings):
                raise CaseFailed(f"not finite: {settings}")
            return "read: refused" if settings is None else "read: settings"
        line = draw_from(quick_lines, number)
        short = ["--test_num", "1"] if line[0] in ("baseline", "act") else []
        with contextlib.chdir(deep):
            return f"carried out: {call([*line, *short], deep)}"

    return case


def draw_from(strategy: SearchStrategy[list[str]], number: int) -> list[str]:
    """The example of a number; hypothesis itself tries the simplest one first, which is left out."""
    drawn: list[list[str]] = []

    @hypothesis.seed(number)
    @hypothesis.settings(max_examples=2, database=None, phases=[hypothesis.Phase.generate])
    @hypothesis.given(strategy)
    def keep(example: list[str]) -> None:
        drawn.append(example)

    keep()
    return drawn[-1]


# servers


def prepare_servers(directory: Path) -> Case:
    """Whatever a server does becomes an answer or a short error, and never shows the key."""
    del directory
    os.environ[KEY_VARIABLE] = KEY

    def case(number: int) -> str:
        mode = MODES[number % len(MODES)]
        problem = run_mode(mode)
        if problem:
            raise CaseFailed(f"{mode.name}: {problem}")
        return mode.error.__name__ if mode.error else "an answer"

    return case


# kills


def prepare_kills(directory: Path) -> Case:
    """A command killed up to three times and given again ends as if nothing had happened."""
    undisturbed = {name: leave_alone(name, directory / "undisturbed") for name in COMMANDS}

    def case(number: int) -> str:
        name = list(COMMANDS)[number % len(COMMANDS)]
        expected, seconds = undisturbed[name]
        trial = Trial(name, directory / str(number), seconds, random.Random(number))
        trial.run(expected)
        shutil.rmtree(trial.folder)
        if trial.problems:
            raise CaseFailed("; ".join(trial.problems))
        return f"{name}, killed {sum(trial.kills.values())} times"

    return case


PARTS: Mapping[str, Part] = {
    "parser": Part(tries=1_000_000, limit=1.0, prepare=prepare_parser),
    "json": Part(tries=1000, limit=60.0, prepare=prepare_json),
    "checkpoints": Part(tries=1000, limit=60.0, prepare=prepare_checkpoints),
    "commands": Part(tries=1000, limit=60.0, prepare=prepare_commands),
    "servers": Part(tries=len(MODES), limit=60.0, prepare=prepare_servers),
    "kills": Part(tries=60, limit=900.0, prepare=prepare_kills),  # one to three kills each
}


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TooSlow` in the main thread when the time is over."""

    def stop(*_: object) -> None:
        raise TooSlow(f"more than {seconds:g} s")

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def try_part(name: str, part: Part, tries: int, seed: int) -> Figures:
    """All cases of one part, with a progress bar."""
    figures, started = Figures(), time.monotonic()
    with TemporaryDirectory() as directory:
        case = part.prepare(Path(directory))
        for number in tqdm(range(seed, seed + tries), desc=name, mininterval=1):
            begun = time.monotonic()
            try:
                with time_limit(part.limit):
                    outcome = case(number)
            except KeyboardInterrupt:
                break  # the figures say how many cases there were
            except Exception as error:  # noqa: BLE001 whatever it is, it is a finding
                outcome = "failed"
                figures.failures.append(f"case {number}: {describe(error)}")
                tqdm.write(f"{name}, {figures.failures[-1]}", file=sys.stderr)
            figures.outcomes[outcome] += 1
            figures.tries += 1
            figures.slowest_seconds = max(figures.slowest_seconds, time.monotonic() - begun)
    figures.seconds = time.monotonic() - started
    return figures


def describe(error: Exception) -> str:
    """The error and where it was raised, in one line."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {error}"[:600]


def main(arguments: list[str] | None = None) -> int:
    """Try parts, print and write their figures; 1 if a case failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--seed", type=int, default=0, help="number of the first case")
    parser.add_argument("--tries", type=int, help="cases a part; nothing is written")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    has_failed = False
    for name in options.only:
        part = PARTS[name]
        figures = try_part(name, part, options.tries or part.tries, options.seed)
        has_failed |= bool(figures.failures)
        print(f"{name}: {figures.tries} cases, {figures.seconds:.0f} s, {dict(figures.outcomes)}")
        if options.tries is None:
            write_figures(RESULTS, name, figures, options.seed)
    return int(has_failed)


def write_figures(file: Path, name: str, figures: Figures, seed: int) -> None:
    """Replace one part of the results."""
    results = read_json(file) if file.exists() else {}
    document = {
        **vars(figures),
        "failures": figures.failures[:SHOWN_FAILURES],
        "num_failures": len(figures.failures),
        "seconds": round(figures.seconds, 1),
        "slowest_seconds": round(figures.slowest_seconds, 3),
    }
    command = f"python benchmarks/reliability.py --only {name} --seed {seed}"
    write_json(file, {**results, name: {"command": command, **document, **provenance()}})


if __name__ == "__main__":
    sys.exit(main())
