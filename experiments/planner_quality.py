"""Planner quality: every distinct question of a task, compared with the scripted planner."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from rich.table import Table

from agents.when2ask import make_controller
from core.answer_counts import AnswerCounts
from core.chat import Reply, Usage
from core.console import Progress, echo, show
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
from planner.planner import Question
from runner.rooms.build import make_engine
from runner.rooms.player import evaluate_policy

BATCH_SIZE = 32
"""Questions asked together, between two steps of the progress bar."""


@dataclass(frozen=True, slots=True)
class PlanScore:
    """A planner's plan for one question, compared with the scripted planner's.

    Attributes:
        question: its text.
        answer: the planner's last answer to it.
        plan: in that answer, as text.
        expected: the scripted planner's plan, as text.
        is_exact: whether the plans are equal.
        is_first_right: whether their first sub-goals are.
        format_errors: answers that held no feasible plan.
    """

    question: str
    answer: str
    plan: str
    expected: str
    is_exact: bool
    is_first_right: bool
    format_errors: int


@dataclass(frozen=True, slots=True)
class PlannerSummary:
    """Counts over all questions, and means over the calls of a language model, retries included."""

    questions: int
    exact: int
    first_right: int
    format_errors: int
    llm_calls: int
    seconds_per_call: float
    prompt_tokens_per_call: float
    completion_tokens_per_call: float


def planners(settings: PlannersSettings) -> None:
    """Put every distinct question to the planner, print the table and keep the answers."""
    find_task(settings.task)  # one task: refused before anything is made
    with RunDirectory.of(settings) as directory:
        scenes = distinct_scenes(settings)
        answers, name, counts = ask_all(settings, scenes)
        expected, _, _ = ask_all(scripted(settings), scenes)
        scores = [
            score_plan(answer, best.plan) for answer, best in zip(answers, expected, strict=True)
        ]
        summary = _summarize(scores, sum((answer.usage for answer in answers), Usage()))
        path = directory.file("planners.json")
        document = {
            "planner": name,
            "settings": to_json(settings),
            "summary": asdict(summary),
            "scores": [asdict(score) for score in scores],
            **provenance(),
        }
        write_json(path, document)
    for score in scores if settings.show else ():
        mark = "  " if score.is_exact else "! "
        line = f"{mark}{score.question}\n    {score.answer!r}"
        line += "" if score.is_exact else f"\n    expected {score.expected}"
        echo(line)
    title = f"{settings.task}: {name}, {settings.planner_mode}"
    title += ", no worked examples" if settings.no_examples else ""
    echo(title)
    show(_as_table(summary))
    counts.show("plan", settings.max_tokens)
    echo(f"written to {path}")


def distinct_scenes(settings: PlannersSettings) -> list[Scene]:
    """One scene for each distinct question that the random policy meets, ordered by the question.

    The environment seeds are the first after the evaluation seeds.
    """
    task = find_task(settings.task)
    reference = scripted(settings)
    engine = make_engine(settings, "delta_codes", settings.num_envs, is_worth_compiling=False)
    controller = make_controller(reference, build_planner(reference, task), engine)
    first = EVALUATION_SEEDS.stop
    env_seeds = range(first, first + settings.num_episodes)
    rollout = evaluate_policy(engine, RandomAsk(), controller, settings.seed, env_seeds)
    scenes = [engine.scene(number) for number in np.unique(rollout.questions).tolist()]
    distinct = {describe(scene, names_colors=task.names_colors): scene for scene in scenes}
    return [distinct[question] for question in sorted(distinct)]


def scripted(settings: PlannersSettings) -> PlannersSettings:
    """The same settings with the reference planner, whichever is measured."""
    return replace(
        settings, planner="scripted", record_file="", answers_per_question=1, no_examples=False
    )


def _summarize(scores: Sequence[PlanScore], usage: Usage) -> PlannerSummary:
    """The summary of all scores and of what their answers used."""
    calls = usage.llm_calls or 1
    return PlannerSummary(
        questions=len(scores),
        exact=sum(score.is_exact for score in scores),
        first_right=sum(score.is_first_right for score in scores),
        format_errors=sum(score.format_errors for score in scores),
        llm_calls=usage.llm_calls,
        seconds_per_call=usage.seconds / calls,
        prompt_tokens_per_call=usage.prompt_tokens / calls,
        completion_tokens_per_call=usage.completion_tokens / calls,
    )


def ask_all(
    settings: PlannersSettings, scenes: Sequence[Scene]
) -> tuple[list[Answer], str, AnswerCounts]:
    """An answer about each scene, the planner's name, and the counts of all its answers."""
    task = find_task(settings.task)
    planner = build_planner(settings, task)
    mediator = Mediator(planner, names_colors=task.names_colors)
    answers: list[Answer] = []
    replies: dict[Question, Reply] = {}
    with Progress(planner.name, len(scenes), "question") as progress:
        for start in range(0, len(scenes), BATCH_SIZE):
            batch = scenes[start : start + BATCH_SIZE]
            answers += mediator.ask(batch, [0] * len(batch), replies)
            progress.advance(len(batch))
    rejected = dict(pair for answer in answers for pair in answer.rejected)
    return answers, planner.name, AnswerCounts.of(len(replies), rejected.values())


def score_plan(answer: Answer, expected: Plan) -> PlanScore:
    """Compare the plan in a planner's answer with the scripted planner's."""
    return PlanScore(
        question=answer.question,
        answer=answer.text,
        plan=format_plan(answer.plan),
        expected=format_plan(expected),
        is_exact=answer.plan == expected,
        is_first_right=answer.plan[0] == expected[0],
        format_errors=answer.format_errors,
    )


def _as_table(summary: PlannerSummary) -> Table:
    table = Table(show_header=False)
    table.add_row("exact plans", f"{summary.exact} of {summary.questions}")
    table.add_row("first sub-goal right", f"{summary.first_right} of {summary.questions}")
    table.add_row("answers without a plan", f"{summary.format_errors}")
    table.add_row("calls of a language model", f"{summary.llm_calls}")
    table.add_row("seconds per call", f"{summary.seconds_per_call:.3f}")
    tokens = summary.prompt_tokens_per_call, summary.completion_tokens_per_call
    table.add_row("tokens per call", "{:.0f} + {:.0f}".format(*tokens))
    return table
