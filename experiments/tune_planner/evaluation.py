"""How good a planner is: its plans for the questions, and episodes on the evaluation seeds that follow them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from agents.when2ask import METHOD
from core.decode import convert
from core.files import read_json, write_json
from core.run import RunDirectory
from core.settings import EvalSettings, PlannersSettings, TunePlannerSettings
from experiments.planner_quality import PlanScore, ask_all, score_plan
from experiments.tune_planner.questions import Demonstration, with_planner
from mediator.policies import ASK_POLICIES
from reports.statistics import summarize
from runner.evaluation.evaluate import evaluate, read_episodes
from runner.evaluation.rooms import make_player
from runner.evaluation.trained import EvalTarget
from runner.player import evaluation_cases

QUALITY = "quality.json"
POLICIES = ("baseline", "random", "always")
"""When the episodes of an evaluation ask."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Counts over some questions.

    Attributes:
        questions: number of them.
        exact: the first answer holds the scripted planner's plan.
        first_right: the first answer holds a plan with the same first sub-goal.
        feasible: the first answer holds a feasible plan.
    """

    questions: int
    exact: int
    first_right: int
    feasible: int


@dataclass(frozen=True, slots=True)
class PlannerEvaluation:
    """How good a planner is.

    Attributes:
        trained, held_out: its plans for the questions that are trained on, and for the others.
        rooms: asking policy -> mean of success, steps and asks.
    """

    trained: Quality
    held_out: Quality
    rooms: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class _Kept:
    """The document `QUALITY`, read back."""

    trained: Quality
    held_out: Quality


def quality_of(scores: Sequence[PlanScore]) -> Quality:
    """Count how many plans are right.

    An answer without a feasible plan is never right, although the agent then explores, which may be the plan.
    """
    readable = [score for score in scores if not score.format_errors]
    return Quality(
        len(scores),
        sum(score.is_exact for score in readable),
        sum(score.is_first_right for score in readable),
        len(readable),
    )


def evaluate_planner(
    run: RunDirectory,
    settings: TunePlannerSettings,
    name: str,
    model_path: str,
    demonstrations: Sequence[Demonstration],
    *,
    shows_examples: bool = False,
) -> PlannerEvaluation:
    """Put all questions to a planner, and play the evaluation seeds with it; what is kept is not done again.

    Args:
        run: the directory, locked.
        settings: of the run.
        name: of the planner, for the directory ``eval_NAME``.
        model_path: of the model; empty: the scripted planner.
        demonstrations: the questions.
        shows_examples: whether the prompt has worked examples.

    Raises:
        ModelError: the model gave no answer.
    """
    place = f"eval_{name}"
    path = run.file(place) / QUALITY
    if not path.exists():
        asking = with_planner(PlannersSettings, settings, model_path, shows_examples=shows_examples)
        write_json(path, _ask(asking, demonstrations))
    kept = convert(read_json(path), _Kept, str(path))
    playing = with_planner(
        EvalSettings,
        settings,
        model_path,
        shows_examples=shows_examples,
        test_num=settings.test_num,
    )
    rooms = {policy: _play(run, playing, policy, f"{place}/{policy}") for policy in POLICIES}
    return PlannerEvaluation(kept.trained, kept.held_out, rooms)


def _ask(settings: PlannersSettings, demonstrations: Sequence[Demonstration]) -> dict[str, object]:
    answers, name, _ = ask_all(settings, [one.scene for one in demonstrations])
    scores = [
        score_plan(answer, one.plan) for answer, one in zip(answers, demonstrations, strict=True)
    ]
    split: dict[bool, list[PlanScore]] = {False: [], True: []}
    for one, score in zip(demonstrations, scores, strict=True):
        split[one.is_held_out].append(score)
    return {
        "planner": name,
        "trained": asdict(quality_of(split[False])),
        "held_out": asdict(quality_of(split[True])),
        "scores": [asdict(score) for score in scores],
    }


def _play(run: RunDirectory, settings: EvalSettings, policy: str, place: str) -> dict[str, float]:
    """The means over the evaluation seeds."""
    cases = evaluation_cases(settings.test_num)
    kept = read_episodes(run, place)
    if {episode.case for episode in kept}.issuperset(cases):
        summary = summarize(kept)
    else:
        target = EvalTarget(settings, settings, ASK_POLICIES[policy](), "delta_codes", policy)
        player = make_player(target, METHOD, is_worth_compiling=False)
        summary = evaluate(player, cases, run, settings, place_name=place, kept=kept).summary
    return {name: summary[name].mean for name in ("success", "steps", "asks")}
