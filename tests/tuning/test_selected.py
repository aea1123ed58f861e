from tuning.selected import Selected


def test_what_is_left_out_and_changed_is_said_in_one_line():
    selected = Selected(
        ("a", "b", "c"), {"with equal rewards": 2, "without a reward": 0}, {"cut to 64 tokens": 1}
    )
    assert selected.num_left_out == 2
    assert selected.describe() == "3 kept (1 cut to 64 tokens); left out: 2 with equal rewards"


def test_of_what_did_not_happen_nothing_is_said():
    assert (
        Selected((1, 2)).describe() == Selected((1, 2), {"x": 0}, {"y": 0}).describe() == "2 kept"
    )
