"""A recorded learning run is replayed to the same result, bit by bit."""

import json

import pytest

from core.files import read_json, read_lines
from main import run_verb
from tests.agents.learnact import good_model

COSTS = {"usage", "paid", "cost", "llm_calls"}


def without_costs(value):
    """A file's content without what the answers took."""
    if isinstance(value, dict):
        return {key: without_costs(item) for key, item in value.items() if key not in COSTS}
    return [without_costs(item) for item in value] if isinstance(value, list) else value


def results(run):
    """What a run has learned, played and counted, by file."""
    files = {}
    for path in sorted(run.glob("*_results/**/*")):
        name = str(path.relative_to(run))
        if path.name in ("candidate.json", "episodes.jsonl", "functions.jsonl"):
            lines = path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]
            files[name] = sorted(json.dumps(without_costs(json.loads(line))) for line in lines)
        elif path.name == "actions.py":
            files[name] = path.read_text()
    return files


@pytest.fixture
def learned(server, tmp_path):
    """The directory of a run in which a good model learns, and what was recorded of it."""
    server.script = [good_model.answer]
    record = tmp_path / "record.jsonl"
    run_verb(
        "learnact", save_name="live", logdir=str(tmp_path), llm_url=server.url,
        record_file=str(record), **good_model.FLAGS,
    )  # fmt: skip
    return tmp_path / "learnact/gripper/live", record


def candidate(run, name):
    return read_json(run / "learn_results" / name / "candidate.json")


@pytest.mark.slow
def test_what_a_good_model_learns(learned):
    """Its first answer is no function; the second function fails away from the ball, and is written anew, or explained."""
    run, _ = learned
    first, other, update, note = (candidate(run, name) for name in ("0_0", "0_1", "1_0", "1_1"))
    [refusal] = first["proposal"]["refusals"]
    assert "no block of Python" in refusal
    assert [one["proposal"]["change"] for one in (first, other, update, note)] == ["create", "create", "update", "note"]  # fmt: skip
    assert update["parent"] == note["parent"] == "0_0"
    assert update["failure"]["function"] == "carry"
    assert first["score"]["success"] < update["score"]["success"]
    assert update["score"]["num_calls"] == update["score"]["num_successful_calls"]
    versions = [(row["name"], row["version"], row["candidate"], row["in_winner"]) for row in read_lines(run / "learn_results/functions.jsonl")]  # fmt: skip
    assert versions == [
        ("carry", 1, "0_0", False),
        ("go_and_pick", 1, "0_1", False),
        ("carry", 2, "1_0", True),
        ("carry", 1, "1_1", False),
    ]
    episodes = read_lines(run / "eval_results/episodes.jsonl")
    assert [episode["success"] for episode in episodes] == [True, True]


@pytest.mark.slow
def test_a_recording_of_a_good_model_gives_the_same_again(learned, tmp_path):
    run, record = learned
    flags = {**good_model.FLAGS, "planner": "replay", "llm_model": ""}
    run_verb("learnact", save_name="again", logdir=str(tmp_path), record_file=str(record), **flags)
    assert results(run.with_name("again")) == results(run)
    assert len(results(run)) > 10


@pytest.mark.slow
def test_a_recording_of_the_scripted_model_gives_the_same_again(tmp_path):
    flags = {
        "task": "gripper", "num_samples": 2, "num_iterations": 1, "test_num": 2,
        "logdir": str(tmp_path), "record_file": str(tmp_path / "record.jsonl"),
    }  # fmt: skip
    run_verb("learnact", save_name="live", planner="scripted", **flags)
    run_verb("learnact", save_name="again", planner="replay", **flags)
    live, again = (results(tmp_path / "learnact/gripper" / name) for name in ("live", "again"))
    assert again == live
