"""The verb reflexion: which of its parts plays a task."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from agents.reflexion.programmer import STRATEGIES
from agents.reflexion.programming import solve_problems
from agents.reflexion.trial_loop import ReflexionRun
from agents.reflexion.trials import play_trials
from core.errors import SettingsError
from core.flags import reject_flags
from core.settings import ReflexionSettings
from core.task import PROGRAMMING
from runner.evaluation.evaluate import Evaluation

IN_TEXT_WORLDS = ("none", "last_attempt", "reflexion", "last_attempt_and_reflexion")
"""The strategies of decision making and question answering."""
LONGEST_PROGRAM = 1024
"""Default of --max_tokens in programming, where an answer is a whole program."""
OF_PROGRAMMING = ("max_iters", "num_tests")
OF_TEXT_WORLDS = (
    "agent", "num_trials", "loop_rule", "success_rule", "resume_dir", "start_trial_num", "max_steps", "shots",
    "no_examples", "history", "alfworld_syntax", "pddl_texts", "docstore",
)  # fmt: skip
"""Flags that have an effect only there."""


def play(
    settings: ReflexionSettings, *, explicit: Collection[str] = ()
) -> Sequence[ReflexionRun | Evaluation]:
    """Attempt the cases of a text world, or of each of a group, in trials; or solve problems in programming.

    Args:
        settings: of the run.
        explicit: names of the flags that were typed.

    Raises: see `agents.reflexion.trials.play_trials` and `agents.reflexion.programming.solve_problems`.
    """
    if settings.task in PROGRAMMING:
        reject_flags(explicit, OF_TEXT_WORLDS, f"without effect in programming ({settings.task})")
        if settings.strategy not in STRATEGIES:
            raise SettingsError(
                f"--strategy {settings.strategy} is for text worlds; {settings.task} has {', '.join(STRATEGIES)}"
            )
        if "max_tokens" not in explicit:
            settings = replace(settings, max_tokens=LONGEST_PROGRAM)
        return [solve_problems(settings)]
    reject_flags(explicit, OF_PROGRAMMING, f"only for programming: {', '.join(PROGRAMMING)}")
    if settings.strategy not in IN_TEXT_WORLDS:
        raise SettingsError(
            f"--strategy {settings.strategy} is for programming; {settings.task} has {', '.join(IN_TEXT_WORLDS)}"
        )
    return play_trials(settings)
