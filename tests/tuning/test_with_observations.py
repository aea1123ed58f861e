"""A sample with loss on its observations is the same conversation."""

from tuning.batches import answer_places
from tuning.encoding import Sample, with_observations


def test_every_token_that_is_predicted_carries_loss():
    """Of four tokens the first is predicted from nothing."""
    sample = Sample((5, 6, 7, 8), (False, False, True, False), cut=True)
    everywhere = with_observations(sample)
    assert answer_places(sample) == [2]
    assert answer_places(everywhere) == [1, 2, 3]
    assert (everywhere.tokens, everywhere.cut) == (sample.tokens, sample.cut)
