"""When an attempt repeats itself, and which attempts count."""

import json
import lzma
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.reflexion.loop_rules import LOOP_RULES
from agents.reflexion.success import SUCCESS, solved_so_far
from core.choices import LOOP_RULES as LOOP_NAMES
from core.choices import SUCCESS_RULES
from core.episode import Episode, Step
from reports.trials import Trial
from runner.text import History, Move, Turn
from tests.repository import ROOT

EPISODES = ROOT.parent / "shared/data/replay/alfworld/episodes.jsonl.xz"


def history(*steps):
    """Of actions with the observations after them; of an unreadable answer the action is empty."""
    observations = ["first", *(observation for _, observation in steps)]
    turns = [
        Turn(observation, action, Move(action) if action else None)
        for observation, (action, _) in zip(observations, steps, strict=False)
    ]
    return History("7", tuple(turns), observations[-1])


def first_loop(rule, steps):
    """After how many steps a rule ends an attempt; None if it does not."""
    is_loop = LOOP_RULES[rule]
    numbers = range(1, len(steps) + 1)
    return next((n for n in numbers if is_loop(history(*steps[:n]))), None)


LOOK, GO, BACK = ("look", "a room"), ("go", "a hall"), ("back", "a room")


@pytest.mark.parametrize(
    ("steps", "observation", "published"),
    [
        ([LOOK] * 6, 4, 2),
        ([GO, BACK] * 6, 7, None),  # the fourth go
        ([LOOK, ("look", "a dark room")] * 2, None, 2),
        ([("", "no action")] * 5, 4, 2),
        ([GO, BACK, LOOK] * 3, None, None),
        ([LOOK], None, None),
    ],
)
def test_a_loop_by_hand(steps, observation, published):
    assert first_loop("observation", steps) == observation
    assert first_loop("published", steps) == published
    assert first_loop("none", steps) is None


@given(st.lists(st.sampled_from([LOOK, GO, BACK, ("", "no action")]), max_size=12))
def test_a_rule_looks_at_its_definition_only(steps):
    """By counting all equal pairs, and by comparing neighbours."""
    loops = [n for n in range(1, len(steps) + 1) if steps[:n].count(steps[n - 1]) == 4]
    assert first_loop("observation", steps) == (loops[0] if loops else None)
    pairs = [n for n in range(2, len(steps) + 1) if steps[n - 1][0] == steps[n - 2][0]]
    assert first_loop("published", steps) == (pairs[0] if pairs else None)


@pytest.mark.skipif(not EPISODES.exists(), reason="needs ../shared")
def test_no_rule_ends_a_public_episode_that_succeeds():
    """Of 222 episodes of ten models; `observation` ends 112 of the 163 that fail, `published` 59."""
    with lzma.open(EPISODES, "rt") as lines:
        finished = [row for row in map(json.loads, lines) if row["finished"]]
    ended = {
        (rule, row["won"], number)
        for number, row in enumerate(finished)
        for rule in ("observation", "published")
        # of a thought nothing comes back, and the last action ends the episode anyway
        if first_loop(
            rule, [tuple(step) for step in row["steps"] if not step[0].startswith("think")][:-1]
        )
    }
    counts = Counter((rule, won) for rule, won, _ in ended)
    assert counts == {("observation", False): 112, ("published", False): 59}


def episode(case, *, success=False, looped=False):
    step = Step("look", 0.0, observation="a room")
    return Episode(
        "t", case, success=success, score=float(success), terminated=success, truncated=not success,
        steps=(step,), looped=looped,
    )  # fmt: skip


def test_running_out_of_steps_counts_by_the_published_rule_only():
    assert SUCCESS["won"](episode("a", success=True))
    assert SUCCESS["published"](episode("a", success=True))
    assert not SUCCESS["won"](episode("a"))
    assert SUCCESS["published"](episode("a"))
    assert not SUCCESS["published"](episode("a", looped=True))
    # a wrong answer to a question ends the attempt
    assert not SUCCESS["published"](replace(episode("a"), terminated=True, truncated=False))
    # the model refused the first request
    assert not SUCCESS["published"](replace(episode("a"), steps=()))


def test_what_is_solved_by_either_rule():
    """a wins in trial 1, b runs out of steps in trial 0, c was solved before by another program."""
    trials = [
        Trial(0, (), {}, frozenset("c")),
        Trial(1, (episode("a", looped=True), episode("b")), {}, frozenset()),
        Trial(2, (episode("a", success=True), episode("b", looped=True)), {}, frozenset("a")),
    ]
    assert solved_so_far(trials, "won") == [{"c"}, {"c"}, {"a", "c"}]
    assert solved_so_far(trials, "published") == [{"c"}, {"b", "c"}, {"a", "b", "c"}]


def test_rules_have_the_names_of_the_flags():
    assert LOOP_RULES.keys() == LOOP_NAMES.keys()
    assert SUCCESS.keys() == SUCCESS_RULES.keys()
