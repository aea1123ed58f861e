"""Flags of methods that learn from training cases."""

from dataclasses import dataclass

from core.flags import flag
from core.settings.text import CodeSettings


@dataclass(frozen=True, kw_only=True)
class LearningSettings(CodeSettings):
    """A language model learns something from training cases before it is evaluated."""

    learner_model: str = flag(
        "", "name of the server's model that learns (default: the one that acts)"
    )
    train_max_steps: int = flag(
        10,
        "truncate an episode of a training case after this many answers",
        at_least=1,
        at_most=10_000,
    )


@dataclass(frozen=True, kw_only=True)
class LearnActSettings(LearningSettings):
    """A language model learns functions over the actions of a world."""

    num_samples: int = flag(
        4,
        "number of candidates in each iteration",
        at_least=1,
        at_most=100,
        alias="step_sample_number",
    )
    num_iterations: int = flag(2, "number of improvements", at_least=0, at_most=100)
    learner_sees: str = flag(
        "episodes",
        "what new functions are made from: episodes of the training cases, or the rules of the world alone",
        choices=("episodes", "rules"),
    )
    learner_temperature: float = flag(
        0.8, "sampling temperature of the learner", at_least=0, at_most=100
    )
    learner_max_tokens: int = flag(
        2048, "longest answer of the learner, in tokens", at_least=1, at_most=1_000_000
    )
