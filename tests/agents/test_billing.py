"""What a run has paid for stays billed when it is interrupted, and what others have paid for is said."""

import random
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from agents import when2ask
from core.chat import Usage
from core.errors import ModelError
from core.files import read_json, read_lines
from core.run import CONFIG, METRICS, RunDirectory
from main import main, run_verb
from tests.agents.slow_server import slow_server
from tests.forked import begin
from tests.planner.fake_server import Server
from tests.planner.helpers import scripted
from tests.repository import ROOT
from tests.runner.training.helpers import assert_same_weights, timeless, train, weights_of

NO = (403, {}, b"no")


def by_length(body):
    """The scripted planner; longer conversations have more tokens."""
    return scripted(body, prompt_tokens=sum(len(turn["content"]) for turn in body["messages"]))


def rows_of(directory):
    return timeless(read_lines(directory.file(METRICS)))


@pytest.fixture
def served(server):
    server.script = [by_length]
    return server


def settings_of(tiny, server, **changes):
    return tiny(
        planner="fastchat", llm_url=server.url, llm_model="m", llm_in_flight=1, engine="readable",
        task="ColoredDoorKey", n_itr=2, eval_every=0, **changes,
    )  # fmt: skip


@pytest.mark.slow
def test_a_training_that_its_server_ends_several_times_bills_like_an_uninterrupted_one(
    tiny, served
):
    settings = settings_of(tiny, served, save_name="whole", answer_store="whole.sqlite")
    _, whole = train(settings)
    settings = replace(settings, save_name="ended", answer_store="ended.sqlite")
    for answers in (3, 1, 4):
        served.script = [by_length] * answers + [NO]
        with pytest.raises(ModelError):
            train(settings)
        settings = replace(settings, resume=True)
    served.script = [by_length]
    _, ended = train(settings)
    assert rows_of(ended) == rows_of(whole)
    assert rows_of(whole)[-1]["planner/llm_calls"] > 10
    assert rows_of(whole)[-1]["planner/cache_hits"] == 0


def usage_of(evaluations):
    """Calls, tokens and hits of each case."""
    return {
        episode.case: replace(sum((step.usage for step in episode.steps), Usage()), seconds=0.0)
        for evaluation in evaluations
        for episode in evaluation.episodes
    }


@pytest.mark.parametrize("method", ["act", "react"])
def test_episodes_that_their_server_ends_bill_like_uninterrupted_ones(method, tmp_path, served):
    flags = {
        "planner": "fastchat", "llm_url": served.url, "llm_model": "m", "llm_in_flight": 1, "num_envs": 1,
        "test_num": 3, "max_steps": 4, "logdir": str(tmp_path),
    }  # fmt: skip
    whole = run_verb(method, save_name="whole", answer_store="whole.sqlite", **flags)
    flags |= {"save_name": "ended", "answer_store": "ended.sqlite"}
    for answers in (2, 3):
        served.script = [by_length] * answers + [NO]
        with pytest.raises(ModelError):
            run_verb(method, resume=True, **flags)
    served.script = [by_length]
    ended = run_verb(method, resume=True, **flags)
    assert usage_of(ended) == usage_of(whole)
    assert sum(usage.llm_calls for usage in usage_of(whole).values()) > 5


def test_a_run_has_an_id_that_it_keeps(tiny, served):
    settings = settings_of(tiny, served)
    served.script = [by_length, NO]
    with pytest.raises(ModelError):
        train(settings)
    directory = RunDirectory.of(settings)
    run_id = read_json(directory.file(CONFIG))["id"]
    assert run_id.startswith("run-")
    served.script = [by_length]
    train(replace(settings, resume=True))
    assert read_json(directory.file(CONFIG))["id"] == run_id
    train(replace(settings, overwrite=True))
    assert read_json(directory.file(CONFIG))["id"] != run_id


def test_a_run_says_how_many_answers_came_from_which_runs(tiny, served, capsys):
    settings = settings_of(tiny, served)
    [first] = when2ask.train(settings)
    assert "earlier runs" not in capsys.readouterr().out
    run_id = read_json(first.path / CONFIG)["id"]
    when2ask.train(replace(settings, save_name="second"))
    calls = int(first.metrics["planner/llm_calls"])
    store = f"{settings.logdir}/answers.sqlite"
    line = f"{calls} answers came from earlier runs, from {store}: {run_id} ("
    assert line in capsys.readouterr().out


def test_a_wrong_server_under_the_same_name_gets_no_answers_of_the_right_one(tiny, served):
    settings = settings_of(tiny, served)
    train(settings)
    wrong = Server()
    wrong.script = [NO]
    with pytest.raises(ModelError, match="status 403"):
        train(replace(settings, save_name="second", llm_url=wrong.url))
    wrong.stop()


def test_a_run_is_not_resumed_with_another_model_that_its_server_offers_now(tiny, served, capsys):
    """Without --llm_model a run asks the first model that the server offers when it begins."""
    settings = settings_of(tiny, served)
    flags = [
        "--planner", "fastchat", "--llm_url", served.url, "--save_name", "run", "--logdir", settings.logdir,
        "--n_itr", "1", "--traj_per_itr", "2", "--num_envs", "2", "--eval_every", "0", "--engine", "readable",
    ]  # fmt: skip
    served.models = [{"id": "old"}]
    assert main(["train", *flags]) == 0
    served.models = [{"id": "new"}, {"id": "old"}]
    assert main(["train", *flags, "--resume", "--n_itr", "2"]) == 2
    assert "resume it with --llm_model old" in capsys.readouterr().err
    assert main(["train", *flags, "--resume", "--n_itr", "2", "--llm_model", "old"]) == 0
    assert {body["model"] for _, _, body in served.asked} == {"old"}


def curve(directory, tag):
    """(step, value) of a metric, as TensorBoard draws it."""
    events = EventAccumulator(str(directory.path)).Reload()
    return [(event.step, pytest.approx(event.value)) for event in events.Scalars(tag)]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_many_kills_leave_what_an_uninterrupted_run_leaves(tiny, tmp_path):
    """SIGKILL while a slow server is asked, at random answers, up to fifteen times; then the run ends by itself."""
    moments = random.Random(0)
    with slow_server(delay=lambda _: 0.03) as (server, counter):
        settings = settings_of(tiny, server)
        flags = (
            f"--planner fastchat --llm_url {server.url} --llm_model m --llm_in_flight 4 --engine readable "
            f"--task ColoredDoorKey --n_itr 6 --traj_per_itr 6 --num_envs 3 --eval_every 2 --test_num 3 "
            f"--logdir {settings.logdir}"
        )
        command = [sys.executable, "main.py", "train", *flags.split()]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": ROOT}
        store = ["--answer_store", "whole.sqlite", "--save_name", "whole"]
        subprocess.run([*command, *store], check=True, timeout=300, **quiet)
        killed = RunDirectory.of(replace(settings, save_name="killed"))
        store = ["--answer_store", "killed.sqlite", "--save_name", "killed"]
        kills = 0
        while kills < 15:
            resume = ["--resume"] if killed.holds_training else []
            process = begin(tmp_path / "said.txt", *command[2:], *store, *resume)
            last = counter.total + moments.randint(1, 4)
            while process.is_alive() and counter.total < last:
                time.sleep(0.002)
            if not process.is_alive():
                break
            time.sleep(moments.uniform(0, 0.1))
            process.kill()
            process.join()
            kills += 1
        subprocess.run([*command, *store, "--resume"], check=True, timeout=300, **quiet)
    whole = RunDirectory.of(replace(settings, save_name="whole"))
    assert kills >= 8
    assert_same_weights(weights_of(whole), weights_of(killed))
    assert rows_of(whole) == rows_of(killed)
    rows = read_lines(killed.file(METRICS))
    for tag in ("rollout/asks", "planner/llm_calls", "train/value_loss"):
        assert curve(killed, tag) == [(row["env_steps"], row[tag]) for row in rows]
