"""Which attempts count as successes, by the names of ``--success_rule`` (`core.choices.SUCCESS_RULES`)."""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate

from core.episode import Episode
from reports.trials import Trial
from runner.player import Case


def lasted(episode: Episode) -> bool:
    """Whether it was solved, or went on to the limit of steps: the published code takes both for a success."""
    return episode.success or (episode.truncated and not episode.looped and bool(episode.steps))


SUCCESS: Mapping[str, Callable[[Episode], bool]] = {
    "won": lambda episode: episode.success,
    "published": lasted,
}


def solved_so_far(trials: Sequence[Trial], rule: str) -> list[frozenset[Case]]:
    """The cases that were solved in each trial or an earlier one, by a success rule.

    A trial without attempts, for example one read from --resume_dir, keeps what it has solved.
    """
    new = [
        frozenset(episode.case for episode in trial.episodes if SUCCESS[rule](episode))
        if trial.episodes
        else trial.solved
        for trial in trials
    ]
    return list(accumulate(new, lambda before, now: before | now))
