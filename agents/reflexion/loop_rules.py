"""When an attempt ends because it repeats itself, by the names of ``--loop_rule`` (`core.choices.LOOP_RULES`)."""

from collections.abc import Callable, Mapping

from runner.text import History, never

MOST = 3
"""How often an action may have the same result, as in the paper (section 4.1)."""


def repeats_action_and_observation(history: History) -> bool:
    """Whether the last action has had its result more than `MOST` times, in a row or not."""
    results = history.results
    return results.count(results[-1]) > MOST


def repeats_action(history: History) -> bool:
    """Whether the last two actions are equal, the published code's rule; two unreadable answers are."""
    actions = [action for action, _ in history.results]
    return actions[-2:-1] == actions[-1:]


LOOP_RULES: Mapping[str, Callable[[History], bool]] = {
    "observation": repeats_action_and_observation,
    "published": repeats_action,
    "none": never,
}
"""Each is called after every step."""
