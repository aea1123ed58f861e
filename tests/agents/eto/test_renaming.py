"""Copies of trajectories in which names are exchanged: by hand, and what holds for every draw."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.eto.renaming import with_renamed
from core.chat import Message
from core.errors import SettingsError
from core.settings import SftSettings
from core.trajectory import Trajectory
from envs.text.alfworld.expert import kinds_of_things

WORDS = re.compile(r"[a-z]+")
PLAYED = Trajectory(
    "train/1",
    (
        Message("user", "You see a fridge 1. Your task is to: put some apple on fridge."),
        Message("assistant", "go to fridge 1"),
        Message("user", "You see a apple 2, a pan 1, and a pancake 1."),
        Message("assistant", "take apple 2 from fridge 1"),
    ),
    1.0,
    True,
)


def test_with_two_names_a_copy_keeps_or_exchanges_them():
    """Only whole words are names: pancake stays, and so does the fridge."""
    texts = set()
    for seed in range(20):
        first, copy = with_renamed([PLAYED], ("apple", "pan"), 1, seed)
        assert first == PLAYED
        assert (copy.case, copy.reward, copy.success) == ("train/1", 1.0, True)
        texts.add(tuple(message.content for message in copy.messages))
    exchanged = (
        "You see a fridge 1. Your task is to: put some pan on fridge.",
        "go to fridge 1",
        "You see a pan 2, a apple 1, and a pancake 1.",
        "take pan 2 from fridge 1",
    )
    assert texts == {tuple(message.content for message in PLAYED.messages), exchanged}


@given(copies=st.integers(0, 4), seed=st.integers(0, 2**32))
def test_names_are_exchanged_one_for_one(copies, seed):
    names = kinds_of_things()
    made = with_renamed([PLAYED, PLAYED], names, copies, seed)
    assert made == with_renamed([PLAYED, PLAYED], names, copies, seed)
    assert len(made) == 2 * (1 + copies)
    before = WORDS.findall(" ".join(message.content for message in PLAYED.messages))
    for copy in made:
        after = WORDS.findall(" ".join(message.content for message in copy.messages))
        new = dict(zip(before, after, strict=True))
        assert [new[word] for word in before] == after
        assert all(old in names and word in names for old, word in new.items() if old != word)
        assert len({new["apple"], new["pan"]}) == 2


def test_things_are_neither_places_nor_lamps():
    things = kinds_of_things()
    assert {"apple", "mug", "pencil"} < set(things)
    assert not {"fridge", "desk", "drawer", "desklamp", "floorlamp"} & set(things)


def test_other_worlds_have_no_names_to_exchange():
    with pytest.raises(SettingsError, match="--renamed: gripper has no names"):
        SftSettings(task="gripper", save_name="x", renamed=1)
