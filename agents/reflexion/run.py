"""The verb reflexion: which of its parts plays a task."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from agents.reflexion.memory import NOTED, QUOTED
from agents.reflexion.programmer import STRATEGIES, Rules
from agents.reflexion.programming import solve_problems
from agents.reflexion.question_answering import WORLDS
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
OF_NOTES = ("memory_size", "reflection_model", "reflection_max_tokens")
OF_SEVERAL_STEPS = ("max_steps", "loop_rule", "docstore")


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
        return [solve_problems(_for_programming(settings, explicit))]
    _check_text_world(settings, explicit)
    return play_trials(settings)


def _for_programming(settings: ReflexionSettings, explicit: Collection[str]) -> ReflexionSettings:
    """The settings with the limit of tokens of programming.

    Raises:
        SettingsError: the strategy is for text worlds, or a flag has no effect.
    """
    reject_flags(explicit, OF_TEXT_WORLDS, f"without effect in programming ({settings.task})")
    strategy = f"--strategy {settings.strategy}"
    if settings.strategy not in STRATEGIES:
        raise SettingsError(
            f"{strategy} is for text worlds; {settings.task} has {', '.join(STRATEGIES)}"
        )
    rules = Rules(settings.strategy)
    if not rules.makes_tests:
        reject_flags(explicit, ("num_tests",), f"{strategy} has no self-made tests")
    if not rules.takes_notes:
        reject_flags(explicit, OF_NOTES, f"{strategy} has no notes")
    if settings.strategy in ("simple", "test_acc"):
        reject_flags(explicit, ("max_iters",), f"{strategy} has no further program")
    return settings if "max_tokens" in explicit else replace(settings, max_tokens=LONGEST_PROGRAM)


def _check_text_world(settings: ReflexionSettings, explicit: Collection[str]) -> None:
    """Check the strategy and the flags of trials in text worlds.

    Raises:
        SettingsError: the strategy is for programming, or a flag has no effect.
    """
    reject_flags(explicit, OF_PROGRAMMING, f"only for programming: {', '.join(PROGRAMMING)}")
    strategy = f"--strategy {settings.strategy}"
    if settings.strategy not in IN_TEXT_WORLDS:
        raise SettingsError(
            f"{strategy} is for programming; {settings.task} has {', '.join(IN_TEXT_WORLDS)}"
        )
    if settings.strategy not in NOTED:
        reject_flags(explicit, OF_NOTES, f"{strategy} has no notes; --use_memory has")
    elif settings.strategy in QUOTED:
        reject_flags(explicit, ("memory_size",), f"{strategy} shows one note")
    if settings.agent in WORLDS:
        reject_flags(explicit, OF_SEVERAL_STEPS, f"--agent {settings.agent} answers at once")
