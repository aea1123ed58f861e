"""The HTML page: its contents, and its behaviour in a browser."""

import json
import re
import shutil
from dataclasses import replace
from html import unescape

import numpy as np
import pytest

from agents import when2ask
from core.chat import Usage
from core.episode import Consultation, Episode, Step
from core.errors import RunDirectoryError
from core.files import read_json, read_lines, write_json, write_lines
from core.settings import EvalSettings, TrainSettings
from core.task import TASKS
from main import main
from reports.palette import POLICY_COLORS
from reports.replay import replay
from reports.report import render
from reports.saved_run import find_runs, load_run, load_runs, shortest_labels
from reports.statistics import summarize
from tests.reports.browser import (
    by_id,
    errors,
    needs_browser,
    on_a_phone,
    open_browser,
    press,
    widths,
)

NUM_LAYOUTS = 6


@pytest.fixture(scope="module")
def logdir(tmp_path_factory):
    """A trained run, `learned`, and a rule, `baseline`, both evaluated."""
    logdir = tmp_path_factory.mktemp("log")
    common = {"logdir": str(logdir), "engine": "readable"}
    settings = TrainSettings(
        save_name="learned", n_itr=3, traj_per_itr=4, num_envs=4, eval_every=2, test_num=2, **common
    )
    when2ask.train(settings)
    evaluation = EvalSettings(save_name="learned", test_num=NUM_LAYOUTS, **common)
    when2ask.evaluate_trained(evaluation)
    when2ask.evaluate_rule("baseline", replace(evaluation, save_name="baseline"))
    return logdir / "ppo" / "simpledoorkey"


TEXT_STEPS = (
    Step(
        "look",
        0.0,
        observation="You are in a kitchen.",
        thought="Where am I?",
        answer="Thought: Where am I?\nAction: look",
        usage=Usage(llm_calls=1, prompt_tokens=100, completion_tokens=12, seconds=0.5),
    ),
    Step("", 0.0, observation="A mug.", answer="<img src=x onerror=alert(1)>", is_valid=False),
    Step("take mug", 1.0, observation="There was no action.", answer="take mug"),
)


@pytest.fixture(scope="module")
def text_run(tmp_path_factory):
    """An evaluated run in a text world: one case is solved, one is not."""
    path = tmp_path_factory.mktemp("react")
    episodes = [
        Episode(
            "Kitchen",
            f"unseen/{number}",
            success=success,
            score=1.0 if success else 0.5,
            terminated=success,
            truncated=not success,
            steps=TEXT_STEPS,
            goal="take the mug",
            final_observation="Done.",
        )
        for number, success in enumerate((True, False))
    ]
    write_lines(path / "eval" / "episodes.jsonl", (episode.to_json() for episode in episodes))
    document = {
        "title": "react, no planner",
        "settings": {"task": "Kitchen"},
        "summary": {name: mean._asdict() for name, mean in summarize(episodes).items()},
        "commit": None,
        "versions": {},
    }
    write_json(path / "eval" / "summary.json", document)
    return path


def data_of(page):
    """What the page's script reads."""
    [text] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    return json.loads(text)


def columns(page):
    """The quantities in the table of evaluations."""
    first_row = page.split('<tr class="ours">')[1].split("</tr>")[0]
    return re.findall(r'data-quantity="(\w+)"', first_row)


def episodes_of(path):
    return [Episode.from_json(line) for line in read_lines(path / "eval" / "episodes.jsonl")]


def test_the_frames_rebuild_every_observation(logdir):
    """Applying the changes of all frames so far gives each observation, carried object and position."""
    run = load_run(logdir / "learned", "learned")
    [drawn] = data_of(render([run]))["runs"]
    assert len(drawn["episodes"]) == NUM_LAYOUTS
    for played, episode in zip(drawn["episodes"], run.episodes, strict=True):
        size = played["size"]
        image = np.zeros((size, size, 3), dtype=np.uint8)
        rooms = replay(episode)
        for frame, env in zip(played["frames"], rooms, strict=True):
            for x, y, *thing in frame["cells"]:
                image[x, y] = thing
            assert (image == env.gen_obs()["image"][:, :, :3]).all()
            assert frame["agent"] == [*env.agent_pos, env.agent_dir]
            carried = env.carrying
            assert frame["carried"] == (carried and f"{carried.color} {carried.type}")
        assert len(played["skills"]) == len(played["values"]) == episode.num_steps


def test_the_probability_is_that_of_asking_for_both_decisions(logdir):
    run = load_run(logdir / "learned", "learned")
    [drawn] = data_of(render([run]))["runs"]
    for played, episode in zip(drawn["episodes"], run.episodes, strict=True):
        for shown, step in zip(played["probabilities"], episode.steps, strict=True):
            assert shown == pytest.approx(
                step.policy.probability if step.policy.decision else 1 - step.policy.probability
            )


def test_the_page_refers_to_no_other_file(logdir):
    """No attribute that a browser fetches holds the address of another file."""
    page = render([load_run(logdir / name, name) for name in ("learned", "baseline")])
    outside_scripts = re.sub(r"<script.*?</script>", "", page, flags=re.S)
    fetched = re.findall(r"(?:src|href|action)=[\"']([^\"']*)", outside_scripts)
    assert all(address.startswith(("#", "data:")) for address in fetched)
    assert "url(" not in outside_scripts
    assert "<script src" not in page


def test_text_of_a_language_model_is_escaped(logdir):
    run = load_run(logdir / "learned", "</script><b>learned")
    hostile = "</script><script>alert(1)</script>"
    [first, *rest] = run.episodes
    steps = (
        replace(first.steps[0], consultation=Consultation(hostile, hostile, hostile, True, 0.0)),
    )
    changed = replace(first, steps=steps + first.steps[1:])
    page = render([replace(run, episodes=[changed, *rest])])
    assert "<script>alert" not in page
    assert "<b>" not in page
    assert data_of(page)["runs"][0]["episodes"][0]["questions"][0]["answer"] == hostile


def test_whatever_a_run_directory_says_is_text(logdir):
    """Its name, title, task, settings and versions."""
    hostile = "</script><img src=x onerror='window.intruder = 1'><a href=\"https://x.invalid\">"
    run = replace(
        load_run(logdir / "learned", hostile),
        title=hostile,
        task=hostile,
        settings={hostile: hostile, "stop": [hostile]},
        provenance={"commit": hostile},
    )
    page = render([run])
    assert "<img" not in page
    assert "https://x.invalid" not in re.sub(
        "&#34;https://x.invalid|https://x.invalid.{0,4}u003e", "", page
    )


def test_the_page_allows_its_own_scripts_and_no_address(logdir):
    page = render([load_run(logdir / "learned", "learned")])
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="(.*?)"', page)
    rules = dict(rule.split(" ", 1) for rule in unescape(policy).split("; "))
    assert re.fullmatch(r"'sha256-\S+' 'sha256-\S+'", rules.pop("script-src"))
    assert rules == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_the_name_of_a_directory_is_cleaned(tmp_path):
    assert shortest_labels([tmp_path / "\x1b[31mred\u202e"]) == ["[31mred"]


@pytest.mark.parametrize(
    "change",
    [
        {"case": "-1"}, {"case": "9" * 30}, {"case": "x"}, {"case": "\u0663"}, {"task": "Maze"}, {"rooms": "Min1"},
        {"steps": []}, {"steps": [{"action": "fly", "reward": 0.0}]}, {"steps": [{"action": "", "reward": 0.0}]},
    ],
)  # fmt: skip
def test_an_episode_that_cannot_be_played_again_is_one_line(logdir, tmp_path, capsys, change):
    path = tmp_path / "run"
    shutil.copytree(logdir / "baseline", path)
    rows = [{**row, **change} for row in read_lines(path / "eval" / "episodes.jsonl")]
    write_lines(path / "eval" / "episodes.jsonl", rows)
    if main(["report", str(path)]) == 2:
        assert capsys.readouterr().err.count("\n") == 1


def test_runs_of_the_same_name_get_longer_labels(logdir, tmp_path, capsys):
    other = tmp_path / "keyinbox" / "learned"
    shutil.copytree(logdir / "learned", other)
    out = tmp_path / "page.html"
    assert main(["report", str(logdir / "learned"), str(other), "--out", str(out)]) == 0
    labels = [run["label"] for run in data_of(out.read_text())["runs"]]
    assert labels == ["simpledoorkey/learned", "keyinbox/learned"]
    assert str(out) in capsys.readouterr().out


def test_a_run_without_evaluation_has_curves_but_no_row_and_no_episodes(logdir, tmp_path):
    bare = tmp_path / "bare"
    shutil.copytree(logdir / "learned", bare)
    shutil.rmtree(bare / "eval")
    run = load_run(bare, "bare")
    page = render([run, load_run(logdir / "baseline", "baseline")])
    assert page.count('<tr class="ours">') == 1
    assert "Not evaluated: bare." in page
    drawn = data_of(page)["runs"][0]
    assert drawn["episodes"] == []
    assert drawn["curves"]["rollout/asks"] == [row["rollout/asks"] for row in run.metrics]
    # evaluations come every second iteration and at the end
    assert [value is None for value in drawn["curves"]["eval/asks"]] == [True, False, False]


def test_a_method_without_a_planner_has_no_columns_about_questions(logdir):
    run = load_run(logdir / "learned", "learned")
    quiet = [
        replace(episode, steps=tuple(replace(step, consultation=None) for step in episode.steps))
        for episode in run.episodes
    ]
    rl = replace(run, episodes=quiet, metrics=[])
    assert columns(render([rl])) == ["success", "steps", "return"]
    both = render([rl, run])
    assert "asks" in columns(both)
    cells = re.findall(r'data-quantity="asks">(.*?)</td>', both, re.S)
    assert "–" in cells[0]
    assert "–" not in re.sub("<small>.*?</small>", "", cells[1])


def test_the_table_says_over_how_many_episodes_a_mean_is(logdir):
    run = load_run(logdir / "learned", "learned")
    page = render([run, replace(run, episodes=run.episodes[:1])])
    counts = re.findall(r"(\d+ episodes?)</small>", page)
    assert counts == [f"{len(run.episodes)} episodes", "1 episode"]


def test_runs_keep_their_colours_all_over_the_page(logdir):
    page = render([load_run(logdir / name, name) for name in ("learned", "baseline")])
    colors = [run["color"] for run in data_of(page)["runs"]]
    assert colors[1] == POLICY_COLORS["baseline"]
    assert re.findall(r'class="swatch" style="background: (.*?);', page) == 2 * colors


def test_settings_that_differ_come_first(logdir):
    page = render([load_run(logdir / name, name) for name in ("learned", "baseline")])
    table = page.split('<section id="settings">')[1].split("<tbody>")[1]
    rows = re.findall(r'<tr( class="differs")?><th>(\w+)</th>', table)
    names = [name for differs, name in rows if differs]
    assert names == [name for _, name in rows][: len(names)]
    assert "save_name" in names
    # a setting that one of them does not have is no difference
    assert "n_itr" not in names


def test_a_text_run_has_the_columns_and_the_steps_of_text(text_run):
    page = render([load_run(text_run, "react")])
    assert columns(page)[:3] == ["success", "score", "steps"]
    assert {"llm_calls", "prompt_tokens", "unreadable_answers"} <= set(columns(page))
    assert not {"asks", "return", "primitive_steps"} & set(columns(page))
    episode = data_of(page)["runs"][0]["episodes"][1]
    assert (episode["kind"], episode["name"], episode["score"]) == ("text", "unseen/1", 0.5)
    assert [step["action"] for step in episode["steps"]] == ["look", "", "take mug"]
    assert episode["steps"][0]["prompt_tokens"] == 100
    assert "<img" not in page


def test_episodes_are_shown_by_case_and_not_as_they_ended(text_run, tmp_path):
    path = tmp_path / "run"
    shutil.copytree(text_run, path)
    episodes = [
        replace(episodes_of(path)[0], case=case) for case in ("seen/10", "seen/9", "1", "seen/2/b")
    ]
    write_lines(path / "eval" / "episodes.jsonl", (episode.to_json() for episode in episodes))
    cases = [episode.case for episode in load_run(path, "react").episodes]
    assert cases == ["seen/2/b", "seen/9", "seen/10", "1"]


@pytest.fixture
def mixed(logdir, tmp_path):
    """A directory as it may look like after a while: two runs among much that is none."""
    home = tmp_path / "log" / "simpledoorkey"
    for name in ("baseline", "learned", "newer", "cut"):
        shutil.copytree(
            logdir / name.replace("newer", "baseline").replace("cut", "baseline"), home / name
        )
    write_lines(home / "newer" / "eval" / "episodes.jsonl", [{"format": "of the future"}])
    (home / "cut" / "eval" / "summary.json").write_text('{"settings": ')
    for name in ("planners", "locked", "empty"):
        (home / name).mkdir()
    (home / "planners" / "planners.json").write_text("{}")
    (home / "locked" / ".lock").touch()
    (home / "notes.txt").write_text("compare these")
    (home / "dangling").symlink_to(home / "gone")
    return home


def test_what_is_no_run_is_skipped_with_a_line(mixed, capsys):
    """As in ``report log/ppo/simpledoorkey/*``."""
    out = mixed / "page.html"
    assert main(["report", *map(str, sorted(mixed.iterdir())), "--out", str(out)]) == 0
    assert [run["label"] for run in data_of(out.read_text())["runs"]] == ["baseline", "learned"]
    *skipped, written = capsys.readouterr().out.splitlines()
    for name in ("planners", "locked", "empty", "notes.txt", "dangling", "newer", "cut"):
        assert sum(f"{mixed.name}/{name}" in line for line in skipped) == 1
    assert len(skipped) == 7
    assert all(line.startswith("skipped") for line in skipped)
    assert str(out) in written


def test_nothing_but_what_is_no_run_is_one_line_of_error(mixed, capsys):
    paths = [mixed / name for name in ("planners", "notes.txt", "dangling")]
    assert main(["report", *map(str, paths)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["report", *(str(mixed / name) for name in ("newer", "cut"))]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_runs_are_searched_for_as_deep_as_a_log_directory_has_them(tmp_path):
    places = [tmp_path / folder / "ppo" / "task" / "run" for folder in ("log", "project/log")]
    for place in places:
        place.mkdir(parents=True)
        (place / "config.json").touch()
    assert find_runs(tmp_path) == places[:1]
    assert find_runs(tmp_path / "project") == places[1:]


def test_the_runs_below_a_directory_are_found(mixed, logdir):
    for name in ("newer", "cut"):
        shutil.rmtree(mixed / name)
    assert main(["report", str(mixed.parent), str(logdir / "baseline"), str(mixed)]) == 0
    runs = data_of((mixed.parent / "report.html").read_text())["runs"]
    assert [run["label"] for run in runs[:2]] == [
        "log/simpledoorkey/baseline", "log/simpledoorkey/learned",
    ]  # fmt: skip
    assert len(runs) == 3


def test_every_evaluation_of_a_run_has_a_row(logdir, tmp_path):
    """All in the colour of the run; the curves of its training are drawn once."""
    path = tmp_path / "learned"
    shutil.copytree(logdir / "learned", path)
    shutil.copytree(path / "eval", path / "eval_greedy")
    shutil.copytree(logdir / "baseline" / "eval", path / "eval_baseline")
    runs = load_runs(path, "learned")
    assert [run.label for run in runs] == [
        "learned",
        "learned/eval_baseline",
        "learned/eval_greedy",
    ]
    assert [bool(run.metrics) for run in runs] == [True, False, False]
    page = render(runs)
    assert page.count('<tr class="ours">') == 3
    drawn = data_of(page)["runs"]
    assert all(len(one["episodes"]) == NUM_LAYOUTS for one in drawn)
    assert [one["color"] for one in drawn] == [
        POLICY_COLORS[name] for name in ("learned", "baseline", "learned")
    ]
    shutil.rmtree(path / "eval")
    assert [run.label for run in load_runs(path, "learned")] == ["learned", "learned/eval_greedy"]


def test_a_score_is_shown_only_where_it_is_not_the_success(logdir, text_run):
    in_rooms, in_text = load_run(logdir / "learned", "learned"), load_run(text_run, "react")
    assert "score" in columns(render([in_rooms, in_text]))
    solved = {**in_text.summary, "score": in_text.summary["success"]}
    page = render([in_rooms, replace(in_text, summary=solved)])
    assert "score" not in columns(page)


@pytest.mark.parametrize("name", ["settings", "commit", "versions"])
def test_a_summary_without_a_part_is_named(text_run, tmp_path, name):
    path = tmp_path / "run"
    shutil.copytree(text_run, path)
    summary = path / "eval" / "summary.json"
    document = read_json(summary)
    del document[name]
    write_json(summary, document)
    with pytest.raises(RunDirectoryError, match=rf"{summary} is damaged: .*`{name}`"):
        load_run(path, "run")


@pytest.mark.parametrize(
    "damage",
    ["missing", "empty", "cut off", "another format", "text for numbers", "no rows", "no steps"],
)
def test_a_directory_without_a_run_is_one_line(logdir, tmp_path, capsys, damage):
    path = tmp_path / "run"
    if damage != "missing":
        shutil.copytree(logdir / "baseline", path)
    if damage == "empty":
        shutil.rmtree(path / "eval")
    elif damage == "cut off":
        (path / "eval" / "summary.json").write_text('{"settings": ')
    elif damage == "another format":
        write_lines(path / "eval" / "episodes.jsonl", [{"format": "other"}])
    elif damage == "text for numbers":
        document = read_json(path / "eval" / "summary.json")
        document["summary"]["steps"]["mean"] = "many"
        write_json(path / "eval" / "summary.json", document)
    elif damage == "no rows":
        (path / "metrics.jsonl").write_text("5\n")
    elif damage == "no steps":
        (path / "metrics.jsonl").write_text('{"rollout/asks": 1}\n')
    assert main(["report", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(RunDirectoryError):
        load_run(path, "run")


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def browser(logdir, text_run, tmp_path_factory):
    """The page of all three runs, open in a browser without a window."""
    paths = [logdir / "learned", logdir / "baseline", text_run]
    assert main(["report", *map(str, paths)]) == 0
    page = logdir / "learned" / "report.html"
    with open_browser(page, tmp_path_factory.mktemp("browser")) as browser:
        yield browser


def items(browser):
    """What is said in the episode."""
    return browser.find_elements("css selector", "#dialogue li")


@needs_browser
def test_it_loads_without_errors_and_without_requests(browser):
    assert errors(browser) == []
    events = [json.loads(line["message"])["message"] for line in browser.get_log("performance")]
    asked = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
        and event["params"]["documentURL"] == browser.current_url
    ]
    assert [url for url in asked if not url.startswith("data:")] == [browser.current_url]
    assert len(browser.find_elements("css selector", "#charts .main-svg")) >= 4


@needs_browser
def test_the_policy_runs_no_script_but_the_pages_own(browser):
    """A script that finds its way into the page is not run."""
    browser.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.intruder = 1';"
        "document.body.append(s)"
    )
    assert browser.execute_script("return window.intruder") is None
    browser.get_log("browser")


@needs_browser
def test_the_name_of_a_run_is_text_in_the_charts_too(browser):
    """Plotly makes a link of such a name, which it shows where the pointer is."""
    shown = browser.execute_script(
        "const before = trained[0].label;"
        'trained[0].label = \'<a href="https://x.invalid">name</a><img src=x onerror="window.intruder = 1">\';'
        "drawCurves(); Plotly.Fx.hover('chart-success', [{ curveNumber: 0, pointNumber: 0 }]);"
        "const hover = document.querySelector('#chart-success .hoverlayer');"
        "const seen = [hover.querySelectorAll('a, img').length, hover.textContent, window.intruder];"
        "trained[0].label = before; drawCurves(); Plotly.Fx.unhover('chart-success'); return seen"
    )
    assert shown[0] == 0
    assert '<a href="' in shown[1]  # Plotly shortens it
    assert shown[2] is None
    assert errors(browser) == []


@needs_browser
def test_one_legend_hides_a_run_in_every_chart(browser):
    def lines():
        return browser.execute_script(
            "return data.charts.map((chart) => document.querySelectorAll(`#chart-${chart.name} .trace`).length)"
        )

    [button] = browser.find_elements("css selector", "#legend button")
    assert lines() == [2, 2, 2, 2]
    button.click()
    assert lines() == [0, 0, 0, 0]
    assert button.get_attribute("aria-pressed") == "false"
    button.click()
    assert lines() == [2, 2, 2, 2]


@needs_browser
def test_the_player_moves_by_key_slider_and_button(browser):
    def picture():
        return browser.execute_script("return document.getElementById('room').toDataURL()")

    def position():
        return by_id(browser, "position").text

    browser.execute_script("choose(0, 0)")
    start = picture()
    press(browser, "\ue014")  # right
    assert position().startswith("step 1 of")
    press(browser, "\ue014")
    press(browser, "\ue014")
    assert position().startswith("step 3 of")
    assert picture() != start
    by_id(browser, "back").click()
    assert position().startswith("step 2 of")
    browser.execute_script(
        "const s = document.getElementById('slider'); s.value = 0; s.dispatchEvent(new Event('input'))"
    )
    assert position().startswith("step 0 of")
    assert picture() == start
    press(browser, "n")
    assert by_id(browser, "episode").get_attribute("value") == "1"


@needs_browser
def test_its_numbers_are_those_of_the_episodes(browser, logdir):
    for number, name in enumerate(("learned", "baseline")):
        episodes = episodes_of(logdir / name)
        means = {
            "asks": np.mean([episode.asks for episode in episodes]),
            "steps": np.mean([episode.num_steps for episode in episodes]),
            "success": 100 * np.mean([episode.success for episode in episodes]),
        }
        row = browser.find_elements("css selector", "#numbers tr.ours")[number]
        for quantity, mean in means.items():
            cell = row.find_element("css selector", f"[data-quantity={quantity}]").text
            assert float(cell.split()[0]) == pytest.approx(mean, rel=1e-3)
        for index, episode in enumerate(episodes):
            browser.execute_script(f"choose({number}, {index}); goTo(1e9)")
            assert (
                by_id(browser, "position").text
                == f"step {episode.num_steps} of {episode.num_steps}"
            )
            end = by_id(browser, "fact-now").text
            assert end.startswith("the door is open" if episode.success else "out of steps")
            assert end.endswith(f"return {episode.total_return:.3f}")
            assert by_id(browser, "fact-questions-so-far").text == str(episode.asks)
            said = items(browser)
            assert len(said) == episode.asks
            for item, asked in zip(said, episode.consultations, strict=True):
                text = item.get_attribute("textContent")
                assert asked.question in text
                assert asked.answer in text


@needs_browser
def test_a_text_episode_is_shown_as_a_conversation(browser):
    browser.execute_script("choose(2, 1)")
    said = [item.get_attribute("textContent") for item in items(browser)]
    assert len(said) == len(TEXT_STEPS) + 1
    for text, step in zip(said, TEXT_STEPS, strict=False):
        for part in (step.observation, step.thought, step.action, step.answer):
            assert part in text
    assert "100 prompt + 12 completion tokens" in said[0]
    assert "unreadable answer" in said[1]
    assert "not solved, score 0.5" in said[-1]
    assert browser.find_elements("css selector", "#dialogue img") == []
    press(browser, "\ue014")
    assert by_id(browser, "fact-tokens-so-far").text == "112"
    assert not by_id(browser, "room").is_displayed()
    browser.execute_script("choose(0, 0)")
    assert by_id(browser, "room").is_displayed()


@needs_browser
def test_it_fits_on_a_phone(browser):
    """Only wide tables are wider than the screen."""
    with on_a_phone(browser):
        assert widths(browser) == [390, 390]


def test_an_episode_of_a_run_on_all_tasks_is_named_by_its_task(tmp_path):
    assert main(["always", "--task", "all", "--test_num", "1", "--logdir", str(tmp_path)]) == 0
    page = render([load_run(tmp_path / "ppo" / "all" / "always", "always")])
    [drawn] = data_of(page)["runs"]
    assert [played["name"] for played in drawn["episodes"]] == [f"{name} 0" for name in TASKS]


def test_an_episode_of_a_run_on_one_task_is_named_by_its_seed(logdir):
    [drawn] = data_of(render([load_run(logdir / "learned", "learned")]))["runs"]
    assert [played["name"] for played in drawn["episodes"]] == list(map(str, range(NUM_LAYOUTS)))
