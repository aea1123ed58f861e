"""What questions buy: mediators trained for several budgets, beside the other ways of asking."""

from core.settings import ParetoSettings
from experiments.jobs import LEARNED, make_units, play_all, publish, summarize_rows
from experiments.table import as_markdown
from mediator.policies import WAYS
from reports.figures import draw_budgets


def pareto(settings: ParetoSettings, given: frozenset[str]) -> None:  # noqa: ARG001 a verb
    """Train for every budget; write and print what it comes to."""
    ways = [(way, 0.0) for way in WAYS] + [(LEARNED, budget) for budget in settings.budgets]
    # one price for all, so that returns can be compared
    units = make_units(settings, ways, [settings.skills], settings.tasks, ask_cost="each")
    rows = summarize_rows(units, play_all(units, settings))
    out = publish(rows, settings, "pareto", as_markdown(rows))
    draw_budgets(rows, out / "pareto.png")
