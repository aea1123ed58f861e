"""Each rule of pairs by hand, and what holds for any trajectories."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.chat import Message
from core.trajectory import Pair, Trajectory
from tests.tuning.conversations import FIRST, RULES, pairs, sides, trajectory_of, turns_of
from tuning.pairs import (
    Outcomes,
    PairRules,
    Rejection,
    cut_rejected,
    make_pairs,
    most_rejected,
    share_prefix,
    win_tie_lose,
)

PROMPT = (RULES, FIRST)
PUBLISHED = PairRules()
EXPERT = trajectory_of("take egg", "You take it.", "heat egg", reward=0.8)
AGENT = trajectory_of("go", "You go.", "stop", reward=0.5)


def pairs_of(*explored, expert=EXPERT, rules=PUBLISHED):
    return make_pairs({expert.case: expert}, explored, rules)


def test_the_expert_is_chosen_where_the_agent_is_worse():
    selected = pairs_of(AGENT)
    assert selected.kept == (Pair("1", PROMPT, EXPERT.turns, AGENT.turns),)
    assert not selected.left_out
    assert not selected.changed


def test_the_agent_is_chosen_where_it_is_better():
    better = replace(AGENT, reward=0.9)
    assert pairs_of(better).kept == (Pair("1", PROMPT, AGENT.turns, EXPERT.turns),)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reward": 0.8}, "with equal rewards"),
        ({"reward": None}, "without a reward"),
        ({"case": "2"}, "of a case without a demonstration"),
        ({"messages": PROMPT}, "without an answer"),
        ({"messages": EXPERT.messages}, "with both sides the same"),
        ({"messages": (RULES, Message("user", "Else."), *AGENT.turns)}, "with different prompts"),
        ({"messages": (FIRST, *AGENT.turns)}, "with different prompts"),
    ],
)
def test_what_is_no_pair_is_counted_with_its_reason(changes, reason):
    selected = pairs_of(replace(AGENT, **changes))
    assert selected.kept == ()
    assert selected.left_out == {reason: 1}


@pytest.mark.parametrize(("reward", "is_kept"), [(1.0, True), (0.0, False)])
def test_a_crash_can_count_as_a_failure(reward, is_kept):
    """As one with reward 0, which an expert with reward 0 only equals."""
    crashed = replace(AGENT, reward=None)
    expert = replace(EXPERT, reward=reward)
    selected = pairs_of(crashed, expert=expert, rules=PairRules(crashed_is_failure=True))
    assert selected.kept == ((Pair("1", PROMPT, EXPERT.turns, AGENT.turns),) if is_kept else ())


def test_an_expert_without_a_reward_makes_no_pair():
    assert pairs_of(AGENT, expert=replace(EXPERT, reward=None)).left_out == {"without a reward": 1}


def test_observations_after_the_last_answer_are_removed():
    def with_one_more(trajectory):
        return replace(trajectory, messages=(*trajectory.messages, Message("user", "It ends.")))

    selected = pairs_of(with_one_more(AGENT), expert=with_one_more(EXPERT))
    assert selected == pairs_of(AGENT)


def long(num_answers, **changes):
    contents = [f"{n // 2}" for n in range(2 * num_answers - 1)]
    return trajectory_of(*contents, **{"reward": 0.0, **changes})


@pytest.mark.parametrize(
    ("num_answers", "extra_turns", "num_left"),
    [(7, 5, 7), (8, 5, 7), (40, 5, 7), (40, None, 40), (4, 1, 3), (3, 0, 2)],
)
def test_a_long_failure_is_cut(num_answers, extra_turns, num_left):
    """The expert has 2 answers, and 5 more are allowed: at most 7 answers, 13 messages."""
    selected = pairs_of(long(num_answers), rules=PairRules(extra_turns=extra_turns))
    (pair,) = selected.kept
    assert pair.rejected == long(num_answers).turns[: 2 * num_left - 1]
    is_cut = num_left < num_answers
    assert selected.changed == ({"with the rejected side cut": 1} if is_cut else {})


def test_the_cut_is_the_published_one():
    """Published: the first LEN + 10 messages of what follows the instruction, without the first of them, where LEN
    counts the expert's first observation, too."""
    failure = long(40)
    after_instruction = failure.messages[1:]
    expected = after_instruction[: len(EXPERT.messages[1:]) + 10][1:]
    assert pairs_of(failure).kept[0].rejected == expected


def test_a_rejected_expert_is_not_cut():
    expert = long(40, reward=0.5)
    success = trajectory_of("go", reward=1.0)
    assert pairs_of(success, expert=expert).kept[0].rejected == expert.turns


def test_sides_that_are_the_same_after_the_cut_are_no_pair():
    """The agent goes on after the expert's last answer, and no more answers are allowed."""
    further = trajectory_of("take egg", "You take it.", "heat egg", "Hot.", "eat egg", reward=0.1)
    selected = pairs_of(further, rules=PairRules(extra_turns=0))
    assert selected.left_out == {"with both sides the same": 1}


def test_several_explorations_of_a_case_are_all_compared():
    other = trajectory_of("wait", reward=0.5)
    selected = pairs_of(AGENT, other, AGENT, replace(AGENT, reward=0.1))
    assert [pair.rejected for pair in selected.kept] == [AGENT.turns, other.turns]
    assert selected.left_out == {"the same as an earlier pair": 2}


def test_the_agent_s_best_success_can_be_compared_with_its_failures():
    """0.9 is the best success; the case has no demonstration; in case 2 there is no success."""
    explored = [
        trajectory_of("a", reward=0.7, success=True),
        trajectory_of("b", reward=0.9, success=True),
        trajectory_of("c", reward=0.9, success=True),
        trajectory_of("d", reward=0.2),
        trajectory_of("e", reward=0.0),
        trajectory_of("f", reward=0.0, case="2"),
    ]
    selected = make_pairs({}, explored, PairRules(among_own=True))
    assert [(pair.chosen, pair.rejected) for pair in selected.kept] == [
        (turns_of("b"), turns_of("d")),
        (turns_of("b"), turns_of("e")),
    ]
    assert selected.left_out == {"of a case without a demonstration": 6}
    assert make_pairs({}, explored, PUBLISHED).kept == ()


def test_among_its_own_a_failure_is_cut_by_the_success():
    """One answer and 5 more."""
    rules = PairRules(among_own=True)
    selected = make_pairs({}, [trajectory_of("go", reward=1.0), long(40)], rules)
    assert len(selected.kept[0].rejected) == 2 * 6 - 1


@pytest.mark.parametrize(
    ("chosen", "rejected", "num_shared"),
    [
        (("a", "1", "b"), ("c", "2", "d"), 0),
        (("a", "1", "b"), ("a", "1", "c"), 2),
        (("a", "1", "b"), ("a", "2", "b"), 0),  # the same answer and another observation
        (("a", "1", "b"), ("a", "1", "b", "2", "c"), 2),  # one side goes on
        (("a",), ("a", "1", "b"), 0),
        (("a", "1", "b", "2", "c"), ("a", "1", "b", "2", "d"), 4),
    ],
)
def test_shared_turns_move_into_the_prompt(chosen, rejected, num_shared):
    shared = share_prefix(Pair("1", PROMPT, turns_of(*chosen), turns_of(*rejected)))
    assert shared.prompt == (*PROMPT, *turns_of(*chosen)[:num_shared])
    assert shared.chosen == turns_of(*chosen)[num_shared:]
    assert shared.rejected == turns_of(*rejected)[num_shared:]


@given(pair=pairs(), shared=sides())
def test_sharing_turns_leaves_both_conversations_as_they_were(pair, shared):
    start = (*shared, Message("user", "On."))
    pair = replace(pair, chosen=(*start, *pair.chosen), rejected=(*start, *pair.rejected))
    moved = share_prefix(pair)
    assert len(moved.prompt) >= len(pair.prompt) + len(start)
    assert (*moved.prompt, *moved.chosen) == (*pair.prompt, *pair.chosen)
    assert (*moved.prompt, *moved.rejected) == (*pair.prompt, *pair.rejected)
    for side in (moved.chosen, moved.rejected):
        assert side[0].role == side[-1].role == "assistant"


def test_shared_turns_are_moved_after_the_cut():
    rules = PairRules(extra_turns=1, shared_prefix=True)
    failure = trajectory_of("take egg", "You take it.", "a", "1", "b", "2", "c", reward=0.0)
    (pair,) = pairs_of(failure, rules=rules).kept
    assert pair == Pair(
        "1", (*PROMPT, *EXPERT.turns[:2]), turns_of("heat egg"), turns_of("a", "1", "b")
    )


few_words = st.sampled_from(["a", "b"])


@st.composite
def explored_trajectories(draw):
    """Of few cases and words, so that much is equal."""
    prompt = draw(st.sampled_from([(RULES, FIRST), (FIRST,)]))
    side = draw(st.just(()) | sides(word=few_words, most=9))
    reward = draw(st.sampled_from([None, 0.0, 0.5, 1.0]))
    case = draw(st.sampled_from("123"))
    return Trajectory(case, (*prompt, *side), reward, draw(st.booleans()))


rules_of = st.builds(
    PairRules, st.none() | st.integers(0, 3), st.booleans(), st.booleans(), st.booleans()
)


@given(
    experts=st.lists(explored_trajectories(), max_size=3),
    explored=st.lists(explored_trajectories(), max_size=8),
    rules=rules_of,
)
def test_no_pair_prefers_what_is_not_better_and_all_are_counted(experts, explored, rules):
    """A side is found again by the beginning of its conversation: the best of those that begin like the chosen side
    is better than the worst of those that begin like the rejected one."""
    by_case = {expert.case: expert for expert in experts}
    selected = make_pairs(by_case, explored, rules)
    num_compared = len(selected.kept) + selected.num_left_out
    assert num_compared >= len(explored)
    assert rules.among_own or num_compared == len(explored)
    assert len(set(selected.kept)) == len(selected.kept)
    for pair in selected.kept:

        def rewards(side, pair=pair):
            whole = (*pair.prompt, *side)
            found = [
                trajectory.reward or 0.0
                for trajectory in (*by_case.values(), *explored)
                if trajectory.case == pair.case and trajectory.messages[: len(whole)] == whole
            ]
            return found

        assert pair.chosen != pair.rejected
        assert max(rewards(pair.chosen)) > min(rewards(pair.rejected))
        for side in (pair.chosen, pair.rejected):
            assert side[0].role == side[-1].role == "assistant"


@given(pair=pairs(), extra_turns=st.integers(0, 5))
def test_a_cut_side_is_a_beginning_that_ends_with_an_answer(pair, extra_turns):
    reference = Trajectory(pair.case, (*pair.prompt, *pair.chosen), 1.0)
    cut = cut_rejected(pair, reference, PairRules(extra_turns=extra_turns))
    assert cut.chosen == pair.chosen
    assert cut.rejected == pair.rejected[: len(pair.chosen) + 2 * extra_turns]
    assert cut.rejected[-1].role == "assistant"


def test_outcomes_are_counted_as_published():
    """One better, two equal, one worse; without a reward, or a demonstration, it is none of them."""
    explored = [replace(AGENT, reward=reward) for reward in (0.9, 0.8, 0.8, 0.5, None)]
    explored.append(replace(AGENT, case="2"))
    outcomes = win_tie_lose({"1": EXPERT}, explored, PUBLISHED)
    assert outcomes == Outcomes(1, 2, 1)
    assert outcomes.describe() == "win: 1, tie: 2, lose: 1"
    crashed = win_tie_lose({"1": EXPERT}, explored, PairRules(crashed_is_failure=True))
    assert crashed == Outcomes(1, 2, 2)


def test_the_answer_that_is_rejected_most_is_found():
    """The first differing rejected answers are explore, explore, wait and explore: 3 of 4."""
    sides = [
        (("a",), ("explore",)),
        (("a", "1", "b"), ("a", "1", "explore")),
        (("a", "1", "b"), ("wait", "2", "explore")),
        (("a", "1", "b"), ("a", "2", "explore")),
    ]
    some = [Pair("1", PROMPT, turns_of(*one), turns_of(*other)) for one, other in sides]
    assert most_rejected(some) == Rejection("explore", 0.75)
    assert most_rejected([]) == Rejection("", 0.0)


def test_of_a_rejected_beginning_the_last_answer_counts():
    pair = Pair("1", PROMPT, turns_of("a", "1", "b", "2", "c"), turns_of("a", "1", "b"))
    assert most_rejected([pair]) == Rejection("b", 1.0)
