"""Toggle is one action."""

import numpy as np
from minigrid.core.actions import Actions

from core.rooms.plan import ObjectName, Skill, SubGoal
from skills.option import SkillContext
from skills.toggle import start_toggle


def toggle(view, target=None):
    sub_goal = SubGoal(Skill.TOGGLE, target)
    return start_toggle(sub_goal, view, SkillContext({}.get, np.random.default_rng(0), 3))


def test_toggle_is_one_action_whatever_is_ahead(draw_view):
    for drawing in ("#### #>b# ####", "#### #>d# ####", "#### #>.# ####"):
        view = draw_view(drawing)
        assert toggle(view).step(view) == (Actions.toggle, True)
        assert toggle(view, ObjectName("box")).step(view) == (Actions.toggle, True)


def test_with_its_key_the_door_opens(draw_view, draw_room):
    drawing = "#### #>d# ####"
    room = draw_room(drawing, carried="k")
    action, _ = toggle(draw_view(drawing, carried="k")).step(None)
    assert room.step(action)[2]
    assert room.drawing() == ["####", "#>o#", "####"]


def test_a_box_is_opened(draw_view, draw_room):
    """The drawn box is empty."""
    drawing = "#### #>b# ####"
    room = draw_room(drawing)
    action, _ = toggle(draw_view(drawing)).step(None)
    room.step(action)
    assert room.drawing() == ["####", "#>.#", "####"]
