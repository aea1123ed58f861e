"""The table and the metrics of a run, from made-up episodes."""

import re
from dataclasses import replace
from pathlib import Path

from agents.eto.experiment import EvaluatedModel
from agents.eto.rounds import Round
from agents.eto.run import EtoRun, rows_of
from agents.eto.table import as_table, metric_rows
from core.console import make_console
from core.episode import Episode, Step
from reports.statistics import summarize
from runner.evaluation.evaluate import Evaluation
from tests.repository import ROOT
from tuning.pairs import Outcomes
from tuning.selected import Selected


def evaluation(*scores):
    episodes = tuple(
        Episode(
            "gripper",
            str(case),
            success=score == 1,
            score=score,
            terminated=True,
            truncated=False,
            steps=(Step("go", score, observation="here"),) * 2,
        )
        for case, score in enumerate(scores)
    )
    return Evaluation("", episodes, summarize(episodes), Path())


def finished(*, dev_scores=(0.25, 0.75, 0.75), path="run"):
    """A run with three rounds, of which the second and the third are equally good on the dev cases."""
    sft = EvaluatedModel("SFT", "m", evaluation(0.5, 0.5), evaluation(0.0, 0.0))
    rounds = tuple(
        Round(
            number,
            (),
            Outcomes(3, 2, 1),
            Selected((), {"with equal rewards": 2}),
            4,
            EvaluatedModel(f"ETO {number}", "m", evaluation(score, score), evaluation(1.0, 0.5)),
        )
        for number, score in enumerate(dev_scores, start=1)
    )
    tests = {"SFT": sft.test, **{one.tuned.name: one.tuned.test for one in rounds}}
    return EtoRun("title", Path(path), sft, rounds, {**tests, "rft": evaluation(1.0, 1.0)})


def printed(table):
    console = make_console()
    console.width = 80
    with console.capture() as captured:
        console.print(table)
    return captured.get().splitlines()


def test_of_equal_rounds_the_first_is_the_best():
    assert finished().best.name == "ETO 2"


def test_the_best_round_is_marked():
    """Of its two test cases one is solved, the mean score is (1 + 0.5) / 2."""
    run = finished()
    lines = printed(as_table(rows_of([run]), run.best.name))
    [marked] = [line for line in lines if "*" in line]
    assert marked.split()[:4] == ["ETO", "2", "*", "2"]
    assert "50% (" in marked
    assert "0.750 (0.500-1.000)" in marked
    assert "2.0 (2.0-2.0)" in marked


def test_over_experiments_the_best_rounds_have_a_row_of_their_own():
    """An agent that is missing in one experiment is in no row."""
    first, second = finished(), finished(dev_scores=(0.75, 0.5, 0.5))
    without = {name: one for name, one in second.tests.items() if name != "rft"}
    rows = rows_of([first, replace(second, tests=without)])
    assert list(rows) == ["SFT", "ETO 1", "ETO 2", "ETO 3", "ETO, best on dev"]
    assert rows["ETO, best on dev"] == [
        first.tests["ETO 2"].episodes,
        second.tests["ETO 1"].episodes,
    ]


def test_every_metric_of_a_run_is_explained():
    run = finished()
    begun, *rounds = metric_rows(run.sft, run.rounds)
    assert begun["dev/score"] == 0.5
    assert [row["iteration"] for row in rounds] == [1, 2, 3]
    assert rounds[0]["explore/win"] == 3
    assert rounds[0]["pairs/left_out"] == 2
    text = (ROOT / "docs" / "metrics.md").read_text()
    explained = set(re.findall(r"\b(?:dev|test|explore|pairs)/[a-z_]+", text))
    assert explained == set(rounds[0]) - {"iteration"}
