"""Two workers of one model behind FastChat: they share the requests, and one that is killed costs nothing."""

import json
import os
import re
import signal
import subprocess
import time

import pytest

from core.chat import Message, Request, Sampling
from tests.serving import Serving, command, free_port, output_of

pytest.importorskip("transformers", reason="needs a language model: make install-llm")
pytest.importorskip("fastchat", reason="needs FastChat: make install-llm")

pytestmark = [pytest.mark.llm, pytest.mark.slow, pytest.mark.timeout(900)]

NAME = "tuned"
TEXTS = [
    "You are in a room. You see a red key , a door and a box.",
    "Thought: go\nAction: open the door",
]
SYSTEM = Message("system", "You play.")
REFUSES_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system message') }}{% endif %}"
)
TALKS = [
    (SYSTEM, Message("user", "You see a door .")),
    (SYSTEM, Message("user", "a key"), Message("assistant", "Action: go"), Message("user", "n't")),
    (Message("user", "a box"),),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A tiny model whose answers are words: the weights are large, so that it does not repeat what it reads.

    Its chat template refuses system messages.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from tuning.tiny import make_tiny

    place = make_tiny("tiny:32x2", TEXTS, tmp_path_factory.mktemp("model") / "m", seed=1)
    weights = AutoModelForCausalLM.from_pretrained(place)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in weights.parameters():
            parameter.normal_(0, 0.4, generator=generator)
    weights.save_pretrained(place)
    tokenizer = AutoTokenizer.from_pretrained(place)
    tokenizer.chat_template = REFUSES_SYSTEM + tokenizer.chat_template
    tokenizer.save_pretrained(place)
    return place


@pytest.fixture(scope="module")
def serving(model, tmp_path_factory):
    flags = ("--model_path", str(model), "--model_name", NAME, "--num_workers", "2")
    with Serving(tmp_path_factory.mktemp("serve"), free_port(), *flags) as serving:
        yield serving.wait()


def log(serving, name):
    return serving.said.parent / "serve" / str(serving.port) / f"{name}.log"


def num_answers(serving, name):
    return log(serving, name).read_text().count("POST /worker_generate ")


def worker(serving, number):
    [process] = [
        child for child in serving.children if output_of(child).name == f"worker_{number}.log"
    ]
    return process


def test_a_served_model_reads_what_its_own_chat_template_writes(model, serving):
    """Its greedy answers, and its numbers of tokens, are those of the model in this process, and of its training."""
    from planner.local import LocalModel
    from planner.openai_client import ServerModel
    from tuning.encoding import ChatEncoder
    from tuning.tokenizer import load_tokenizer

    requests = [Request(talk, sampling=Sampling(max_tokens=20)) for talk in TALKS]
    local = list(LocalModel(str(model)).chat(requests))
    served = list(ServerModel(serving.url, NAME).chat(requests))
    assert [reply.text.strip() for reply in served] == [reply.text for reply in local]
    assert len({reply.text for reply in local}) == len(TALKS)
    counts = [reply.usage.prompt_tokens for reply in served]
    assert counts == [reply.usage.prompt_tokens for reply in local]
    encoder = ChatEncoder(load_tokenizer(str(model)), max_tokens=500)
    trained = [
        encoder.encode([*talk, Message("assistant", "go")], len(talk)).is_answer for talk in TALKS
    ]
    assert counts == [is_answer.index(True) for is_answer in trained]


def test_at_a_temperature_it_really_samples(serving):
    from planner.openai_client import ServerModel

    sampling = Sampling(temperature=0.7, max_tokens=8)
    requests = [Request(TALKS[0], sample=sample, sampling=sampling) for sample in range(8)]
    answers = {reply.text for reply in ServerModel(serving.url, NAME).chat(requests)}
    assert len(answers) > 4


def test_workers_of_one_name_share_the_requests(serving):
    from planner.openai_client import ServerModel

    before = [num_answers(serving, name) for name in ("worker_1", "worker_2")]
    sampling = Sampling(max_tokens=4)
    requests = [
        Request((SYSTEM, Message("user", str(number))), sampling=sampling) for number in range(20)
    ]
    list(ServerModel(serving.url, NAME).chat(requests))
    after = [num_answers(serving, name) for name in ("worker_1", "worker_2")]
    shares = [later - earlier for earlier, later in zip(before, after, strict=True)]
    assert sum(shares) == 20
    assert min(shares) >= 5


def killed_after_an_episode(serving, number, verb, *flags, episodes):
    """Run a verb that asks the served model, and kill a worker after the first episode; returns the rows until then."""
    asked = ("--planner", "fastchat", "--llm_url", serving.url, "--llm_model", NAME)
    before = num_answers(serving, f"worker_{number}")
    run = subprocess.Popen(
        command(verb, *flags, *asked),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not episodes.exists() or not episodes.read_text():
        assert run.poll() is None, run.stderr.read()
        time.sleep(0.02)
    rows = episodes.read_text().splitlines()[:-1]  # the last one may not be whole
    os.kill(worker(serving, number).pid, signal.SIGKILL)
    assert num_answers(serving, f"worker_{number}") > before  # it had taken part
    _, said = run.communicate(timeout=600)
    assert run.returncode == 0, said
    return rows


def test_a_worker_that_is_killed_costs_no_episode_and_comes_back(serving, tmp_path):
    """Among 8 rooms, after the first episode: the run goes on with the other worker, to the end."""
    flags = (
        "--task SimpleDoorKey --test_num 8 --max_steps 6 --num_active 4 --shots 0 --max_tokens 12"
    )
    where = ("--save_name", "r", "--logdir", str(tmp_path))
    episodes = tmp_path / "act" / "simpledoorkey" / "r" / "eval" / "episodes.jsonl"
    killed_after_an_episode(serving, 1, "act", *flags.split(), *where, episodes=episodes)
    played = [json.loads(line) for line in episodes.read_text().splitlines()]
    assert sorted(episode["case"] for episode in played) == [str(seed) for seed in range(8)]
    assert {len(episode["steps"]) for episode in played} == {6}  # none was refused
    assert re.search(
        r"the worker 1 ended with status -9: .* \(see .*worker_1\.log\); it is started again\n",
        serving.said.read_text(),
    )
    again = log(serving, "worker_1_2")
    while "Uvicorn running" not in again.read_text():
        assert serving.process.poll() is None
        time.sleep(0.2)


def test_explored_trajectories_are_those_of_the_model_in_this_process_though_a_worker_is_killed(
    model, serving, tmp_path
):
    """Greedy, in 8 rooms; what had been played before the kill is kept as it was."""
    flags = "--task SimpleDoorKey --agent act --train_num 8 --max_steps 6 --num_active 4"
    where = (*flags.split(), "--max_tokens", "12", "--logdir", str(tmp_path), "--save_name")
    subprocess.run(command("explore", *where, "local", "--model_path", str(model)), check=True)
    runs = tmp_path / "explore" / "simpledoorkey"
    episodes = runs / "served" / "eval" / "episodes.jsonl"
    before = killed_after_an_episode(serving, 2, "explore", *where, "served", episodes=episodes)
    played = episodes.read_text().splitlines()
    assert len(played) == 8
    assert played[: len(before)] == before
    local, served = (
        json.loads((runs / name / "explored.json").read_text()) for name in ("local", "served")
    )
    assert served == local
    assert len({turn["value"] for one in local for turn in one["conversations"][3::2]}) > 4
