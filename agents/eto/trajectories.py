"""Episodes as what a model is tuned on."""

from collections.abc import Iterable
from dataclasses import replace

from core.chat import earlier_answer
from core.episode import Episode
from core.trajectory import Trajectory
from runner.text import TextPolicy, history_at_end, reward_of


def trajectory_of(episode: Episode, policy: TextPolicy) -> Trajectory:
    """The conversation of an episode, every answer as it was given, whether it could be read or not.

    Args:
        episode: of a text world.
        policy: that has played it, or one with the same prompt; its requests hold all steps.
    """
    end = history_at_end(episode)
    turns = end.turns[:-1]
    last = episode.steps[-1:]
    observation = last[0].observation if last else end.observation
    messages = policy.request(replace(end, turns=turns, observation=observation)).messages
    return Trajectory(
        episode.case,
        (*messages, *(earlier_answer(step.answer) for step in last)),
        reward_of(episode),
        episode.success,
    )


def trajectories_of(episodes: Iterable[Episode], policy: TextPolicy) -> list[Trajectory]:
    """The trajectories of episodes, in their order; those without an answer are left out."""
    return [trajectory_of(episode, policy) for episode in episodes if episode.steps]
