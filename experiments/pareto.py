"""Success against questions: mediators trained for several budgets, compared with the other asking policies."""

from core.settings import ParetoSettings
from experiments.aggregate import aggregate, write_rows
from experiments.jobs import LEARNED, make_jobs
from experiments.run_jobs import run_jobs
from experiments.table import as_markdown
from mediator.policies import ASK_POLICIES
from reports.figures import plot_budgets


def pareto(settings: ParetoSettings) -> None:
    """Train for every budget; write and print the table."""
    policies = [(policy, 0.0) for policy in ASK_POLICIES]
    policies += [(LEARNED, budget) for budget in settings.budgets]
    # one ask cost for all, so that returns can be compared
    jobs = make_jobs(settings, policies, [settings.skills], settings.tasks, ask_cost="each")
    rows = aggregate(jobs, run_jobs(jobs, settings))
    out = write_rows(rows, settings, "pareto", as_markdown(rows))
    plot_budgets(rows, out / "pareto.png")
