"""Each evaluation has a directory of its own; the same one again has the same."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.files import write_json
from core.run import MODEL, RunDirectory
from core.settings import EvalSettings
from runner.evaluation.places import LONGEST_NAME, place_name, place_of

OWN = EvalSettings(save_name="run")


@pytest.fixture
def run(tmp_path):
    """A run's directory."""
    return RunDirectory(tmp_path, "ppo", "simpledoorkey", "run")


def leave(place, title="run (sampled)", test_num=100):
    """A finished evaluation."""
    write_json(place / "summary.json", {"title": title, "settings": {"test_num": test_num}})


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "eval"),
        ({"greedy": True}, "eval_greedy"),
        ({"planner": "local"}, "eval_planner-local"),
        ({"planner_noise": 0.1, "greedy": True}, "eval_planner_noise-0.1_greedy"),
        ({"rooms": "Min5-Max16-View7"}, "eval_rooms-Min5-Max16-View7"),
        ({"seed": 3}, "eval_seed-3"),
        # what changes no episode
        ({"show": True, "record": True, "record_num": 1, "num_envs": 2}, "eval"),
        ({"engine": "readable", "device": "cuda", "logdir": "other"}, "eval"),
        ({"llm_url": "http://127.0.0.1:9/v1", "llm_timeout": 1.0, "answer_store": "x"}, "eval"),
    ],
)
def test_the_place_is_named_after_what_differs_from_the_runs_own(run, changes, name):
    settings = replace(OWN, **changes)
    assert place_of(run, settings, OWN) == name
    leave(run.file(name))
    assert place_of(run, settings, OWN) == name


def test_a_setting_that_is_on_in_the_training_is_named_where_it_is_off(run):
    own = replace(OWN, no_examples=True, stop=("###",))
    assert place_of(run, own, own) == "eval"
    changed = replace(own, no_examples=False)
    assert place_of(run, changed, own) == "eval_no_examples-off"


def test_a_rule_does_not_replace_what_another_policy_has_left(run):
    assert place_of(run, OWN, OWN, rule="always") == "eval"
    leave(run.file("eval"), "always, planner scripted, paper skills")
    assert place_of(run, OWN, OWN, rule="always") == "eval"
    assert place_of(run, OWN, OWN, rule="oracle") == "eval_oracle"


def test_a_rule_does_not_take_the_place_of_a_trained_policy(run):
    run.path.mkdir(parents=True)
    run.file(MODEL).write_bytes(b"")
    assert place_of(run, OWN, OWN, rule="always") == "eval_always"
    assert place_of(run, OWN, OWN) == "eval"


def test_few_episodes_do_not_replace_many(run):
    """The many begin with the few."""
    few, many = replace(OWN, test_num=3), OWN
    assert place_of(run, few, OWN) == "eval"
    leave(run.file("eval"), test_num=3)
    assert place_of(run, many, OWN) == "eval"
    leave(run.file("eval"), test_num=100)
    assert place_of(run, few, OWN) == "eval_test_num-3"


@pytest.mark.parametrize("content", ["", "5", "{", '{"settings": 5}', '{"settings": {}}'])
def test_a_damaged_summary_is_replaced(run, content):
    run.file("eval").mkdir(parents=True)
    (run.file("eval") / "summary.json").write_text(content)
    assert place_of(run, replace(OWN, test_num=1), OWN, rule="always") == "eval"


VALUES = st.one_of(st.text(max_size=200), st.lists(st.text(max_size=9), max_size=3), st.integers())
CHANGES = st.dictionaries(st.sampled_from(["stop", "llm_model", "model_path"]), VALUES)


@given(CHANGES)
def test_names_are_safe_and_not_long(changes):
    assert re.fullmatch(r"eval[A-Za-z0-9_.-]*", place_name(changes))
    assert len(place_name(changes)) <= LONGEST_NAME + len("-01234567")


def test_names_that_are_cut_or_cleaned_still_differ():
    values = ("a b", "a/b", "a-b", ["a", "b"], "x" * 100, "x" * 101, "A B")
    names = {place_name({"stop": value}) for value in values}
    assert len(names) == len(values)
