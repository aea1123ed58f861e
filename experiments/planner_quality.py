"""How good a planner is: every distinct question of a task, against the scripted planner."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from agents.when2ask import make_controller
from core.chat import Usage
from core.console import echo
from core.files import write_json
from core.provenance import provenance
from core.rooms.describe import describe
from core.rooms.plan import Plan, format_plan
from core.rooms.scene import Scene
from core.run import RunDirectory
from core.settings import EVALUATION_SEEDS, PlannersSettings, to_json
from core.task import find_task
from mediator.mediator import Answer, Mediator
from mediator.policies import RandomAsk
from planner.build import build_planner
from runner.build import make_engine
from runner.room_player import evaluate_policy

TOGETHER = 32
"""Questions put at a time, between two moves of the progress bar."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a planner said to one question.

    Attributes:
        question, answer: as put, as given at last.
        plan, wanted: what it comes to, and the scripted planner's, as texts.
        is_exact, is_first_right: the plans are equal; their first sub-goals are.
        format_errors: how many answers held no plan that can be carried out.
    """

    question: str
    answer: str
    plan: str
    wanted: str
    is_exact: bool
    is_first_right: bool
    format_errors: int


def planners(settings: PlannersSettings) -> None:
    """Put every distinct question to the planner, print the table and keep the answers."""
    find_task(settings.task)  # one task: refused before anything is made
    with RunDirectory.of(settings) as directory:
        scenes = distinct_scenes(settings)
        answers, name = _ask(settings, scenes)
        wanted, _ = _ask(_scripted(settings), scenes)
        verdicts = [_judge(answer, best.plan) for answer, best in zip(answers, wanted, strict=True)]
        usage = sum((answer.usage for answer in answers), Usage())
        summary = summarize(verdicts, usage)
        path = directory.file("planners.json")
        document = {
            "planner": name,
            "settings": to_json(settings),
            "summary": summary,
            "verdicts": [asdict(verdict) for verdict in verdicts],
            **provenance(),
        }
        write_json(path, document)
    for verdict in verdicts if settings.show else ():
        mark = "  " if verdict.is_exact else "! "
        line = f"{mark}{verdict.question}\n    {verdict.answer!r}"
        line += "" if verdict.is_exact else f"\n    wanted {verdict.wanted}"
        echo(line)
    title = f"{settings.task}: {name}, {settings.planner_mode}"
    title += ", no worked examples" if settings.no_examples else ""
    echo(title)
    Console().print(_as_table(summary))
    echo(f"kept in {path}")


def distinct_scenes(settings: PlannersSettings) -> list[Scene]:
    """One scene for each distinct question met while asking at random, in order of the question.

    The layouts are the first that are no evaluation layouts.
    """
    task = find_task(settings.task)
    scripted = _scripted(settings)
    engine = make_engine(settings, "difference", settings.num_envs, is_worth_compiling=False)
    method = make_controller(scripted, build_planner(scripted, task), engine)
    first = EVALUATION_SEEDS.stop
    layouts = range(first, first + settings.num_layouts)
    rollout = evaluate_policy(engine, RandomAsk(), method, settings.seed, layouts)
    scenes = [engine.scene(number) for number in np.unique(rollout.questions).tolist()]
    distinct = {describe(scene, names_colors=task.names_colors): scene for scene in scenes}
    return [distinct[question] for question in sorted(distinct)]


def _scripted(settings: PlannersSettings) -> PlannersSettings:
    """The yardstick: always the same, whatever is measured."""
    return replace(
        settings, planner="scripted", record_file="", answers_per_question=1, no_examples=False
    )


def summarize(verdicts: Sequence[Verdict], usage: Usage) -> dict[str, float]:
    """Counts; and means over the calls of a language model, those that were asked again included."""
    calls = usage.llm_calls or 1
    return {
        "questions": len(verdicts),
        "exact": sum(verdict.is_exact for verdict in verdicts),
        "first_right": sum(verdict.is_first_right for verdict in verdicts),
        "format_errors": sum(verdict.format_errors for verdict in verdicts),
        "llm_calls": usage.llm_calls,
        "seconds_per_call": usage.seconds / calls,
        "prompt_tokens_per_call": usage.prompt_tokens / calls,
        "completion_tokens_per_call": usage.completion_tokens / calls,
    }


def _ask(settings: PlannersSettings, scenes: Sequence[Scene]) -> tuple[list[Answer], str]:
    task = find_task(settings.task)
    planner = build_planner(settings, task)
    mediator = Mediator(planner, names_colors=task.names_colors)
    answers: list[Answer] = []
    with tqdm(total=len(scenes), desc=planner.name, unit="question") as bar:
        for start in range(0, len(scenes), TOGETHER):
            together = scenes[start : start + TOGETHER]
            answers += mediator.ask(together, [0] * len(together))
            bar.update(len(together))
    return answers, planner.name


def _judge(answer: Answer, wanted: Plan) -> Verdict:
    return Verdict(
        question=answer.question,
        answer=answer.text,
        plan=format_plan(answer.plan),
        wanted=format_plan(wanted),
        is_exact=answer.plan == wanted,
        is_first_right=answer.plan[0] == wanted[0],
        format_errors=answer.format_errors,
    )


def _as_table(summary: Mapping[str, float]) -> Table:
    questions = summary["questions"]
    tokens = summary["prompt_tokens_per_call"], summary["completion_tokens_per_call"]
    table = Table(show_header=False)
    table.add_row("exact plans", f"{summary['exact']} of {questions}")
    table.add_row("first sub-goal right", f"{summary['first_right']} of {questions}")
    table.add_row("answers without a plan", f"{summary['format_errors']}")
    table.add_row("calls of a language model", f"{summary['llm_calls']}")
    table.add_row("seconds per call", f"{summary['seconds_per_call']:.3f}")
    table.add_row("tokens per call", "{:.0f} + {:.0f}".format(*tokens))
    return table
