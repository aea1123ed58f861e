"""From settings to a planner, and what is said where there is none."""

from dataclasses import replace

import pytest

from core.chat import Reply, Usage
from core.errors import ModelMissing, RunDirectoryError, SettingsError
from core.settings import RunSettings
from core.task import TASKS, RoomTask
from planner.build import MODELS, build_model, build_planner, build_planners, with_model_name
from planner.prompt import load_prompt
from tests.planner.fake_server import scores
from tests.planner.helpers import answer

SIMPLE = TASKS["SimpleDoorKey"]
SETTINGS = RunSettings(save_name="x", planner="scripted")


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_the_scripted_planner_answers_as_the_prompt_shows(task):
    planner = build_planner(SETTINGS, task)
    assert planner.name == "scripted"
    for question, expected in load_prompt(task).examples:
        assert answer(planner, question) == Reply(expected)


def test_what_one_planner_records_another_replays(tmp_path):
    path = tmp_path / "record.jsonl"
    live = build_planner(replace(SETTINGS, record_file=str(path)), SIMPLE)
    first = answer(live, "observation: {observed a key, observed a box}")
    before = path.read_text()
    assert before.count("\n") == 1
    dead = build_planner(replace(SETTINGS, planner="replay", record_file=str(path)), SIMPLE)
    assert dead.name == "replay of record.jsonl"
    assert answer(dead, "observation: {observed a key, observed a box}") == first
    with pytest.raises(ModelMissing, match="record it first"):
        answer(dead, "observation: {observed a box}")
    assert path.read_text() == before  # a replay records nothing


def test_an_unknown_planner_is_an_error_that_lists_the_known_ones():
    with pytest.raises(SettingsError) as error:
        build_planner(replace(SETTINGS, planner="crystal ball"), SIMPLE)
    choices = ", ".join(MODELS)
    assert str(error.value) == f"--planner crystal ball: must be one of {choices}"


def test_a_replay_needs_a_recording():
    with pytest.raises(SettingsError, match="--planner replay needs --record_file"):
        build_planner(replace(SETTINGS, planner="replay"), SIMPLE)


def test_a_missing_recording_is_named(tmp_path):
    missing = str(tmp_path / "missing.jsonl")
    with pytest.raises(RunDirectoryError, match=r"missing\.jsonl cannot be read: No such file"):
        build_planner(replace(SETTINGS, planner="replay", record_file=missing), SIMPLE)


def test_a_task_without_a_prompt_has_no_planner():
    with pytest.raises(SettingsError, match="no prompt for Maze"):
        build_planner(SETTINGS, RoomTask("Maze", "envs.maze:MazeEnv"))


NOTHING = "observation: {observed nothing}"


@pytest.fixture
def served(server, tmp_path):
    """Settings that ask a server, and keep answers where they are kept by default."""
    return replace(SETTINGS, planner="fastchat", llm_url=server.url, logdir=str(tmp_path / "log"))


def test_answers_are_cached_for_all_runs(served, server, tmp_path):
    assert answer(build_planner(served, SIMPLE), NOTHING).usage.llm_calls == 1
    assert (tmp_path / "log" / "answers.sqlite").is_file()
    later = answer(build_planner(replace(served, save_name="later"), SIMPLE), NOTHING)
    assert later == Reply("{explore}", Usage(cache_hits=1))
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"no_examples": True},
        {"max_tokens": 9},
        {"stop": ("}",)},
        {"temperature": 0.5},
        {"llm_model": "other"},
    ],
    ids=str,
)
def test_other_settings_of_a_request_are_not_answered_from_the_cache(served, server, changes):
    answer(build_planner(served, SIMPLE), NOTHING)
    assert answer(build_planner(replace(served, **changes), SIMPLE), NOTHING).usage.llm_calls == 1
    assert len(server.asked) == 2


def test_each_cache_file_has_its_own_answers_and_none_has_no_file(served, server, tmp_path):
    for store in ("answers.sqlite", "mine.sqlite", "none", "none"):
        planner = build_planner(replace(served, answer_store=store), SIMPLE)
        assert answer(planner, NOTHING).usage.llm_calls == 1
    assert {path.name for path in (tmp_path / "log").glob("*")} == {"answers.sqlite", "mine.sqlite"}


def test_settings_get_the_name_of_the_served_model(served, server):
    assert with_model_name(served) == replace(served, llm_model="served")
    server.stop()
    for known in (replace(served, llm_model="mine"), SETTINGS):
        assert with_model_name(known) is known


def test_the_scripted_planner_has_no_cache(tmp_path):
    answer(build_planner(replace(SETTINGS, logdir=str(tmp_path / "log")), SIMPLE), NOTHING)
    assert not (tmp_path / "log").exists()


def test_a_cache_that_cannot_be_used_is_one_line(served, tmp_path):
    (tmp_path / "log" / "mine").mkdir(parents=True)
    with pytest.raises(RunDirectoryError, match=r"--answer_store .*mine: it is not a file"):
        build_planner(replace(served, answer_store="mine"), SIMPLE)


def test_cached_answers_are_recorded_too(served, tmp_path):
    answer(build_planner(served, SIMPLE), NOTHING)
    record = str(tmp_path / "record.jsonl")
    answer(build_planner(replace(served, record_file=record), SIMPLE), NOTHING)
    replay = build_planner(replace(SETTINGS, planner="replay", record_file=record), SIMPLE)
    assert answer(replay, NOTHING) == Reply("{explore}")


def test_the_model_of_a_run_is_metered(served):
    """One call, and then an answer from the cache."""
    model = build_model(served)
    [planner] = build_planners(served, [SIMPLE], model)
    for _ in range(2):
        answer(planner, NOTHING)
    assert (model.usage.llm_calls, model.usage.cache_hits) == (1, 1)


def test_without_examples_none_are_sent(served, server):
    answer(build_planner(replace(served, no_examples=True), SIMPLE), NOTHING)
    assert [turn["role"] for turn in server.asked[0][2]["messages"]] == ["system", "user"]


def test_ranking_scores_every_choice(served, server):
    server.script = [lambda body: scores(body["prompt"], lambda _: -1.0)]
    planner = build_planner(replace(served, planner_mode="rank", llm_template="vicuna"), SIMPLE)
    reply = answer(planner, NOTHING, choices=("{sing}", "{dance}"))
    assert (reply.text, reply.usage.llm_calls) == ("{sing}", 2)
    assert server.asked[1][2]["prompt"].endswith(f"USER: {NOTHING} ASSISTANT: {{dance}}</s>")


def test_cache_and_recording_pass_on_how_many_requests_a_server_takes(tmp_path):
    served = replace(
        SETTINGS,
        planner="fastchat",
        llm_in_flight=5,
        logdir=str(tmp_path),
        record_file=str(tmp_path / "record.jsonl"),
    )
    assert build_model(served).in_flight == 5
    assert build_model(SETTINGS).in_flight == 1
