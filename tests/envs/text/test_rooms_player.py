"""Players of rooms as text: the beginner's rules, its notes, and what it reads in notes."""

import random

import pytest

from envs.text.rooms import GOAL
from envs.text.rooms_player import Expert, Novice

START = f"You are in a closed room. Your task is to: {GOAL}.\nYou have found: {{}}. You carry {{}}."
KEY_AND_DOOR = START.format("a key, a door", "nothing")
BOX = START.format("a box", "nothing")
APPROACH = "Next time I go to a thing before I use it."
KEY_FIRST = "Next time I find the key before I go to the door."
OPEN_BOX = "Next time I open the box, in which there may be a key."


class Draws(random.Random):
    """Draws that a test chooses: the novice does not know a rule if the draw is 0."""

    def __init__(self, *draws):
        super().__init__()
        self._draws = iter(draws)

    def random(self):
        return next(self._draws)


def novice(introduction, *unknown, notes=()):
    """A novice that does not know these of the rules approach, key first, open the box."""
    rules = ("approach", "key", "box")
    return Novice(introduction, notes, Draws(*(float(rule not in unknown) for rule in rules)))


def test_the_expert_knows_all_rules():
    player = Expert(KEY_AND_DOOR)
    assert (player.act(), player.other_action(random.Random(0))) == ("go to the key", "explore")
    assert player.thought() == "The key may open the door, so I go there."
    with pytest.raises(ValueError, match="not the first observation of a room"):
        Expert("You have found: a key. You carry nothing.")


@pytest.mark.parametrize(
    ("introduction", "unknown", "action", "result", "advice", "better"),
    [
        (
            KEY_AND_DOOR,
            "approach",
            "pick up the key",
            "You do not face the key: go to the key first.",
            APPROACH,
            "go to the key",
        ),
        (
            KEY_AND_DOOR + " You face the door.",
            "key",
            "toggle the door",
            "The door is locked, and you do not carry its key.",
            KEY_FIRST,
            "go to the key",
        ),
        (BOX, "box", "explore", "You explore and find nothing new.", OPEN_BOX, "go to the box"),
    ],
)
def test_a_rule_that_was_broken_is_noted_and_kept_from_then_on(
    introduction, unknown, action, result, advice, better
):
    player = novice(introduction, unknown)
    assert player.act() == action
    assert player.thought() == f"I think that it is time to {action}."
    situation = introduction.splitlines()[1]
    for _ in range(2):
        player.observe(action, f"{result}\n{situation}")
    note = player.note()
    assert (
        note
        == f"I repeated '{action}' and got nowhere. The last thing I read was: {result} {advice}"
    )
    assert novice(introduction, unknown, notes=[note]).act() == better
    lesson = player.lesson()
    assert lesson == advice.replace("Next time I", "In every room I")
    assert novice(introduction, unknown, notes=[lesson]).act() == better


@pytest.mark.parametrize(
    ("introduction", "unknown", "note", "better"),
    [
        (
            KEY_AND_DOOR,
            "approach",
            "You must go to the key first, then pick it up.",
            "go to the key",
        ),
        (
            KEY_AND_DOOR,
            "key",
            "I will get the red key and carry it before I touch the door.",
            "go to the key",
        ),
        (BOX, "box", "- Toggle the purple box!", "go to the box"),
    ],
)
def test_notes_in_other_words(introduction, unknown, note, better):
    assert novice(introduction, unknown, notes=[note]).act() == better
    assert (
        novice(introduction, unknown, notes=["The key is in a box; the door was near."]).act()
        != better
    )


def test_a_note_without_a_broken_rule():
    player = novice(KEY_AND_DOOR)
    player.observe("go to the key", "You go to the key.\nYou have found: a key. You carry nothing.")
    assert player.note() == "I ran out of steps. The last thing I read was: You go to the key."
    assert player.lesson() == "It took too many steps."
