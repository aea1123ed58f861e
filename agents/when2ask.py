"""When2Ask: a decision is whether to put a question to the planner (arXiv 2306.03604)."""

from rich.console import Console

from agents.evaluate import Subject, measure_each, trained
from agents.learn import Learner
from agents.room import Room
from core.episode import Consultation
from core.plan import Plan, format_plan
from core.run import RunDirectory
from core.settings import EvalSettings, RunSettings, TrainSettings, each_seed
from core.task import Task, find_task
from mediator.ask import ASK, GO_ON, WAYS
from mediator.cost import COSTS, Cost
from mediator.mediator import Mediator
from planner.build import build_planner
from planner.planner import Planner

NAME = "when2ask"
NUM_ACTIONS = len((GO_ON, ASK))


class Asking:
    """Asks when the policy says so, and whenever the plan is through.

    Args:
        mediator: puts the question and reads the answer.
        cost: the rule for a question's price.
        ask_lambda: its scale.
    """

    def __init__(self, mediator: Mediator, cost: Cost, ask_lambda: float) -> None:
        self._mediator = mediator
        self._cost = cost
        self._ask_lambda = ask_lambda

    def foresee(self, room: Room) -> Plan:
        """The plan that asking now would bring."""
        return self._mediator.ask(self._mediator.question(room.view), room.sightings).plan

    def act(self, room: Room, decision: int) -> Consultation | None:
        """Ask and take the answer in hand, or go on with the plan."""
        is_forced = room.executor.is_finished
        if decision != ASK and not is_forced:
            return None
        answer = self._mediator.ask(self._mediator.question(room.view), room.sightings)
        cost = self._cost(answer.plan, room.executor.plan, self._ask_lambda)
        room.begin(answer.plan)
        return Consultation(
            question=answer.question,
            answer=answer.reply.text,
            plan=format_plan(answer.plan),
            is_forced=is_forced and decision != ASK,
            cost=cost,
            llm_calls=answer.reply.llm_calls,
            prompt_tokens=answer.reply.prompt_tokens,
            completion_tokens=answer.reply.completion_tokens,
            seconds=answer.reply.seconds,
            format_errors=answer.format_errors,
        )


def make_asking(settings: RunSettings, task: Task, planner: Planner) -> Asking:
    """The method as the settings have it."""
    mediator = Mediator(planner, names_colors=task.names_colors)
    return Asking(mediator, COSTS[settings.ask_cost], settings.ask_lambda)


def train(settings: TrainSettings, given: frozenset[str]) -> None:  # noqa: ARG001 a verb
    """Learn when to ask, once for each seed."""
    for one in each_seed(settings):
        task = find_task(one.task)
        planner = build_planner(one, task)
        Console().print(f"planner: {planner.name}", highlight=False)
        learner = Learner(one, NAME, NUM_ACTIONS, make_asking(one, task, planner), planner)
        with RunDirectory(one) as directory:
            learner.run(directory)


def evaluate_trained(settings: EvalSettings, given: frozenset[str]) -> None:
    """Measure what was learned, for each run that the name means."""
    measure_each(settings, trained(settings, given, NAME), _make)


def evaluate_way(way: str, settings: EvalSettings, given: frozenset[str]) -> None:  # noqa: ARG001
    """Measure a way of asking that needs no training, once for each seed."""
    subjects = (Subject(one, WAYS[way](), "difference", way) for one in each_seed(settings))
    measure_each(settings, subjects, _make)


def _make(settings: EvalSettings) -> tuple[Asking, str]:
    task = find_task(settings.task)
    planner = build_planner(settings, task)
    return make_asking(settings, task, planner), f"planner {planner.name}"
