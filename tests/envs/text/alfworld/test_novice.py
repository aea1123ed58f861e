"""The household's beginner: what its notes say, and what it reads in notes."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.text.alfworld.novice import Novice, places_in_vain, sightings

PLACES = ("desk 1", "drawer 2", "drawer 1", "safe 1", "shelf 1")
ROOM = "You are in the middle of a room. Looking quickly around you, you see {}.\n\nYour task is to: {}."
EMPTY = "You arrive at {0}. On the {0}, you see nothing."


def novice(task="put a mug in safe", notes=(), seed=0):
    seen = ", ".join(f"a {place}" for place in PLACES)
    return Novice(ROOM.format(seen, task), notes, random.Random(seed))


def observe(player, *steps):
    for command, observation in steps:
        player.observe(command, observation)
    return player


def arrive(place, *things):
    seen = ", ".join(f"a {thing}" for thing in things) or "nothing"
    return f"go to {place}", f"You arrive at {place}. On the {place}, you see {seen}."


@given(st.dictionaries(st.sampled_from(PLACES), st.sets(st.integers(1, 3)), min_size=1))
def test_what_a_note_says_is_what_was_seen(mugs):
    """`mugs` are their numbers by place; a pen lies everywhere and is of no use."""
    things = {place: [f"mug {number}" for number in sorted(mugs[place])] for place in mugs}
    player = observe(novice(), *(arrive(place, "pen 1", *things[place]) for place in mugs))
    note = player.note()
    last = {thing: place for place in things for thing in things[place]}
    assert sightings([note]) == last
    assert places_in_vain([note]) == set(mugs) - set(last.values())


def test_a_note_in_full():
    player = observe(
        novice("put a clean mug in safe", seed=1),
        arrive("desk 1"),
        ("go to drawer 1", "You arrive at drawer 1. The drawer 1 is closed."),
        ("open drawer 1", "You open the drawer 1. The drawer 1 is open. In it, you see a mug 2."),
        ("take mug 2 from drawer 1", "You pick up the mug 2 from the drawer 1."),
        arrive("safe 1"),
        ("move mug 2 to safe 1", "You move the mug 2 to the safe 1."),
    )
    assert player.note() == (
        "I ran out of steps before I was done. I looked at desk 1, and safe 1 and found nothing of use there. "
        "I saw mug 2 at drawer 1. It was not enough to bring the mug: next time I clean it first, with the "
        "sinkbasin. Next time I go straight to what I saw."
    )


def test_a_note_after_a_loop_and_one_with_something_missing():
    stuck = observe(novice(), *[("go to desk 9", "Nothing happens.")] * 2)
    assert stuck.note().startswith("I repeated 'go to desk 9' and got nowhere.")
    lamp = observe(novice("look at mug under the desklamp"), arrive("desk 1", "mug 1"))
    assert lamp.note().startswith("I ran out of steps while I still looked for a desklamp. I saw")


def test_what_was_noted_is_fetched_at_once_and_noted_again():
    player = novice(notes=["I saw mug 3 at shelf 1."])
    assert player.act() == "go to shelf 1"
    assert "I saw mug 3 at shelf 1" in player.note()
    observe(player, arrive("shelf 1"))
    assert player.act() == "examine shelf 1"  # the note was wrong: it searches on
    assert "I saw" not in player.note()


def test_places_that_were_searched_in_vain_come_last():
    order = []
    player = novice(notes=["I looked at desk 1, drawer 1, and shelf 1 and found nothing there."])
    while len(order) < len(PLACES):
        command = player.act()
        place = command.removeprefix("go to ")
        if place != command:
            order.append(place)
            player.observe(*arrive(place))
        else:
            player.observe(command, "You see nothing special.")
    assert set(order[-3:]) == {"desk 1", "drawer 1", "shelf 1"}


def test_a_receptacle_is_left_as_it_was():
    player = novice()
    first = player.act().removeprefix("go to ")
    observe(player, (f"go to {first}", f"You arrive at {first}. The {first} is closed."))
    done = []
    seen = f"The {first} is open. In it, you see nothing."
    for _ in range(4):
        done.append(player.act())
        observe(
            player, (done[-1], seen if done[-1] != f"close {first}" else f"You close the {first}.")
        )
    assert done == [f"open {first}", f"examine {first}", "look", f"close {first}"]
    assert player.act().startswith("go to ")


@pytest.mark.parametrize(
    "note",
    [
        "It was not enough to bring the mug: next time I clean it first, with the sinkbasin.",
        "I forgot that the mug has to be clean, so cleaning the mug at the sink comes first!",
    ],
)
def test_a_reminder_is_followed(note):
    """Seed 1 draws that it forgets."""
    seen = ["I saw mug 1 at desk 1."]
    steps = [
        arrive("desk 1", "mug 1"),
        ("take mug 1 from desk 1", "You pick up the mug 1 from the desk 1."),
    ]
    task = "put a clean mug in safe"
    forgetful = observe(novice(task, seen, seed=1), *steps)
    assert forgetful.act() == "go to safe 1"
    introduction = ROOM.format("a desk 1, a safe 1, a sinkbasin 1", task)
    reminded = observe(Novice(introduction, [*seen, note], random.Random(1)), *steps)
    assert reminded.act() == "go to sinkbasin 1"


def test_notes_in_other_words():
    notes = [
        "In this environment, I was stuck in a loop. The **mug 1** lies on the desk 1; mug 2 is in the drawer 2. "
        "I opened drawer 1 and the safe 1, but there was no mug. I did not check shelf 1."
    ]
    assert sightings(notes)["mug 2"] == "drawer 2"
    assert places_in_vain(notes) == {"drawer 1", "safe 1"}


def test_a_lesson_names_no_place_and_no_thing_of_the_game():
    player = observe(
        novice("put a clean mug in safe", seed=1),
        arrive("desk 1", "mug 2"),
        ("look", "You are next to the desk 1."),
        ("take mug 2 from desk 1", "You pick up the mug 2 from the desk 1."),
        arrive("safe 1"),
        ("move mug 2 to safe 1", "You move the mug 2 to the safe 1."),
    )
    assert player.lesson() == (
        "It is not enough to bring a thing: clean it first, with a sinkbasin. Go from one place to the next without "
        "examining what was seen, without looking around and without closing anything."
    )
    assert novice().lesson() == "It took too many steps to search place after place."


def test_who_reads_the_lesson_takes_no_time_and_forgets_nothing():
    lesson = observe(novice(), ("look", "A room.")).lesson()
    player = novice(notes=[lesson])
    first = player.act().removeprefix("go to ")
    observe(player, arrive(first))
    assert player.act().startswith("go to ")
    introduction = ROOM.format("a desk 1, a safe 1, a sinkbasin 1", "put a clean mug in safe")
    reminder = "It is not enough to bring a thing: clean it first, with a sinkbasin."
    reader = Novice(introduction, [lesson, reminder], random.Random(1))
    observe(
        reader,
        arrive("desk 1", "mug 1"),
        ("take mug 1 from desk 1", "You pick up the mug 1 from the desk 1."),
    )
    assert reader.act() == "go to sinkbasin 1"
