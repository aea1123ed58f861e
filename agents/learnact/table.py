"""Candidates as lines of text, as a table for the terminal, and as metrics."""

from collections.abc import Callable, Iterator, Sequence

from rich import box
from rich.table import Table

from agents.learnact.records import terms
from core.candidate import Candidate
from core.console import count

Total = Callable[[Candidate], float]
"""The score of a tested candidate."""


def describe(candidate: Candidate) -> str:
    """A candidate in a line: how it was made, its functions, and its score."""
    proposal = candidate.proposal
    made = {
        "none": "no usable answer",
        "create": f"wrote {', '.join(proposal.changed)}",
        "update": f"rewrote {', '.join(proposal.changed)}",
        "note": f"wrote a note about {', '.join(proposal.changed)}",
        "prune": f"dropped {', '.join(proposal.changed)}",
    }[proposal.change]
    line = f"candidate {candidate.name}: {made}"
    if candidate.score is None:
        return line
    score = candidate.score
    return (
        f"{line}; {100 * score.success:.0f} % solved, {score.num_successful_calls} of "
        f"{count(score.num_calls, 'call')} successful in {count(score.num_decisions, 'decision')}"
    )


def as_table_of_candidates(candidates: Sequence[Candidate], best: str, total: Total) -> Table:
    """A row for each candidate, the best one marked; it fits into 80 columns."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column("candidate", no_wrap=True)
    table.add_column("from", no_wrap=True)
    columns = ("functions", "solved", "calls", "correct", "ratio", "score", "refused", "LLM")
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for candidate in candidates:
        proposal, score = candidate.proposal, candidate.score
        tested = ("-",) * 5
        if score is not None:
            tested = (
                f"{100 * score.success:.0f} %",
                str(score.num_calls),
                f"{score.step_correction:.2f}",
                f"{score.call_ratio:.2f}",
                f"{total(candidate):.2f}",
            )
        table.add_row(
            f"{candidate.name}{' *' * (candidate.name == best)}",
            candidate.parent or "-",
            str(len(proposal.library.functions)),
            *tested,
            str(len(proposal.refusals)),
            str(proposal.usage.llm_calls),
        )
    return table


def metric_rows(candidates: Sequence[Candidate], total: Total) -> Iterator[dict[str, float]]:
    """A row of metrics for each candidate that was tested (docs/metrics.md)."""
    for number, candidate in enumerate(candidates):
        if candidate.score is None:
            continue
        values = {**terms(candidate.score), "total": total(candidate)}
        proposal = candidate.proposal
        yield {
            "candidate": number,
            **{f"learning/{name}": value for name, value in values.items()},
            "learning/functions": len(proposal.library.functions),
            "learning/refusals": len(proposal.refusals),
            "learning/llm_calls": proposal.usage.llm_calls,
            "learning/tokens": proposal.usage.tokens,
        }
