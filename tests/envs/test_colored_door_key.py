"""ColoredDoorKey: keys of several colours, one of them the door's."""

from hypothesis import given
from hypothesis import strategies as st
from minigrid.core.actions import Actions

from envs.colored_door_key import ColoredDoorKeyEnv
from tests.envs.helpers import face, place_of


def keys_in(room):
    """[((x, y), key)]; asserts that there are no other objects but walls and the door."""
    cells = [(x, y) for x in range(room.width) for y in range(room.height)]
    things = [(cell, room.grid.get(*cell)) for cell in cells]
    found = [place for place in things if place[1] and place[1].type not in ("wall", "door")]
    assert all(thing.type == "key" for _, thing in found)
    return found


@given(seed=st.integers(0, 2**31))
def test_there_are_two_keys_of_different_colours_and_one_is_the_door_s(seed):
    room = ColoredDoorKeyEnv()
    room.reset(seed=seed)
    colors = [key.color for _, key in keys_in(room)]
    assert len(colors) == len(set(colors)) == 2
    assert room.door.color in colors


def test_no_key_lies_in_front_of_the_door():
    """Two keys placed anywhere would do so in about 75 of 1000 layouts."""
    room = ColoredDoorKeyEnv()
    for seed in range(1000):
        room.reset(seed=seed)
        assert room.cell_before_door not in [cell for cell, _ in keys_in(room)]


def test_the_number_of_keys_is_drawn_between_its_limits():
    """With 1 to 4 keys, exactly one has the door's colour; the others may share a colour."""
    room = ColoredDoorKeyEnv(min_num_keys=1, max_num_keys=4)
    numbers = set()
    for seed in range(60):
        room.reset(seed=seed)
        colors = [key.color for _, key in keys_in(room)]
        assert colors.count(room.door.color) == 1
        numbers.add(len(colors))
    assert numbers == {1, 2, 3, 4}


@given(seed=st.integers(0, 2**31))
def test_only_the_matching_key_opens_the_door_and_one_key_is_carried_at_a_time(seed):
    """The agent is placed in front of each object in turn; the sixth action opens the door."""
    room = ColoredDoorKeyEnv()
    room.reset(seed=seed)
    keys = {key.color == room.door.color: cell for cell, key in keys_in(room)}
    matching, other, door = keys[True], keys[False], place_of(room.door, room)

    def act(place, action):
        face(room, place)
        return room.step(action)[1:4]

    act(other, Actions.pickup)
    assert act(door, Actions.toggle) == (0.0, False, False)
    act(matching, Actions.pickup)
    assert room.carrying.color != room.door.color  # it still carries the first key
    act(other, Actions.drop)
    act(matching, Actions.pickup)
    assert [cell for cell, _ in keys_in(room)] == [other]
    assert act(door, Actions.toggle) == (1 - 0.9 * (6 / 100), True, False)
