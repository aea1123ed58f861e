"""What questions buy: mediators trained for several budgets, beside the other ways of asking."""

from agents.pictures import draw_budgets
from agents.table import as_markdown
from agents.units import LEARNED, Unit, common_settings, play_all, publish, seeds_of
from core.settings import ParetoSettings, TrainSettings
from mediator.ask import WAYS


def pareto(settings: ParetoSettings, given: frozenset[str]) -> None:  # noqa: ARG001 a verb
    """Train for every budget; write and print what it comes to."""
    rows = play_all(_units(settings), settings)
    out = publish(rows, settings, "pareto", as_markdown(rows))
    draw_budgets(rows, out / "pareto.png")


def _units(settings: ParetoSettings) -> list[Unit]:
    """The ways of asking that need no budget, and one training for each budget and seed."""
    # one price for all, so that returns can be compared
    common = common_settings(settings) | {"skills": settings.skills, "ask_cost": "each"}
    wanted = [(way, 0.0) for way in WAYS] + [(LEARNED, budget) for budget in settings.budgets]
    return [
        Unit(
            way,
            TrainSettings(
                task=task,
                save_name=f"{way}{f'_{budget:g}' if budget else ''}_{settings.skills}_seed{seed}",
                ask_budget=budget,
                seed=seed,
                **common,
            ),
        )
        for task in settings.tasks
        for way, budget in wanted
        for seed in seeds_of(settings, way)
    ]
