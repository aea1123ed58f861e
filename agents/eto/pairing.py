"""The rules for pairs in a task, and what a run says about its pairs."""

from collections.abc import Sequence

from core.console import echo, warn
from core.flags import shorten
from core.settings import PreferenceSettings
from core.task import TextTask
from core.trajectory import Pair
from tuning.pairs import WARNING_SHARE, Outcomes, PairRules, most_rejected
from tuning.selected import Selected


def rules_for(task: TextTask, settings: PreferenceSettings) -> PairRules:
    """The published rules of the task, with what the settings add.

    In ALFWorld no trajectory is cut, and a conversation that the model refused is a failure.
    """
    is_household = task.world == "alfworld"
    return PairRules(
        extra_turns=None if is_household else PairRules().extra_turns,
        crashed_is_failure=is_household,
        among_own=settings.among_own,
        shared_prefix=settings.shared_prefix,
    )


def show_pairs(name: str, outcomes: Outcomes, pairs: Selected[Pair]) -> None:
    """Say how the agent compares with the demonstrations, and which pairs there are.

    Args:
        name: of the stage that is trained on the pairs.
        outcomes: of what was explored.
        pairs: that were made of it.
    """
    echo(f"{name}, explored beside the demonstrations: {outcomes.describe()}")
    echo(f"{name}, pairs: {pairs.describe()}")


def warn_of_one_answer(name: str, pairs: Sequence[Pair]) -> None:
    """Say if most of the pairs that a stage is trained on teach little."""
    answer, share = most_rejected(pairs)
    if share > WARNING_SHARE:
        warn(
            f"warning: {name}: {100 * share:.0f} % of the pairs first reject one and the same answer, {shorten(repr(answer))}: "
            "training may make it unlikely everywhere"
        )
