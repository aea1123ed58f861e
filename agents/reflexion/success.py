"""Which attempts count as successes, by the names of ``--success_rule`` (`core.choices.SUCCESS_RULES`)."""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate

from core.episode import Episode
from reports.trials import Trial
from runner.player import Case

SUCCESS: Mapping[str, Callable[[Episode], bool]] = {
    "won": lambda episode: episode.success,
    "published": lambda episode: not episode.looped,
}


def solved_so_far(trials: Sequence[Trial], rule: str) -> list[frozenset[Case]]:
    """The cases that were solved in each trial or an earlier one, by a success rule.

    A trial without attempts, for example of another program, keeps what it has solved.
    """
    new = [
        frozenset(episode.case for episode in trial.episodes if SUCCESS[rule](episode))
        if trial.episodes
        else trial.solved
        for trial in trials
    ]
    return list(accumulate(new, lambda before, now: before | now))
