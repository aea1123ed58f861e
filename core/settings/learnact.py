"""Flags of methods that learn from training cases: learnact, act_reflexion and react_reflexion."""

from dataclasses import dataclass, replace
from typing import Self

from core.choices import LEARN_SPLITS, LEARNER_SEES
from core.errors import SettingsError
from core.flags import flag
from core.settings.text import CodeSettings, ExperimentSettings


@dataclass(frozen=True, kw_only=True)
class LearningSettings(ExperimentSettings):
    """What is learned from, and which model learns."""

    learner_model: str = flag(
        "",
        "name of the model at the same server that learns (default: the one that acts)",
    )
    learn_split: str = flag("auto", "the three training cases of a task", choices=LEARN_SPLITS)
    train_max_steps: int = flag(
        10,
        "truncate an episode of a training case after this many answers of the model",
        at_least=1,
        at_most=10_000,
        because="each step is a request to the model",
    )
    learner_temperature: float = flag(
        0.8,
        "sampling temperature of the learner; 0 is greedy",
        at_least=0,
        at_most=100,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.learn_split == "auto" and not self.exp_id:
            object.__setattr__(self, "learn_split", "published")
        if self.learner_model and self.planner != "fastchat":
            raise SettingsError(
                "--learner_model names a model at a server: give --planner fastchat"
            )

    def experiment(self, number: int) -> Self:
        """The settings of one of the experiments; ``auto`` is the published split in the experiment 0 only."""
        split = self.learn_split
        if split == "auto":
            split = "drawn" if number else "published"
        return replace(super().experiment(number), learn_split=split)


@dataclass(frozen=True, kw_only=True)
class LearnActSettings(CodeSettings, LearningSettings):
    """How functions are learned."""

    num_samples: int = flag(
        4,
        "number of candidates that an iteration makes; at --learner_temperature 0 they are the same",
        at_least=1,
        at_most=100,
        because="each is tested in all training cases",
        alias="step_sample_number",
    )
    num_iterations: int = flag(
        2,
        "number of times that the best candidate is improved",
        at_least=0,
        at_most=99,
        because="each tests all its candidates",
    )
    learner_sees: str = flag(
        "episodes", "what the learner is shown before it writes functions", choices=LEARNER_SEES
    )
    learner_max_tokens: int = flag(
        2048, "longest answer of the learner, in tokens", at_least=1, at_most=1_000_000
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.learner_sees == "rules" and self.planner == "scripted":
            raise SettingsError(
                "--learner_sees rules: the scripted learner finds its functions in episodes; leave it out, or choose another --planner"
            )


@dataclass(frozen=True, kw_only=True)
class LessonSettings(LearningSettings):
    """How lessons are learned."""

    num_lessons: int = flag(
        2,
        "largest number of lessons; each is about a failed training case",
        at_least=1,
        at_most=100,
        because="every request has all of them",
    )
    learner_max_tokens: int = flag(
        512, "longest lesson, in tokens; a longer one is not used", at_least=1, at_most=1_000_000
    )
