"""A line of a table of many runs: what was evaluated, and estimates of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from reports.statistics import Estimate

SAMPLED, GREEDY, RULE = "sampled", "greedy", "rule"
"""Action selection: actions drawn from a trained policy, its most probable ones, or those of a rule."""

_OLD_NAMES = {"policy": "way", "action_selection": "decide", "estimates": "mean"}
_OLD_ACTION_SELECTIONS = {"sample": SAMPLED, "argmax": GREEDY}
"""Today's names -> those in files of results of earlier versions; and their values -> today's."""


@dataclass(frozen=True, slots=True)
class Row:
    """Estimates over all training seeds and evaluation seeds.

    Attributes:
        skills: the skill set.
        task: name of the task.
        policy: asking policy, ``learned on all tasks``, ``budget N``, or ``RL``.
        condition: what the evaluation changes, see `experiments.jobs.Condition`.
        action_selection: `SAMPLED`, `GREEDY` or `RULE`.
        seeds: how many training seeds.
        estimates: quantity -> its mean with an interval.
        per_seed: quantity -> the mean of each training seed.
        regret: questions per episode beyond the oracle's; None where there is no oracle.
    """

    skills: str
    task: str
    policy: str
    condition: str
    action_selection: str
    seeds: int
    estimates: Mapping[str, Estimate]
    per_seed: Mapping[str, tuple[float, ...]]
    regret: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "skills": self.skills,
            "task": self.task,
            "policy": self.policy,
            "condition": self.condition,
            "action_selection": self.action_selection,
            "seeds": self.seeds,
            "estimates": {name: one._asdict() for name, one in self.estimates.items()},
            "per_seed": {name: list(values) for name, values in self.per_seed.items()},
            "regret": self.regret,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote, now or under the names of earlier versions.

        Raises:
            KeyError: a field is missing.
        """

        def value(name: str) -> Any:
            return data[name] if name in data else data[_OLD_NAMES[name]]

        selection = value("action_selection")
        return cls(
            skills=data["skills"],
            task=data["task"],
            policy=value("policy"),
            condition=data["condition"],
            action_selection=_OLD_ACTION_SELECTIONS.get(selection, selection),
            seeds=data["seeds"],
            estimates={name: Estimate(**one) for name, one in value("estimates").items()},
            per_seed={name: tuple(values) for name, values in data["per_seed"].items()},
            regret=data.get("regret"),
        )
