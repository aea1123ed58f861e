"""The page about some runs: what it holds, and that it works in a browser."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

from agents import when2ask
from core.episode import Consultation, Episode
from core.errors import RunDirectoryError
from core.files import read_lines, write_lines
from core.settings import EvalSettings, TrainSettings
from core.task import TASKS
from main import main
from reports.replay import replay
from reports.report import load_run, render

NUM_LAYOUTS = 6


@pytest.fixture(scope="module")
def logdir(tmp_path_factory):
    """A trained run, `learned`, and a rule, `baseline`, both evaluated."""
    logdir = tmp_path_factory.mktemp("log")
    common = {"logdir": str(logdir), "engine": "readable"}
    settings = TrainSettings(
        save_name="learned", n_itr=3, traj_per_itr=4, num_envs=4, eval_every=2, test_num=2, **common
    )
    when2ask.train(settings, frozenset())
    evaluation = EvalSettings(save_name="learned", test_num=NUM_LAYOUTS, **common)
    when2ask.evaluate_trained(evaluation, frozenset())
    when2ask.evaluate_policy("baseline", replace(evaluation, save_name="baseline"), frozenset())
    return logdir / "ppo" / "simpledoorkey"


def data_of(page):
    """What the page's script reads."""
    [text] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    return json.loads(text)


def episodes_of(path):
    return [Episode.from_json(line) for line in read_lines(path / "eval" / "episodes.jsonl")]


def test_the_players_frames_are_the_room_as_it_was_seen(logdir):
    """The changes put together again give every observation, hand and place."""
    run = load_run(logdir / "learned", "learned")
    [drawn] = data_of(render([run]))["runs"]
    assert len(drawn["episodes"]) == NUM_LAYOUTS
    for played, episode in zip(drawn["episodes"], run.episodes, strict=True):
        size = played["frames"][0]["size"]
        image = np.zeros((size, size, 3), dtype=np.uint8)
        rooms = replay(episode)
        for frame, env in zip(played["frames"], rooms, strict=True):
            for x, y, *thing in frame["cells"]:
                image[x, y] = thing
            assert (image == env.gen_obs()["image"][:, :, :3]).all()
            assert frame["agent"] == [*env.agent_pos, env.agent_dir]
            carried = env.carrying
            assert frame["hand"] == (carried and f"{carried.color} {carried.type}")
        assert len(played["skills"]) == len(played["values"]) == episode.num_steps


def test_the_probability_is_that_of_asking_whatever_was_decided(logdir):
    run = load_run(logdir / "learned", "learned")
    [drawn] = data_of(render([run]))["runs"]
    for played, episode in zip(drawn["episodes"], run.episodes, strict=True):
        for shown, step in zip(played["probabilities"], episode.steps, strict=True):
            assert shown == pytest.approx(
                step.policy.probability if step.policy.decision else 1 - step.policy.probability
            )


def test_the_page_needs_nothing_but_itself(logdir):
    """No address of another file in any attribute that a browser would fetch."""
    page = render([load_run(logdir / name, name) for name in ("learned", "baseline")])
    outside_scripts = re.sub(r"<script.*?</script>", "", page, flags=re.S)
    fetched = re.findall(r"(?:src|href|action)=[\"']([^\"']*)", outside_scripts)
    assert all(address.startswith(("#", "data:")) for address in fetched)
    assert "url(" not in outside_scripts
    assert "<script src" not in page


def test_what_a_language_model_wrote_cannot_become_markup(logdir):
    run = load_run(logdir / "learned", "</script><b>learned")
    wicked = "</script><script>alert(1)</script>"
    [first, *rest] = run.episodes
    steps = (replace(first.steps[0], consultation=Consultation(wicked, wicked, wicked, True, 0.0)),)
    changed = replace(first, steps=steps + first.steps[1:])
    page = render([replace(run, episodes=[changed, *rest])])
    assert "<script>alert" not in page
    assert "<b>" not in page
    assert data_of(page)["runs"][0]["episodes"][0]["questions"][0]["answer"] == wicked


def test_runs_of_the_same_name_are_told_apart(logdir, tmp_path, capsys):
    other = tmp_path / "keyinbox" / "learned"
    shutil.copytree(logdir / "learned", other)
    out = tmp_path / "page.html"
    assert main(["report", str(logdir / "learned"), str(other), "--out", str(out)]) == 0
    labels = [run["label"] for run in data_of(out.read_text())["runs"]]
    assert labels == ["simpledoorkey/learned", "keyinbox/learned"]
    assert str(out) in capsys.readouterr().out


def test_a_run_that_was_not_evaluated_has_curves_and_no_player(logdir, tmp_path):
    bare = tmp_path / "bare"
    shutil.copytree(logdir / "learned", bare)
    shutil.rmtree(bare / "eval")
    run = load_run(bare, "bare")
    [drawn] = data_of(render([run]))["runs"]
    assert drawn["episodes"] == []
    assert drawn["curves"]["rollout/asks"] == [row["rollout/asks"] for row in run.metrics]
    # evaluations come every second iteration and at the end
    assert [value is None for value in drawn["curves"]["eval/asks"]] == [True, False, False]


@pytest.mark.parametrize("damage", ["missing", "empty", "cut off", "another format"])
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
    assert main(["report", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(RunDirectoryError):
        load_run(path, "run")


# ---------------------------------------------------------------- in a browser

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
needs_browser = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None, reason="needs a browser: make install-browser"
)


@pytest.fixture(scope="module")
def browser(logdir, tmp_path_factory):
    """The page of both runs, open in a browser without a window."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (
        "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync",
        "disable-background-networking", "disable-component-update", "window-size=1200,1600",
        f"user-data-dir={tmp_path_factory.mktemp('browser')}",
    ):  # fmt: skip
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    assert main(["report", str(logdir / "learned"), str(logdir / "baseline")]) == 0
    browser.get((logdir / "learned" / "report.html").as_uri())
    yield browser
    browser.quit()


def by_id(browser, name):
    return browser.find_element("id", name)


def press(browser, *keys):
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(browser).send_keys(*keys).perform()


@needs_browser
def test_it_loads_without_errors_and_without_asking_for_anything(browser):
    assert [line for line in browser.get_log("browser") if line["level"] != "INFO"] == []
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
            end = by_id(browser, "now").text
            assert end.startswith("the door is open" if episode.success else "out of steps")
            assert end.endswith(f"return {episode.total_return:.3f}, {episode.asks} questions")
            said = browser.find_elements("css selector", "#dialogue li")
            assert len(said) == episode.asks
            for item, asked in zip(said, episode.consultations, strict=True):
                text = item.get_attribute("textContent")
                assert asked.question in text
                assert asked.answer in text


@needs_browser
def test_it_can_be_read_on_a_phone(browser):
    """Nothing but wide tables is wider than the screen."""
    phone = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    browser.refresh()
    widths = browser.execute_script(
        "return [document.documentElement.scrollWidth, window.innerWidth]"
    )
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert widths == [390, 390]


def test_an_episode_of_a_run_on_all_tasks_is_called_by_its_task(tmp_path):
    assert main(["always", "--task", "all", "--test_num", "1", "--logdir", str(tmp_path)]) == 0
    page = render([load_run(tmp_path / "ppo" / "all" / "always", "always")])
    [drawn] = data_of(page)["runs"]
    assert [played["name"] for played in drawn["episodes"]] == [f"{name} 0" for name in TASKS]


def test_an_episode_of_a_run_on_one_task_is_called_by_its_layout(logdir):
    [drawn] = data_of(render([load_run(logdir / "learned", "learned")]))["runs"]
    assert [played["name"] for played in drawn["episodes"]] == list(map(str, range(NUM_LAYOUTS)))
