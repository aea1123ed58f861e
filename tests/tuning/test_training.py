"""Training a tiny model: the same with any micro-batches, after any kill, with one process or two."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import ModelMissing, RunDirectoryError, SettingsError, TrainingDiverged
from core.files import read_lines
from tuning.batches import collate
from tuning.checkpoint import save_tensors
from tuning.encoding import Choice, Sample, SamplePair
from tuning.recipe import Recipe

pytestmark = pytest.mark.llm

pytest.importorskip("transformers", reason="make install-llm")

from safetensors.torch import load_file  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402

from tuning.tiny import make_tiny  # noqa: E402
from tuning.training import train_dpo, train_sft  # noqa: E402
from tuning.weights import Weights, fingerprint  # noqa: E402

CPU = torch.device("cpu")
RECIPE = Recipe(3e-3, epochs=2, batch_size=4, micro_tokens=64)
ROOT = Path(__file__).resolve().parents[2]


def make_sample(rng, length):
    """Turns of four tokens: a prompt, then an answer and an observation in turns."""
    tokens = tuple(rng.randrange(40) for _ in range(length))
    return Sample(tokens, tuple(place >= 2 and place // 4 % 2 == 0 for place in range(length)))


def make_samples(number, seed=0):
    rng = random.Random(seed)
    return [make_sample(rng, rng.randint(6, 24)) for _ in range(number)]


SAMPLES = make_samples(10)
PAIRS = [SamplePair(*make_samples(2, seed)) for seed in range(6)]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    place = tmp_path_factory.mktemp("tiny") / "model"
    return str(make_tiny("tiny:32x2", ["open the red door and go to it"], place, seed=0))


@pytest.fixture(scope="module")
def weights(path):
    return Weights(path, CPU, lora_rank=0, dtype="float32", seed=0)


def state(tuned):
    return load_file(tuned.model / "model.safetensors")


def bits(tuned):
    return (tuned.model / "model.safetensors").read_bytes()


def difference(one, other):
    """The largest of any weight."""
    one, other = state(one), state(other)
    return max((one[name] - other[name]).abs().max().item() for name in one)


def logits_of(model, tokens):
    with torch.no_grad():
        return model(input_ids=torch.tensor([tokens])).logits[0]


def test_log_probabilities_are_those_of_the_whole_model_on_one_sequence(path, weights):
    """Each alone, without padding, with all logits; the place before a token predicts it."""
    model = AutoModelForCausalLM.from_pretrained(path)
    expected = [
        logits_of(model, sample.tokens).log_softmax(-1)[place - 1, sample.tokens[place]].item()
        for sample in SAMPLES
        for place, is_answer in enumerate(sample.is_answer)
        if is_answer
    ]
    found = weights.score(collate(SAMPLES, CPU))
    assert found.log_probs.tolist() == pytest.approx(expected, abs=1e-5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(6)), st.integers(1, 6))
def test_padding_and_neighbors_change_no_log_probability(weights, order, number):
    """The last of the sequences alone, and among others."""
    samples = [SAMPLES[item] for item in order[:number]]
    with torch.no_grad():
        alone = weights.score(collate(samples[-1:], CPU)).log_probs
        among = weights.score(collate(samples, CPU)).log_probs[-len(alone) :]
    assert among.tolist() == pytest.approx(alone.tolist(), abs=1e-5)


def with_others(samples, seed=0):
    """For most answers two others of two to six tokens."""
    rng = random.Random(seed)

    def choices(sample):
        for start in range(4, len(sample.tokens), 8):
            answer = range(start, min(start + 4, len(sample.tokens)))
            others = [[rng.randrange(40) for _ in range(rng.randint(2, 6))] for _ in range(2)]
            if rng.random() < 0.8:
                yield Choice(answer, tuple(map(tuple, others)))

    return [replace(sample, choices=tuple(choices(sample))) for sample in samples]


def test_other_answers_are_scored_as_if_each_stood_in_a_conversation_of_its_own(path, weights):
    """Each behind what stands before the given answer, and nothing else is changed by them."""
    samples = with_others(SAMPLES)
    model = AutoModelForCausalLM.from_pretrained(path)
    expected = []
    for sample in samples:
        for choice in sample.choices:
            start = choice.answer.start
            for answer in (sample.tokens[start : choice.answer.stop], *choice.others):
                logits = logits_of(model, (*sample.tokens[:start], *answer)).log_softmax(-1)
                expected.append(
                    sum(logits[start + n - 1, token].item() for n, token in enumerate(answer))
                )
    with torch.no_grad():
        found = weights.score(collate(samples, CPU))
        without = weights.score(collate(SAMPLES, CPU))
    assert found.totals.tolist() == pytest.approx(expected, abs=1e-4)
    assert found.choice_sizes == tuple(3 for sample in samples for _ in sample.choices)
    assert found.log_probs.tolist() == pytest.approx(without.log_probs.tolist(), abs=1e-5)


def test_the_given_answers_become_the_likeliest_of_the_possible_ones(path, tmp_path):
    samples = with_others(SAMPLES)
    plain = train_sft(path, SAMPLES, replace(RECIPE, epochs=1), tmp_path / "plain", "sft")
    assert "sft/choice_loss" not in plain.metrics
    longer = replace(RECIPE, learning_rate=2e-2, epochs=30)
    train_sft(path, samples, longer, tmp_path / "sft", "sft")
    rows = read_lines(tmp_path / "sft" / "metrics.jsonl")
    assert rows[0]["sft/choice_accuracy"] < 0.6
    assert rows[-1]["sft/choice_loss"] < rows[0]["sft/choice_loss"] - 0.5
    assert rows[-1]["sft/choice_accuracy"] > 0.8
    with pytest.raises(RunDirectoryError):  # other answers are another stage
        train_sft(path, SAMPLES, longer, tmp_path / "sft", "sft")


def test_micro_batches_change_nothing_among_other_answers(path, tmp_path):
    samples = with_others(SAMPLES)
    small, large = (
        train_sft(
            path, samples, replace(RECIPE, micro_tokens=tokens), tmp_path / str(tokens), "sft"
        )
        for tokens in (16, 2000)
    )
    assert difference(small, large) < 1e-5


def test_loss_falls_and_metrics_are_written(path, tmp_path):
    tuned = train_sft(path, SAMPLES, replace(RECIPE, epochs=8), tmp_path / "sft", "sft")
    rows = read_lines(tmp_path / "sft" / "metrics.jsonl")
    assert [row["step"] for row in rows] == list(range(1, 25))  # 3 batches a pass
    assert rows[-1] == tuned.metrics
    assert rows[-1]["sft/loss"] < rows[0]["sft/loss"] - 1  # nat
    assert list((tmp_path / "sft").glob("events.out.tfevents*"))
    AutoTokenizer.from_pretrained(tuned.model)


def test_preference_grows_and_begins_at_the_reference(path, tmp_path):
    """In the first step the policy is the reference: changes are 0 and the loss is log 2."""
    tuned = train_dpo(path, PAIRS, replace(RECIPE, epochs=8), tmp_path / "dpo", "dpo")
    first, *_, last = read_lines(tmp_path / "dpo" / "metrics.jsonl")
    assert first["dpo/loss"] == pytest.approx(np.log(2), abs=1e-5)
    assert [first["dpo/chosen_change"], first["dpo/rejected_change"]] == pytest.approx(
        [0, 0], abs=1e-4
    )
    assert last["dpo/accuracy"] == 1
    assert last["dpo/margin"] > 0.1
    assert last == tuned.metrics


@pytest.mark.parametrize(("train", "data"), [(train_sft, SAMPLES), (train_dpo, PAIRS)])
def test_micro_batches_change_weights_by_rounding_only(path, tmp_path, train, data):
    whole = replace(RECIPE, micro_tokens=10**6)
    tuned = [
        train(path, data, recipe, tmp_path / str(n), "x")
        for n, recipe in enumerate((whole, RECIPE, replace(RECIPE, micro_tokens=1)))
    ]
    assert difference(tuned[0], tuned[1]) < 1e-4
    assert difference(tuned[0], tuned[2]) < 1e-4
    assert tuned[2].metrics == pytest.approx(tuned[0].metrics, rel=1e-3, abs=1e-4)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(path, tmp_path):
    tuned = [
        train_sft(path, SAMPLES, replace(RECIPE, seed=seed), tmp_path / str(n), "x")
        for n, seed in enumerate((0, 0, 1))
    ]
    assert bits(tuned[0]) == bits(tuned[1])
    assert bits(tuned[0]) != bits(tuned[2])


def test_a_finished_stage_is_returned_as_it_is(path, tmp_path, capsys):
    place = tmp_path / "sft"
    first = train_sft(path, SAMPLES, RECIPE, place, "x")
    stamp = (first.model / "model.safetensors").stat().st_mtime_ns
    capsys.readouterr()
    assert train_sft(path, SAMPLES, RECIPE, place, "x") == first
    assert (first.model / "model.safetensors").stat().st_mtime_ns == stamp
    assert capsys.readouterr().err == ""


def test_another_stage_is_refused_before_a_model_is_loaded(path, tmp_path):
    train_sft(path, SAMPLES, replace(RECIPE, num_steps=1), tmp_path, "x")
    with pytest.raises(RunDirectoryError, match="with another recipe"):
        train_sft(path, SAMPLES, RECIPE, tmp_path, "x")


@pytest.mark.parametrize(("train", "data"), [(train_sft, SAMPLES), (train_dpo, PAIRS)])
def test_a_low_rank_update_is_part_of_the_weights_that_are_saved(path, tmp_path, train, data):
    """Linear layers change, embeddings and norms do not; the directory has no adapter."""
    tuned = train(path, data, replace(RECIPE, lora_rank=4), tmp_path, "x")
    before, after = load_file(Path(path) / "model.safetensors"), state(tuned)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {name for name in before if "_proj" in name}
    assert before.keys() == after.keys()
    assert not list(tuned.model.glob("adapter*"))


def test_bfloat16_computes_short_and_keeps_weights_whole(path, tmp_path):
    whole = train_sft(path, SAMPLES, RECIPE, tmp_path / "whole", "x")
    short = train_sft(path, SAMPLES, replace(RECIPE, dtype="bfloat16"), tmp_path / "short", "x")
    assert {weights.dtype for weights in state(short).values()} == {torch.float32}
    assert 0 < difference(whole, short) < 0.02
    assert short.metrics["sft/loss"] == pytest.approx(whole.metrics["sft/loss"], rel=0.02)


def test_an_infinite_loss_ends_the_stage_in_one_line_and_keeps_the_checkpoint(path, tmp_path):
    """At this learning rate the second step has no finite loss."""
    with pytest.raises(TrainingDiverged, match="is no longer a finite number") as diverged:
        train_sft(path, SAMPLES, replace(RECIPE, learning_rate=1e38), tmp_path, "x")
    assert "\n" not in str(diverged.value)
    assert not (tmp_path / "model").exists()
    assert all(
        np.isfinite(list(row.values())).all() for row in read_lines(tmp_path / "metrics.jsonl")
    )


def test_what_cannot_be_trained_is_said_in_one_line(path, tmp_path):
    with pytest.raises(SettingsError, match="nothing to train on"):
        train_sft(path, [], RECIPE, tmp_path / "a", "x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelMissing, match="holds no language model"):
        train_sft(str(tmp_path / "empty"), SAMPLES, RECIPE, tmp_path / "b", "x")
    long = Sample((1,) * 5000, (True,) * 5000)
    with pytest.raises(SettingsError, match="a sequence of 5000 tokens is too long"):
        train_sft(path, [long], RECIPE, tmp_path / "c", "x")
    with pytest.raises(SettingsError, match="device 'nowhere'"):
        train_sft(path, SAMPLES, replace(RECIPE, device="nowhere"), tmp_path / "d", "x")


@contextmanager
def small_files(limit):
    """No file may grow beyond a number of bytes, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("what", ["weights", "tokenizer", "tiny", "checkpoint"])
def test_a_full_disk_is_named_and_nothing_half_written_stays(path, weights, tmp_path, what):
    """A limit of file sizes stands in for the full disk."""
    place = tmp_path / "place"
    if what == "tokenizer":  # it is larger than the weights
        words = map("".join, product("abcdefgh", repeat=5))
        large = make_tiny("tiny:32x1", words, tmp_path / "large", 0)
        weights = Weights(str(path), CPU, lora_rank=0, dtype="float32", seed=0)
        weights.tokenizer = AutoTokenizer.from_pretrained(large)
    write = {
        "tiny": lambda: make_tiny("tiny:32x1", ["word"], place / "model", 0),
        "checkpoint": lambda: save_tensors(place / "state.pt", {"weights": torch.zeros(9_999)}),
    }.get(what, lambda: weights.save(place))
    limit = 400_000 if what == "tokenizer" else 2_000
    with pytest.raises(RunDirectoryError, match="cannot be written: "), small_files(limit):
        write()
    assert not [file for file in place.rglob("*") if file.is_file()]


def test_a_model_with_other_weights_has_another_fingerprint(path, tmp_path):
    copies = []
    for name in ("same", "other"):
        (tmp_path / name).mkdir()
        for file in Path(path).iterdir():
            (tmp_path / name / file.name).write_bytes(file.read_bytes())
        copies.append(tmp_path / name / "model.safetensors")
    content = bytearray(copies[1].read_bytes())
    content[-1] ^= 1
    copies[1].write_bytes(content)
    assert fingerprint(str(tmp_path / "same")) == fingerprint(path)
    assert fingerprint(str(tmp_path / "other")) != fingerprint(path)


SCRIPT = """
import sys
from pathlib import Path
from dataclasses import replace
import torch
torch.set_num_threads(1)
from tests.tuning.test_training import *
kind, path, place, steps, lora, processes = sys.argv[1:]
recipe = replace(RECIPE, num_steps=int(steps), lora_rank=int(lora), num_processes=int(processes))
train, data = {"sft": (train_sft, SAMPLES), "dpo": (train_dpo, PAIRS)}[kind]
train(path, data, recipe, Path(place), kind)
"""


def start(*words, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *map(str, words)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill(process, moment):
    """Kill it as soon as `moment` says so; False if it ends before."""
    while process.poll() is None:
        if moment():
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return True
        time.sleep(0.001)
    _, said = process.communicate()
    assert process.returncode == 0, said
    return False


def moments(place):
    """Before the first checkpoint, after it, while the model is written, and before the stage is noted."""
    metrics, model = place / "metrics.jsonl", place / "model"
    yield lambda: metrics.exists() and metrics.stat().st_size
    yield lambda: (place / "checkpoint" / "state.pt").exists()
    yield lambda: any(place.glob(".model.*.tmp/*"))
    yield model.exists


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "lora", "processes"), [("sft", 0, 1), ("dpo", 0, 1), ("sft", 4, 1), ("dpo", 0, 2)]
)
def test_a_stage_that_is_killed_again_and_again_ends_as_if_left_alone(
    path, tmp_path, kind, lora, processes
):
    """Killed at moments that files show; after each kill there is no model, or a whole one."""
    alone, killed = tmp_path / "alone", tmp_path / "killed"
    process = start(kind, path, alone, 150, lora, processes)
    assert not kill(process, lambda: False)
    kills = 0
    for moment in moments(killed):
        kills += kill(start(kind, path, killed, 150, lora, processes), moment)
        if (killed / "model").exists():
            AutoModelForCausalLM.from_pretrained(killed / "model")
    assert kills >= 3
    assert not kill(start(kind, path, killed, 150, lora, processes), lambda: False)
    for name in ("model/model.safetensors", "metrics.jsonl", "tuned.json"):
        assert (alone / name).read_bytes() == (killed / name).read_bytes(), name
    assert sorted(file.name for file in killed.iterdir() if "tfevents" not in file.name) == [
        "metrics.jsonl",
        "model",
        "stage.json",
        "tuned.json",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("train", "data"), [(train_sft, SAMPLES), (train_dpo, PAIRS)])
def test_two_processes_train_the_same_weights_as_one(path, tmp_path, train, data):
    """Up to rounding; each has some of the micro-batches, and the second none of a batch of one item."""
    recipe = replace(RECIPE, batch_size=3)
    one = train(path, data, recipe, tmp_path / "one", "x")
    two = train(path, data, replace(recipe, num_processes=2), tmp_path / "two", "x")
    assert difference(one, two) < 1e-4
    assert two.metrics == pytest.approx(one.metrics, rel=1e-3, abs=1e-4)
