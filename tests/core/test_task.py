"""Tasks are found by name, and their ids are the reference's."""

import pytest

from core.errors import SettingsError
from core.task import ALL, ROOMS, TASKS, find_task, slug


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
