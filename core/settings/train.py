"""Flags of training: collect episodes, then update."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.choices import FEATURE_SETS, HEADS
from core.errors import SettingsError
from core.flags import flag
from core.settings.limits import (
    IN_MEMORY,
    LARGEST_WEIGHT,
    MOST_ITERATIONS,
    MOST_QUESTIONS,
    episodes,
)
from core.settings.planner import PlannerSettings
from core.settings.run import RunSettings, check_resume


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """The network of a policy; kept in the model file."""

    features: str = flag("counts", "input of the network", choices=FEATURE_SETS)
    heads: str = flag("option", "output heads of the network", choices=HEADS)


@dataclass(frozen=True, kw_only=True)
class NoiseSettings:
    """Noise of the planner."""

    planner_noise: float = flag(
        0.0,
        "fraction of questions that get a different feasible plan instead of the planner's, if there is one; an "
        "evaluation does not take it from the model",
        at_least=0,
        at_most=1,
    )


@dataclass(frozen=True, kw_only=True)
class TrainSettings(NoiseSettings, NetworkSettings, RunSettings):
    """Training."""

    n_itr: int = flag(
        200,
        "number of iterations: collect episodes, then update",
        at_least=1,
        at_most=MOST_ITERATIONS,
    )
    traj_per_itr: int = episodes(128, "episodes per iteration, of each task")
    ask_budget: float = flag(
        0.0,
        "mean number of questions per episode that is allowed, 0 for no budget. With a budget the cost of a "
        "question is learned, --ask_lambda is only its first value, and every question is charged "
        "(--ask_cost each)",
        at_least=0,
        at_most=MOST_QUESTIONS,
    )
    gamma: float = flag(0.99, "discount factor", at_least=0, at_most=1)
    lam: float = flag(
        0.6,
        "lambda of generalized advantage estimation; 1 is Monte Carlo",
        at_least=0,
        at_most=1,
    )
    lr: float = flag(
        2e-3, "learning rate of Adam, annealed to 0 over the run", at_least=0, at_most=1
    )
    batch_size: int = flag(
        512, "steps in a minibatch", at_least=1, at_most=1_000_000, because=IN_MEMORY
    )
    epochs: int = flag(4, "passes over an iteration's steps (--algo ppo)", at_least=1, at_most=1000)
    clip_eps: float = flag(0.2, "clipping range of PPO", at_least=0, at_most=100)
    max_kl: float = flag(
        0.05,
        "stop a PPO update when its KL divergence from the old policy exceeds this",
        at_least=0,
        at_most=10**6,
    )
    entropy_coef: float = flag(
        0.02,
        "weight of the entropy bonus, annealed to 0 over the run",
        at_least=0,
        at_most=LARGEST_WEIGHT,
    )
    value_coef: float = flag(0.5, "weight of the value loss", at_least=0, at_most=LARGEST_WEIGHT)
    max_grad_norm: float = flag(
        0.5, "largest norm of the gradients; larger ones are scaled", at_least=0, at_most=10**6
    )
    eval_every: int = flag(
        25,
        "iterations between evaluations on the evaluation seeds, 0 for none",
        at_least=0,
        at_most=MOST_ITERATIONS,
    )
    test_num: int = episodes(100, "episodes of an evaluation: environment seeds 0, 1, ...")
    resume: bool = flag(False, "resume this run from its last checkpoint")
    overwrite: bool = flag(False, "replace a run of the same name")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_resume(resume=self.resume, overwrite=self.overwrite)
        if self.ask_budget and not self.ask_lambda:
            raise SettingsError("--ask_lambda 0: with --ask_budget its first value must be above 0")


RL_DEFAULTS: Mapping[str, Any] = {"lam": 0.95}
"""Without a planner, the reward arrives up to a hundred decisions after the one that earned it."""
QUICK: Mapping[str, Any] = {
    "n_itr": 60, "epochs": 2, "lr": 8e-3, "entropy_coef": 0.01, "ask_cost": "code", "ask_lambda": 0.015,
}  # fmt: skip
QUICK_RL: Mapping[str, Any] = {**QUICK, "n_itr": 50, "batch_size": 1024, "lam": 0.9}
"""Fewer and larger steps, and an ask cost that separates useful from useless questions more clearly. For one
seed in ten the greedy policy fails in some rooms (docs/ABLATIONS.md, "Short trainings")."""
PLANNER_FLAGS = frozenset(PlannerSettings.__dataclass_fields__) | {
    "ask_cost", "ask_lambda", "ask_budget", "planner_noise",
}  # fmt: skip
"""Flags without effect where no planner is used."""
