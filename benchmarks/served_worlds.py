"""ScienceWorld and WebShop from end to end: a small language model that FastChat serves, beside the scripted player.

    python benchmarks/served_worlds.py                 3 cases of each world by the model
    python benchmarks/served_worlds.py --num_cases 1
    python benchmarks/served_worlds.py --scripted sciworld    only the scripted player's rows of a world; the others stay

`main.py serve` serves the small model of `make install-llm` in processes of its own. The verb `react` asks it, with one
worked example and at most 8 steps, about cases that are spread evenly over the split `test`. The scripted player plays
the same cases with as many steps, then with the task's own limit, and then the whole split. Also needs
`make install-scienceworld`. Written to benchmarks/results/served_worlds.json, and printed as Markdown.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.reflexion import table  # noqa: E402
from core.episode import Episode  # noqa: E402
from core.files import read_json, write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from core.spread import spread  # noqa: E402
from core.task import TEXT_TASKS  # noqa: E402
from envs.text.cases import cases_of  # noqa: E402
from main import run_verb  # noqa: E402
from planner.smollm import NAME  # noqa: E402

TASKS = ("sciworld", "webshop")
BRIEF: Mapping[str, Any] = {"shots": 1, "max_steps": 8, "max_tokens": 48}
"""Flags that keep the conversations short: two cores read about a hundred tokens a second."""
SECONDS_TO_START = SECONDS_TO_ANSWER = 600.0
RESULTS = ROOT / "benchmarks" / "results" / "served_worlds.json"


@contextmanager
def served(folder: Path, port: int) -> Iterator[str]:
    """The address of the small model, served by a command as users give it until the context ends."""
    command = [sys.executable, str(ROOT / "main.py"), "serve", "--port", str(port)]
    said = folder / "serve.txt"
    with said.open("w") as output:
        server = subprocess.Popen([*command, "--logdir", str(folder)], stdout=output, stderr=output)
    try:
        latest = time.monotonic() + SECONDS_TO_START
        while "ready" not in said.read_text():
            if server.poll() is not None or time.monotonic() > latest:
                raise SystemExit(f"there is no server: {said.read_text()}")
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def play(task: str, **flags: Any) -> dict[str, Any]:
    """Let a model play cases of a world; its means, its answers and the seconds of the whole evaluation."""
    started = time.perf_counter()
    with TemporaryDirectory() as folder:
        [evaluation] = run_verb("react", task=task, save_name="x", logdir=folder, **flags)
    return summary_of(evaluation.episodes, time.perf_counter() - started)


def summary_of(episodes: Sequence[Episode], seconds: float) -> dict[str, Any]:
    """What is written about some episodes.

    Args:
        episodes: of an agent.
        seconds: that they took.
    """
    steps = [step for episode in episodes for step in episode.steps]
    return {
        "cases": len(episodes),
        "score": statistics.mean(episode.score for episode in episodes),
        "success": statistics.mean(episode.success for episode in episodes),
        "steps": statistics.mean(episode.num_steps for episode in episodes),
        "answers": len(steps),
        "possible": sum(step.is_valid for step in steps),
        "unreadable": sum(step.is_unreadable for step in steps),
        "cut": sum(step.cut for step in steps),
        "prompt_tokens": sum(episode.usage.prompt_tokens for episode in episodes),
        "seconds": round(seconds, 1),
    }


def measure(task: str, num_cases: int, url: str) -> dict[str, Any]:
    """The rows of a world by agent, and the cases that all but the last have played."""
    some = spread(cases_of(TEXT_TASKS[task]), num_cases)
    asked = {"planner": "fastchat", "llm_url": url, "llm_timeout": SECONDS_TO_ANSWER}
    row = play(task, case=tuple(some), answer_store="none", **asked, **BRIEF)
    rows = {f"{NAME}, at most {BRIEF['max_steps']} steps": row}
    return {"cases": some, "agents": rows | scripted_rows(task, some)}


def scripted_rows(task: str, cases: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the scripted player does in some cases, with few steps and with the task's limit, and in all."""
    some = tuple(cases)
    return {
        "scripted player, as many": play(task, case=some, max_steps=BRIEF["max_steps"]),
        "scripted player, the task's limit": play(task, case=some),
        f"scripted player, all of {TEXT_TASKS[task].splits[0]}": play(task),
    }


def as_markdown(worlds: Mapping[str, Mapping[str, Any]]) -> str:
    """The table."""
    head = ["world", "agent", "cases", "score", "success, %", "steps", "possible actions"]
    rows = [
        [
            task,
            agent,
            str(row["cases"]),
            f"{row['score']:.3f}",
            f"{100 * row['success']:.0f}",
            f"{row['steps']:.1f}",
            f"{row['possible']} of {row['answers']}",
        ]
        for task, measured in worlds.items()
        for agent, row in measured["agents"].items()
    ]
    return "\n".join(table(head, rows))


def main() -> None:
    """Serve, play, print and write; or only what the scripted player does."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--num_cases", type=int, default=3)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--scripted", metavar="WORLD", choices=TASKS)
    flags = parser.parse_args()
    load = os.getloadavg()[0]
    measured = {"command": " ".join(["python", *sys.argv]), **provenance()}
    if flags.scripted:
        document = read_json(RESULTS)
        world = document["worlds"][flags.scripted]
        world["agents"] |= scripted_rows(flags.scripted, world["cases"])
        world["scripted player"] = measured
    else:
        with TemporaryDirectory() as folder, served(Path(folder), flags.port) as url:
            worlds = {task: measure(task, flags.num_cases, url) for task in TASKS}
        document = {
            **measured,
            "flags of the model": dict(BRIEF),
            "load_before": round(load, 1),
            "worlds": worlds,
        }
    write_json(RESULTS, document)
    print(as_markdown(document["worlds"]))


if __name__ == "__main__":
    main()
