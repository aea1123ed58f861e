"""The RL baseline: the policy chooses the skill; there is no planner (arXiv 2306.03604, section 5)."""

from collections.abc import Collection, Sequence

import numpy as np

from agents.methods import SKILL_RL
from core.rooms.plan import ObjectName, Plan, Skill, SubGoal
from core.rooms.plan_ids import NO_PLAN, PlanIds
from core.settings import EvalSettings, TrainSettings
from mediator.policies import Ints, Observations
from runner.evaluation.evaluate import Evaluation
from runner.evaluation.rooms import evaluate_runs
from runner.evaluation.trained import iter_trained
from runner.rooms.build import RoomMethod, World
from runner.rooms.collect import ControllerOutput
from runner.rooms.engine import Engine
from runner.training import train as training

CHOICES: tuple[Plan, ...] = (
    (SubGoal(Skill.EXPLORE),),
    (SubGoal(Skill.GO_TO, ObjectName("key")),),
    (SubGoal(Skill.GO_TO, ObjectName("door")),),
    (SubGoal(Skill.PICK_UP),),
    (SubGoal(Skill.TOGGLE),),
)
"""The five of the authors' code. "Go to" uses the object memory; a key that was never seen is located at a
box (`core.rooms.object_memory`)."""


class SkillController:
    """Starts the chosen skill whenever the choice changes or the last skill is finished."""

    answers = None
    ask_lambda = 0.0

    def __init__(self, plan_ids: PlanIds) -> None:
        self._choices: Ints = np.array([plan_ids.id_of(plan) for plan in CHOICES], dtype=np.int64)

    def lookahead(self, observations: Observations) -> Ints:
        """The current plans: there is no planner to ask."""
        return observations.plans

    def act(self, observations: Observations, actions: Ints) -> ControllerOutput:
        """Start the chosen skill, or continue it."""
        chosen = self._choices[actions]
        is_new = observations.are_finished | (chosen != observations.plans)
        asked = np.zeros(len(actions), dtype=np.bool_)
        plans = np.where(is_new, chosen, NO_PLAN)
        return ControllerOutput(plans, asked, asked, np.zeros(len(actions)), {})


def build(
    settings: TrainSettings | EvalSettings,  # noqa: ARG001 there is no planner
    engines: Sequence[Engine],
) -> list[World]:
    """A world for each engine."""
    return [World(engine, SkillController(engine.plan_ids)) for engine in engines]


METHOD = RoomMethod(SKILL_RL.name, len(CHOICES), build, uses_planner=False)


def train(settings: TrainSettings) -> list[training.Training]:
    """Learn which skill to use, once for each seed; see `runner.training.train.train`."""
    return training.train(METHOD, settings)


def evaluate_trained(settings: EvalSettings, explicit: Collection[str] = ()) -> list[Evaluation]:
    """Evaluate the trained policy of each run that the name means."""
    return evaluate_runs(settings, iter_trained(settings, explicit, METHOD.name), METHOD)
