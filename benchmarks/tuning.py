"""Seconds of a gradient step, and peak memory, of training language models on this machine.

    python benchmarks/tuning.py                some minutes on two idle cores
    python benchmarks/tuning.py --only tiny    only the rows whose names begin so; the others stay as they are

Random tokens, of which 40 % are the agent's; what a step costs does not depend on which they are.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.files import read_json, write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from core.threads import wanted_threads  # noqa: E402
from planner.smollm import default_model  # noqa: E402
from tuning.encoding import Sample, SamplePair  # noqa: E402
from tuning.objectives import Imitation, Objective, Part, Preference, pair_items  # noqa: E402
from tuning.processes import Processes, reproducible  # noqa: E402
from tuning.recipe import Recipe  # noqa: E402
from tuning.stage import Stage  # noqa: E402
from tuning.tiny import make_tiny  # noqa: E402
from tuning.training import Training, Tuner  # noqa: E402
from tuning.weights import Scores  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "tuning.json"
STEPS = 5
SMOLLM = "SmolLM2-135M"


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured.

    Attributes:
        model: ``SmolLM2-135M``, or the shape of a tiny model.
        kind: ``sft`` or ``dpo``.
        batch_size: sequences, or pairs, of a step.
        length: tokens of a sequence, of which 40 % are the agent's.
        dtype: see `Recipe`.
    """

    model: str
    kind: str
    batch_size: int
    length: int
    dtype: str = "float32"

    @property
    def name(self) -> str:
        """Of the row."""
        return f"{self.model} {self.kind} {self.batch_size} x {self.length} {self.dtype}"


CASES = [
    Case("tiny:128x4", "sft", 32, 500),
    Case("tiny:128x4", "sft", 32, 160),
    Case("tiny:128x4", "dpo", 16, 160),
    *(
        Case(SMOLLM, kind, 8, 128, dtype)
        for dtype in ("float32", "bfloat16")
        for kind in ("sft", "dpo")
    ),
]


class Timed:
    """An objective that notes when each batch begins.

    Args:
        objective: what is computed.
    """

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        self.name, self.metrics = objective.name, objective.metrics
        self.begun: list[float] = []
        self._batch: Sequence[int] | None = None

    def part(self, batch: Sequence[int], items: Sequence[int], scores: Scores) -> Part:
        """See `Objective.part`."""
        if batch is not self._batch:
            self._batch = batch
            self.begun.append(time.perf_counter())
        return self._objective.part(batch, items, scores)


def make_sample(rng: random.Random, length: int) -> Sample:
    """Turns of ten tokens, six observed and four answered."""
    tokens = tuple(rng.randrange(200) for _ in range(length))
    return Sample(tokens, tuple(place % 10 >= 6 for place in range(length)))


def measure(case: Case) -> dict[str, float]:
    """Train a few steps; the median from one step to the next, and the largest memory of this process."""
    rng = random.Random(0)
    samples = [make_sample(rng, case.length) for _ in range(2 * case.batch_size)]
    pairs = [SamplePair(*sides) for sides in zip(samples[::2], samples[1::2], strict=True)]
    imitated = samples[: case.batch_size]
    is_sft = case.kind == "sft"
    items = [(sample,) for sample in imitated] if is_sft else pair_items(pairs)
    recipe = Recipe(1e-6, batch_size=case.batch_size, num_steps=STEPS, dtype=case.dtype)
    row = {}
    alone = Processes(torch.device("cpu"))
    with TemporaryDirectory() as scratch, reproducible(alone):
        words = ["go to the red door and open it"]
        model = (
            default_model()
            if case.model == SMOLLM
            else make_tiny(case.model, words, Path(scratch) / "tiny", 0)
        )
        stage = Stage(Path(scratch) / "stage")
        tuner = Tuner(Training(case.kind, str(model), items, recipe, stage, case.name), alone)
        timed = Timed(Imitation(imitated))
        if not is_sft:
            started = time.perf_counter()
            reference = tuner.reference()
            row["reference_seconds"] = round(time.perf_counter() - started, 3)
            timed = Timed(Preference(pairs, reference, recipe.beta, recipe.sft_weight))
        tuner.run(timed)
    # from one batch to the next; the first batch, which allocates memory, ends before the first of these
    steps = [after - before for before, after in zip(timed.begun, timed.begun[1:], strict=False)]
    row["step_seconds"] = round(statistics.median(steps), 3)
    row["fastest_step_seconds"] = round(min(steps), 3)
    row["peak_gb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)
    return row


def main() -> None:
    """Measure each case in a process of its own, print, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="beginning of the names")
    parser.add_argument("--case", type=int, help="number of the only case; prints JSON")
    arguments = parser.parse_args()
    if arguments.case is not None:
        print(json.dumps(measure(CASES[arguments.case])))
        return
    rows = read_json(RESULTS)["rows"] if RESULTS.exists() else {}
    for number, case in enumerate(CASES):
        if case.name.startswith(arguments.only):
            load = os.getloadavg()[0]
            command = [sys.executable, __file__, "--case", str(number)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            measured = json.loads(done.stdout.splitlines()[-1])
            rows[case.name] = {**asdict(case), **measured, "load_before": round(load, 1)}
            print(case.name, measured)
    document = {
        "command": "python benchmarks/tuning.py",
        "threads": wanted_threads(),
        "rows": rows,
        **provenance(),
    }
    write_json(RESULTS, document)


if __name__ == "__main__":
    main()
