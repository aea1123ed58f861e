"""Losses of batches with several turns, by hand: each token of these fakes has a log-probability of its own."""

import math
from dataclasses import replace

import pytest
import torch

from algos.dpo import LogProbs
from tuning.batches import collate
from tuning.encoding import Choice, Sample, SamplePair
from tuning.objectives import Imitation, Preference, pair_log_probs, stage_warnings
from tuning.weights import Scores

CHOSEN = Sample((1, 2, 3, 4, 5, 6), (False, False, True, False, True, True))
"""A prompt of two tokens, an answer, an observation (4), and an answer of two tokens."""
REJECTED = Sample((1, 2, 7, 8), (False, False, True, True))
OTHER = SamplePair(Sample((1, 3), (False, True)), Sample((1, 2, 9, 3), (False, False, False, True)))
PAIRS = [SamplePair(CHOSEN, REJECTED), OTHER]


def score(samples):
    """Token t has the log-probability -t; even tokens are the most likely."""
    rows = collate(samples, torch.device("cpu"))
    scores = Scores(-rows.targets.float(), rows.targets % 2 == 0, rows.lengths, torch.empty(0))
    if rows.branches is None:
        return scores
    parts = (-rows.branches.targets.float()).split(rows.branches.lengths)
    totals = torch.stack([part.sum() for part in parts])
    return replace(scores, totals=totals, choice_sizes=rows.branches.choice_sizes)


def named(objective, batch, items, samples):
    part = objective.part(batch, items, score(samples))
    return part.loss.item(), dict(zip(objective.metrics, part.metrics.tolist(), strict=True))


def test_imitation_is_the_mean_over_the_answer_tokens_of_all_turns():
    """3, 5 and 6 of one sample, 7 and 8 of the other: mean 29 / 5; 6 and 8 are the most likely."""
    loss, metrics = named(Imitation([CHOSEN, REJECTED]), (0, 1), (0, 1), [CHOSEN, REJECTED])
    assert loss == pytest.approx(5.8)
    assert metrics == pytest.approx({"loss": 5.8, "token_accuracy": 0.4, "tokens": 5})


def test_micro_batches_add_up_to_the_mean_of_the_batch():
    """14 / 5 + 15 / 5, and not the mean of 14 / 3 and 15 / 2."""
    objective = Imitation([CHOSEN, REJECTED])
    losses = [
        named(objective, (0, 1), (n,), [sample])[0] for n, sample in enumerate((CHOSEN, REJECTED))
    ]
    assert losses == pytest.approx([2.8, 3])


def test_imitation_among_other_answers():
    """Of CHOSEN's answers 3 and 5 6, the second might have been 4 4 or 1; of REJECTED's nothing is known.

    The totals are -11, -8 and -1: the given answer is not the likeliest. Its loss is 10 and a little.
    """
    chosen = replace(CHOSEN, choices=(Choice(range(4, 6), ((4, 4), (1,))),))
    samples = [chosen, REJECTED]
    loss, metrics = named(Imitation(samples), (0, 1), (0, 1), samples)
    among = math.log(math.exp(-11) + math.exp(-8) + math.exp(-1)) + 11
    assert metrics.pop("choice_loss") == pytest.approx(among)
    assert metrics.pop("choice_accuracy") == 0
    assert loss == pytest.approx(5.8 + among)
    assert metrics == pytest.approx({"loss": 5.8, "token_accuracy": 0.4, "tokens": 5})


def test_micro_batches_add_up_to_the_mean_over_the_choices_of_the_batch():
    """Two choices of one sample, one of another, none of the third: parts of 2/3, 1/3 and 0."""
    one = replace(CHOSEN, choices=(Choice(range(2, 3), ((9,),)), Choice(range(4, 6), ((9, 9),))))
    two = replace(REJECTED, choices=(Choice(range(2, 4), ((1,), (2, 3))),))
    samples = [one, two, OTHER.chosen]
    objective = Imitation(samples)
    whole_loss, whole = named(objective, (0, 1, 2), (0, 1, 2), samples)
    parts = [named(objective, (0, 1, 2), (n,), [sample]) for n, sample in enumerate(samples)]
    assert sum(loss for loss, _ in parts) == pytest.approx(whole_loss)
    accuracies = [metrics["choice_accuracy"] for _, metrics in parts]
    assert accuracies == pytest.approx([2 / 3, 0, 0])
    assert whole["choice_accuracy"] == pytest.approx(2 / 3)


def reference():
    return LogProbs(torch.tensor([-13.0, -5.0]), torch.tensor([-12.0, -3.0]))


def test_preference_compares_the_sums_over_all_turns():
    """Of the first pair -14 and -15, of the second -3 and -3.

    Changes: -1 and -3, 2 and 0. Margins with beta 0.5: 0.5 * (-1 + 3) = 1 and 0.5 * 2 = 1. The SFT term is the
    mean over the chosen tokens 3, 5, 6 and 3: 17 / 4.
    """
    objective = Preference(PAIRS, reference(), 0.5, 0.0)
    sides = [CHOSEN, OTHER.chosen, REJECTED, OTHER.rejected]
    loss, metrics = named(objective, (0, 1), (0, 1), sides)
    expected = math.log(1 + math.exp(-1))
    assert loss == pytest.approx(expected)
    assert metrics == pytest.approx(
        {
            "loss": expected,
            "sft_term": 4.25,
            "margin": 1,
            "accuracy": 1,
            "chosen_log_prob": -8.5,
            "rejected_log_prob": -9,
            "chosen_change": 0.5,
            "rejected_change": -1.5,
        }
    )


def test_the_sft_term_is_added_with_its_weight():
    """To the loss of the test above, 2 * 4.25."""
    sides = [CHOSEN, OTHER.chosen, REJECTED, OTHER.rejected]
    loss, metrics = named(Preference(PAIRS, reference(), 0.5, 2.0), (0, 1), (0, 1), sides)
    assert loss == pytest.approx(metrics["loss"] + 8.5)


def test_pairs_in_any_micro_batches_add_up():
    """The second pair's part first; reference and tokens are those of the pair, not of the place."""
    objective = Preference(PAIRS, reference(), 0.5, 1.0)
    batch = (1, 0)
    whole, _ = named(objective, batch, batch, [OTHER.chosen, CHOSEN, OTHER.rejected, REJECTED])
    parts = [named(objective, batch, (n,), [PAIRS[n].chosen, PAIRS[n].rejected])[0] for n in batch]
    assert sum(parts) == pytest.approx(whole)


def test_the_two_sides_of_pairs_are_told_apart():
    found = pair_log_probs(score([CHOSEN, REJECTED]))
    assert (found.chosen.tolist(), found.rejected.tolist()) == ([-14], [-15])


def test_a_fall_of_the_chosen_side_is_said():
    """On average over the last pass, -4 and -8 are more than 5 nats, and -4 and -6 are not."""
    fallen = [{"dpo/chosen_change": change} for change in (-4.0, -8.0)]
    [said] = stage_warnings(fallen)
    assert "fell by 6.0 nats" in said
    assert stage_warnings([{"dpo/chosen_change": change} for change in (-4.0, -6.0)]) == ()
    assert stage_warnings([{"sft/loss": 3.0}]) == ()
