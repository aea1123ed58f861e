"""Flags of tuning the planner of door rooms."""

from dataclasses import dataclass

from core.errors import SettingsError
from core.flags import flag
from core.settings.limits import LARGEST_WEIGHT, episodes
from core.settings.run import RunSettings, check_resume
from core.settings.tuning import BETA, SFT_WEIGHT, dtype_flag, dtype_on, processes_flag

EXPLORE_POLICIES = ("baseline", "random", "always")


@dataclass(frozen=True, kw_only=True)
class TunePlannerSettings(RunSettings):
    """Supervised tuning on the scripted planner's plans, then contrastive tuning on outcomes."""

    save_name: str = flag(
        help="name of the run; its directory is LOGDIR/tune_planner/TASK/SAVE_NAME",
        example="planner01",
    )
    model_path: str = flag(
        "",
        "directory or hub name of the model that is tuned; tiny or tiny:WIDTHxLAYERS: a small one from scratch "
        "(default: the small model of make install-llm)",
    )
    num_episodes: int = episodes(200, "number of episodes whose questions are collected")
    train_share: float = flag(
        0.4,
        "share of the questions that are trained on; with the others the plans are tested",
        at_least=0,
        at_most=1,
    )
    batch_size: int = flag(
        8, "questions, or pairs of answers, in a gradient step", at_least=1, at_most=100_000
    )
    sft_epochs: int = flag(
        3, "passes over the scripted planner's plans", at_least=1, at_most=10_000
    )
    sft_lr: float = flag(1e-4, "largest learning rate of these passes", at_least=0, at_most=1)
    num_samples: int = flag(
        4,
        "answers to each question that are sampled at temperature 1, beside the most likely one",
        at_least=0,
        at_most=1000,
    )
    explore_episodes: int = episodes(
        20_000, "number of episodes in which answers are tried", at_least=1
    )
    explore_rounds: int = flag(
        50,
        "rounds into which these episodes are divided; in each round every question has one answer, drawn at random",
        at_least=1,
        at_most=10_000,
    )
    explore_policy: str = flag(
        "random", "asking policy in these episodes", choices=EXPLORE_POLICIES
    )
    margin: float = flag(
        2.0,
        "an answer is better if its mean return is higher by more than this many standard errors",
        at_least=0,
        at_most=1000,
    )
    dpo_epochs: int = flag(3, "passes over the pairs of answers", at_least=1, at_most=10_000)
    dpo_lr: float = flag(5e-6, "largest learning rate of these passes", at_least=0, at_most=1)
    beta: float = flag(
        0.1,
        BETA,
        at_least=0,
        at_most=LARGEST_WEIGHT,
    )
    sft_weight: float = flag(
        1.0,
        SFT_WEIGHT,
        at_least=0,
        at_most=LARGEST_WEIGHT,
    )
    control_lr: float = flag(
        2.5e-5,
        "largest learning rate of the controls, which are supervised and have as many gradient steps",
        at_least=0,
        at_most=1,
    )
    dtype: str = dtype_flag()
    num_processes: int = processes_flag()
    test_num: int = episodes(100, "episodes of an evaluation: environment seeds 0, 1, ...")
    resume: bool = flag(
        False,
        "keep the finished stages of this run and do the others; without such a run, begin it",
    )
    overwrite: bool = flag(False, "replace a run of the same name")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_resume(resume=self.resume, overwrite=self.overwrite)
        object.__setattr__(self, "dtype", dtype_on(self.device, self.dtype))
        if self.explore_rounds > self.explore_episodes:
            raise SettingsError(
                f"--explore_rounds {self.explore_rounds}: must be at most --explore_episodes {self.explore_episodes}"
            )

    @property
    def group(self) -> str:
        """The directory below LOGDIR."""
        return "tune_planner"
