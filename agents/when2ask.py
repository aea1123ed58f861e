"""When2Ask: the policy decides when to ask the planner (arXiv 2306.03604)."""

from collections.abc import Collection, Sequence

import numpy as np

from agents.methods import WHEN2ASK
from core.rooms.plan_ids import NO_PLAN
from core.settings import EvalSettings, RunSettings, TrainSettings, each_seed
from mediator.answer_table import AnswerTable
from mediator.cost import COSTS, Cost
from mediator.mediator import Mediator
from mediator.policies import ASK, ASK_POLICIES, GO_ON, Ints, Observations
from planner.build import build_model, build_planners
from planner.planner import Planner
from runner import train as training
from runner.build import RoomMethod, World
from runner.collect import ControllerOutput
from runner.engine import Engine
from runner.evaluate import Evaluation
from runner.evaluate_rooms import evaluate_runs
from runner.trained import EvalTarget, iter_trained


class AskController:
    """Asks when the policy decides so, and whenever the plan is finished.

    Args:
        answers: the planner's, by question.
        cost: the rule for a question's price.
        ask_lambda: its scale.
    """

    def __init__(self, answers: AnswerTable, cost: Cost, ask_lambda: float) -> None:
        self.answers = answers
        self._cost = cost
        self.ask_lambda = ask_lambda

    def lookahead(self, observations: Observations) -> Ints:
        """The plans that asking now would bring if the planner is right: nobody seeks to be misled."""
        return self.answers.plans(self.answers.without_noise(observations.questions))

    def act(self, observations: Observations, decisions: Ints) -> ControllerOutput:
        """Ask and take the answer in hand, or go on with the plan."""
        chosen = decisions == ASK
        asked = chosen | observations.are_finished
        questions, in_hand = observations.questions[asked], observations.plans[asked]
        plans = np.full(len(asked), NO_PLAN, dtype=np.int64)
        plans[asked] = self.answers.plans(questions)
        costs = np.zeros(len(asked))
        costs[asked] = self._cost(plans[asked], in_hand, self.ask_lambda)
        bills = {}
        if self.answers.has_unpaid:
            for place, question in zip(
                asked.nonzero()[0].tolist(), questions.tolist(), strict=True
            ):
                bill = self.answers.settle(question)
                if bill is not None:
                    bills[place] = bill
        return ControllerOutput(plans, asked, asked & ~chosen, costs, bills)


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
    planners = build_planners(settings, tasks, build_model(settings))
    return [
        World(engine, make_controller(settings, planner, engine, settings.planner_noise), planner)
        for engine, planner in zip(engines, planners, strict=True)
    ]


METHOD = RoomMethod(WHEN2ASK.name, len((GO_ON, ASK)), build)


def train(settings: TrainSettings, explicit: Collection[str] = ()) -> list[training.Training]:
    """Learn when to ask, once for each seed; see `runner.train.train`."""
    return training.train(METHOD, settings, explicit)


def evaluate_trained(settings: EvalSettings, explicit: Collection[str] = ()) -> list[Evaluation]:
    """Evaluate the trained policy of each run that the name means."""
    return evaluate_runs(settings, iter_trained(settings, explicit, METHOD.name), METHOD)


def evaluate_rule(policy: str, settings: EvalSettings) -> list[Evaluation]:
    """Evaluate an asking policy that needs no training, once for each seed."""
    targets = (
        EvalTarget(one, ASK_POLICIES[policy](), "difference", policy) for one in each_seed(settings)
    )
    return evaluate_runs(settings, targets, METHOD)
