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
from runner.rooms.engine import Engine
from runner.rooms.episode_specs import EpisodeSpec
from runner.rooms.rollout import Doubles, Floats, Rollout


@dataclass(frozen=True, slots=True)
class ControllerOutput:
    """What a controller does in B rooms, before they step.

    Attributes:
        plans: ``(B,)`` id of the plan to start, `core.rooms.plan_ids.NO_PLAN` to continue the
            current one.
        asked, forced: ``(B,)`` a question was asked; only because the plan was finished.
        costs: ``(B,)`` ask cost.
        usage: index in B -> what the planner's new answers took.
    """

    plans: Ints
    asked: Bools
    forced: Bools
    costs: Doubles
    usage: Mapping[int, Usage]


class Controller(Protocol):
    """Turns a policy's actions into plans and ask costs.

    Attributes:
        ask_lambda: scale of the ask cost, in units of reward; it may be learned.
    """

    ask_lambda: float

    @property
    def answers(self) -> AnswerTable | None:
        """The planner's answers, for records; None for methods without a planner."""
        ...

    def lookahead(self, observations: Observations) -> Ints:
        """``(B,)`` ids of the plans that asking now would bring."""
        ...

    def act(self, observations: Observations, actions: Ints) -> ControllerOutput:
        """Carry out ``(B,)`` actions of the policy."""
        ...


class Critic(Protocol):
    """Value function, used to bootstrap truncated episodes."""

    def values(self, observations: Observations) -> Floats:
        """``(B,)`` estimates of the return to come."""
        ...


def collect(
    engine: Engine,
    specs: Iterable[EpisodeSpec],
    policy: Policy,
    controller: Controller,
    critic: Critic | None = None,
) -> Rollout:
    """Play episodes in all rooms of an engine at once, until there are no more.

    Args:
        engine: the rooms.
        specs: the episodes; at least one.
        policy: decides for all rooms together.
        controller: carries out its actions.
        critic: for training: then the rollout holds features and `Rollout.last_values`.

    Returns:
        The episodes in the order of their specs.
    """
    pending = iter(specs)
    slots = _Slots(engine)
    active = slots.start(np.arange(engine.num_rooms), pending)
    buffer = _RolloutBuffer()
    while len(active):
        observations = engine.observe(active)
        for_decisions, for_answers = slots.next_uniforms(active)
        if controller.answers is not None:
            answer_slots = controller.answers.draw_slots(for_answers)
            observations = replace(observations, answer_slots=answer_slots)
        decided = policy.decide(observations, for_decisions, controller.lookahead)
        output = controller.act(observations, decided.actions)
        features = observations.features() if critic is not None else np.zeros(len(active), np.int8)
        results = engine.step(active, output.plans)
        buffer.add(
            output.usage,
            episode=slots.episode[active],
            decisions=decided.actions,
            probabilities=decided.probabilities,
            values=decided.values,
            skills=results.skills,
            actions=results.actions,
            rewards=results.rewards,
            asked=output.asked,
            forced=output.forced,
            costs=output.costs,
            questions=observations.questions,
            answer_slots=observations.answer_slots,
            options=observations.options,
            features=features,
        )
        is_over = results.terminated | results.truncated
        if is_over.any():
            finished = active[is_over]
            slots.finish(finished, results.terminated[is_over], results.truncated[is_over])
            cut_off = active[is_over & ~results.terminated]
            if critic is not None and len(cut_off):
                slots.bootstrap(cut_off, critic.values(engine.observe(cut_off)))
            active = np.sort(np.append(active[~is_over], slots.start(finished, pending)))
    return buffer.rollout(slots)


class _Slots:
    """Which episode each room plays, and how episodes ended."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.episode: Ints = np.zeros(engine.num_rooms, dtype=np.int64)
        self._step: Ints = np.zeros(engine.num_rooms, dtype=np.int64)
        self._uniforms = np.zeros((engine.num_rooms, 2, engine.max_steps))
        self.env_seeds: list[int] = []
        self.ends: dict[int, tuple[bool, bool]] = {}
        self.last_values: dict[int, float] = {}

    def start(self, free: Ints, pending: Iterator[EpisodeSpec]) -> Ints:
        """Start pending episodes in free rooms; returns the rooms that are used."""
        used = []
        for room, (env_seed, uniforms) in zip(free.tolist(), pending, strict=False):
            self.episode[room] = len(self.env_seeds)
            self._step[room] = 0
            self._uniforms[room] = uniforms
            self.env_seeds.append(env_seed)
            used.append(room)
        rooms = np.array(used, dtype=np.int64)
        if used:
            self._engine.reset(rooms, np.array(self.env_seeds[-len(used) :], dtype=np.int64))
        return rooms

    def next_uniforms(self, rooms: Ints) -> Doubles:
        """``(2, B)``: the random numbers for each room's next decision and answer."""
        uniforms = self._uniforms[rooms, :, self._step[rooms]].T
        self._step[rooms] += 1
        return uniforms

    def finish(self, rooms: Ints, terminated: Bools, truncated: Bools) -> None:
        """Record how the episodes of these rooms ended."""
        how = zip(terminated.tolist(), truncated.tolist(), strict=True)
        self.ends.update(zip(self.episode[rooms].tolist(), how, strict=True))

    def bootstrap(self, rooms: Ints, values: Floats) -> None:
        """Record the estimated returns of truncated episodes."""
        self.last_values.update(zip(self.episode[rooms].tolist(), values.tolist(), strict=True))


@dataclass(slots=True)
class _RolloutBuffer:
    """Gathers steps as they happen, all rooms together, and sorts them by episode."""

    _columns: dict[str, list[npt.NDArray[Any]]] = field(default_factory=lambda: defaultdict(list))
    _usage: dict[int, Usage] = field(default_factory=dict)
    _length: int = 0

    def add(self, usage: Mapping[int, Usage], **columns: npt.NDArray[Any]) -> None:
        for index, one in usage.items():
            self._usage[self._length + index] = one
        for name, column in columns.items():
            self._columns[name].append(column)
        self._length += len(columns["episode"])

    def rollout(self, slots: _Slots) -> Rollout:
        episode = np.concatenate(self._columns.pop("episode"))
        order = np.argsort(episode, kind="stable")
        columns: dict[str, Any] = {
            name: np.concatenate(parts)[order] for name, parts in self._columns.items()
        }
        sorted_to = np.empty_like(order)  # the inverse of `order`
        sorted_to[order] = np.arange(len(order))
        numbers = range(len(slots.env_seeds))
        return Rollout(
            env_seeds=np.array(slots.env_seeds, dtype=np.int64),
            lengths=np.bincount(episode),
            terminated=np.array([slots.ends[n][0] for n in numbers], dtype=np.bool_),
            truncated=np.array([slots.ends[n][1] for n in numbers], dtype=np.bool_),
            last_values=np.array(
                [slots.last_values.get(n, 0.0) for n in numbers], dtype=np.float32
            ),
            usage={int(sorted_to[row]): one for row, one in self._usage.items()},
            **columns,
        )
