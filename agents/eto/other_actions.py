"""Other actions that were possible beside those of an episode: what a model that chooses among actions has to tell apart."""

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

    They begin with words with which actions of the episode begin, and each of these words has its turn: what the agent
    never does would teach nothing, and there are many places to go to and few things to take.

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
    """Actions of the kinds in turns."""
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
