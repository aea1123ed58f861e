"""The page of Reflexion runs: what was solved by which trial, and each case's attempts with the notes between."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest

from core.chat import Usage
from core.episode import Episode, Step
from core.errors import RunDirectoryError
from core.files import write_json, write_lines
from core.reflection import Reflection
from main import main
from reports.report import render
from reports.saved_run import load_run
from reports.trials import read_trials
from tests.reports.browser import (
    by_id,
    errors,
    needs_browser,
    on_a_phone,
    open_browser,
    press,
    widths,
)

CASES = ("game/10", "game/9", "game/2")
SOLVED_IN = {"game/10": 0, "game/9": 1, "game/2": None}
GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "reflexion_run"
HOSTILE = "</script><img src=x onerror='window.intruder = 1'>Look in drawer 2."


def attempt(case, trial):
    """Two steps, each of which took 10 tokens; the second names the trial."""
    success = SOLVED_IN[case] == trial
    took = Usage(llm_calls=1, prompt_tokens=8, completion_tokens=2)
    steps = [
        Step(action, 0.0, observation="A drawer.", answer=action, usage=took)
        for action in ("look", f"open drawer {trial}")
    ]
    return Episode(
        "Kitchen", case, success=success, score=float(success), terminated=success, truncated=not success,
        steps=tuple(steps), goal="find the mug", final_observation="Nothing happens.",
    )  # fmt: skip


def write_run(path, *, use_memory=True, trials=3):
    """A run directory in which the cases are solved as `SOLVED_IN` says; with notes if it uses memory."""
    document = {"method": "reflexion", "commit": None, "versions": {}}
    settings = {"task": "Kitchen", "use_memory": use_memory}
    write_json(path / "config.json", {**document, "settings": settings})
    notes, left = {}, list(CASES)
    for number in range(trials):
        place = path / "trials" / f"{number:02}"
        episodes = [attempt(case, number) for case in left]
        solved = [episode.case for episode in episodes if episode.success]
        left = [case for case in left if case not in solved]
        if use_memory:
            for case in left:
                note = Reflection(number, f"{HOSTILE} ({number})")
                notes[case] = [*notes.get(case, []), asdict(note)]
        write_lines(place / "episodes.jsonl", (episode.to_json() for episode in episodes))
        write_json(place / "memory.json", {"notes": notes})
        write_json(place / "summary.json", {"cases": CASES, "solved": solved})
    return path


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run with memory and one of two trials without."""
    home = tmp_path_factory.mktemp("reflexion")
    return (
        write_run(home / "memory"),
        write_run(home / "retry", use_memory=False, trials=2),
    )


def page_of(runs):
    return render([load_run(path, path.name) for path in runs])


def data_of(page):
    [text] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    return json.loads(text)


def test_the_table_shows_what_was_solved_by_which_trial(runs):
    """1, 2 and 2 of 3; the second run has no third trial."""
    page = page_of(runs)
    rows = re.findall(r'<tr class="trials">(.*?)</tr>', page, re.S)
    cells = [re.findall(r'<td class="number">(.*?)</td>', row, re.S) for row in rows]
    shares = [[cell.split("<small>")[0] for cell in row] for row in cells]
    assert shares == [["33.33 %", "66.67 %", "66.67 %"], ["33.33 %", "66.67 %", ""]]
    assert "6.149–79.23 %" in cells[0][0]
    assert 'id="numbers"' not in page


def test_a_case_has_its_attempts_in_order_with_the_note_after_each(runs):
    """Cases are in the order of their numbers; game/9 is solved in trial 1, game/2 in none."""
    [run, retry] = data_of(page_of(runs))["runs"]
    cases = {case["name"]: case["attempts"] for case in run["trials"]["cases"]}
    assert list(cases) == ["game/2", "game/9", "game/10"]
    assert [one["trial"] for one in cases["game/9"]] == [0, 1]
    assert [one["solved"] for one in cases["game/9"]] == [False, True]
    assert [one["note"] for one in cases["game/9"]] == [f"{HOSTILE} (0)", None]
    assert [one["note"][-3:] for one in cases["game/2"]] == ["(0)", "(1)", "(2)"]
    for name, attempts in cases.items():
        for one in attempts:
            episode = run["episodes"][one["episode"]]
            assert episode["name"] == f"{name}, trial {one['trial']}"
            assert episode["steps"][1]["action"] == f"open drawer {one['trial']}"
    assert {one["note"] for case in retry["trials"]["cases"] for one in case["attempts"]} == {None}


def test_a_note_is_text(runs):
    page = page_of(runs)
    assert "<img" not in page
    assert HOSTILE in data_of(page)["runs"][0]["trials"]["cases"][0]["attempts"][0]["note"]


def test_a_note_that_no_attempt_is_told_says_so(tmp_path):
    """An empty one, and one that was cut."""
    path = write_run(tmp_path / "run", trials=1)
    memory = path / "trials" / "00" / "memory.json"
    notes = {
        "game/9": [{"trial": 0, "text": ""}],
        "game/2": [{"trial": 0, "text": "Go", "cut": True}],
    }
    write_json(memory, {"notes": notes})
    [run] = data_of(page_of([path]))["runs"]
    attempts = {case["name"]: case["attempts"][0] for case in run["trials"]["cases"]}
    assert [attempts[name]["note"] for name in CASES] == [None, "", "Go"]
    assert not any(attempt["note_is_used"] for attempt in attempts.values())


def test_a_recorded_run_is_shown(capsys, tmp_path):
    out = tmp_path / "page.html"
    assert main(["report", str(GOLDEN), "--out", str(out)]) == 0
    [run] = data_of(out.read_text())["runs"]
    [attempts] = [case["attempts"] for case in run["trials"]["cases"] if case["name"] == "2"]
    assert [one["solved"] for one in attempts] == [False, True]
    assert run["episodes"][attempts[0]["episode"]]["looped"]
    assert run["episodes"][attempts[1]["episode"]]["success"]
    assert str(out) in capsys.readouterr().out


def test_a_trial_under_way_is_shown_as_far_as_it_is(tmp_path):
    """Killed before the first summary, with two of three cases attempted; and in trial 1, with none of two."""
    path = write_run(tmp_path / "run", trials=1)
    first = path / "trials" / "00"
    lines = (first / "episodes.jsonl").read_text().splitlines(keepends=True)
    (first / "summary.json").unlink()
    (first / "memory.json").unlink()
    (first / "episodes.jsonl").write_text("".join(lines[:2]) + lines[2][:20])
    assert read_trials(path / "trials").measure()["success"].tolist() == [[1, 0]]
    second = write_run(tmp_path / "other", trials=1) / "trials"
    (second / "01").mkdir()
    assert read_trials(second).measure()["attempts"].tolist() == [[1, 1, 1], [0, 0, 0]]


@pytest.mark.parametrize(
    "change",
    [
        ("memory.json", "{"), ("memory.json", '{"notes": 5}'), ("memory.json", '{"notes": {"a": [{}]}}'),
        ("summary.json", '{"cases": "game/9", "solved": []}'), ("episodes.jsonl", '{"format": "other"}\n'),
    ],
)  # fmt: skip
def test_a_damaged_file_is_one_line(tmp_path, capsys, change):
    path = write_run(tmp_path / "run")
    name, content = change
    (path / "trials" / "01" / name).write_text(content)
    assert main(["report", str(path)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert f"01/{name}" in line


def test_a_run_without_a_trial_is_one_line(tmp_path, capsys):
    path = write_run(tmp_path / "run", trials=0)
    (path / "trials").mkdir()
    assert main(["report", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(RunDirectoryError):
        read_trials(path / "trials")


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def browser(runs, tmp_path_factory):
    """The page of both runs, open in a browser without a window."""
    assert main(["report", *map(str, runs)]) == 0
    page = runs[0] / "report.html"
    with open_browser(page, tmp_path_factory.mktemp("browser")) as browser:
        yield browser


def columns(browser):
    """What stands side by side: headings of attempts and notes."""
    return [one.text for one in browser.find_elements("css selector", "#attempts h4")]


@needs_browser
def test_attempts_stand_side_by_side_with_the_notes_between(browser):
    browser.execute_script("chooseCase(0, 0)")
    assert columns(browser) == [
        "trial 0", "note after trial 0", "trial 1", "note after trial 1", "trial 2", "note after trial 2",
    ]  # fmt: skip
    parts = browser.find_elements("css selector", "#attempts > *")
    lefts = [part.location["x"] for part in parts]
    assert lefts == sorted(set(lefts))
    assert len({part.location["y"] for part in parts}) == 1
    assert HOSTILE in parts[1].get_attribute("textContent")
    said = parts[2].find_elements("css selector", ".said li")
    assert [HOSTILE in one.text for one in said] == [False] * 3
    assert "open drawer 1" in said[1].text
    assert "20 tokens" in parts[2].text
    assert browser.find_elements("css selector", "#attempts img") == []
    assert errors(browser) == []


@needs_browser
def test_the_trials_have_keys_of_their_own(browser):
    browser.execute_script("chooseCase(0, 0); find('attempts').focus()")
    episode = by_id(browser, "episode").get_attribute("value")
    press(browser, "n")
    assert by_id(browser, "case-fate").text == "solved in trial 1"
    press(browser, "n")
    press(browser, "n")
    assert columns(browser) == ["trial 0"]
    press(browser, "p")
    press(browser, "p")
    assert by_id(browser, "case-fate").text == "not solved in 3 trials"
    assert by_id(browser, "episode").get_attribute("value") == episode
    press(browser, "\ue014")  # right
    scrolled = browser.execute_script("return find('attempts').scrollLeft")
    assert scrolled > 0
    press(browser, "\ue012")  # left
    assert browser.execute_script("return find('attempts').scrollLeft") < scrolled


@needs_browser
def test_every_run_has_a_line_that_its_button_hides(browser):
    def lines():
        return browser.execute_script(
            "return document.querySelectorAll('#trial-chart-success .scatter .points path').length"
        )

    buttons = browser.find_elements("css selector", "#trial-legend button")
    assert [button.text for button in buttons] == ["memory", "retry"]
    assert lines() == 3 + 2
    buttons[0].click()
    assert lines() == 2
    buttons[0].click()
    assert lines() == 3 + 2


@needs_browser
def test_the_player_has_every_attempt(browser):
    browser.execute_script("choose(0, 4)")
    assert "game/9, trial 1" in by_id(browser, "episode").text
    assert len(browser.find_elements("css selector", "#episode option")) == 3 + 2 + 1


@needs_browser
def test_it_fits_on_a_phone_where_trials_stand_one_below_the_other(browser):
    with on_a_phone(browser):
        assert widths(browser) == [390, 390]
        parts = browser.find_elements("css selector", "#attempts > *")
        assert len({part.location["x"] for part in parts}) == 1
        tops = [part.location["y"] for part in parts]
        assert tops == sorted(set(tops))
