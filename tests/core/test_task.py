"""Tasks are found by name, and their ids are those of the published code."""

import gymnasium
import pytest

import envs  # noqa: F401 registers the tasks
from core.errors import SettingsError
from core.task import ALL, ROOMS, TASKS, TEXT_TASKS, find_task, find_text_tasks, slug


@pytest.mark.parametrize("name", ["KeyInBox", "keyinbox", "KEYINBOX"])
def test_the_case_of_a_name_does_not_matter(name):
    task = find_task(name)
    assert task == TASKS["KeyInBox"]
    assert task.slug == slug(name) == "keyinbox"


def test_an_unknown_name_is_answered_with_the_choices():
    with pytest.raises(SettingsError) as error:
        find_task("KeyInBoxes")
    message = str(error.value)
    assert message.startswith("unknown task 'KeyInBoxes': choose one of ")
    assert all(name in message for name in TASKS)


@pytest.mark.parametrize(
    ("name", "env_id"),
    [
        ("SimpleDoorKey", "MiniGrid-SimpleDoorKey-Min5-Max10-View3"),
        ("KeyInBox", "MiniGrid-KeyInBox-Min5-Max10-View3"),
        ("RandomBoxKey", "MiniGrid-RandomBoxKey-Min5-Max10-View3"),
        ("ColoredDoorKey", "MiniGrid-ColoredDoorKey-Min5-Max10-View3"),
    ],
)
def test_ids_are_the_reference_s(name, env_id):
    assert find_task(name).env_id == env_id


@pytest.mark.parametrize("name", TASKS)
def test_every_task_in_rooms_is_a_text_world_of_the_same_name(name):
    [text] = find_text_tasks(name.upper())
    assert text == TEXT_TASKS[name]
    assert text.slug == find_task(name).slug
    assert gymnasium.spec(text.env_id).max_episode_steps == text.max_steps


def test_an_unknown_text_world_is_refused():
    with pytest.raises(SettingsError, match="unknown task 'Maze': choose one of "):
        find_text_tasks("Maze")


def test_a_group_is_several_text_worlds():
    names = [task.name for task in find_text_tasks("Robotic_Planning")]
    assert names == ["gripper", "blockworld", "barman", "tyreworld"]
    assert [task.name for task in find_text_tasks("all")] == list(TASKS)


def test_all_is_the_name_of_no_task_but_of_a_directory():
    assert slug("All") == ALL
    with pytest.raises(SettingsError, match="one task at a time here"):
        find_task(ALL)


@pytest.mark.parametrize("rooms", ROOMS)
def test_an_id_ends_with_the_kind_of_room(rooms):
    assert find_task("KeyInBox", rooms).env_id == f"MiniGrid-KeyInBox-{rooms}"


def test_unknown_rooms_are_answered_with_the_choices():
    with pytest.raises(SettingsError, match="unknown rooms 'Min5-Max11-View3': choose one of "):
        find_task("KeyInBox", "Min5-Max11-View3")


def test_only_the_coloured_task_speaks_of_colours():
    assert [name for name, task in TASKS.items() if task.names_colors] == ["ColoredDoorKey"]
