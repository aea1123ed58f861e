"""One self-contained HTML page about some runs: numbers, curves, settings, and an episode player."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from core.console import echo
from core.errors import RunDirectoryError
from core.files import write_bytes
from core.run import REPORT
from core.settings import ReportSettings
from reports.page_data import page_data
from reports.palette import DARK, LIGHT, colors_of, uses_before
from reports.paper import PAPER_RESULTS
from reports.saved_run import Run, find_runs, load_runs, shortest_labels
from reports.statistics import LABELS, Estimate
from reports.trials import estimate_by_trial
from reports.tuned_data import agent_rows

PAGE_FOLDER = Path(__file__).parent / "page"
SCRIPTS = (
    "charts.js",
    "room.js",
    "conversation.js",
    "trials.js",
    "learning.js",
    "tuned.js",
    "player.js",
)
ABOUT_QUESTIONS = ("asks", "return_without_cost")
"""Quantities that say nothing about a method without a planner."""
SAME_IN_ROOMS = {"score": "success", "primitive_steps": "steps"}
"""Quantities of text worlds -> what they are in rooms; shown where a run has a different value."""
ALWAYS_SHOWN = ("success", "steps", "return")
"""Columns of the table; others are shown where a run has anything but 0."""


@dataclass(frozen=True, slots=True)
class _Setting:
    """A line of the table of settings: one value for each run."""

    name: str
    values: list[str]
    differs: bool


def report(settings: ReportSettings) -> None:
    """Write the page and print its path; what holds no run, or cannot be read, is skipped with a line.

    Raises:
        RunDirectoryError: no run is left.
    """
    given = {path: find_runs(path) for path in map(Path, settings.runs)}
    for path, found in given.items():
        if not found:
            echo(f"skipped, no run: {path}")
    paths = list(dict.fromkeys(path for found in given.values() for path in found))
    if not paths:
        raise RunDirectoryError(
            f"no run in {' '.join(settings.runs)}: give run directories, for example "
            "log/ppo/simpledoorkey/experiment01"
        )
    runs: list[Run] = []
    for path, label in zip(paths, shortest_labels(paths), strict=True):
        try:
            runs += load_runs(path, label)
        except RunDirectoryError as error:
            if len(paths) == 1:
                raise
            echo(f"skipped {path}: {error}")
    if not runs:
        raise RunDirectoryError(f"no run in {' '.join(settings.runs)} can be read")
    first = next(path for path, found in given.items() if runs[0].path in found)
    place = Path(settings.out) if settings.out else first / REPORT
    write_bytes(place, render(runs).encode())
    echo(f"written to {place}: open it in a browser")


def render(runs: Sequence[Run]) -> str:
    """The page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PAGE_FOLDER),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["quantity"] = _quantity
    # the evaluations of one run share its colour
    drawn = list(dict.fromkeys((run.path, run.policy) for run in runs))
    all_colors = colors_of([policy for _, policy in drawn])
    style_of = dict(zip(drawn, zip(all_colors, uses_before(all_colors), strict=True), strict=True))
    colors, dashes = zip(*(style_of[run.path, run.policy] for run in runs), strict=True)
    evaluated = [run for run in runs if run.is_evaluated]
    tried = [
        (run, color, estimate_by_trial([run.trials]))
        for run, color in zip(runs, colors, strict=True)
        if run.trials is not None
    ]
    learners = [
        (run, color)
        for run, color in zip(runs, colors, strict=True)
        if run.learning is not None or run.rounds
    ]
    tuned = [
        (number, run, color, agent_rows(run.tuned))
        for number, (run, color) in enumerate(zip(runs, colors, strict=True))
        if run.tuned is not None
    ]
    plotly = get_plotlyjs()
    script = "\n".join((PAGE_FOLDER / name).read_text("utf-8") for name in SCRIPTS)
    return environment.get_template("report.html.j2").render(
        runs=list(zip(runs, colors, strict=True)),
        quantities={name: LABELS[name] for name in _columns(evaluated)},
        estimate_of=_estimate,
        tried=tried,
        learners=learners,
        tuned=tuned,
        has_controls=any(row.role == "control" for *_, rows in tuned for row in rows),
        solved_in_training=_solved_in_training,
        learned_names=_learned_names,
        trial_numbers=range(max((len(by_trial["success"]) for *_, by_trial in tried), default=0)),
        paper={
            task: PAPER_RESULTS[task]
            for task in dict.fromkeys(run.task for run in evaluated if "asks" in run.summary)
            if task in PAPER_RESULTS  # whose numbers are of rooms: steps are primitive there
        },
        settings=_settings(runs),
        light=LIGHT,
        dark=DARK,
        data=page_data(runs, colors, dashes),
        # what the browser may run: these two scripts and nothing else
        script_hashes=" ".join(map(_script_hash, (plotly, script))),
        plotly=Markup(plotly),
        style=Markup((PAGE_FOLDER / "report.css").read_text("utf-8")),
        script=Markup(script),
    )


def _estimate(run: Run, name: str) -> Estimate | None:
    """A quantity of a run's evaluation; None where it does not apply."""
    if name in ABOUT_QUESTIONS and not run.uses_planner:
        return None
    if name not in run.summary:
        name = SAME_IN_ROOMS.get(name, name)
    return run.summary.get(name)


def _columns(evaluated: Sequence[Run]) -> list[str]:
    """The quantities that are worth a column of the table."""
    columns = []
    for name in LABELS:
        estimates = [_estimate(run, name) for run in evaluated]
        if name in SAME_IN_ROOMS:
            others = [_estimate(run, SAME_IN_ROOMS[name]) for run in evaluated]
            is_shown = any(
                one and other and one.mean != other.mean
                for one, other in zip(estimates, others, strict=True)
            )
        elif name in ALWAYS_SHOWN:
            is_shown = any(estimates)
        else:
            is_shown = any(estimate and estimate.mean for estimate in estimates)
        if is_shown:
            columns.append(name)
    return columns


def _solved_in_training(run: Run) -> tuple[float | None, float | None]:
    """The share of training cases that were solved without what was learned, and with it; None: not played yet."""
    if run.learning is not None:
        scores = (run.learning.base.score, run.learning.best.score)
        before, after = (None if score is None else score.success for score in scores)
        return before, after
    shares = [one.num_solved / len(one.episodes) for one in run.rounds]
    return shares[0], shares[-1]


def _learned_names(run: Run) -> Sequence[str]:
    """The functions that were kept, or the number of lessons."""
    if run.learning is not None:
        return run.learning.kept.names or ["no function"]
    lessons = [one.lesson for one in run.rounds if one.lesson and one.lesson.is_readable]
    return [f"{len(lessons)} lesson{'s' if len(lessons) != 1 else ''}"]


def _settings(runs: Sequence[Run]) -> list[_Setting]:
    """Settings and versions that have a value in any run, those that differ first."""
    of_runs = [{**run.settings, **run.provenance} for run in runs]
    rows = []
    for name in dict.fromkeys(name for of_run in of_runs for name in of_run):
        known = {str(of_run[name]) for of_run in of_runs if name in of_run}
        values = [_as_text(of_run.get(name)) for of_run in of_runs]
        if any(values):
            rows.append(_Setting(name, values, differs=len(known) > 1))
    return sorted(rows, key=lambda row: not row.differs)


def _as_text(value: object) -> str:
    if value is None:
        return ""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _quantity(value: float, name: str) -> str:
    """A mean or an end of its interval, as the table shows it."""
    if name == "success":
        return f"{100 * value:.4g} %"
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def _script_hash(script: str) -> str:
    """A source expression of a content security policy (W3C CSP level 3, section 2.3.1)."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"'sha256-{digest}'"
