"""The RL baseline: a decision is which skill to use; there is no planner (paper, section 5)."""

from collections.abc import Sequence

import numpy as np

from core.console import say
from core.rooms.plan import ObjectName, Plan, Skill, SubGoal
from core.rooms.plan_ids import NO_PLAN, PlanBook
from core.run import RunDirectory
from core.settings import EvalSettings, TrainSettings
from mediator.policies import Ints, Situations
from runner.build import World
from runner.collect import Turn
from runner.engine import Engine
from runner.evaluate import measure_each, trained
from runner.train import Learner, each_run

NAME = "skill_rl"
CHOICES: tuple[Plan, ...] = (
    (SubGoal(Skill.EXPLORE),),
    (SubGoal(Skill.GO_TO, ObjectName("key")),),
    (SubGoal(Skill.GO_TO, ObjectName("door")),),
    (SubGoal(Skill.PICK_UP),),
    (SubGoal(Skill.TOGGLE),),
)
"""The reference's five. "Go to" knows the places that were seen; a key never seen is looked for
where a box stands (`core.rooms.object_memory`)."""
NUM_ACTIONS = len(CHOICES)


class Choosing:
    """Takes the chosen skill in hand whenever the choice changes or the last one is through."""

    answers = None
    ask_lambda = 0.0

    def __init__(self, book: PlanBook) -> None:
        self._choices: Ints = np.array([book.number(plan) for plan in CHOICES], dtype=np.int64)

    def foresee(self, situations: Situations) -> Ints:
        """No planner, no foresight: the plan in hand."""
        return situations.plans

    def act(self, situations: Situations, decisions: Ints) -> Turn:
        """Begin the chosen skill, or go on with it."""
        chosen = self._choices[decisions]
        is_new = situations.are_finished | (chosen != situations.plans)
        nobody = np.zeros(len(decisions), dtype=np.bool_)
        plans = np.where(is_new, chosen, NO_PLAN)
        return Turn(plans, nobody, nobody, np.zeros(len(decisions)), {})


def train(settings: TrainSettings, given: frozenset[str]) -> None:  # noqa: ARG001 a verb
    """Learn which skill to use, once for each seed."""
    for one in each_run(settings):
        say("planner: none, the policy chooses among skills")
        learner = Learner(one, NAME, NUM_ACTIONS, make)
        with RunDirectory(one) as directory:
            learner.run(directory)


def make(
    settings: TrainSettings | EvalSettings,  # noqa: ARG001 nobody is asked
    engines: Sequence[Engine],
) -> list[World]:
    """The method in the rooms of some engines."""
    return [World(engine, Choosing(engine.book)) for engine in engines]


def evaluate_trained(settings: EvalSettings, given: frozenset[str]) -> None:
    """Measure what was learned, for each run that the name means."""
    measure_each(settings, trained(settings, given, NAME), make)
