"""What tuning the planner brings: its plans, episodes, and a mediator that was trained with the scripted planner.

    python benchmarks/tune_planner.py                       one seed, SmolLM2 of make install-llm
    python benchmarks/tune_planner.py --seeds 0 1 2
    python benchmarks/tune_planner.py --model_path tiny --sft_epochs 40 --sft_lr 3e-3 --dpo_lr 1e-4 --control_lr 1e-3

Each seed draws other held-out questions, another order of the data and other answers. The mediator is trained once, with
the scripted planner; it then asks each tuned planner. Runs are kept in log/tune_planner_benchmark, for each model;
stages that are finished are not repeated. Written to benchmarks/results/tune_planner.json, where other seeds of the
same model and flags stay, and printed as Markdown.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.reflexion import table  # noqa: E402
from core.files import read_json, write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from core.run import MODEL, RunDirectory  # noqa: E402
from core.settings import EvalSettings, TunePlannerSettings  # noqa: E402
from experiments.tune_planner.run import SCRIPTED, UNTUNED  # noqa: E402
from experiments.tune_planner.table import PLANS, ROOMS, Row, plan_cells, room_cells  # noqa: E402
from main import run_verb  # noqa: E402
from planner.smollm import NAME, default_model  # noqa: E402

TASK, MEDIATOR = "ColoredDoorKey", "mediator"
LOGDIR = ROOT / "log" / "tune_planner_benchmark"
RESULTS = ROOT / "benchmarks" / "results"
TUNING = (
    "sft_epochs",
    "sft_lr",
    "dpo_epochs",
    "dpo_lr",
    "beta",
    "sft_weight",
    "control_lr",
    "dtype",
)
"""Flags that are handed on."""


@dataclass(frozen=True, slots=True)
class Result:
    """A seed.

    Attributes:
        seed: of the tuning.
        rows: of its table.
        mediator: planner -> success, steps and asks of the mediator that asks it.
    """

    seed: int
    rows: Sequence[Row]
    mediator: Mapping[str, Mapping[str, float]]


def train_mediator(logdir: Path) -> None:
    """Train when to ask the scripted planner, unless that is done."""
    names: dict[str, Any] = {"task": TASK, "save_name": MEDIATOR, "logdir": str(logdir)}
    if not RunDirectory.of(EvalSettings(**names)).file(MODEL).exists():
        run_verb("train", **names)


def measure(seed: int, model_path: str, logdir: Path, tuning: Mapping[str, Any]) -> Result:
    """Tune with a seed, and let the mediator ask each planner."""
    flags: dict[str, Any] = {
        "task": TASK,
        "save_name": f"seed{seed}",
        "seed": seed,
        "logdir": str(logdir),
    }
    rows = run_verb("tune_planner", **flags, model_path=model_path, **tuning, resume=True)
    run = RunDirectory.of(TunePlannerSettings(**flags))
    untrained = {SCRIPTED: "", UNTUNED: model_path or str(default_model())}
    paths = {
        row.planner: untrained.get(row.planner, str(run.file(row.planner) / "model"))
        for row in rows
    }
    return Result(seed, rows, {name: ask(name, path, logdir) for name, path in paths.items()})


def ask(name: str, path: str, logdir: Path) -> dict[str, float]:
    """The means of the mediator's evaluation with a planner; the untuned one reads worked examples."""
    flags: dict[str, Any] = {"task": TASK, "save_name": MEDIATOR, "logdir": str(logdir)}
    if path:
        flags |= {"planner": "local", "model_path": path, "max_tokens": 48}
        flags |= {"no_examples": name != UNTUNED}
    [evaluation] = run_verb("eval", **flags)
    return {key: evaluation.summary[key].mean for key in ("success", "steps", "asks")}


def mediator_cells(name: str, means: Mapping[str, float]) -> list[str]:
    """A row of the mediator's table."""
    numbers = f"{100 * means['success']:.0f}", f"{means['steps']:.1f}", f"{means['asks']:.2f}"
    return [name, *numbers]


def as_markdown(result: Result) -> str:
    """The tables of a seed."""
    lines = [f"Seed {result.seed}: plans, % of the questions", ""]
    lines += [*table(list(PLANS), [plan_cells(row) for row in result.rows]), ""]
    lines += ["Episodes on seeds 0-99: success % / steps / questions", ""]
    lines += [*table(list(ROOMS), [room_cells(row) for row in result.rows]), ""]
    lines += ["The mediator that was trained with the scripted planner", ""]
    head = ["planner", "success, %", "steps", "questions"]
    rows = [mediator_cells(name, means) for name, means in result.mediator.items()]
    return "\n".join([*lines, *table(head, rows), ""])


def main() -> None:
    """Run, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--model_path", default="")
    for name in TUNING:
        default = getattr(TunePlannerSettings, name)
        parser.add_argument(f"--{name}", type=type(default), default=default)
    given = vars(parser.parse_args())
    seeds, model_path = given.pop("seeds"), given.pop("model_path")
    name = model_path.replace(":", "_") if model_path else NAME
    logdir = LOGDIR / Path(name).name
    train_mediator(logdir)
    file = RESULTS / "tune_planner.json"
    command = " ".join(["python", *sys.argv])
    of_model = {"task": TASK, "model": name, "flags": given}
    for seed in seeds:
        result = measure(seed, model_path, logdir, given)
        earlier = read_json(file) if file.exists() else {}
        is_same = all(earlier.get(key) == value for key, value in of_model.items())
        others = [one for one in earlier["results"] if one["seed"] != seed] if is_same else []
        results = [*others, {"command": command, **provenance(), **asdict(result)}]
        write_json(file, {**of_model, "results": sorted(results, key=itemgetter("seed"))})
        print(as_markdown(result))


if __name__ == "__main__":
    main()
