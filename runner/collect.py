"""The episode loop of rooms: observe all, decide all together, act, step, record, refill."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from core.chat import Usage
from mediator.answer_table import AnswerTable
from mediator.policies import Bools, Ints, Observations, Policy
from runner.engine import Engine
from runner.episode_specs import EpisodeSpec
from runner.rollout import Doubles, Floats, Rollout


@dataclass(frozen=True, slots=True)
class ControllerOutput:
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
    bills: Mapping[int, Usage]


class Controller(Protocol):
    """What a decision means.

    Attributes:
        ask_lambda: the price of a question, in units of reward; it may be learned.
    """

    ask_lambda: float

    @property
    def answers(self) -> AnswerTable | None:
        """The words of the questions that were put; None if there are no questions."""
        ...

    def lookahead(self, observations: Observations) -> Ints:
        """The plans that asking now would bring, ``(B,)``."""
        ...

    def act(self, observations: Observations, decisions: Ints) -> ControllerOutput:
        """What ``(B,)`` decisions come to: ask, take a plan in hand, or go on."""
        ...


class Critic(Protocol):
    """Somebody who is to learn from what is played."""

    def values(self, observations: Observations) -> Floats:
        """``(B,)`` estimates of what is still to come."""
        ...


def collect(
    engine: Engine,
    starts: Iterable[EpisodeSpec],
    policy: Policy,
    controller: Controller,
    critic: Critic | None = None,
) -> Rollout:
    """Play episodes in all rooms of an engine at once, until there are no more.

    Args:
        engine: the rooms.
        starts: an episode each; at least one.
        policy: decides for all rooms together.
        controller: acts on decisions.
        critic: who learns: then the rollout holds what was seen and `last_values`.

    Returns:
        The episodes in the order of their starts.
    """
    pending = iter(starts)
    slots = _Slots(engine)
    active_rooms = slots.begin(np.arange(engine.num_rooms), pending)
    record = _RolloutBuffer()
    while len(active_rooms):
        observations = engine.observe(active_rooms)
        for_decisions, for_answers = slots.next_uniforms(active_rooms)
        if controller.answers is not None:
            questions = controller.answers.draw(observations.questions, for_answers)
            observations = replace(observations, questions=questions)
        decisions = policy.decide(observations, for_decisions, controller.lookahead)
        turn = controller.act(observations, decisions.actions)
        features = observations.features() if critic is not None else None
        outcomes = engine.step(active_rooms, turn.plans)
        record.add(
            turn.bills,
            episode=slots.episode[active_rooms],
            decisions=decisions.actions,
            probabilities=decisions.probabilities,
            values=decisions.values,
            skills=outcomes.skills,
            actions=outcomes.actions,
            rewards=outcomes.rewards,
            asked=turn.asked,
            forced=turn.forced,
            costs=turn.costs,
            questions=observations.questions,
            options=observations.options,
            features=features
            if features is not None
            else np.zeros(len(active_rooms), dtype=np.int8),
        )
        is_over = outcomes.terminated | outcomes.truncated
        if is_over.any():
            ended = active_rooms[is_over]
            slots.end(ended, outcomes.terminated[is_over], outcomes.truncated[is_over])
            is_cut_off = is_over & ~outcomes.terminated
            if critic is not None and is_cut_off.any():
                cut_off = active_rooms[is_cut_off]
                estimates = critic.values(engine.observe(cut_off))
                slots.last_value.update(
                    zip(slots.episode[cut_off].tolist(), estimates.tolist(), strict=True)
                )
            active_rooms = np.sort(np.append(active_rooms[~is_over], slots.begin(ended, pending)))
    return record.rollout(slots)


class _Slots:
    """Which episode each room plays, and how episodes ended."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.episode: Ints = np.zeros(engine.num_rooms, dtype=np.int64)
        self._step: Ints = np.zeros(engine.num_rooms, dtype=np.int64)
        self._draws = np.zeros((engine.num_rooms, 2, engine.max_steps))
        self.layouts: list[int] = []
        self.ends: dict[int, tuple[bool, bool]] = {}
        self.last_value: dict[int, float] = {}

    def begin(self, free: Ints, pending: Iterator[EpisodeSpec]) -> Ints:
        """Begin the episodes that wait in rooms that are free; returns the rooms that were taken."""
        taken = []
        for room, (layout, uniforms) in zip(free.tolist(), pending, strict=False):
            self.episode[room] = len(self.layouts)
            self._step[room] = 0
            self._draws[room] = uniforms
            self.layouts.append(layout)
            taken.append(room)
        rooms = np.array(taken, dtype=np.int64)
        if taken:
            layouts = np.array(self.layouts[-len(taken) :], dtype=np.int64)
            self._engine.reset(rooms, layouts)
        return rooms

    def next_uniforms(self, rooms: Ints) -> Doubles:
        """``(2, B)``: the random numbers for each room's next decision and answer."""
        uniforms = self._draws[rooms, :, self._step[rooms]].T
        self._step[rooms] += 1
        return uniforms

    def end(self, rooms: Ints, terminated: Bools, truncated: Bools) -> None:
        """Keep how the episodes of these rooms ended."""
        how = zip(terminated.tolist(), truncated.tolist(), strict=True)
        self.ends.update(zip(self.episode[rooms].tolist(), how, strict=True))


@dataclass(slots=True)
class _RolloutBuffer:
    """Gathers steps as they happen, all rooms together, and sorts them by episode."""

    _columns: dict[str, list[npt.NDArray[Any]]] = field(default_factory=lambda: defaultdict(list))
    _bills: dict[int, Usage] = field(default_factory=dict)
    _length: int = 0

    def add(self, bills: Mapping[int, Usage], **columns: npt.NDArray[Any]) -> None:
        for place, bill in bills.items():
            self._bills[self._length + place] = bill
        for name, column in columns.items():
            self._columns[name].append(column)
        self._length += len(columns["episode"])

    def rollout(self, slots: _Slots) -> Rollout:
        episode = np.concatenate(self._columns.pop("episode"))
        order = np.argsort(episode, kind="stable")
        columns: dict[str, Any] = {
            name: np.concatenate(parts)[order] for name, parts in self._columns.items()
        }
        number = range(len(slots.layouts))
        place_of = np.argsort(order) if self._bills else order
        return Rollout(
            layouts=np.array(slots.layouts, dtype=np.int64),
            lengths=np.bincount(episode),
            terminated=np.array([slots.ends[n][0] for n in number], dtype=np.bool_),
            truncated=np.array([slots.ends[n][1] for n in number], dtype=np.bool_),
            last_values=np.array([slots.last_value.get(n, 0.0) for n in number], dtype=np.float32),
            bills={int(place_of[row]): bill for row, bill in self._bills.items()},
            **columns,
        )
