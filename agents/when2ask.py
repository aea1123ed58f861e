"""When2Ask: the policy decides when to ask the planner (arXiv 2306.03604)."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from agents.methods import WHEN2ASK
from core.errors import ModelError
from core.rooms.plan_ids import NO_PLAN
from core.settings import EvalSettings, RunSettings, TrainSettings, each_seed
from mediator.answer_table import AnswerTable
from mediator.cost import COSTS, Cost
from mediator.mediator import Mediator
from mediator.policies import ASK, ASK_POLICIES, CONTINUE, Ints, Observations
from planner.build import build_model, build_planners, with_model_name
from planner.planner import Planner
from runner.evaluation.evaluate import Evaluation
from runner.evaluation.rooms import evaluate_runs
from runner.evaluation.trained import EvalTarget, iter_trained
from runner.rooms.build import RoomMethod, World
from runner.rooms.collect import ControllerOutput
from runner.rooms.engine import Engine
from runner.training import train as training


class AskController:
    """Asks when the policy decides so, and whenever the plan is finished.

    Args:
        answers: the planner's.
        cost: the rule of the ask cost.
        ask_lambda: its scale.
    """

    def __init__(self, answers: AnswerTable, cost: Cost, ask_lambda: float) -> None:
        self.answers = answers
        self._cost = cost
        self.ask_lambda = ask_lambda

    def lookahead(self, observations: Observations) -> Ints:
        """``(B,)`` ids of the plans that asking now would bring, without noise."""
        slots = self.answers.without_noise(observations.answer_slots)
        return self.answers.plans(observations.questions, slots)

    def act(self, observations: Observations, actions: Ints) -> ControllerOutput:
        """Ask and start the plan of the answer, or continue the current plan."""
        chosen = actions == ASK
        asked = chosen | observations.are_finished
        current = observations.plans[asked]
        plans = np.full(len(asked), NO_PLAN, dtype=np.int64)
        plans[asked] = self.answers.plans(
            observations.questions[asked], observations.answer_slots[asked]
        )
        costs = np.zeros(len(asked))
        costs[asked] = self._cost(plans[asked] == current, current == NO_PLAN, self.ask_lambda)
        usage = self.answers.pop_usage(observations.questions, observations.answer_slots)
        return ControllerOutput(plans, asked, asked & ~chosen, costs, usage)


def make_controller(
    settings: RunSettings, planner: Planner, engine: Engine, noise: float = 0.0
) -> AskController:
    """The controller of an engine's rooms."""
    mediator = Mediator(planner, names_colors=engine.task.names_colors)
    answers = AnswerTable(
        mediator, engine.scene, engine.plan_ids, settings.answers_per_question, noise
    )
    return AskController(answers, COSTS[settings.ask_cost], settings.ask_lambda)


def build(settings: TrainSettings | EvalSettings, engines: Sequence[Engine]) -> list[World]:
    """A world for each engine; the planners of all tasks share one model."""
    tasks = [engine.task for engine in engines]
    model = build_model(settings)
    planners = build_planners(settings, tasks, model)
    noise = settings.planner_noise
    return [
        World(engine, make_controller(settings, planner, engine, noise), planner, model.account)
        for engine, planner in zip(engines, planners, strict=True)
    ]


METHOD = RoomMethod(WHEN2ASK.name, len((CONTINUE, ASK)), build)


def train(settings: TrainSettings, explicit: Collection[str] = ()) -> list[training.Training]:
    """Learn when to ask, once for each seed; see `runner.training.train.train`."""
    return training.train(METHOD, settings, explicit)


def evaluate_trained(settings: EvalSettings, explicit: Collection[str] = ()) -> list[Evaluation]:
    """Evaluate the trained policy of each run that the name means.

    Raises:
        RunDirectoryError: a model is missing or damaged.
        ModelError: the planner gave no answer.
    """
    try:
        return evaluate_runs(settings, iter_trained(settings, explicit, METHOD.name), METHOD)
    except ModelError as error:
        if "planner" in explicit:
            raise
        raise error.with_advice(
            "the run was trained with this planner: --llm_url says where its server is now, and "
            "--planner scripted (or another one) evaluates without it"
        ) from error


def evaluate_rule(policy: str, settings: EvalSettings) -> list[Evaluation]:
    """Evaluate an asking policy that needs no training, once for each seed."""
    settings = with_model_name(settings)
    defaults = EvalSettings(task=settings.task, save_name=settings.save_name)
    targets = (
        EvalTarget(
            one,
            replace(defaults, seed=one.seed) if settings.run_seed_list else defaults,
            ASK_POLICIES[policy](),
            "delta_codes",
            policy,
        )
        for one in each_seed(settings)
    )
    return evaluate_runs(settings, targets, METHOD)
