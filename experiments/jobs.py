"""A job: one policy, trained with one seed and evaluated under some conditions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from itertools import product
from pathlib import Path
from typing import Any, Self

from agents.methods import SKILL_RL, TRAINED, WHEN2ASK
from core.settings import (
    EvalSettings,
    ManySettings,
    NoiseSettings,
    PlannerSettings,
    RunSettings,
    TrainSettings,
)
from core.task import ALL

LEARNED, RL = WHEN2ASK.trained_policy, SKILL_RL.trained_policy
STOCHASTIC = ("random", *TRAINED)
"""Policies whose results depend on the seed; those of the others do so only if the planner is noisy."""
MULTITASK = f"{LEARNED} on all tasks"
_OF_EVALUATION = (
    *(field.name for field in fields(RunSettings)),
    *(field.name for field in fields(NoiseSettings)),
    "test_num",
)
"""Settings that an evaluation takes from the training unless its condition changes them."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How an evaluation differs from the training.

    Attributes:
        name: in tables.
        changes: names of evaluation settings and their values.
    """

    name: str
    changes: tuple[tuple[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        changes = {k: list(v) if isinstance(v, tuple) else v for k, v in self.changes}
        return {"name": self.name, "changes": changes}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        changes = data["changes"].items()
        return cls(
            data["name"], tuple((k, tuple(v) if isinstance(v, list) else v) for k, v in changes)
        )


AS_TRAINED = Condition("as trained")


@dataclass(frozen=True, slots=True)
class Job:
    """One policy on one task, or on all tasks, with one training seed.

    Attributes:
        policy: one of `agents.methods.TRAINED`, or an asking policy that is not trained.
        training: settings; they name the run directory, also where nothing is trained.
        conditions: of its evaluations.
    """

    policy: str
    training: TrainSettings
    conditions: tuple[Condition, ...] = (AS_TRAINED,)

    @property
    def name(self) -> str:
        """Name of the policy in tables; jobs that differ in their seed share it."""
        if self.training.ask_budget:
            return f"budget {self.training.ask_budget:g}"
        return MULTITASK if self.training.task == ALL else self.policy

    def evaluation(self, condition: Condition) -> EvalSettings:
        """The settings of an evaluation under a condition."""
        shared = {name: getattr(self.training, name) for name in _OF_EVALUATION}
        return EvalSettings(**{**shared, **dict(condition.changes)})


def make_jobs(
    settings: ManySettings,
    policies: Iterable[tuple[str, float]],
    skill_sets: Iterable[str],
    tasks: Iterable[str],
    conditions: tuple[Condition, ...] = (AS_TRAINED,),
    **changes: Any,
) -> list[Job]:
    """All jobs of a table, in its order.

    Args:
        settings: of the table.
        policies: each with its budget of questions per episode, 0 for none.
        skill_sets: of the trainings.
        tasks: of the trainings.
        conditions: of the evaluations of every job.
        changes: training settings that differ from their defaults.
    """
    common = {field.name: getattr(settings, field.name) for field in fields(PlannerSettings)}
    common |= {"logdir": str(runs_directory(settings)), "test_num": settings.test_num}
    if settings.n_itr:
        common["n_itr"] = settings.n_itr
    if settings.traj_per_itr:
        common["traj_per_itr"] = settings.traj_per_itr
    return [
        Job(
            policy,
            TrainSettings(
                task=task,
                save_name=f"{policy}{f'_{budget:g}' if budget else ''}_{skills}_seed{seed}",
                skills=skills,
                seed=seed,
                ask_budget=budget,
                **{**_defaults(policy, is_quick=settings.quick), **common, **changes},
            ),
            conditions,
        )
        for skills, task, (policy, budget) in product(skill_sets, tasks, policies)
        for seed in _seeds(settings, policy, conditions)
    ]


def _defaults(policy: str, *, is_quick: bool) -> Mapping[str, Any]:
    """Training settings of a policy that differ from the defaults of `TrainSettings`."""
    # policies that are not trained are charged the ask cost of When2Ask
    method = TRAINED.get(policy, WHEN2ASK)
    return method.quick if is_quick else method.training.defaults


def runs_directory(settings: ManySettings) -> Path:
    """Where runs are kept; quick ones are kept apart, so that they replace no others."""
    return Path(settings.logdir) / "quick" if settings.quick else Path(settings.logdir)


def _seeds(settings: ManySettings, policy: str, conditions: Iterable[Condition]) -> tuple[int, ...]:
    """The training seeds of a policy; one is enough where all give the same."""
    is_noisy = any("planner_noise" in dict(condition.changes) for condition in conditions)
    return settings.seeds if is_noisy or policy in STOCHASTIC else (0,)
