"""Rows: aggregated over seeds, written, and read under the names of earlier versions."""

import csv
import io
import json
from pathlib import Path

import pytest

from core.files import read_json
from core.settings import ManySettings
from experiments.aggregate import aggregate, as_csv, write_rows
from experiments.jobs import LEARNED
from experiments.table import as_markdown, with_regret
from reports.rows import Row
from tests.experiments.helpers import measured, tiny_job

RESULTS = Path(__file__).resolve().parent.parent.parent / "benchmarks" / "results"


def rows_of_rules(tmp_path):
    """Two rules, each with 2 and 3 questions on two environment seeds."""
    jobs = [tiny_job(tmp_path, policy) for policy in ("baseline", "oracle")]
    results = {job: measured([2.0, 3.0], success=0.5, action_selection="rule") for job in jobs}
    return with_regret(aggregate(jobs, results))


def test_row_is_over_all_training_seeds(tmp_path):
    jobs = [tiny_job(tmp_path, LEARNED, seed=seed) for seed in (0, 1)]
    results = {job: measured([float(job.training.seed)] * 2) for job in jobs}
    [row] = aggregate(jobs, results)
    assert row.seeds == 2
    assert row.per_seed["asks"] == (0.0, 1.0)
    assert row.estimates["asks"].mean == 0.5


def test_json_csv_and_markdown_agree(tmp_path):
    rows = rows_of_rules(tmp_path)
    [line, _] = csv.DictReader(io.StringIO(as_csv(rows)))
    assert (line["task"], line["policy"], line["condition"]) == (
        "SimpleDoorKey",
        "baseline",
        "as trained",
    )
    assert [float(line[f"asks_{end}"]) for end in ("mean", "low", "high")] == [2.5, 2.0, 3.0]
    [first, second] = as_markdown(rows).splitlines()[2:]
    assert "| 2.50 (2.00..3.00) |" in first
    assert first.endswith("| +0.00 | 1.58 / 64.9 / 59 |")
    assert second.endswith("| +0.00 |  |")


def test_files_say_what_ran(tmp_path, capsys):
    rows = rows_of_rules(tmp_path)
    out = write_rows(rows, ManySettings(logdir=str(tmp_path)), "table", "| a |\n")
    assert "| a |" in capsys.readouterr().out
    document = read_json(out / "table.json")
    assert {"command", "versions", "commit", "code"} < document.keys()
    assert [Row.from_json(one) for one in document["rows"]] == rows
    assert (out / "table.csv").read_text() == as_csv(rows)
    assert (out / "table.md").read_text() == "| a |\n"


@pytest.mark.parametrize("name", ["table", "table_quick", "pareto", "transfer"])
def test_results_of_earlier_versions_are_read(name):
    document = json.loads((RESULTS / f"{name}.json").read_text())
    rows = [Row.from_json(one) for one in document["rows"]]
    assert {row.action_selection for row in rows} == {"sampled", "greedy", "rule"}
    always = next(row for row in rows if row.policy == "always" and row.task == "SimpleDoorKey")
    assert always.estimates["asks"].mean == pytest.approx(25.78)
    assert [Row.from_json(row.to_json()) for row in rows] == rows
