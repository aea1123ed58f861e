"""What questions buy: mediators trained for several budgets, beside the other ways of asking."""

from core.settings import ParetoSettings
from experiments.jobs import LEARNED, make_jobs, run_jobs, summarize_rows, write_results_table
from experiments.table import as_markdown
from mediator.policies import ASK_POLICIES
from reports.figures import plot_budgets


def pareto(settings: ParetoSettings) -> None:
    """Train for every budget; write and print what it comes to."""
    ways = [(way, 0.0) for way in ASK_POLICIES] + [(LEARNED, budget) for budget in settings.budgets]
    # one price for all, so that returns can be compared
    jobs = make_jobs(settings, ways, [settings.skills], settings.tasks, ask_cost="each")
    rows = summarize_rows(jobs, run_jobs(jobs, settings))
    out = write_results_table(rows, settings, "pareto", as_markdown(rows))
    plot_budgets(rows, out / "pareto.png")
