"""Reflexion on HotpotQA without a model: logged answers of the published runs, and the scripted answerer.

    python benchmarks/reflexion_hotpotqa.py           a minute

Replay: the answers and notes of published runs (``--data``; the file is not part of the repository) are given again, trial
by trial, by a model in the loop of ``python main.py reflexion --task hotpotqa``: they are read, carried out in our
environment and counted by it. The numbers of questions solved must be the logged ones.
Scripted: every agent with every strategy, five trials. Written to benchmarks/results/reflexion_hotpotqa.json.
"""

import argparse
import json
import lzma
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agents.reflexion.agent import make_agent  # noqa: E402
from agents.reflexion.trial_loop import METHOD, TrialLoop  # noqa: E402
from agents.reflexion.trials import play_trials  # noqa: E402
from core.chat import Reply, Request  # noqa: E402
from core.files import write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from core.reflection import REFLECTION_CUE  # noqa: E402
from core.run import RunDirectory  # noqa: E402
from core.settings import ReflexionSettings  # noqa: E402
from core.task import TEXT_TASKS  # noqa: E402
from envs.text.cases import cases_of  # noqa: E402
from envs.text.hotpotqa.questions import find_question  # noqa: E402
from planner.build import build_model  # noqa: E402
from runner.evaluation.text import begin_run  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "reflexion_hotpotqa.json"
LOGS = ROOT.parent / "shared" / "data" / "replay" / "hotpotqa"
AGENTS = {"react": "react", "cot_context": "cot_context", "cot_nocontext": "cot_no_context"}
"""Our names of the published agents, with which the names of logged runs begin."""
SOLVED: Mapping[str, Sequence[int]] = {
    "react_none": (34, 34, 34, 34, 34),
    "react_reflexion": (32, 42, 48, 50, 51, 53, 53),
    "cot_context_last_attempt": (62, 66, 66, 66, 66),
    "cot_context_reflexion": (61, 69, 69, 70, 72, 74, 75, 75),
    "cot_context_last_attempt_and_reflexion": (63, 70, 72, 74, 74),
    "cot_nocontext_none": (32, 33, 33, 33, 33),
    "cot_nocontext_last_attempt": (32, 34, 35, 36, 37, 38),
    "cot_nocontext_reflexion": (32, 37, 40, 40, 40),
    "cot_nocontext_last_attempt_and_reflexion": (31, 33, 34, 35, 35, 35),
}
"""Of 100 questions, by trial: the published logs."""
NUM_TRIALS = 5
STRATEGIES = ("none", "last_attempt", "reflexion", "last_attempt_and_reflexion")
_QUESTION = re.compile(r"Question: (.+)\nThe actions? (?:is|are): ")


class LoggedModel:
    """Answers what the log of a run has, trial by trial.

    Args:
        rows: of the log: ``id``, ``trial`` (from 1), ``steps`` and ``reflections``.
    """

    name = "logged answers"
    in_flight = 1

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._rows = {(find_question(row["id"]).text, row["trial"]): row for row in rows}
        self._attempts: Counter[str] = Counter()

    def chat(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """The next answer of the attempt, or the note about it; empty if none was logged."""
        return map(self._reply, requests)

    def _reply(self, request: Request) -> Reply:
        first, *rest = (one for one in request.messages if one.role != "system")
        question = _QUESTION.findall(first.content)[-1]
        if request.question.endswith(REFLECTION_CUE):
            row = self._rows.get((question, self._attempts[question] + 1), {})
            return Reply(" ".join(row.get("reflections", [])[-1:]) or "No note was logged.")
        if not rest:
            self._attempts[question] += 1
        steps = self._rows.get((question, self._attempts[question]), {}).get("steps", [])
        if len(rest) // 2 >= len(steps):
            return Reply("")
        step = steps[len(rest) // 2]
        return Reply(f"Thought: {step['thought']}\nAction: {step['action']}")


def logged_runs(folder: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The runs of a folder with ``trials.jsonl.xz``."""
    with lzma.open(folder / "trials.jsonl.xz", "rt", encoding="utf-8") as lines:
        rows = list(map(json.loads, lines))
    for run in dict.fromkeys(row["run"] for row in rows):
        yield run, [row for row in rows if row["run"] == run]


def replayed(run: str, rows: Sequence[Mapping[str, Any]], folder: Path, logdir: str) -> list[int]:
    """Number of questions solved by trial, when a run's answers are given again."""
    name = next(name for name in AGENTS if run.startswith(f"{name}_"))
    settings = ReflexionSettings(
        task="hotpotqa",
        save_name=run,
        logdir=logdir,
        agent=AGENTS[name],
        strategy=run.removeprefix(f"{name}_"),
        num_trials=max(row["trial"] for row in rows),
        docstore=("recorded", str(folder / "recorded_search.jsonl.xz")),
        loop_rule="none",
        no_examples=True,
        num_active=1,
    )
    task = TEXT_TASKS[settings.task]
    agent, cases = make_agent(task, settings), cases_of(task)
    model = build_model(settings, LoggedModel(rows))
    with RunDirectory(logdir, METHOD, task.slug, run) as place:
        begin_run(place, METHOD, settings)
        loop = TrialLoop(task, cases, settings, agent, model, model, place, [])
        loop.play()
        return loop.finish().solved


def scripted(agent: str, strategy: str, logdir: str) -> list[int]:
    """Number of questions that the scripted answerer has solved by trial."""
    settings = ReflexionSettings(
        task="hotpotqa",
        save_name=f"{agent}_{strategy}",
        logdir=logdir,
        agent=agent,
        strategy=strategy,
        num_trials=NUM_TRIALS,
    )
    [run] = play_trials(settings)
    return run.solved


def main() -> None:
    """Replay, play, print and write."""
    parser = argparse.ArgumentParser(description="Reflexion on HotpotQA without a model")
    parser.add_argument("--data", type=Path, default=LOGS, help="folder with trials.jsonl.xz")
    folder: Path = parser.parse_args().data
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as logdir:
        if (folder / "trials.jsonl.xz").exists():
            for run, log in logged_runs(folder):
                solved = replayed(run, log, folder, f"{logdir}/replay")
                logged = list(SOLVED[run])
                rows.append({"run": run, "logged": logged, "replayed": solved})
        played = [
            {"agent": agent, "strategy": strategy, "solved": scripted(agent, strategy, logdir)}
            for agent in AGENTS.values()
            for strategy in STRATEGIES
        ]
    for row in rows:
        print(
            f"{row['run']:<42} {row['replayed']}", "" if row["replayed"] == row["logged"] else "!"
        )
    for row in played:
        print(f"scripted, {row['agent']:<16} {row['strategy']:<28} {row['solved']}")
    document = {
        "command": "python benchmarks/reflexion_hotpotqa.py",
        **provenance(),
        "replay": rows,
        "scripted": played,
    }
    write_json(RESULTS, document)


if __name__ == "__main__":
    main()
