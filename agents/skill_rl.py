"""The RL baseline: a decision is which skill to use; there is no planner (paper, section 5)."""

from collections.abc import Sequence

import numpy as np

from core.console import echo
from core.rooms.plan import ObjectName, Plan, Skill, SubGoal
from core.rooms.plan_ids import NO_PLAN, PlanIds
from core.run import RunDirectory
from core.settings import EvalSettings, TrainSettings
from mediator.policies import Ints, Observations
from runner.build import World
from runner.collect import MethodOutput
from runner.engine import Engine
from runner.evaluate_rooms import evaluate_runs
from runner.train import Trainer, each_run
from runner.trained import iter_trained

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


class SkillRL:
    """Takes the chosen skill in hand whenever the choice changes or the last one is through."""

    answers = None
    ask_lambda = 0.0

    def __init__(self, plan_ids: PlanIds) -> None:
        self._choices: Ints = np.array([plan_ids.id_of(plan) for plan in CHOICES], dtype=np.int64)

    def lookahead(self, observations: Observations) -> Ints:
        """No planner, no foresight: the plan in hand."""
        return observations.plans

    def act(self, observations: Observations, decisions: Ints) -> MethodOutput:
        """Begin the chosen skill, or go on with it."""
        chosen = self._choices[decisions]
        is_new = observations.are_finished | (chosen != observations.plans)
        nobody = np.zeros(len(decisions), dtype=np.bool_)
        plans = np.where(is_new, chosen, NO_PLAN)
        return MethodOutput(plans, nobody, nobody, np.zeros(len(decisions)), {})


def train(settings: TrainSettings, given: frozenset[str]) -> None:  # noqa: ARG001 a verb
    """Learn which skill to use, once for each seed."""
    for one in each_run(settings):
        echo("planner: none, the policy chooses among skills")
        learner = Trainer(one, NAME, NUM_ACTIONS, make)
        with RunDirectory.of(one) as directory:
            learner.run(directory)


def make(
    settings: TrainSettings | EvalSettings,  # noqa: ARG001 nobody is asked
    engines: Sequence[Engine],
) -> list[World]:
    """The method in the rooms of some engines."""
    return [World(engine, SkillRL(engine.plan_ids)) for engine in engines]


def evaluate_trained(settings: EvalSettings, given: frozenset[str]) -> None:
    """Measure what was learned, for each run that the name means."""
    evaluate_runs(settings, iter_trained(settings, given, NAME), make)
