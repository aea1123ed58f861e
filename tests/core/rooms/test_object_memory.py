"""The object memory keeps the last sighting of each object."""

from hypothesis import given
from hypothesis import strategies as st

from core.rooms.object_memory import ObjectMemory
from core.rooms.plan import ObjectName
from core.rooms.view import GridView

KEY, BOX, DOOR = ObjectName("key"), ObjectName("box"), ObjectName("door")
RED_KEY, BLUE_KEY = ObjectName("key", "red"), ObjectName("key", "blue")

COLORS = ("red", "blue")
things = st.builds("{} {}".format, st.sampled_from(COLORS), st.sampled_from(["key", "box", "door"]))
places = st.tuples(st.integers(0, 3), st.integers(1, 3))
scenes = st.dictionaries(places, things, max_size=4)
names = st.builds(
    ObjectName, st.sampled_from(["key", "box", "door"]), st.none() | st.sampled_from(COLORS)
)


def remember(make_image, *scenes):
    """The memory after a sequence of images."""
    memory = ObjectMemory()
    for cells in scenes:
        memory.update(GridView(make_image(cells)))
    return memory


def test_a_new_memory_is_empty():
    memory = ObjectMemory()
    assert [memory.locate(name) for name in (KEY, RED_KEY, BOX, DOOR)] == [None] * 4


def test_the_last_sighting_counts(make_image):
    memory = remember(make_image, {(2, 2): "red key"}, {(3, 1): "red key"})
    assert memory.locate(RED_KEY) == (3, 1)


def test_an_object_out_of_sight_keeps_its_position(make_image):
    """It may have been picked up: the memory holds where it was last seen, not where it is."""
    memory = remember(make_image, {(2, 2): "red key"}, {(3, 1): "blue door"}, {})
    assert memory.locate(RED_KEY) == (2, 2)
    assert memory.locate(DOOR) == (3, 1)


def test_objects_are_distinguished_by_colour(make_image):
    memory = remember(make_image, {(2, 2): "red key", (1, 1): "blue key"})
    assert memory.locate(RED_KEY) == (2, 2)
    assert memory.locate(BLUE_KEY) == (1, 1)
    assert memory.locate(ObjectName("key", "green")) is None


def test_without_a_colour_the_last_seen_object_of_the_kind_is_located(make_image):
    """Red, then blue; when red is seen again it is the last one, at the same or another position."""
    red, blue = {(2, 2): "red key"}, {(1, 1): "blue key"}
    assert remember(make_image, red, blue).locate(KEY) == (1, 1)
    assert remember(make_image, red, blue, red).locate(KEY) == (2, 2)
    assert remember(make_image, red, blue, {(3, 3): "red key"}).locate(KEY) == (3, 3)


def test_an_unseen_key_is_located_at_a_box(make_image):
    memory = remember(make_image, {(2, 2): "grey box", (0, 3): "red door"})
    assert memory.locate(KEY) == (2, 2)
    assert memory.locate(RED_KEY) == (2, 2)
    later = remember(make_image, {(2, 2): "grey box"}, {(3, 3): "red key"}, {(2, 2): "grey box"})
    assert later.locate(KEY) == (3, 3)
    assert later.locate(BLUE_KEY) == (2, 2)


def test_every_object_seen_is_known(make_image):
    memory = remember(make_image, {(2, 2): "red key"}, {(3, 1): "blue door"}, {})
    assert memory.known == {RED_KEY, ObjectName("door", "blue")}
    assert ObjectMemory().known == frozenset()


def test_only_unseen_keys_are_located_at_boxes(make_image):
    memory = remember(make_image, {(2, 2): "grey box", (1, 1): "red key"})
    assert memory.locate(DOOR) is None
    assert remember(make_image, {(1, 1): "red key"}).locate(BOX) is None
    assert memory.locate(ObjectName("box", "red")) is None


def test_the_carried_object_is_not_in_sight(make_image):
    memory = ObjectMemory()
    memory.update(GridView(make_image({(2, 2): "red key"})))
    memory.update(GridView(make_image({}, agent=(3, 2), carried="red key")))
    assert memory.locate(RED_KEY) == (2, 2)


@given(history=st.lists(scenes, max_size=5), name=names)
def test_the_memory_agrees_with_the_whole_history(make_image, history, name):
    """Read backwards: the first sighting met that fits. The agent's own cell (0, 0) is never used."""
    views = [GridView(make_image(cells)) for cells in history]

    def last(wanted):
        for view in reversed(views):
            for seen, position in reversed(view.sightings):
                if seen.kind == wanted.kind and wanted.color in (None, seen.color):
                    return position
        return None

    expected = last(name)
    if expected is None and name.kind == "key":
        expected = last(BOX)
    assert remember(make_image, *history).locate(name) == expected
