"""Quality and speed of planners: the numbers of docs/PLANNERS.md.

    python benchmarks/planners.py           everything, 35 minutes on two cores (make bench-llm)
    python benchmarks/planners.py --tasks SimpleDoorKey KeyInBox

The small model of `make install-llm` is served by FastChat and also runs in this process. It answers
every distinct question of each task, with and without worked examples; tasks that name colours have so
many that FastChat, whose answers are the same, is left out there. Then 32 questions are put to FastChat
one by one and to the model in this process as one batch, and a mediator is trained with the served model.
Written to benchmarks/results/planners.json with the commands, and printed as Markdown.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.chat import Message, Request  # noqa: E402
from core.files import read_json, read_lines, write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from core.rooms.describe import describe  # noqa: E402
from core.run import METRICS  # noqa: E402
from core.settings import PlannersSettings, ServeSettings  # noqa: E402
from core.task import TASKS  # noqa: E402
from experiments.planner_quality import distinct_scenes  # noqa: E402
from planner.fastchat import Endpoint, running_server  # noqa: E402
from planner.local import LocalModel  # noqa: E402
from planner.openai_client import ServerModel  # noqa: E402
from planner.prompt import load_prompt  # noqa: E402
from planner.smollm import default_model  # noqa: E402

PORT = 8765
BATCH = 32
SPEED_TASK = "ColoredDoorKey"
NO_EXAMPLES = "--no_examples"


def planners_of(endpoint: Endpoint) -> dict[str, list[str]]:
    """Name of a row of the table -> its flags."""
    fastchat = ["--planner", "fastchat", "--llm_url", endpoint.url, "--llm_model", endpoint.model]
    # one request at a time, so that its seconds do not include waiting for others
    fastchat += ["--llm_in_flight", "1"]
    local, rank = ["--planner", "local"], ["--planner_mode", "rank"]
    return {
        "scripted": [],
        "SmolLM2, FastChat": fastchat,
        "SmolLM2, FastChat, no worked examples": [*fastchat, NO_EXAMPLES],
        "SmolLM2, in process": local,
        "SmolLM2, in process, no worked examples": [*local, NO_EXAMPLES],
        "SmolLM2, in process, rank": [*local, *rank],
        "SmolLM2, in process, rank, no worked examples": [*local, *rank, NO_EXAMPLES],
    }


def command(verb: str, task: str, logdir: str, name: str, flags: Sequence[str]) -> list[str]:
    """Run a verb; returns the command as a user would type it."""
    words = [verb, "--task", task, "--save_name", name, *flags]
    line = [sys.executable, str(ROOT / "main.py"), *words, "--logdir", logdir]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stderr[-2000:]}")
    return ["python", "main.py", *words]


def measure(tasks: Sequence[str], endpoint: Endpoint, logdir: str) -> list[dict[str, Any]]:
    """Every planner on every task."""
    rows = []
    for task in tasks:
        for number, (name, flags) in enumerate(planners_of(endpoint).items()):
            if TASKS[task].names_colors and "fastchat" in flags:
                continue
            started = time.perf_counter()
            flags = [*flags, "--answer_store", "none"]
            words = command("planners", task, logdir, f"planner{number}", flags)
            path = Path(logdir) / "ppo" / task.lower() / f"planner{number}" / "planners.json"
            summary = read_json(path)["summary"]
            rows.append({"task": task, "planner": name, "command": " ".join(words), **summary})
            print(f"{task}, {name}: {time.perf_counter() - started:.0f} s", file=sys.stderr)
    return rows


def compare_speed(endpoint: Endpoint) -> dict[str, Any]:
    """Answers per second to the same prompts: one by one from FastChat, and as a batch in process."""
    task = TASKS[SPEED_TASK]
    prompt = load_prompt(task)
    scenes = distinct_scenes(PlannersSettings(task=task.name, save_name="speed"))
    step = len(scenes) // BATCH
    questions = [describe(scene, names_colors=task.names_colors) for scene in scenes[::step]]
    requests = [
        Request((*prompt.messages, Message("user", question))) for question in questions[:BATCH]
    ]
    one_by_one = ServerModel(endpoint.url, endpoint.model, in_flight=1)
    together = LocalModel(str(default_model()), batch_size=BATCH)
    seconds: dict[str, list[float]] = {"fastchat": [], "local": []}
    for _ in range(3):  # in turn, so that noise of the machine affects both
        for name, model in (("fastchat", one_by_one), ("local", together)):
            started = time.perf_counter()
            replies = list(model.chat(requests))
            seconds[name].append(time.perf_counter() - started)
            said = [reply.text for reply in replies]
            print(f"{name}: {seconds[name][-1]:.1f} s, {said[0]}", file=sys.stderr)
    rates = {name: BATCH / statistics.median(times) for name, times in seconds.items()}
    ratios = [slow / fast for slow, fast in zip(seconds["fastchat"], seconds["local"], strict=True)]
    return {
        "task": task.name,
        "batch": BATCH,
        "answers_per_second": rates,
        "seconds": seconds,
        "ratio": statistics.median(ratios),
    }


def train(endpoint: Endpoint, logdir: str) -> dict[str, Any]:
    """Train a mediator with the served model; returns the last metrics."""
    flags = planners_of(endpoint)["SmolLM2, FastChat"] + ["--answer_store", "none"]
    words = command("train", "SimpleDoorKey", logdir, "smollm", flags)
    last = read_lines(Path(logdir) / "ppo" / "simpledoorkey" / "smollm" / METRICS)[-1]
    kept = ("planner/questions", "planner/llm_calls", "planner/format_errors", "eval/success",
            "eval/asks", "eval/steps", "train/episodes", "env_steps")  # fmt: skip
    return {"command": " ".join(words), **{name: last[name] for name in kept}}


def as_markdown(document: Mapping[str, Any]) -> str:
    """The table, a line about speed and a line about training."""
    lines = [
        "| task | planner | exact plans | first sub-goal right | answers without a plan | seconds per call | tokens per call |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for row in document["rows"]:
        questions = row["questions"]
        shares = [f"{row[name]} of {questions}" for name in ("exact", "first_right")]
        tokens = [f"{row[f'{kind}_tokens_per_call']:.0f}" for kind in ("prompt", "completion")]
        cells = [*shares, str(row["format_errors"]), f"{row['seconds_per_call']:.2f}"]
        lines.append(
            f"| {row['task']} | {row['planner']} | {' | '.join(cells)} | {' + '.join(tokens)} |"
        )
    speed, training = document["speed"], document["training"]
    rates = speed["answers_per_second"]
    lines.append(
        f"\n{speed['batch']} questions of {speed['task']}: {rates['fastchat']:.2f} answers/s one by one "
        f"from FastChat, {rates['local']:.2f} as a batch in process, {speed['ratio']:.1f} x"
    )
    lines.append(
        f"training: {training['planner/llm_calls']} calls for {training['planner/questions']} distinct "
        f"questions in {training['train/episodes']} episodes"
    )
    return "\n".join(lines)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=list(TASKS))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as logdir:
        settings = ServeSettings(port=PORT, logdir=logdir)
        with running_server(settings, Console(stderr=True)) as endpoint:
            document = {
                "command": " ".join(["python", *sys.argv]),
                **provenance(),
                "llm_versions": {
                    name: version(name) for name in ("torch", "transformers", "fschat")
                },
                "speed": compare_speed(endpoint),
                "training": train(endpoint, logdir),
                "rows": measure(given.tasks, endpoint, logdir),
            }
    path = ROOT / "benchmarks" / "results" / "planners.json"
    write_json(path, document)
    print(as_markdown(document))
    print(f"\nwritten to {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
