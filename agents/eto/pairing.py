"""How pairs are made in a task, and which trajectories say the same without pairs."""

from collections.abc import Mapping, Sequence

from core.chat import Message
from core.console import echo, warn
from core.flags import shorten
from core.settings import PreferenceSettings
from core.task import TextTask
from core.trajectory import Pair, Trajectory
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


def worse_cases(
    experts: Mapping[str, Trajectory], explored: Sequence[Trajectory]
) -> list[Trajectory]:
    """The demonstrations of cases in which the agent was worse at least once; a refused conversation counts as 0."""
    worse = {
        one.case
        for one in explored
        if one.case in experts and (one.reward or 0.0) < (experts[one.case].reward or 0.0)
    }
    return [expert for case, expert in experts.items() if case in worse]


def successes(
    experts: Mapping[str, Trajectory], explored: Sequence[Trajectory]
) -> list[Trajectory]:
    """The demonstrations and explored trajectories that solved their case, each once."""
    found: dict[tuple[Message, ...], Trajectory] = {}
    for one in (*experts.values(), *explored):
        if one.success:
            found.setdefault(one.messages, one)
    return list(found.values())


def show_pairs(name: str, outcomes: Outcomes, pairs: Selected[Pair]) -> None:
    """Say how the agent compares with the demonstrations, which pairs there are, and whether they teach little.

    Args:
        name: of the stage that is trained on the pairs.
        outcomes: of what was explored.
        pairs: that were made of it.
    """
    echo(f"{name}, explored beside the demonstrations: {outcomes.describe()}")
    echo(f"{name}, pairs: {pairs.describe()}")
    answer, share = most_rejected(pairs.kept)
    if share > WARNING_SHARE:
        warn(
            f"warning: {name}: {100 * share:.0f} % of the pairs first reject one and the same answer, {shorten(answer)}: "
            "training may make it unlikely everywhere"
        )
