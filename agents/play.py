"""The one episode loop: rooms in step, a policy that decides, a method that acts on decisions."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from agents.room import Room
from core.episode import Consultation, Episode, Step
from core.plan import Plan
from mediator.ask import Policy


class Method(Protocol):
    """What a decision means."""

    def foresee(self, room: Room) -> Plan:
        """The plan that asking now would bring."""
        ...

    def act(self, room: Room, decision: int) -> Consultation | None:
        """Carry out a decision before the room's next step: ask, take a plan in hand, or go on."""
        ...


@dataclass(slots=True)
class Trace:
    """What learning needs of an episode; T steps.

    Attributes:
        features: T arrays ``(width, height, C)`` int8.
        options: T option indices.
        last_features, last_option: the situation after the last step.
    """

    features: list[npt.NDArray[np.int8]] = field(default_factory=list)
    options: list[int] = field(default_factory=list)
    last_features: npt.NDArray[np.int8] | None = None
    last_option: int = 0


Watch = Callable[[Room, Step | None], None]
"""Called after a reset (with None) and after every step."""


def play(
    rooms: Sequence[Room],
    episodes: Iterable[tuple[int, np.random.Generator]],
    policy: Policy,
    method: Method,
    watch: Watch | None = None,
) -> Iterator[tuple[Episode, Trace]]:
    """Play episodes in several rooms at once, until there are no more.

    Args:
        rooms: as many episodes are under way at a time.
        episodes: layout seed and the generator for decisions, one pair an episode.
        policy: decides for all rooms together.
        method: acts on a decision.
        watch: an onlooker.

    Yields:
        Episodes as they end, with what learning needs.
    """
    waiting = iter(episodes)
    under_way: list[_UnderWay] = []
    for room in rooms:
        under_way += _next_episode(room, waiting, watch)
    while under_way:
        situations = [
            at.room.situation(lambda room=at.room: method.foresee(room))  # type: ignore[misc]
            for at in under_way
        ]
        decisions = policy.decide(situations)
        still: list[_UnderWay] = []
        for index, (at, situation) in enumerate(zip(under_way, situations, strict=True)):
            at.trace.features.append(situation.features)
            at.trace.options.append(situation.option)
            decision = int(decisions.actions[index])
            consultation = method.act(at.room, decision)
            outcome = at.room.step()
            step = Step(
                decision=decision,
                probability=float(decisions.probabilities[index]),
                value=float(decisions.values[index]),
                skill=outcome.skill.phrase,
                action=outcome.action,
                reward=outcome.reward,
                consultation=consultation,
            )
            at.steps.append(step)
            if watch is not None:
                watch(at.room, step)
            if not (outcome.terminated or outcome.truncated):
                still.append(at)
                continue
            yield at.finish(outcome.terminated, outcome.truncated)
            still += _next_episode(at.room, waiting, watch)
        under_way = still


@dataclass(slots=True)
class _UnderWay:
    room: Room
    steps: list[Step] = field(default_factory=list)
    trace: Trace = field(default_factory=Trace)

    def finish(self, terminated: bool, truncated: bool) -> tuple[Episode, Trace]:
        final = self.room.situation(tuple)
        self.trace.last_features, self.trace.last_option = final.features, final.option
        episode = Episode(
            self.room.task.name, self.room.seed, terminated, truncated, tuple(self.steps)
        )
        return episode, self.trace


def _next_episode(
    room: Room, waiting: Iterator[tuple[int, np.random.Generator]], watch: Watch | None
) -> list[_UnderWay]:
    """Reset a room for the next episode that waits; no entry if none does."""
    for seed, rng in waiting:
        room.reset(seed, rng)
        if watch is not None:
            watch(room, None)
        return [_UnderWay(room)]
    return []
