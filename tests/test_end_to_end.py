"""A language model that is really served: every verb against it, and the same run from its record."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import time
from dataclasses import replace

import psutil
import pytest
import requests

from reports.trials import read_trials
from tests.serving import Serving, command, free_port, output_of

pytest.importorskip("transformers", reason="needs a language model: make install-llm")
pytest.importorskip("gguf", reason="needs a language model: make install-llm")

pytestmark = [pytest.mark.llm, pytest.mark.slow, pytest.mark.timeout(900)]

SERVED = "SmolLM2-135M-Instruct"
TRAINING = ("--n_itr", "3", "--traj_per_itr", "8", "--eval_every", "3", "--test_num", "10")
EVALUATION = ("--test_num", "10")
COSTS = re.compile(r"time/|llm_calls|tokens|cache_hits")


def run(*words):
    """A command as a user gives it; returns what it printed."""
    done = subprocess.run(command(*words), capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    with Serving(tmp_path_factory.mktemp("serve"), free_port()) as serving:
        yield serving.wait()


def rows(path):
    """The metrics of a run without what it cost."""
    lines = map(json.loads, path.read_text().splitlines())
    return [{k: v for k, v in line.items() if not COSTS.search(k)} for line in lines]


def test_train_and_eval_over_http_and_again_from_the_record(serving, tmp_path):
    logdir, record = str(tmp_path / "log"), str(tmp_path / "record.jsonl")
    common = ("--task", "SimpleDoorKey", "--logdir", logdir, "--record_file", record)
    asked = ("--planner", "fastchat", "--llm_url", serving.url, "--llm_model", SERVED)
    printed = run("train", "--save_name", "live", *common, *TRAINING, *asked)
    run("eval", "--save_name", "live", *common, *EVALUATION, *asked)
    serving_is_not_needed = ("--planner", "replay")
    run("train", "--save_name", "dead", *common, *TRAINING, *serving_is_not_needed)
    run("eval", "--save_name", "dead", *common, *EVALUATION, *serving_is_not_needed)

    live, dead = (tmp_path / "log" / "ppo" / "simpledoorkey" / name for name in ("live", "dead"))
    assert rows(live / "metrics.jsonl") == rows(dead / "metrics.jsonl")
    last = json.loads((live / "metrics.jsonl").read_text().splitlines()[-1])
    assert 0 < last["planner/llm_calls"] <= last["planner/questions"]
    assert f"{last['planner/llm_calls']} calls of a language model" in printed
    live_summary, dead_summary = (
        json.loads((run / "eval" / "summary.json").read_text())["summary"] for run in (live, dead)
    )
    # what the training had asked was kept for all runs, so the evaluation had little to ask
    del live_summary["llm_calls"], dead_summary["llm_calls"]
    assert live_summary == dead_summary


def test_a_served_model_plays_a_game_to_its_end(serving, tmp_path):
    asked = ("--planner", "fastchat", "--llm_url", serving.url, "--llm_model", SERVED)
    flags = ("--test_num", "1", "--max_steps", "6", "--history", "3", "--shots", "1")
    logdir = ("--save_name", "r", "--logdir", str(tmp_path), "--max_tokens", "48")
    printed = run("react", "--task", "alfworld", *flags, *logdir, *asked)
    # a short history may come to the same request again, which is not sent twice
    calls, hits = re.search(r"(\d+) calls of a language model, (\d+) answers", printed).groups()
    assert int(calls) + int(hits) == 6
    assert int(calls) > 1
    [line] = (tmp_path / "react/alfworld/r/eval/episodes.jsonl").read_text().splitlines()
    episode = json.loads(line)
    assert len(episode["steps"]) == 6
    assert episode["truncated"]
    assert all(step["answer"] for step in episode["steps"])


def answers_in(store):
    """How many answers a run has kept."""
    if not store.exists():
        return 0
    with contextlib.closing(sqlite3.connect(store)) as connection:
        try:
            return connection.execute("select count(*) from replies").fetchone()[0]
        except sqlite3.OperationalError:  # the table is not there yet
            return 0


def trials_of(directory):
    """Attempts and notes by trial, without the time that answers took."""

    def plain(record):
        return replace(record, usage=replace(record.usage, seconds=0.0))

    return [
        (
            {one.case: (one.success, tuple(map(plain, one.steps))) for one in trial.episodes},
            {case: plain(note) for case, note in trial.notes.items()},
        )
        for trial in read_trials(directory / "trials").trials
    ]


def test_two_trials_that_are_killed_in_the_middle_and_resumed_equal_undisturbed_ones(
    serving, tmp_path
):
    """Of two rooms, with a note about each failure: SIGKILL among the attempts, and again among the notes."""

    def words(name):
        return (
            "reflexion", "--task", "SimpleDoorKey", "--case", "2", "7", "--num_trials", "2", "--max_steps", "4",
            "--use_memory", "--reflection_max_tokens", "40", "--planner", "fastchat", "--llm_url", serving.url,
            "--llm_model", SERVED, "--logdir", str(tmp_path), "--run_name", name, "--answer_store", f"{name}.sqlite",
        )  # fmt: skip

    printed = run(*words("whole"))
    home = tmp_path / "reflexion" / "simpledoorkey"
    whole = trials_of(home / "whole")
    asked = answers_in(tmp_path / "whole.sqlite")
    assert f"{asked} calls of a language model" in printed
    for number in (3, asked // 2):
        process = subprocess.Popen(
            command(*words("killed"), "--resume"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while answers_in(tmp_path / "killed.sqlite") < number:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
        process.wait()
    run(*words("killed"), "--resume")
    assert trials_of(home / "killed") == whole


def test_a_served_model_writes_code_or_is_told_what_is_missing(serving, tmp_path):
    asked = ("--planner", "fastchat", "--llm_url", serving.url, "--llm_model", SERVED)
    flags = ("--test_num", "2", "--max_steps", "2", "--max_tokens", "32", "--no_examples")
    logdir = ("--save_name", "r", "--logdir", str(tmp_path))
    printed = run("code_as_policy", "--task", "SimpleDoorKey", *flags, *logdir, *asked)
    assert "of 4 answers" in printed
    lines = (
        (tmp_path / "code_as_policy/simpledoorkey/r/eval/episodes.jsonl").read_text().splitlines()
    )
    for episode in map(json.loads, lines):
        assert len(episode["steps"]) == 2
        assert all(step["answer"] for step in episode["steps"])


def test_a_served_model_learns_nothing_that_can_be_used_and_is_evaluated_all_the_same(
    serving, tmp_path
):
    """Its functions are poor: each refusal is counted, and the run ends in its tables."""
    told = run(
        "learnact", "--task", "SimpleDoorKey", "--learner_sees", "rules", "--num_samples", "1",
        "--num_iterations", "1", "--train_max_steps", "1", "--max_steps", "1", "--test_num", "1",
        "--shots", "0", "--max_tokens", "24", "--learner_max_tokens", "64", "--llm_url",
        serving.url, "--llm_timeout", "300", "--logdir", str(tmp_path), "--save_name", "learned",
    )  # fmt: skip
    path = tmp_path / "learnact" / "simpledoorkey" / "learned"
    made = json.loads((path / "learn_results" / "0_0" / "candidate.json").read_text())["proposal"]
    assert made["usage"]["llm_calls"] > 0
    assert made["refusals"] or made["library"]["functions"]
    assert told.count("  not used: ") == len(made["refusals"])
    [episode] = (path / "eval_results" / "episodes.jsonl").read_text().splitlines()
    assert json.loads(episode)["steps"][0]["answer"]
    assert f"kept in {path / 'eval_results'}" in told


def test_a_served_model_says_the_same_as_in_process(serving, tmp_path):
    """FastChat's conversation format, tokenizer and greedy choice against ours."""
    common = ("--task", "KeyInBox", "--logdir", str(tmp_path), "--answer_store", "none")
    asked = ("--planner", "fastchat", "--llm_url", serving.url)
    for mode in ("generate", "rank"):
        flags = (*common, "--planner_mode", mode)
        run("planners", "--save_name", "served", *flags, *asked)
        run("planners", "--save_name", "local", *flags, "--planner", "local")
        folder = tmp_path / "ppo" / "keyinbox"
        served, local = (
            json.loads((folder / name / "planners.json").read_text())["scores"]
            for name in ("served", "local")
        )
        assert served == local


def test_a_port_in_use_is_one_line(serving):
    done = subprocess.run(
        command("serve", "--port", str(serving.port)), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == (
        f"error: --host 127.0.0.1 --port {serving.port}: Address already in use\n"
    )


def test_it_says_at_once_what_it_loads_and_where_it_will_listen(tmp_path):
    with Serving(tmp_path, free_port()) as serving:
        while not serving.said.read_text():
            assert serving.process.poll() is None
            time.sleep(0.01)
        said = serving.said.read_text()
        assert said.startswith("loading the small model of make install-llm, ")
        assert f"to listen at http://127.0.0.1:{serving.port}; " in said
        assert "\nready" not in said


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_all_processes_end_with_it(tmp_path, kind):
    with Serving(tmp_path, free_port()) as serving:
        children = serving.wait().children
        assert len(children) == 3 + 1
        assert serving.stop(kind) == 0
        assert serving.said.read_text().rstrip().endswith("stopped")
        _, alive = psutil.wait_procs(children, timeout=5)
        assert not alive


def test_all_processes_end_if_it_is_killed(tmp_path):
    with Serving(tmp_path, free_port()) as serving:
        children = serving.wait().children
        assert len(children) == 3 + 1
        assert serving.stop(signal.SIGKILL) == -signal.SIGKILL
        _, alive = psutil.wait_procs(children, timeout=5)
        assert not alive


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://page.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "page.example"}, 400),  # a name that was pointed to the loopback address
    ],
)
def test_web_pages_may_not_ask_it(serving, headers, status):
    """Asked as browsers do: before a request, and with a body that they send without asking before."""
    url = serving.url.removesuffix("/chat/completions")
    assert requests.get(f"{url}/models", headers=headers, timeout=60).status_code == status
    if status == 403:
        ahead = {**headers, "Access-Control-Request-Method": "POST"}
        assert requests.options(serving.url, headers=ahead, timeout=60).status_code == status
        [controller] = controllers(serving)
        plain = {**headers, "Content-Type": "text/plain"}
        answer = requests.post(f"{controller}/list_models", headers=plain, data="{}", timeout=60)
        assert answer.status_code == status


def controllers(serving):
    """Addresses of the controller, as its log says them."""
    log = serving.said.parent / "serve" / str(serving.port) / "controller.log"
    return re.findall(r"running on (http://127\.0\.0\.1:\d+)", log.read_text())


def test_web_pages_that_are_named_may_ask_it(tmp_path):
    page = "https://page.example"
    with Serving(tmp_path, free_port(), "--allowed_origins", page) as serving:
        serving.wait()
        answer = requests.options(
            serving.url,
            headers={"Origin": page, "Access-Control-Request-Method": "POST"},
            timeout=60,
        )
        assert answer.headers["Access-Control-Allow-Origin"] == page
        other = requests.options(
            serving.url,
            headers={"Origin": f"{page}.evil", "Access-Control-Request-Method": "POST"},
            timeout=60,
        )
        assert other.status_code == 403


@pytest.mark.parametrize("name", ["controller", "server"])
def test_when_the_controller_or_the_server_dies_the_others_end_and_it_says_which(tmp_path, name):
    with Serving(tmp_path, free_port()) as serving:
        children = serving.wait().children
        [process] = [child for child in children if output_of(child).name == f"{name}.log"]
        os.kill(process.pid, signal.SIGKILL)
        assert serving.process.wait(60) == 2
    said = serving.said.read_text().splitlines()[-1]
    assert re.match(rf"error: the {name} ended with status -9: .* \(see .*{name}\.log\)", said)
    _, alive = psutil.wait_procs(children, timeout=5)
    assert not alive


@pytest.mark.parametrize("name", ["empty", "nope", "no/such model", "damaged"])
def test_a_model_that_is_not_there_is_one_line(tmp_path, monkeypatch, name):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "config.json").write_text("{}")
    with Serving(tmp_path, free_port(), "--model_path", name) as serving:
        assert serving.process.wait(120) == 2
    *before, line = serving.said.read_text().splitlines()
    if name == "damaged":  # found by the process that loads it
        [loading] = before
        assert loading.startswith("loading damaged, which may take a minute, ")
        assert line.startswith("error: the worker 1 ended with status 1: ")
    else:
        assert not before
        assert line.startswith(f"error: --model_path {name!r}")
