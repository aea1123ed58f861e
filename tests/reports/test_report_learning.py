"""The page of runs that learned: candidates, the history of their functions, lessons, and the episodes with them."""

import json
import re
from dataclasses import replace

import pytest

from core.errors import RunDirectoryError
from core.library import Library
from main import main
from reports.learning import read_learning
from reports.report import render
from reports.saved_run import load_run, load_runs
from tests.reports.browser import by_id, errors, needs_browser, on_a_phone, open_browser, widths
from tests.reports.learned_runs import (
    CANDIDATES,
    CASES,
    CHOSEN,
    FAILED,
    HOSTILE,
    write_candidate,
    write_learnact,
    write_lessons,
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Runs of learnact: a finished one, and one whose evaluation has not begun; and one of act_reflexion."""
    home = tmp_path_factory.mktemp("learning")
    return (
        write_learnact(home / "finished"),
        write_learnact(home / "stopped", is_finished=False),
        write_lessons(home / "lessons"),
    )


def page_of(paths):
    return render([run for path in paths for run in load_runs(path, path.name)])


def data_of(page):
    [text] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    return json.loads(text)["runs"]


@pytest.fixture(scope="module")
def drawn(runs):
    """What the script reads of each run."""
    return data_of(page_of(runs))


def test_every_candidate_has_a_row(drawn):
    """Scores by hand: 8/10 + 8/20 + 1/3, 1/2 + 1/30 + 0, 9/10 + 9/16 + 2/3, 1 + 10/12 + 1."""
    learning = drawn[0]["learning"]
    rows = {row["name"]: row for row in learning["candidates"]}
    assert list(rows) == ["base", "0_0", "0_1", "1_0", "1_1", "2_0", "2_1"]
    totals = {name: row["score"] and row["score"]["total"] for name, row in rows.items()}
    assert totals == {
        "base": 0, "0_0": pytest.approx(1.53333, abs=1e-5), "0_1": pytest.approx(0.53333, abs=1e-5),
        "1_0": pytest.approx(2.12917, abs=1e-5), "1_1": None, "2_0": pytest.approx(2.83333, abs=1e-5), "2_1": None,
    }  # fmt: skip
    assert learning["best"] == "2_0"
    assert learning["is_finished"]
    assert rows["0_1"]["refusals"] == [f"line 3: classes cannot be used {HOSTILE}"]
    assert rows["1_0"]["learning"]["prompt_tokens"] == 900


def test_a_function_has_the_versions_that_led_to_the_chosen_one(drawn):
    """Those of other candidates stand apart; a line is new if the version before lacks it."""
    functions = {one["name"]: one for one in drawn[0]["learning"]["functions"]}
    assert list(functions) == ["carry", "fetch", "lift"]
    assert [one["is_kept"] for one in functions.values()] == [True, False, False]
    first, second, third = functions["carry"]["history"]
    assert [one["candidate"] for one in (first, second, third)] == ["0_0", "1_0", "2_0"]
    assert [one["number"] for one in (first, second, third)] == [1, 2, 2]
    assert first["failure"] is None
    assert not any(line["is_new"] for line in first["source"])
    new = [line["text"].strip() for line in second["source"] if line["is_new"]]
    assert new == ["if 'robot is in roomb' in last_observation():", "move('roomb', 'rooma')"]
    assert third["notes"] == [{"text": f"The left hand has to be free. {HOSTILE}", "is_new": True}]
    assert [one["candidate"] for one in functions["carry"]["others"]] == ["2_1"]
    assert functions["lift"]["history"] == []


def test_a_failure_says_where_it_ended_and_leads_to_its_decision(drawn):
    """In the episode of the candidate that failed: its second case, the second decision."""
    run = drawn[0]
    failure = run["learning"]["functions"][0]["history"][1]["failure"]
    assert failure["where"] == "carry, line 2"
    assert failure["reason"] == "the robot is not in rooma."
    episode = run["episodes"][failure["episode"]]
    assert episode["name"] == f"0_0: {CASES[1]}"
    assert episode["group"] == "candidate 0_0"
    assert episode["steps"][failure["step"]]["action"] == FAILED


def test_a_step_names_the_learned_functions_that_it_calls(drawn):
    evaluated = [one for one in drawn[0]["episodes"] if not one["group"]]
    assert [[step["functions"] for step in one["steps"]] for one in evaluated] == [
        [["carry"], ["carry"]], [[]], [["carry"], ["carry"]], [["carry"], ["carry"]],
    ]  # fmt: skip
    base = [one for one in drawn[0]["episodes"] if one["group"] == "candidate base"]
    assert all(not step["functions"] for one in base for step in one["steps"])


def test_the_table_shows_training_and_held_out_success(runs):
    page = page_of(runs)
    rows = re.findall(r'<tr class="learned">(.*?)</tr>', page, re.S)
    cells = [
        [cell.split("<small>")[0] for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)]
        for row in rows
    ]
    assert cells == [
        ["gripper", "0 %", "100 %", "75 %", "100 %", "carry"],
        ["gripper", "0 %", "100 %", "–", "–", "carry, fetch"],
        ["gripper", "33.33 %", "66.67 %", "100 %", "100 %", "1 lesson"],
    ]


def test_what_a_model_wrote_is_text(runs):
    page = page_of(runs)
    assert "<img" not in page
    assert HOSTILE in data_of(page)[2]["lessons"][0]["text"]


def test_a_run_under_way_shows_the_best_candidate_so_far(drawn):
    learning = drawn[1]["learning"]
    assert not learning["is_finished"]
    assert learning["best"] == "2_0"
    assert [one["name"] for one in learning["functions"] if one["is_kept"]] == ["carry", "fetch"]


def test_a_run_without_a_candidate_has_no_functions(tmp_path):
    path = write_learnact(tmp_path / "run", is_finished=False)
    for place in (path / "learn_results").iterdir():
        if place.name != "base":
            (place / "candidate.json").unlink()
    [run] = data_of(page_of([path]))
    assert run["learning"]["best"] == "base"
    assert run["learning"]["functions"] == []
    (path / "learn_results" / "base" / "candidate.json").unlink()
    assert read_learning(path / "learn_results") is None
    assert "learning" not in data_of(page_of([path]))[0]


def test_the_correction_counts_in_robotic_planning_only(runs):
    learning = read_learning(runs[0] / "learn_results")
    candidate = CANDIDATES[5]
    assert learning.total(candidate) == pytest.approx(1 + 10 / 12 + 1)
    tested = [
        replace(one, episodes=tuple(replace(episode, task="put") for episode in one.episodes))
        for one in learning.tested
    ]
    assert replace(learning, tested=tuple(tested)).total(candidate) == pytest.approx(10 / 12 + 1)


def test_lessons_stand_after_their_rounds(drawn):
    lessons = drawn[2]["lessons"]
    assert [(one["num_solved"], one["num_cases"]) for one in lessons] == [(1, 3), (2, 3)]
    assert [one["case"] for one in lessons] == [CASES[1], CASES[2]]
    assert [one["is_used"] for one in lessons] == [True, False]
    assert drawn[2]["episodes"][lessons[1]["episode"]]["name"] == f"round 1: {CASES[0]}"


@pytest.mark.parametrize("number", [0, 1])
def test_a_round_in_which_no_attempt_has_ended_is_left_out(tmp_path, number):
    path = write_lessons(tmp_path / "run")
    (path / f"learn_results/round_{number}/episodes.jsonl").write_text("")
    [run] = data_of(page_of([path]))
    assert [one["number"] for one in run["lessons"]] == [1 - number]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("1_0/candidate.json", "{"),
        ("1_0/candidate.json", '{"name": "1_0"}'),
        ("1_0/episodes.jsonl", '{"format": "other"}\n'),
    ],
)
def test_a_damaged_file_is_one_line(tmp_path, capsys, name, content):
    path = write_learnact(tmp_path / "run")
    (path / "learn_results" / name).write_text(content)
    assert main(["report", str(path)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert name in line


@pytest.mark.parametrize("name", ["base", "0_0", "2_0"])
def test_a_missing_candidate_is_one_line(tmp_path, capsys, name):
    path = write_learnact(tmp_path / "run")
    (path / "learn_results" / name / "candidate.json").unlink()
    assert main(["report", str(path)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert f"'{name}'" in line


def test_candidates_that_were_made_from_each_other_are_refused(tmp_path):
    path = write_learnact(tmp_path / "run")
    write_candidate(path, replace(CANDIDATES[1], parent="2_0"))
    with pytest.raises(RunDirectoryError, match="0_0"):
        load_run(path, "run")


def test_a_winner_without_functions_is_said(tmp_path):
    path = write_learnact(tmp_path / "run")
    nothing = replace(CHOSEN.proposal, library=Library())
    write_candidate(path, replace(CHOSEN, proposal=nothing))
    page = page_of([path])
    assert "no function" in page
    [run] = data_of(page)
    assert not any(one["is_kept"] for one in run["learning"]["functions"])


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def browser(runs, tmp_path_factory):
    """The page of all three runs, open in a browser without a window."""
    assert main(["report", *map(str, runs)]) == 0
    with open_browser(
        runs[0] / "report.html", tmp_path_factory.mktemp("browser")
    ) as browser:  # fmt: skip
        yield browser


def listed(browser):
    return [one.text for one in browser.find_elements("css selector", "#episode option")]


@needs_browser
def test_versions_stand_side_by_side_with_the_failures_between(browser):
    browser.execute_script("chooseLearner(0)")
    headings = [one.text for one in browser.find_elements("css selector", "#versions h4")]
    assert headings == [
        "version 1, new", "failure of 0_0", "version 2, rewritten", "failure of 1_0", "version 2, note",
    ]  # fmt: skip
    text = by_id(browser, "versions").get_attribute("textContent")
    assert HOSTILE in text
    assert browser.find_elements("css selector", "#learned img") == []
    assert len(browser.find_elements("css selector", "#versions .source .new")) == 2
    chosen = browser.find_element("css selector", "#candidates tr.differs th").text
    assert chosen == "2_0\nchosen"
    assert errors(browser) == []


@needs_browser
def test_a_function_leads_to_the_episodes_that_call_it(browser):
    """3 of 4 in the evaluation with 6 decisions, 3 of which failed; the keys stay among these episodes."""
    browser.execute_script("chooseLearner(0)")
    uses = by_id(browser, "function-uses")
    assert uses.text.startswith(
        "Called in 3 of 4 evaluation episodes: 6 decisions, 3 successful."
    )  # fmt: skip
    uses.find_element("tag name", "button").click()
    assert by_id(browser, "function").get_attribute("value") == "carry"
    names = listed(browser)
    assert names[:3] == ["gripper/prob01", "gripper/prob10", "gripper/prob15"]
    assert "gripper/prob08 (failed)" not in names
    browser.execute_script("KEYS.n()")
    assert by_id(browser, "episode").get_attribute("value") == "2"
    browser.execute_script("KEYS.p(); KEYS.p()")
    assert by_id(browser, "episode").get_attribute("value") == "0"
    browser.execute_script("choose(0, 0)")
    assert len(listed(browser)) == 4 + 5 * 3


@needs_browser
def test_a_failure_is_shown_in_the_player(browser):
    browser.execute_script("chooseLearner(0)")
    browser.find_element("css selector", "#versions .failure button").click()
    assert by_id(browser, "fact-now").text == FAILED
    assert by_id(browser, "position").text == "step 1 of 2"


@needs_browser
def test_another_run_is_chosen(browser):
    browser.execute_script("chooseLearner(1)")
    assert "best so far" in by_id(browser, "candidates").text
    browser.execute_script("chooseLearner(2)")
    assert not by_id(browser, "learned-functions").is_displayed()
    items = [one.text for one in browser.find_elements("css selector", "#lessons li")]
    assert items[0].startswith("round 0: 1 of 3 training cases solved")
    assert HOSTILE in items[1]
    assert "not used: empty or cut" in items[3]
    assert browser.find_elements("css selector", "#lessons img") == []
    assert errors(browser) == []


@needs_browser
def test_it_fits_on_a_phone_where_versions_stand_one_below_the_other(browser):
    with on_a_phone(browser):
        assert widths(browser) == [390, 390]
        parts = browser.find_elements("css selector", "#versions > *")
        assert len({part.location["x"] for part in parts}) == 1
        tops = [part.location["y"] for part in parts]
        assert tops == sorted(set(tops))
