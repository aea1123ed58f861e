"""Plays a policy in rooms: one episode on each environment seed, on one task or several."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.answer_counts import AnswerCounts
from core.episode import Episode
from mediator.policies import Policy
from runner.player import Case
from runner.rooms.build import World
from runner.rooms.collect import Controller, collect
from runner.rooms.engine import Engine
from runner.rooms.episode_specs import evaluation_specs
from runner.rooms.rollout import Rollout


def evaluate_policy(
    engine: Engine, policy: Policy, controller: Controller, seed: int, env_seeds: Iterable[int]
) -> Rollout:
    """Play one episode on each environment seed.

    Args:
        engine: the rooms; at most `Engine.num_rooms` episodes are active at a time.
        policy: decides, see `runner.rooms.collect.collect`.
        controller: acts on decisions.
        seed: of the policy's decisions; the environment seeds draw the rooms.
        env_seeds: at least one.

    Returns:
        The episodes in the order of the seeds.
    """
    return collect(engine, evaluation_specs(seed, env_seeds, engine.max_steps), policy, controller)


@dataclass(frozen=True, slots=True)
class RoomPlayer:
    """Plays every case in every world; see `runner.player.Player`.

    Attributes:
        title: what tables call it.
        worlds: one for each task.
        policy: decides.
        seed: of its decisions.
    """

    title: str
    worlds: Sequence[World]
    policy: Policy
    seed: int

    def play(self, cases: Sequence[Case]) -> Iterator[Episode]:
        """The episodes of one task after the other, in the order of the cases."""
        for world, rollout in self.rollouts(cases):
            yield from rollout.episodes(world.engine.task, world.controller.answers)

    @property
    def answer_counts(self) -> AnswerCounts:
        """How many of the planners' answers held no feasible plan."""
        tables = [world.controller.answers for world in self.worlds]
        return sum((table.counts for table in tables if table is not None), AnswerCounts())

    def rollouts(self, cases: Sequence[Case]) -> Iterator[tuple[World, Rollout]]:
        """The same as columns: one rollout for each task."""
        for world in self.worlds:
            env_seeds = map(int, cases)
            yield (
                world,
                evaluate_policy(world.engine, self.policy, world.controller, self.seed, env_seeds),
            )
