"""Flags of trials, in which a language model attempts failed cases again."""

from dataclasses import dataclass

from core.choices import AGENTS, LOOP_RULES, STRATEGIES, SUCCESS_RULES
from core.errors import SettingsError
from core.flags import flag
from core.settings.limits import IN_MEMORY, MOST_THREADS, episodes
from core.settings.text import TextSettings
from core.task import ALL, PROGRAMMING, ROBOTIC_PLANNING, TEXT_TASKS

MOST_TRIALS = 100
"""Their directories have two digits."""


@dataclass(frozen=True, kw_only=True)
class ReflexionSettings(TextSettings):
    """Trials: cases are attempted again until they are solved."""

    task: str = flag(
        "SimpleDoorKey",
        f"{', '.join(TEXT_TASKS)}; or several, one after the other: {ALL} (the rooms), {ROBOTIC_PLANNING}; or "
        f"programming: {', '.join(PROGRAMMING)}",
    )
    save_name: str = flag(
        help="name of the run; its directory is LOGDIR/reflexion/TASK/SAVE_NAME",
        example="reflexion_run",
        alias="run_name",
    )
    num_trials: int = flag(
        10,
        "number of trials; each attempts the cases that are not solved yet",
        at_least=1,
        at_most=MOST_TRIALS,
    )
    test_num: int = episodes(
        0,
        "number of cases, the first of the split; 0: all, in rooms the seeds 0-99",
        at_least=0,
        alias="num_envs",
    )
    num_active: int = flag(
        16,
        "number of active episodes, whose requests are sent together",
        at_least=1,
        at_most=MOST_THREADS,
        because=IN_MEMORY,
    )
    agent: str = flag("react", "how a language model acts", choices=AGENTS)
    use_memory: bool = flag(
        False,
        "write a note after each failed attempt, and show it to the next: --strategy reflexion",
    )
    strategy: str = flag(
        "auto", "what an attempt is told about earlier ones at the same case", choices=STRATEGIES
    )
    memory_size: int = flag(
        3, "number of notes that an attempt is told, the last ones", at_least=1, at_most=1000
    )
    reflection_model: str = flag(
        "",
        "name of the model at the same server that writes the notes (default: the one that acts)",
    )
    reflection_max_tokens: int = flag(
        512, "longest note, in tokens; a longer one is not used", at_least=1, at_most=1_000_000
    )
    max_tokens: int = flag(
        128,
        "longest answer of the language model, in tokens; in programming, 1,024 by default",
        at_least=1,
        at_most=1_000_000,
    )
    loop_rule: str = flag(
        "observation", "when an attempt ends because it repeats itself", choices=LOOP_RULES
    )
    success_rule: str = flag("won", "which attempts count as successes", choices=SUCCESS_RULES)
    max_iters: int = flag(
        2, "programming: number of programs for a problem, at most", at_least=1, at_most=1000
    )
    num_tests: int = flag(
        6, "programming: number of self-made tests for a problem, at most", at_least=1, at_most=1000
    )
    resume: bool = flag(
        False,
        "continue this run after its finished attempts and notes; without such a run, begin it, from --resume_dir "
        "if that is given",
        alias="is_resume",
    )
    resume_dir: str = flag(
        "",
        "directory with files env_results_trial_N.json, of this program or the published one, to begin from",
    )
    start_trial_num: int = flag(
        0,
        "with --resume_dir: number of the first trial that is played, from 0",
        at_least=0,
        at_most=MOST_TRIALS,
    )

    def __post_init__(self) -> None:
        if self.use_memory and self.strategy not in ("auto", "reflexion"):
            raise SettingsError(
                f"--use_memory is --strategy reflexion, and --strategy {self.strategy} is another: give one of them"
            )
        if self.strategy == "auto":
            has_notes = self.use_memory or self.task.lower() in PROGRAMMING
            object.__setattr__(self, "strategy", "reflexion" if has_notes else "none")
        object.__setattr__(self, "use_memory", self.strategy == "reflexion")
        super().__post_init__()
        if bool(self.resume_dir) != bool(self.start_trial_num) or (
            self.resume_dir and not self.resume
        ):
            raise SettingsError(
                "--resume_dir DIR, --start_trial_num N (1 or more) and --is_resume go together: trial N begins from "
                "DIR/env_results_trial_(N-1).json. To continue a run of this program, give --resume alone"
            )
        if self.start_trial_num >= self.num_trials:
            raise SettingsError(
                f"--start_trial_num {self.start_trial_num}: --num_trials {self.num_trials} ends with trial "
                f"{self.num_trials - 1}"
            )
        if self.reflection_model and self.planner != "fastchat":
            raise SettingsError(
                "--reflection_model names a model at a server: give --planner fastchat"
            )
