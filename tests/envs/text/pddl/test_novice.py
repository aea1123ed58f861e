"""The planning beginner: what it does not know, what its notes say, and what it reads in notes."""

import random

import pytest

from core.task import find_text_tasks
from envs.text.pddl.expert import ground
from envs.text.pddl.novice import Novice, preconditions_in
from runner.text import make_world

REFUSED = "You cannot pick up ball3 in rooma with left now. This is not true: Gripper left is free."
NOTE = (
    "I reached nothing. I repeated 'pick up ball3 in rooma with left' and got nowhere, because this was not true: "
    "Gripper left is free. Next time I make that true first."
)


def introduction():
    [task] = find_text_tasks("gripper")
    return make_world(task).reset(options={"case": "gripper/prob01"})[0]


def test_a_refused_action_is_noted_with_what_it_lacked():
    player = Novice(introduction(), (), random.Random(0))
    for _ in range(2):
        player.observe("pick up ball3 in rooma with left", REFUSED)
    assert player.note() == NOTE


def test_a_note_is_read_for_every_such_action():
    """Pick up has three preconditions: the ball and the robot are in the room, the gripper is free."""
    problem = ground(introduction())
    actions = problem.problem.domain.actions
    [(name, number)] = preconditions_in(NOTE, problem)
    assert (name, actions[name].preconditions[number][0]) == ("pick", "free")


@pytest.mark.parametrize(
    "note",
    [
        'I could not "Pick up ball3 in rooma with left.", it said: Gripper left is free. Look first!',
        "Don't 'pick up ball1 in rooma with right' before this holds: Gripper right is free.",
    ],
)
def test_notes_in_other_words(note):
    assert [name for name, _ in preconditions_in(note, ground(introduction()))] == ["pick"]


@pytest.mark.parametrize(
    "note", ["", "'", "I am lost: 'fly to the moon' is not true: Gripper left is free.", "''''::"]
)
def test_a_note_without_an_action_teaches_nothing(note):
    assert not list(preconditions_in(note, ground(introduction())))


def test_a_note_after_all_steps_says_what_was_reached():
    """A ball is carried over, and one is on its way."""
    [task] = find_text_tasks("gripper")
    env = make_world(task)
    player = Novice(env.reset(options={"case": "gripper/prob01"})[0], (), random.Random(0))
    for action in (
        "pick up ball3 in rooma with left",
        "pick up ball2 in rooma with right",
        "move from rooma to roomb",
        "drop ball3 in roomb from left",
    ):
        player.observe(action, env.step(action)[0])
    assert player.note() == (
        "I reached this: ball3 is in roomb. Then I ran out of steps. Next time I try a shorter way."
    )
