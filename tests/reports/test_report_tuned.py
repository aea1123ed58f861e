"""The page of runs that tuned a language model: the table of agents, the curves, the pairs, and the test episodes."""

import json
import re
from dataclasses import replace

import pytest

from main import main
from reports.report import render
from reports.saved_run import load_runs
from reports.tuned import Agent, PairSet, Played, Stage, Tuned, read_tuned
from reports.tuned_data import MOST_PAIRS, agent_rows, tuned_data
from tests.reports.browser import (
    by_id,
    errors,
    needs_browser,
    on_a_phone,
    open_browser,
    press,
    widths,
)
from tests.reports.learned_runs import HOSTILE
from tests.reports.tuned_runs import (
    LOOK,
    MOVE,
    PAIRS,
    PICK,
    TEST,
    WRONG,
    write_dpo,
    write_eto,
    write_killed,
    write_sft,
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Runs of eto, one finished and one killed, and of sft and dpo."""
    home = tmp_path_factory.mktemp("tuned")
    return (
        write_eto(home / "finished"),
        write_killed(home / "killed"),
        write_sft(home / "sft01"),
        write_dpo(home / "dpo01"),
    )


def page_of(paths):
    return render([run for path in paths for run in load_runs(path, path.name)])


@pytest.fixture(scope="module")
def page(runs):
    return page_of(runs)


@pytest.fixture(scope="module")
def drawn(page):
    """What the script reads of each run."""
    [text] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    return json.loads(text)["runs"]


def test_every_agent_has_a_row_with_its_gradient_steps(drawn):
    """By hand: 4 supervised steps, then 2 of round 1 and 0 of round 2, or 2 of the control."""
    rows = {row["name"]: row for row in drawn[0]["tuned"]["agents"]}
    assert {name: row["steps"] for name, row in rows.items()} == {
        "expert": "", "SFT": "4", "ETO 1": "4 + 2", "ETO 2": "4 + 2", "more_sft": "4 + 2",
    }  # fmt: skip
    scores = {name: row["test"]["score"][0] for name, row in rows.items()}
    assert scores == {"expert": 1, "SFT": 0.25, "ETO 1": 0.5, "ETO 2": 0.5, "more_sft": 0.375}
    dev = {name: row["dev_score"] and row["dev_score"][0] for name, row in rows.items()}
    assert dev == {"expert": None, "SFT": 0.25, "ETO 1": 0.75, "ETO 2": 0.75, "more_sft": None}
    assert [name for name, row in rows.items() if row["is_best"]] == ["ETO 1"]


def test_a_round_without_pairs_is_the_agent_before(drawn):
    """Its numbers are those of that agent, and its episodes are not there twice."""
    first, second = (row for row in drawn[0]["tuned"]["agents"] if row["name"].startswith("ETO"))
    assert second["about"] == "no pairs, so it is still ETO 1"
    assert (second["test"], second["episode"]) == (first["test"], first["episode"])
    groups = [one["group"] for one in drawn[0]["episodes"]]
    names = ("expert", "SFT", "ETO 1", "more_sft")
    assert groups == [f"{name}, test cases" for name in names for _ in TEST]
    assert drawn[0]["episodes"][first["episode"]]["name"] == f"ETO 1: {TEST[0]}"


def test_a_run_without_pairs_in_any_round_is_still_the_supervised_model():
    sft = Agent("SFT", "sft", Stage([], 4, is_finished=True), Played(), Played())
    rounds = [Agent(f"ETO {n}", "round", None, Played(), Played(), "SFT") for n in (1, 2)]
    rows = agent_rows(Tuned((sft, *rounds), (), (), ""))
    assert [row.steps for row in rows] == ["4", "4 + 0", "4 + 0"]


def test_the_table_is_text_of_the_page(page):
    """In each run one line an agent; the successes of two cases by hand."""
    rows = re.findall(r'<tr class="agent[^"]*">(.*?)</tr>', page, re.S)
    success = [re.search(r'<td class="number">(.*?)(<small>|</td>)', row, re.S)[1] for row in rows]
    assert success == ["100 %", "0 %", "50 %", "50 %", "0 %", "–", "–", "0 %", "50 %"]
    assert "best on dev<" in rows[2]
    assert "1 test case so far" in rows[5]
    assert page.count("Compare the last round of ETO with the controls") == 1
    assert "Not evaluated" not in page


def test_without_controls_nothing_is_said_of_them(runs):
    assert "with the controls" not in page_of(runs[1:])


def test_trainings_stand_one_after_the_other(drawn):
    """SFT from 0, round 1 and the control from its 4 steps on; rows say step / 4."""
    stages = drawn[0]["tuned"]["stages"]
    assert [(one["agent"], one["first_step"]) for one in stages] == [
        ("SFT", 0), ("ETO 1", 4), ("more_sft", 4),
    ]  # fmt: skip
    assert stages[0]["curves"] == {"sft/loss": [[1, 2, 3, 4], [0.25, 0.5, 0.75, 1]]}
    assert stages[1]["curves"]["dpo/margin"] == [[5, 6], [0.25, 0.5]]
    assert len(stages[1]["curves"]) == 5


def test_a_pair_begins_where_its_sides_differ(drawn):
    """The common beginning: the system message, the first observation, an answer, an observation."""
    first, second = drawn[0]["tuned"]["pair_sets"][0]["pairs"]
    assert [one["role"] for one in first["common"]] == ["system", "user", "assistant", "user"]
    assert [one["content"] for one in first["chosen"]["turns"]][::2] == [PICK, MOVE]
    assert [one["content"] for one in first["rejected"]["turns"]] == [WRONG]
    assert len(second["common"]) == 3
    assert second["rejected"]["turns"] == []


def test_a_side_says_who_played_it(drawn):
    """Found by the answers; the runs of dpo have no episodes to find it in."""
    sides = [
        (pair["chosen"]["origin"], pair["rejected"]["origin"])
        for run in (drawn[0], drawn[3])
        for pair in run["tuned"]["pair_sets"][0]["pairs"]
    ]
    assert sides == [
        ("the expert, score 1", "the agent, score 0.25"),
        ("the expert, score 1", "the agent, score 0"),
        ("", ""),
        ("", ""),
    ]


def test_numbers_of_pairs_are_said(drawn):
    facts = [one["facts"] for one in drawn[0]["tuned"]["pair_sets"]]
    assert facts == [
        "2 pairs; 1 compared trajectories without a pair; explored beside the demonstrations: 0 better, 1 as good, "
        "2 worse",
        "0 pairs",
    ]
    assert drawn[1]["tuned"]["pair_sets"][0]["facts"] == "2 pairs"


def test_of_many_pairs_some_are_shown_and_said():
    """Every second of twice as many as are shown."""
    pairs = tuple(replace(PAIRS[0], case=str(number)) for number in range(2 * MOST_PAIRS))
    tuned = Tuned((), (PairSet("ETO 1", pairs, (), {}),), (), "")
    [shown] = tuned_data(tuned).pair_sets
    assert [pair.case for pair in shown.pairs] == [str(2 * n) for n in range(MOST_PAIRS)]
    assert shown.facts == f"{2 * MOST_PAIRS} pairs, {MOST_PAIRS} of them here"


def test_a_killed_run_shows_what_is_there(drawn):
    """A part of the test cases, and of the training of round 1; no round is evaluated."""
    tuned = drawn[1]["tuned"]
    assert [(row["name"], row["steps"]) for row in tuned["agents"]] == [
        ("SFT", "4"), ("ETO 1", "4 + 1 so far"),
    ]  # fmt: skip
    assert [row["num_episodes"] for row in tuned["agents"]] == [1, 0]
    assert tuned["agents"][0]["test"] == {}
    assert not any(row["is_best"] for row in tuned["agents"])
    assert len(drawn[1]["episodes"]) == 1


def test_a_run_that_has_just_begun_is_a_line(tmp_path):
    path = write_killed(tmp_path / "run")
    for name in ("expert", "sft", "iterations"):
        (path / name).rename(tmp_path / name)
    assert "nothing is trained or played yet" in page_of([path])


def test_until_the_end_the_best_round_so_far_is_marked(tmp_path):
    path = write_eto(tmp_path / "run")
    (path / "best.json").unlink()
    assert read_tuned(path).best == "ETO 1"
    assert "best on dev so far" in page_of([path])


def test_the_stages_as_verbs_have_one_agent(drawn):
    for run, name, steps, episodes in ((drawn[2], "SFT", "4", 2), (drawn[3], "DPO", "2", 2)):
        [row] = run["tuned"]["agents"]
        assert (row["name"], row["steps"]) == (name, steps)
        assert len(run["episodes"]) == episodes
    assert [len(run["tuned"]["pair_sets"]) for run in drawn] == [2, 1, 0, 1]


def test_what_a_model_wrote_is_text(page, drawn):
    assert "<img" not in page
    assert (
        HOSTILE in drawn[3]["tuned"]["pair_sets"][0]["pairs"][0]["rejected"]["turns"][0]["content"]
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("best.json", "{}"),
        ("sft/tuned.json", "[]"),
        ("sft/test/summary.json", "{"),
        ("iterations/1/pairs.json", '[{"id": 1}]'),
        ("iterations/1/explore/episodes.jsonl", '{"format": "other"}\n'),
    ],
)
def test_a_damaged_file_is_one_line(tmp_path, capsys, name, content):
    path = write_eto(tmp_path / "run")
    (path / name).write_text(content)
    assert main(["report", str(path)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert name in line


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def browser(runs, tmp_path_factory):
    """The page of all runs, open in a browser without a window."""
    assert main(["report", *map(str, runs)]) == 0
    profile = tmp_path_factory.mktemp("browser")
    with open_browser(runs[0] / "report.html", profile) as browser:
        yield browser


def texts(browser, selector):
    return [one.text for one in browser.find_elements("css selector", selector)]


@needs_browser
def test_both_sides_stand_side_by_side_and_the_first_difference_is_marked(browser):
    browser.execute_script("chooseTuned(0)")
    assert texts(browser, "#pair-sides .difference .answer span") == [PICK, WRONG]
    left, right = browser.find_elements("css selector", "#pair-sides .side")
    assert left.location["y"] == right.location["y"]
    fold = by_id(browser, "pair-common")
    assert fold.text == "the common beginning: 4 messages"
    fold.find_element("tag name", "summary").click()
    assert LOOK in fold.text
    assert browser.find_elements("css selector", "#tuned img") == []
    assert errors(browser) == []


@needs_browser
def test_the_keys_choose_another_pair(browser):
    browser.execute_script("chooseTuned(0); find('chosen-turns').focus()")
    press(browser, "n")
    assert by_id(browser, "pair").get_attribute("value") == "1"
    assert by_id(browser, "rejected-turns").text == "ends here"
    press(browser, "n", "p")
    assert by_id(browser, "pair").get_attribute("value") == "0"


@needs_browser
def test_an_agent_leads_to_its_test_episodes(browser):
    [button] = [
        one
        for one in browser.find_elements("css selector", "#tuned-table button")
        if one.text == "more_sft"
    ]
    button.click()
    chosen = browser.execute_script("return find('episode').selectedOptions[0].textContent")
    assert chosen == f"more_sft: {TEST[0]} (failed)"
    assert browser.execute_script("return find('episode').children.length") == 4


@needs_browser
def test_charts_are_those_that_a_run_has(browser):
    def charts(number):
        browser.execute_script(f"chooseTuned({number})")
        shown = browser.find_elements("css selector", "#tuned .charts > div")
        return [one.get_attribute("id") for one in shown if one.is_displayed()]

    rounds = ["round-chart-success", "round-chart-score"]
    contrastive = [f"stage-chart-{name}" for name in ("dpo-loss", "margin", "accuracy", "change")]
    assert charts(0) == [*rounds, "stage-chart-sft-loss", *contrastive]
    assert charts(2) == ["stage-chart-sft-loss"]
    assert charts(3) == contrastive
    assert not by_id(browser, "tuned-rounds").is_displayed()
    assert errors(browser) == []


@needs_browser
def test_it_fits_on_a_phone_where_sides_stand_one_below_the_other(browser):
    with on_a_phone(browser):
        assert widths(browser) == [390, 390]
        left, right = browser.find_elements("css selector", "#pair-sides .side")
        assert left.location["x"] == right.location["x"]
