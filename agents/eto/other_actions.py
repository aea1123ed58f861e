"""Other actions that were possible in the steps of an episode: a model learns to prefer the agent's own."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest

from core.episode import Episode
from runner.text import TextEnv, admissible_in


def other_actions(
    episode: Episode, env: TextEnv, number: int, seed: int
) -> tuple[tuple[str, ...], ...]:
    """Draw some for each step of an episode; none where its own action was not possible.

    Actions are of a kind if they begin with the same word. Only kinds that the agent uses in the episode are drawn, as
    others would teach nothing. The kinds take turns: otherwise most actions would be of a common kind, such as `go to`.

    Args:
        episode: that was played.
        env: its world, in which it is played again.
        number: the most in a step.
        seed: of the draws, with the case.
    """
    rng = random.Random(f"{seed} {episode.case}")
    kinds = {_kind(step.action) for step in episode.steps}
    return tuple(
        tuple(_draw((action for action in possible if action != step.action), kinds, number, rng))
        if step.action in possible
        else ()
        for step, possible in zip(episode.steps, admissible_in(episode, env), strict=True)
    )


def _draw(
    actions: Iterable[str], kinds: set[str], number: int, rng: random.Random
) -> Sequence[str]:
    """Draw actions of some kinds, which take turns."""
    of_kind: dict[str, list[str]] = defaultdict(list)
    for action in actions:
        if _kind(action) in kinds:
            of_kind[_kind(action)].append(action)
    groups = list(of_kind.values())
    rng.shuffle(groups)
    for group in groups:
        rng.shuffle(group)
    return [action for action in chain(*zip_longest(*groups)) if action is not None][:number]


def _kind(action: str) -> str:
    return action.partition(" ")[0]
