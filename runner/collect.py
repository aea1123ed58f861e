"""The one episode loop: rooms in step, a policy that decides, a method that acts on decisions."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from core.chat import Reply
from mediator.answer_table import Answers
from mediator.policies import Bools, Ints, Policy, Situations
from runner.engine import Engine
from runner.rollout import Doubles, Floats, Rollout


@dataclass(frozen=True, slots=True)
class Turn:
    """What a method makes of decisions in B rooms, before they step.

    Attributes:
        plans: ``(B,)`` number of the plan to take in hand, `core.rooms.plan_ids.NO_PLAN` to go on.
        asked, forced: ``(B,)`` a question was put; it was put only because the plan was through.
        costs: ``(B,)`` its price.
        bills: place among the B -> what a planner spent, where it had to work for the answer.
    """

    plans: Ints
    asked: Bools
    forced: Bools
    costs: Doubles
    bills: Mapping[int, Reply]


class Method(Protocol):
    """What a decision means.

    Attributes:
        ask_lambda: the price of a question, in units of reward; it may be learned.
    """

    ask_lambda: float

    @property
    def answers(self) -> Answers | None:
        """The words of the questions that were put; None if there are no questions."""
        ...

    def foresee(self, situations: Situations) -> Ints:
        """The plans that asking now would bring, ``(B,)``."""
        ...

    def act(self, situations: Situations, decisions: Ints) -> Turn:
        """What ``(B,)`` decisions come to: ask, take a plan in hand, or go on."""
        ...


class Critic(Protocol):
    """Somebody who is to learn from what is played."""

    def values(self, situations: Situations) -> Floats:
        """``(B,)`` estimates of what is still to come."""
        ...


class Start(NamedTuple):
    """What makes an episode.

    Attributes:
        layout: the seed of its layout.
        draws: ``(2, max_steps)`` random numbers in [0, 1): for each step one for the decision, and
            one that says which of several answers a question gets.
    """

    layout: int
    draws: Doubles


def start(layout: int, rng: np.random.Generator, max_steps: int) -> Start:
    """An episode whose decisions and answers are drawn from a generator of its own."""
    return Start(layout, rng.random((2, max_steps)))


def play(
    engine: Engine,
    starts: Iterable[Start],
    policy: Policy,
    method: Method,
    critic: Critic | None = None,
) -> Rollout:
    """Play episodes in all rooms of an engine at once, until there are no more.

    Args:
        engine: the rooms.
        starts: an episode each; at least one.
        policy: decides for all rooms together.
        method: acts on decisions.
        critic: who learns: then the rollout holds what was seen and `last_values`.

    Returns:
        The episodes in the order of their starts.
    """
    waiting = iter(starts)
    under_way = _UnderWay(engine)
    live = under_way.begin(np.arange(engine.num_rooms), waiting)
    record = _Record()
    while len(live):
        situations = engine.look(live)
        for_decisions, for_answers = under_way.next_draws(live)
        if method.answers is not None:
            questions = method.answers.draw(situations.questions, for_answers)
            situations = replace(situations, questions=questions)
        decisions = policy.decide(situations, for_decisions, method.foresee)
        turn = method.act(situations, decisions.actions)
        features = situations.features() if critic is not None else None
        outcomes = engine.step(live, turn.plans)
        record.add(
            turn.bills,
            episode=under_way.episode[live],
            decisions=decisions.actions,
            probabilities=decisions.probabilities,
            values=decisions.values,
            skills=outcomes.skills,
            actions=outcomes.actions,
            rewards=outcomes.rewards,
            asked=turn.asked,
            forced=turn.forced,
            costs=turn.costs,
            questions=situations.questions,
            options=situations.options,
            features=features if features is not None else np.zeros(len(live), dtype=np.int8),
        )
        is_over = outcomes.terminated | outcomes.truncated
        if is_over.any():
            ended = live[is_over]
            under_way.end(ended, outcomes.terminated[is_over], outcomes.truncated[is_over])
            is_cut_off = is_over & ~outcomes.terminated
            if critic is not None and is_cut_off.any():
                cut_off = live[is_cut_off]
                estimates = critic.values(engine.look(cut_off))
                under_way.last_value.update(
                    zip(under_way.episode[cut_off].tolist(), estimates.tolist(), strict=True)
                )
            live = np.sort(np.append(live[~is_over], under_way.begin(ended, waiting)))
    return record.rollout(under_way)


class _UnderWay:
    """Which episode each room plays, and how episodes ended."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.episode: Ints = np.zeros(engine.num_rooms, dtype=np.int64)
        self._step: Ints = np.zeros(engine.num_rooms, dtype=np.int64)
        self._draws = np.zeros((engine.num_rooms, 2, engine.max_steps))
        self.layouts: list[int] = []
        self.ends: dict[int, tuple[bool, bool]] = {}
        self.last_value: dict[int, float] = {}

    def begin(self, free: Ints, waiting: Iterator[Start]) -> Ints:
        """Begin the episodes that wait in rooms that are free; returns the rooms that were taken."""
        taken = []
        for room, (layout, draws) in zip(free.tolist(), waiting, strict=False):
            self.episode[room] = len(self.layouts)
            self._step[room] = 0
            self._draws[room] = draws
            self.layouts.append(layout)
            taken.append(room)
        rooms = np.array(taken, dtype=np.int64)
        if taken:
            layouts = np.array(self.layouts[-len(taken) :], dtype=np.int64)
            self._engine.reset(rooms, layouts)
        return rooms

    def next_draws(self, rooms: Ints) -> Doubles:
        """``(2, B)``: the random numbers for each room's next decision and answer."""
        draws = self._draws[rooms, :, self._step[rooms]].T
        self._step[rooms] += 1
        return draws

    def end(self, rooms: Ints, terminated: Bools, truncated: Bools) -> None:
        """Keep how the episodes of these rooms ended."""
        how = zip(terminated.tolist(), truncated.tolist(), strict=True)
        self.ends.update(zip(self.episode[rooms].tolist(), how, strict=True))


@dataclass(slots=True)
class _Record:
    """Gathers steps as they happen, all rooms together, and sorts them by episode."""

    _columns: dict[str, list[npt.NDArray[Any]]] = field(default_factory=lambda: defaultdict(list))
    _bills: dict[int, Reply] = field(default_factory=dict)
    _length: int = 0

    def add(self, bills: Mapping[int, Reply], **columns: npt.NDArray[Any]) -> None:
        for place, bill in bills.items():
            self._bills[self._length + place] = bill
        for name, column in columns.items():
            self._columns[name].append(column)
        self._length += len(columns["episode"])

    def rollout(self, under_way: _UnderWay) -> Rollout:
        episode = np.concatenate(self._columns.pop("episode"))
        order = np.argsort(episode, kind="stable")
        columns: dict[str, Any] = {
            name: np.concatenate(parts)[order] for name, parts in self._columns.items()
        }
        number = range(len(under_way.layouts))
        place_of = np.argsort(order) if self._bills else order
        return Rollout(
            layouts=np.array(under_way.layouts, dtype=np.int64),
            lengths=np.bincount(episode),
            terminated=np.array([under_way.ends[n][0] for n in number], dtype=np.bool_),
            truncated=np.array([under_way.ends[n][1] for n in number], dtype=np.bool_),
            last_values=np.array(
                [under_way.last_value.get(n, 0.0) for n in number], dtype=np.float32
            ),
            bills={int(place_of[row]): bill for row, bill in self._bills.items()},
            **columns,
        )
