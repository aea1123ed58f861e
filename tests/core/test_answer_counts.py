"""Answers that could not be read are counted and said, with the reason that a flag can mend."""

import pytest

from core.answer_counts import AnswerCounts
from core.chat import Reply

CUT, EMPTY, ODD = Reply("{go", cut=True), Reply(" \n"), Reply("no")
CUT_EMPTY = Reply("", cut=True)
ALL_CUT = (
    "2 cut at --max_tokens 9, raise it unless the model is untrained: such a model ends no answer"
)


@pytest.mark.parametrize(
    ("answers", "unread", "line"),
    [
        (10, [], ""),
        (10, [ODD], "1 of 10 answers held no plan; for example 'no'"),
        (10, [CUT, EMPTY, ODD], "3 of 10 answers held no plan; 1 cut at --max_tokens 9, raise it; 1 empty; for example 'no'"),
        (4, [CUT, CUT, ODD], "warning: 3 of 4 answers held no plan; 2 cut at --max_tokens 9, raise it; for example 'no'"),
        (2, [EMPTY, EMPTY], "warning: none of 2 answers held a plan; 2 empty"),
        (4, [CUT, CUT_EMPTY], "2 of 4 answers held no plan; 2 cut at --max_tokens 9, raise it; for example '{go'"),
        (2, [CUT_EMPTY, CUT_EMPTY], f"warning: none of 2 answers held a plan; {ALL_CUT}"),
        (2, [CUT_EMPTY, CUT], f"warning: none of 2 answers held a plan; {ALL_CUT}; for example '{{go'"),
        (0, [], ""),
    ],
)  # fmt: skip
def test_what_could_not_be_read_is_said(answers, unread, line, capsys):
    """On stderr where it is more than half; an answer that is cut and empty counts as cut."""
    AnswerCounts.of(answers, unread).show("plan", 9)
    out, err = capsys.readouterr()
    assert (out + err).rstrip("\n") == line
    assert bool(err) == line.startswith("warning")


def test_counts_add_up():
    """1 + 0 cut, 1 + 2 empty, 3 + 2 unread, 10 + 2 in all."""
    one, two = AnswerCounts.of(10, [CUT, EMPTY, ODD]), AnswerCounts.of(2, [EMPTY, EMPTY])
    assert one + two == sum([one, two], AnswerCounts()) == AnswerCounts(12, 5, 1, 3, "no")


def test_an_action_is_called_an_action():
    assert AnswerCounts(2, 2).describe("action", 9) == "none of 2 answers held an action"
