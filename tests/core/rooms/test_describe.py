"""Descriptions, word for word as in the authors' code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.chat import Message
from core.rooms.describe import describe
from core.rooms.scene import Scene
from core.rooms.view import GridView
from planner.scripted import ScriptedModel
from tests.planner.helpers import one

COLORS = ("red", "green", "blue", "purple", "yellow", "grey")
things = st.builds(
    "{} {}".format,
    st.sampled_from(COLORS),
    st.sampled_from(["key", "box", "open door", "locked door"]),
)
places = st.tuples(st.integers(0, 3), st.integers(0, 3))


def say(view, *, names_colors):
    return describe(Scene.of(view, frozenset()), names_colors=names_colors)


@pytest.mark.parametrize(
    ("cells", "carried", "plain", "coloured"),
    [
        ({}, "empty", "observed nothing", "observed nothing"),
        ({(2, 2): "wall", (1, 1): "goal"}, "empty", "observed nothing", "observed nothing"),
        ({}, "blue key", "observed nothing, carry key", "observed nothing, carry blue key"),
        ({(2, 2): "red key"}, "empty", "observed a key", "observed red key"),
        ({(2, 2): "open red door"}, "empty", "observed a door", "observed red door"),
        (
            {(2, 2): "grey box"},
            "green box",
            "observed a box, carry box",
            "observed grey box, carry green box",
        ),
        (
            {(0, 3): "locked blue door", (3, 0): "red key"},
            "blue key",
            "observed a key, observed a door, carry key",
            "observed red key, observed blue door, carry blue key",
        ),
        (
            {(3, 0): "red key", (1, 2): "purple key", (1, 1): "yellow key", (0, 3): "green box"},
            "empty",
            "observed a key, observed a key, observed a key, observed a box",
            "observed yellow key, observed purple key, observed red key, observed green box",
        ),
    ],
)
def test_descriptions_by_hand(make_image, cells, carried, plain, coloured):
    """Keys, boxes, doors, each by x and then by y; last what the agent at (0, 0) carries."""
    view = GridView(make_image(cells, carried=carried))
    assert say(view, names_colors=False) == f"observation: {{{plain}}}"
    assert say(view, names_colors=True) == f"observation: {{{coloured}}}"


def test_a_door_s_state_and_the_agent_s_direction_are_not_described(make_image):
    views = [
        GridView(make_image({(2, 2): f"{state} red door"}, direction=direction))
        for state in ("open", "closed", "locked")
        for direction in range(4)
    ]
    assert len({say(view, names_colors=True) for view in views}) == 1


@given(cells=st.dictionaries(places, things), carried=st.none() | st.sampled_from(COLORS))
@pytest.mark.parametrize("names_colors", [False, True])
def test_the_scripted_planner_understands_every_description(
    make_image, names_colors, cells, carried
):
    view = GridView(make_image(cells, carried=f"{carried} key" if carried else "empty"))
    question = say(view, names_colors=names_colors)
    assert one(ScriptedModel(), Message("user", question)).text.startswith("{")
    facts = len(view.sightings) or 1
    assert question.count("observed") == facts
    assert question.count("carry") == (carried is not None)
