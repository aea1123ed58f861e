"""Batches are permutations of the data, micro-batches divide them, and only answers are predicted."""

import math

import torch
from hypothesis import given
from hypothesis import strategies as st

from tuning.batches import (
    batch_of_step,
    collate,
    micro_batches,
    num_answer_tokens,
    num_steps,
    steps_per_pass,
)
from tuning.encoding import Choice, Sample
from tuning.recipe import Recipe


def recipe(**changes):
    return Recipe(1e-3, **changes)


def marked(tokens, answers):
    return Sample(tokens, tuple(place in answers for place in range(len(tokens))))


@given(st.integers(1, 30), st.integers(1, 9), st.integers(0, 3), st.integers(0, 5))
def test_each_pass_has_every_item_once(num_items, batch_size, seed, number):
    wanted = recipe(batch_size=batch_size, seed=seed)
    per_pass = steps_per_pass(num_items, wanted)
    steps = range(number * per_pass, (number + 1) * per_pass)
    batches = [batch_of_step(step, num_items, wanted) for step in steps]
    assert sorted(item for batch in batches for item in batch) == list(range(num_items))
    assert {len(batch) for batch in batches[:-1]} <= {batch_size}


def test_passes_and_seeds_have_orders_of_their_own():
    """Of 20! orders."""
    orders = {
        batch_of_step(step, 20, recipe(batch_size=20, seed=seed))
        for step in range(3)
        for seed in range(3)
    }
    assert len(orders) == 9


def test_the_number_of_steps_is_given_or_that_of_whole_passes():
    """10 items in batches of 4 are 3 steps."""
    assert num_steps(10, recipe(batch_size=4, epochs=2)) == 6
    assert num_steps(10, recipe(batch_size=4, epochs=2, num_steps=5)) == 5


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(1, 2), st.integers(1, 200)
)
def test_micro_batches_divide_a_batch_and_fit_unless_they_have_one_item(widths, rows, most):
    parts = micro_batches(range(len(widths)), widths, rows, most)
    assert sorted(item for part in parts for item in part) == list(range(len(widths)))
    for part in parts:
        padded = rows * len(part) * max(widths[item] for item in part)
        assert padded <= most or len(part) == 1


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=30),
    st.integers(1, 2),
    st.integers(1, 200),
    st.integers(1, 4),
)
def test_parts_for_processes_take_no_more_turns_than_full_parts(widths, rows, most, num_processes):
    """In a turn each process computes a part; in the last one, some may have none."""
    alone = micro_batches(range(len(widths)), widths, rows, most)
    parts = micro_batches(range(len(widths)), widths, rows, most, num_processes)
    assert sorted(item for part in parts for item in part) == list(range(len(widths)))
    assert len(alone) <= len(parts)
    assert math.ceil(len(parts) / num_processes) == math.ceil(len(alone) / num_processes)
    for part in parts:
        assert rows * len(part) * max(widths[item] for item in part) <= most or len(part) == 1


def test_processes_have_parts_of_about_the_same_size():
    """One long item weighs as much as three short ones: 30, and 3 rows of 10; alone all fit into one part."""
    widths = [10, 30, 10, 10]
    assert micro_batches(range(4), widths, 1, 120) == [(1, 0, 2, 3)]
    assert micro_batches(range(4), widths, 1, 120, 2) == [(1,), (0, 2, 3)]


def test_items_of_similar_length_are_together():
    """Of widths 2, 9, 3 and 10, two rows of 10 and two of 3 fit into 20 tokens."""
    assert micro_batches([0, 1, 2, 3], [2, 9, 3, 10], 1, 20) == [(3, 1), (2, 0)]


def test_an_answer_token_is_predicted_from_the_token_before_it():
    """Two answers of the first sequence, one of the second, which is padded from 3 to 5 tokens.

    Its last token stands at place 5 + 2 of both sequences together, and is predicted at 5 + 1.
    """
    rows = collate(
        [marked((10, 11, 12, 13, 14), {1, 4}), marked((20, 21, 22), {2})], torch.device("cpu")
    )
    assert rows.tokens.tolist() == [[10, 11, 12, 13, 14], [20, 21, 22, 0, 0]]
    assert rows.places.tolist() == [0, 3, 6]
    assert rows.targets.tolist() == [11, 14, 22]
    assert rows.lengths == (2, 1)


def test_the_first_token_is_predicted_from_nothing():
    assert num_answer_tokens(marked((1, 2, 3), {0, 2})) == 1


def test_samples_without_answers_have_empty_rows():
    rows = collate([marked((1, 2), ())], torch.device("cpu"))
    assert (rows.places.numel(), rows.lengths) == (0, (0,))
    assert math.prod(rows.tokens.shape) == 2


def test_other_answers_follow_their_sequence_and_see_only_what_stands_before_the_answer():
    """In place of the answer 12 13 of a prompt of two tokens: 20, or 21 22. The second sequence has none.

    Each other answer begins at position 2 and sees the prompt and itself. Its first token is predicted where 12 is, at
    place 1; of 21 22 the second one where 21 stands, at place 5.
    """
    sample = Sample(
        (10, 11, 12, 13),
        (False, False, True, True),
        choices=(Choice(range(2, 4), ((20,), (21, 22))),),
    )
    rows = collate([sample, marked((30, 31), {1})], torch.device("cpu"))
    assert sample.row == (10, 11, 12, 13, 20, 21, 22)
    assert rows.tokens.tolist() == [[10, 11, 12, 13, 20, 21, 22], [30, 31, 0, 0, 0, 0, 0]]
    assert rows.places.tolist() == [1, 2, 7]
    branches = rows.branches
    assert branches.position_ids[0].tolist() == [0, 1, 2, 3, 2, 2, 3]
    assert branches.attention_mask[0, 0].int().tolist() == [
        [1, 0, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0, 0],
        [1, 1, 1, 1, 0, 0, 0],
        [1, 1, 0, 0, 1, 0, 0],
        [1, 1, 0, 0, 0, 1, 0],
        [1, 1, 0, 0, 0, 1, 1],
    ]
    assert branches.places.tolist() == [1, 2, 1, 1, 5]
    assert branches.targets.tolist() == [12, 13, 20, 21, 22]
    assert (branches.lengths, branches.choice_sizes) == ((2, 1, 2), (3,))


def test_without_other_answers_there_are_no_branches():
    assert collate([marked((1, 2), {1})], torch.device("cpu")).branches is None
