"""From settings to a planner, and what is said where there is none."""

from dataclasses import replace

import pytest

from core.chat import Reply
from core.errors import PlannerError, SettingsError
from core.settings import RunSettings
from core.task import TASKS, Task
from planner.build import MODELS, build_planner
from planner.prompt import load_prompt

SIMPLE = TASKS["SimpleDoorKey"]
SETTINGS = RunSettings(save_name="x", planner="scripted")


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_the_scripted_planner_answers_as_the_prompt_shows(task):
    planner = build_planner(SETTINGS, task)
    assert planner.name == "scripted"
    for question, answer in load_prompt(task).examples:
        assert planner.answer(question) == Reply(answer)


def test_each_planner_has_its_own_memory():
    planner = build_planner(SETTINGS, SIMPLE)
    planner.answer("observation: {observed nothing}")
    assert planner.num_questions == 1
    assert build_planner(SETTINGS, SIMPLE).num_questions == 0


def test_what_one_planner_records_another_replays(tmp_path):
    """A question that is remembered is recorded once."""
    path = tmp_path / "record.jsonl"
    live = build_planner(replace(SETTINGS, record_file=str(path)), SIMPLE)
    answers = [live.answer("observation: {observed a key, observed a box}") for _ in range(2)]
    before = path.read_text()
    assert before.count("\n") == 1
    dead = build_planner(replace(SETTINGS, planner="replay", record_file=str(path)), SIMPLE)
    assert dead.name == "replay of record.jsonl"
    assert dead.answer("observation: {observed a key, observed a box}") == answers[0]
    with pytest.raises(PlannerError, match="record it first"):
        dead.answer("observation: {observed a box}")
    assert path.read_text() == before  # a replay records nothing


def test_an_unknown_planner_is_answered_with_the_choices():
    with pytest.raises(SettingsError) as error:
        build_planner(replace(SETTINGS, planner="crystal ball"), SIMPLE)
    choices = ", ".join(MODELS)
    assert str(error.value) == f"unknown planner 'crystal ball': choose one of {choices}"


def test_a_replay_needs_a_record():
    with pytest.raises(SettingsError, match="--planner replay needs --record_file"):
        build_planner(replace(SETTINGS, planner="replay"), SIMPLE)


def test_a_record_that_is_not_there_is_named(tmp_path):
    missing = str(tmp_path / "missing.jsonl")
    with pytest.raises(PlannerError, match=r"--record_file '.*missing\.jsonl' cannot be read"):
        build_planner(replace(SETTINGS, planner="replay", record_file=missing), SIMPLE)


def test_a_task_without_a_prompt_has_no_planner():
    with pytest.raises(SettingsError, match="no prompt for Maze"):
        build_planner(SETTINGS, Task("Maze", "envs.maze:MazeEnv"))
