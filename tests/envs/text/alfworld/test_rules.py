"""The rules by hand in a small kitchen, and what holds in every state of the published games."""

import random
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.text.alfworld.games import read_games
from envs.text.alfworld.rules import Verb, admissible, carry_out, is_admissible
from envs.text.alfworld.state import State
from envs.text.alfworld.text import (
    Syntax,
    command_text,
    command_texts,
    introduction,
    outcome,
    read_command,
)
from tests.envs.text.alfworld.kitchen import kitchen

GAMES = list(read_games("valid_unseen").values())
REFUSED = "Nothing happens."


def play(goal, *commands):
    """The state and the observations after some commands in the kitchen."""
    state, observations = State.of(kitchen(goal)), []
    for text in commands:
        command = read_command(state.game, text, Syntax.NEW, strict=True)
        if command is None or not is_admissible(state, command):
            observations.append(REFUSED)
            continue
        carry_out(state, command)
        observations.append(outcome(state, command, Syntax.NEW))
    return state, observations


def answer(*commands):
    """The last observation."""
    return play("place", *commands)[1][-1]


def test_the_introduction_lists_receptacles_by_identifier_and_the_first_has_the_highest_number():
    assert introduction(kitchen()) == (
        "-= Welcome to TextWorld, ALFRED! =-\n\nYou are in the middle of a room. Looking quickly around you, "
        "you see a cabinet 2, a cabinet 1, a countertop 1, a fridge 1, a microwave 1, a shelf 1, and a sinkbasin 1."
        "\n\nYour task is to: put some apple on countertop."
    )


def test_at_the_start_one_can_only_go_somewhere():
    state = State.of(kitchen())
    places = ("cabinet 1", "cabinet 2", "countertop 1", "fridge 1", "microwave 1", "shelf 1")
    assert command_texts(state.game, admissible(state), Syntax.NEW) == [
        *(f"go to {place}" for place in places),
        "go to sinkbasin 1",
        "help",
        "inventory",
        "look",
    ]


@pytest.mark.parametrize(
    ("commands", "observation"),
    [
        (["look"], "You are in the middle of a room. Looking quickly around you, you see nothing."),
        (["go to cabinet 2"], "You arrive at cabinet 2. The cabinet 2 is closed."),
        (["go to cabinet 1"], "You arrive at cabinet 1. On the cabinet 1, you see a apple 1."),
        (["go to cabinet 1", "go to cabinet 2"], REFUSED),  # both are at the same location
        (["go to cabinet 2", "take apple 2 from cabinet 2"], REFUSED),  # it is closed
        (
            ["go to cabinet 2", "open cabinet 2"],
            "You open the cabinet 2. The cabinet 2 is open. In it, you see a apple 2.",
        ),
        (["go to cabinet 2", "open cabinet 2", "open cabinet 2"], REFUSED),
        (["go to cabinet 2", "open cabinet 2", "close cabinet 2"], "You close the cabinet 2."),
        (["go to cabinet 1", "open cabinet 1"], REFUSED),  # it has no door
        (
            ["go to countertop 1"],
            "You arrive at countertop 1. On the countertop 1, you see a bowl 1, and a knife 1.",
        ),
        (
            ["go to countertop 1", "examine shelf 1"],
            "On the shelf 1, you see a apple 1, and a desklamp 1.",
        ),
        (["go to countertop 1", "use desklamp 1"], "You turn on the desklamp 1."),
        (["go to countertop 1", "take desklamp 1 from shelf 1"], REFUSED),
        (
            ["go to countertop 1", "look"],
            "You are facing the countertop 1, and shelf 1. Next to it, you see nothing.",
        ),
        (["go to sinkbasin 1"], "You arrive at sinkbasin 1. On the sinkbasin 1, you see nothing."),
        (["inventory"], "You are not carrying anything."),
        (["go to cabinet 1", "examine apple 1"], REFUSED),  # only what is held can be examined
    ],
)
def test_looking_around(commands, observation):
    assert answer(*commands) == observation


HOLD_APPLE = ["go to cabinet 1", "take apple 1 from cabinet 1"]
HOLD_KNIFE = ["go to countertop 1", "take knife 1 from countertop 1"]


@pytest.mark.parametrize(
    ("commands", "observation"),
    [
        ([], "You pick up the apple 1 from the cabinet 1."),
        (["inventory"], "You are carrying: a apple 1."),
        (["examine apple 1"], "There's nothing special about apple 1."),
        (["open cabinet 2", "take apple 2 from cabinet 2"], REFUSED),  # hands are full
        (["move apple 1 to cabinet 2"], REFUSED),  # it is closed
        (["go to sinkbasin 1", "move apple 1 to sinkbasin 1"], REFUSED),  # it does not fit
        (["heat apple 1 with microwave 1"], REFUSED),  # it is elsewhere
        (
            ["go to microwave 1", "heat apple 1 with microwave 1"],
            "You heat the apple 1 using the microwave 1.",
        ),
        (
            ["go to sinkbasin 1", "clean apple 1 with sinkbasin 1"],
            "You clean the apple 1 using the sinkbasin 1.",
        ),
        (
            ["go to fridge 1", "cool apple 1 with fridge 1"],
            "You cool the apple 1 using the fridge 1.",
        ),
        (
            ["go to microwave 1", "move apple 1 to microwave 1"],
            REFUSED,
        ),  # for this it has to be open
        (
            ["go to shelf 1", "examine shelf 1"],
            "On the shelf 1, you see a apple 1, and a desklamp 1.",
        ),
        (
            ["move apple 1 to cabinet 1", "examine cabinet 1"],
            "On the cabinet 1, you see a apple 1.",
        ),
    ],
)
def test_with_an_apple_in_the_hands(commands, observation):
    """The apple is on the shelf as well, as some objects of the published games are in two receptacles."""
    assert answer(*HOLD_APPLE, *commands) == observation


HEAT = ["go to microwave 1", "heat apple 1 with microwave 1"]
COOL = ["go to fridge 1", "cool apple 1 with fridge 1"]
CLEAN = ["go to sinkbasin 1", "clean apple 1 with sinkbasin 1"]
SLICE = [
    *HOLD_KNIFE,
    "go to cabinet 1",
    "slice apple 1 with knife 1",
    "go to countertop 1",
    "move knife 1 to countertop 1",
]


@pytest.mark.parametrize(
    ("commands", "words"),
    [
        (HEAT, "hot"),
        (COOL, "cold"),
        (CLEAN, "clean"),
        ([*HEAT, *COOL], "cold"),
        ([*COOL, *HEAT], "hot"),
        ([*CLEAN, *HEAT], "hot and clean"),
        ([*COOL, *CLEAN], "cool and clean"),
    ],
)
def test_states_of_an_object(commands, words):
    assert answer(*HOLD_APPLE, *commands, "examine apple 1") == f"This is a {words} apple 1."
    sliced = words.replace("cold", "cool") + " sliced"
    assert (
        answer(*SLICE, *HOLD_APPLE, *commands, "examine apple 1") == f"This is a {sliced} apple 1."
    )


def test_a_sliced_object():
    assert answer(*SLICE, *HOLD_APPLE, "examine apple 1") == "This is a sliced apple 1."


def test_what_is_sliced_may_be_behind_a_closed_door():
    commands = [*HOLD_KNIFE, "go to cabinet 1", "slice apple 2 with knife 1"]
    assert answer(*commands) == "You sliced the apple 2 with the knife 1."


def test_only_a_knife_slices_what_lies_here():
    assert answer(*HOLD_KNIFE, "slice apple 1 with knife 1") == REFUSED  # it lies at the cabinet
    commands = ["go to countertop 1", "take bowl 1 from countertop 1", "go to cabinet 1"]
    assert answer(*commands, "slice apple 1 with bowl 1") == REFUSED


def test_a_vessel_is_always_normal_and_shows_what_was_in_it_at_first():
    commands = [*HOLD_KNIFE, "move knife 1 to countertop 1", "take bowl 1 from countertop 1"]
    assert (
        answer(*commands, "examine bowl 1") == "This is a normal bowl 1. In it, you see a knife 1."
    )


def test_look_names_what_was_taken_from_one_receptacle_and_put_into_another_beside_it():
    commands = [*HOLD_APPLE, "open cabinet 2", "move apple 1 to cabinet 2", "look"]
    faced = "You are facing the cabinet 2, and cabinet 1. Next to it, you see"
    assert answer(*commands) == f"{faced} a apple 1."
    back = ["take apple 1 from cabinet 2", "move apple 1 to cabinet 1", "look"]
    assert answer(*commands, *back) == f"{faced} a apple 1."  # now because of cabinet 2


@pytest.mark.parametrize(
    ("goal", "commands"),
    [
        ("place", [*HOLD_APPLE, "go to countertop 1", "move apple 1 to countertop 1"]),
        (
            "clean",
            [*HOLD_APPLE, *CLEAN, "go to fridge 1", "open fridge 1", "move apple 1 to fridge 1"],
        ),
        (
            "heat",
            [*HOLD_APPLE, *HEAT, "go to fridge 1", "open fridge 1", "move apple 1 to fridge 1"],
        ),
        ("cool", [*HOLD_APPLE, *COOL, "go to countertop 1", "move apple 1 to countertop 1"]),
        (
            "two",
            [
                *HOLD_APPLE,
                *("go to fridge 1", "open fridge 1", "move apple 1 to fridge 1"),
                *("go to cabinet 2", "open cabinet 2", "take apple 2 from cabinet 2"),
                *("go to fridge 1", "move apple 2 to fridge 1"),
            ],
        ),
        ("look", [*HOLD_APPLE, "go to countertop 1", "use desklamp 1"]),
        ("look", ["go to shelf 1", "use desklamp 1", *HOLD_APPLE, "go to shelf 1"]),
        ("look", ["go to shelf 1", "use desklamp 1", "take apple 1 from shelf 1"]),
    ],
)
def test_a_game_is_won_with_the_last_command(goal, commands):
    assert play(goal, *commands)[0].is_won()
    assert REFUSED not in play(goal, *commands)[1]
    for length in range(len(commands)):
        assert not play(goal, *commands[:length])[0].is_won()


def test_an_object_in_two_receptacles_can_win_from_the_hands():
    """Apple 1 is taken out of the cabinet, and still on the shelf when it is put onto the countertop and cooled."""
    before = [*HOLD_APPLE, "go to countertop 1", "move apple 1 to countertop 1"]
    commands = [
        *before,
        "take apple 1 from shelf 1",
        "go to fridge 1",
        "cool apple 1 with fridge 1",
    ]
    state, _ = play("cool", *commands)
    assert state.is_won()
    assert state.held is not None


def walk(game, seed, length=30):
    """The states of a random walk that prefers rare commands."""
    rng, state = random.Random(seed), State.of(game)
    yield state
    for _ in range(length):
        commands = list(admissible(state))
        verb = rng.choice(sorted({command.verb for command in commands}))
        carry_out(state, rng.choice([each for each in commands if each.verb == verb]))
        yield state


seeds = st.integers(0, 2**32 - 1)
games = st.sampled_from(GAMES)


@given(games, seeds)
def test_what_is_listed_is_what_is_accepted(game, seed):
    """Sentences with the names of some places, of all that is here and of some other objects."""
    *_, state = walk(game, seed, length=12)
    rng = random.Random(seed)
    places = {*state.here, *rng.sample(range(len(game.receptacles)), 3)}
    things = {thing for place in places for thing in state.contents[place]} | game.sliceable
    things |= {state.held} - {None} | set(rng.sample(range(len(game.objects)), 3))
    places = [game.receptacles[place] for place in places]
    things = [game.objects[thing] for thing in things]
    sentences = ["look", "inventory", "help"]
    for verb in ("go to", "open", "close", "examine", "use"):
        sentences += [f"{verb} {name}" for name in (*places, *things)]
    for words in ("take from", "move to", "clean with", "heat with", "cool with", "slice with"):
        verb, preposition = words.split()
        sentences += [
            f"{verb} {thing} {preposition} {name}"
            for thing in things
            for name in (*places, *things)
        ]
    read = {text: read_command(game, text, Syntax.NEW, strict=True) for text in sentences}
    accepted = [text for text, each in read.items() if each and is_admissible(state, each)]
    listed = command_texts(game, admissible(state), Syntax.NEW)
    assert set(accepted) <= set(listed)
    assert sorted(accepted) == [text for text in listed if text in read]
    assert all(text.startswith("go to ") for text in set(listed) - set(read))


@given(games, seeds)
def test_states_are_sound(game, seed):
    for state in walk(game, seed):
        assert state.contents == [sorted(set(contents)) for contents in state.contents]
        assert state.opened <= game.openable
        assert not state.hot & state.cool
        assert state.held is None or state.held in game.pickupable
        assert set().union(*state.contents, {state.held}) >= set().union(*game.contents)


@given(games, seeds)
def test_a_walk_does_not_change_the_game(game, seed):
    before = deepcopy(State.of(game))
    assert len(list(walk(game, seed))) == 31
    assert State.of(game) == before


@given(games, seeds, st.sampled_from(Syntax))
def test_a_command_is_read_as_it_is_written(game, seed, syntax):
    *_, state = walk(game, seed, length=8)
    for command in admissible(state):
        if command.verb is Verb.HELP:
            continue
        text = command_text(game, command, syntax)
        for strict in (True, False):
            assert read_command(game, text, syntax, strict=strict) == command
