"""The rows of metrics.jsonl; every name is explained in docs/metrics.md."""

from collections.abc import Sequence

import numpy as np

from core.answer_counts import AnswerCounts
from core.chat import Usage
from mediator.policies import ASK
from runner.rooms.build import World
from runner.rooms.rollout import Rollout


def mean_metrics(group: str, rollouts: Sequence[Rollout]) -> dict[str, float]:
    """``group/name``: means over the episodes of all rollouts, which hold the same number each."""
    means = [rollout.means() for rollout in rollouts]
    return {f"{group}/{name}": float(np.mean([one[name] for one in means])) for name in means[0]}


def asking_metrics(worlds: Sequence[World], rollouts: Sequence[Rollout]) -> dict[str, float]:
    """What was asked in an iteration."""
    num_episodes = sum(len(rollout.lengths) for rollout in rollouts)
    decisions = np.concatenate([rollout.decisions for rollout in rollouts])
    forced = sum(int(rollout.forced.sum()) for rollout in rollouts)
    return {
        "rollout/forced_asks": forced / num_episodes,
        "rollout/ask_rate": float((decisions == ASK).astype(np.float32).mean()),
        "rollout/format_errors": sum(map(_format_errors, worlds, rollouts)) / num_episodes,
    }


def planner_metrics(
    usage: Usage, counts: AnswerCounts, token_prices: Sequence[float]
) -> dict[str, float]:
    """What the planners have done since the run began."""
    row: dict[str, float] = {
        "planner/questions": counts.answers,
        "planner/no_plan": counts.unread,
        "planner/cut": counts.cut,
        "planner/llm_calls": usage.llm_calls,
        "planner/cache_hits": usage.cache_hits,
        "planner/prompt_tokens": usage.prompt_tokens,
        "planner/completion_tokens": usage.completion_tokens,
        "time/planner_seconds": usage.seconds,
    }
    if token_prices:
        row["planner/price"] = usage.cost(token_prices)
    return row


def _format_errors(world: World, rollout: Rollout) -> int:
    """Answers without a plan to the questions of a rollout."""
    answers = world.controller.answers
    if answers is None:
        return 0
    asked = np.stack((rollout.questions, rollout.answer_slots))[:, rollout.asked]
    pairs, counts = np.unique(asked, axis=1, return_counts=True)
    return sum(
        answers.answer(question, slot).format_errors * count
        for (question, slot), count in zip(pairs.T.tolist(), counts.tolist(), strict=True)
    )
