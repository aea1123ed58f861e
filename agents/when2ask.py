"""When2Ask: a decision is whether to put a question to the planner (arXiv 2306.03604)."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.console import echo
from core.errors import SettingsError
from core.rooms.plan_ids import NO_PLAN
from core.run import RunDirectory
from core.settings import EvalSettings, RunSettings, TrainSettings, each_seed
from mediator.answer_table import AnswerTable
from mediator.cost import COSTS, Cost
from mediator.mediator import Mediator
from mediator.policies import ASK, ASK_POLICIES, GO_ON, Ints, Observations
from planner.build import build_model, build_planners
from planner.planner import Planner
from runner.build import World
from runner.collect import MethodOutput
from runner.engine import Engine
from runner.evaluate_rooms import evaluate_runs
from runner.train import Trainer, each_run
from runner.trained import EvalTarget, iter_trained

NAME = "when2ask"
NUM_ACTIONS = len((GO_ON, ASK))


class When2Ask:
    """Asks when the policy says so, and whenever the plan is through.

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

    def act(self, observations: Observations, decisions: Ints) -> MethodOutput:
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
        return MethodOutput(plans, asked, asked & ~chosen, costs, bills)


def make_when2ask(
    settings: RunSettings, planner: Planner, engine: Engine, noise: float = 0.0
) -> When2Ask:
    """The method as the settings have it, for the rooms of an engine."""
    mediator = Mediator(planner, names_colors=engine.task.names_colors)
    answers = AnswerTable(
        mediator, engine.scene, engine.plan_ids, settings.answers_per_question, noise
    )
    return When2Ask(answers, COSTS[settings.ask_cost], settings.ask_lambda)


def make(settings: TrainSettings | EvalSettings, engines: Sequence[Engine]) -> list[World]:
    """The method in the rooms of some engines; the planners of all tasks share a model."""
    tasks = [engine.task for engine in engines]
    planners = build_planners(settings, tasks, build_model(settings))
    return [
        World(engine, make_when2ask(settings, planner, engine, settings.planner_noise), planner)
        for engine, planner in zip(engines, planners, strict=True)
    ]


def train(settings: TrainSettings, given: frozenset[str]) -> None:
    """Learn when to ask, once for each seed.

    Raises:
        SettingsError: a budget, and a rule of pricing that cannot keep it.
    """
    if settings.ask_budget:
        if "ask_cost" in given and settings.ask_cost != "each":
            raise SettingsError(
                f"--ask_budget needs --ask_cost each: by {settings.ask_cost}, some questions are free"
            )
        settings = replace(settings, ask_cost="each")
    for one in each_run(settings):
        learner = Trainer(one, NAME, NUM_ACTIONS, make)
        echo(f"planner: {learner.planners[0].name}")
        with RunDirectory.of(one) as directory:
            learner.run(directory)
        echo(_account(learner, one.token_prices))
        del learner  # a language model may be in it: never two at a time


def _account(learner: Trainer, prices: Sequence[float]) -> str:
    """What the planners of a run had to do."""
    usage = learner.total_usage
    parts = [
        f"{learner.num_questions} distinct questions",
        f"{usage.llm_calls} calls of a language model",
        f"{usage.cache_hits} answers of earlier runs",
        f"{usage.prompt_tokens} + {usage.completion_tokens} tokens in {usage.seconds:.1f} s",
    ]
    if prices:
        parts.append(f"price {usage.cost(prices):.4g}")
    return f"{learner.planners[0].name}: {', '.join(parts)}"


def evaluate_trained(settings: EvalSettings, given: frozenset[str]) -> None:
    """Measure what was learned, for each run that the name means."""
    evaluate_runs(settings, iter_trained(settings, given, NAME), make)


def evaluate_policy(way: str, settings: EvalSettings, given: frozenset[str]) -> None:  # noqa: ARG001
    """Measure a way of asking that needs no training, once for each seed."""
    subjects = (
        EvalTarget(one, ASK_POLICIES[way](), "difference", way) for one in each_seed(settings)
    )
    evaluate_runs(settings, subjects, make)
