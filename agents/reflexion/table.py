"""The trials of a run as lines of text, as a table for the terminal, and as metrics."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.table import Table

from agents.reflexion.success import SUCCESS, solved_so_far
from core.chat import Usage
from core.console import count
from core.reflection import Reflection
from reports.trials import Trial, Trials, estimate_by_trial
from runner.text import count_refused


def usage_of(trial: Trial) -> Usage:
    """What the attempts of a trial took, and the notes about them."""
    usages = [episode.usage for episode in trial.episodes]
    return sum((*usages, *(note.usage for note in trial.notes.values())), Usage())


def solved_counts(trials: Trials) -> list[int]:
    """Number of cases that were solved in each trial or an earlier one."""
    return [int(number) for number in trials.measure()["success"].sum(axis=1)]


def as_table_by_trial(trials: Trials) -> Table:
    """A row for each trial; it fits into 80 columns."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    columns = ("trial", "solved", "95 % interval", "new", "played", "unread", "loops", "calls")
    for column in (*columns, "tokens"):
        table.add_column(column, justify="right", no_wrap=True)
    estimates = estimate_by_trial([trials])["success"]
    for trial, solved, estimate in zip(
        trials.trials, solved_counts(trials), estimates, strict=True
    ):
        usage = usage_of(trial)
        low, high = (100 * end for end in (estimate.low, estimate.high))
        table.add_row(
            str(trial.number),
            f"{solved} = {100 * estimate.mean:.1f} %",
            f"{low:.1f} .. {high:.1f} %",
            str(len(trial.solved)),
            str(len(trial.episodes)),
            str(sum(episode.unreadable_answers for episode in trial.episodes)),
            str(sum(episode.looped for episode in trial.episodes)),
            str(usage.llm_calls),
            str(usage.tokens),
        )
    return table


def describe_last(trials: Trials) -> str:
    """The last trial in a line."""
    trial = trials.trials[-1]
    usage = usage_of(trial)
    return (
        f"trial {trial.number}: {solved_counts(trials)[-1]} of {count(len(trials.cases), 'case')} solved, "
        f"{len(trial.solved)} new; {count(len(trial.episodes), 'attempt')}, "
        f"{count(usage.llm_calls, 'call')}, {count(usage.tokens, 'token')}"
    )


def describe_other_rule(trials: Trials, rule: str) -> str:
    """What the other success rule would have counted; empty where that is the same."""
    [other] = SUCCESS.keys() - {rule}
    mine, others = (
        " ".join(str(len(cases)) for cases in solved_so_far(trials.trials, name))
        for name in (rule, other)
    )
    if mine == others:
        return ""
    return (
        f"solved by trial: {mine}; --success_rule {other} would count {others} of the same attempts"
    )


def describe_unusable(notes: Sequence[Reflection], what: str, limit: str) -> str:
    """How many notes or lessons could not be used, and why; empty if there are none.

    Args:
        notes: all of them.
        what: they are called.
        limit: the flag with the largest number of tokens.
    """
    unusable = [note for note in notes if not note.is_readable]
    if not unusable:
        return ""
    cut = sum(note.cut for note in unusable)
    line = f"{len(unusable)} of {count(len(notes), what)} could not be used"
    line += f"; {cut} cut at {limit}, raise it" if cut else ""
    return f"{line}; {len(unusable) - cut} empty" if cut < len(unusable) else line


def describe_refused(trials: Trials) -> str:
    """How many attempts the model ended by refusing the conversation; empty if there are none."""
    refused = count_refused(episode for trial in trials.trials for episode in trial.episodes)
    if not refused:
        return ""
    return (
        f"{count(refused, 'attempt')} ended because the model refused the conversation, as it does where one is too "
        "long; a smaller --memory_size, --shots or --history makes it shorter"
    )


def metric_rows(trials: Trials) -> Iterator[dict[str, float]]:
    """A row of metrics for each trial (docs/metrics.md)."""
    for trial, solved in zip(trials.trials, solved_counts(trials), strict=True):
        usage = usage_of(trial)
        yield {
            "trial": trial.number,
            "trials/solved": solved,
            "trials/success": solved / len(trials.cases),
            "trials/new": len(trial.solved),
            "trials/attempts": len(trial.episodes),
            "trials/notes": len(trial.notes),
            "trials/unreadable_answers": sum(one.unreadable_answers for one in trial.episodes),
            "trials/loops": sum(one.looped for one in trial.episodes),
            "trials/llm_calls": usage.llm_calls,
            "trials/tokens": usage.tokens,
        }
