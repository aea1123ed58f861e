"""Each distinct question costs once."""

import json

import pytest

from core.chat import Reply, Usage
from core.errors import ModelUnavailable
from planner.memoize import MemoizedPlanner
from planner.planner import FailedAttempt, Question
from tests.planner.helpers import answer


class Counter:
    """Answers with the number of the question, for a price; keeps the batches it was asked in."""

    name = "counter"

    def __init__(self):
        self.batches = []

    def answer(self, questions):
        first = sum(map(len, self.batches)) + 1
        self.batches.append(list(questions))
        return [Reply(f"answer {first + n}", Usage(1, 100, 10, 0.5)) for n in range(len(questions))]


class OnceMute:
    """Has no answer at first, once some questions are answered."""

    name = "once mute"

    def __init__(self, answered=0):
        self.is_mute = True
        self.answered = answered

    def answer(self, questions):
        for number, _ in enumerate(questions):
            if self.is_mute and number == self.answered:
                self.is_mute = False
                raise ModelUnavailable("no answer")
            yield Reply("{explore}")


def test_a_question_costs_once():
    counter = Counter()
    planner = MemoizedPlanner(counter)
    assert answer(planner, "where?") == Reply("answer 1", Usage(1, 100, 10, 0.5))
    assert answer(planner, "where?") == Reply("answer 1")
    assert answer(planner, "what?") == Reply("answer 2", Usage(1, 100, 10, 0.5))
    assert answer(planner, "where?") == Reply("answer 1")
    assert counter.batches == [[Question("where?")], [Question("what?")]]
    assert planner.num_questions == 2


def test_what_is_new_in_a_batch_is_asked_together_and_once():
    """Paid for at its first place; what stood in the memory or in the batch before is free."""
    counter = Counter()
    planner = MemoizedPlanner(counter)
    answer(planner, "where?")
    texts = ["what?", "where?", "who?", "what?"]
    assert planner.answer([Question(text) for text in texts]) == [
        Reply("answer 2", Usage(1, 100, 10, 0.5)),
        Reply("answer 1"),
        Reply("answer 3", Usage(1, 100, 10, 0.5)),
        Reply("answer 2"),
    ]
    assert counter.batches[1:] == [[Question("what?"), Question("who?")]]
    assert planner.answer([Question("who?")] * 2) == [Reply("answer 3")] * 2
    assert planner.answer([]) == []
    assert len(counter.batches) == 2


def test_after_a_rejection_it_is_another_question():
    """Without this a rejected answer would be given again for ever."""
    counter = Counter()
    planner = MemoizedPlanner(counter)
    failed_attempts = [FailedAttempt("answer 1", "no plan"), FailedAttempt("answer 1", "no key")]
    assert answer(planner, "where?").text == "answer 1"
    assert answer(planner, "where?", failed_attempts[0]).text == "answer 2"
    assert answer(planner, "where?", failed_attempts[1]).text == "answer 3"
    assert answer(planner, "where?", *failed_attempts).text == "answer 4"
    assert answer(planner, "where?", failed_attempts[0]) == Reply("answer 2")
    assert counter.batches[3] == [Question("where?", failed_attempts=tuple(failed_attempts))]


def test_another_sample_is_another_question_and_other_choices_are_not():
    """The choices follow from the question's text."""
    planner = MemoizedPlanner(Counter())
    assert answer(planner, "where?").text == "answer 1"
    assert answer(planner, "where?", sample=1).text == "answer 2"
    assert answer(planner, "where?", choices=("{explore}",)) == Reply("answer 1")


def test_the_name_is_that_of_the_planner_remembered():
    assert MemoizedPlanner(Counter()).name == "counter"


def test_a_memory_is_taken_up_from_a_checkpoint():
    first = MemoizedPlanner(Counter())
    rejection = FailedAttempt("answer 1", "no plan")
    answer(first, "where?")
    answer(first, "where?", rejection)
    answer(first, "where?", sample=7)
    counter = Counter()
    second = MemoizedPlanner(counter)
    second.load(json.loads(json.dumps(first.to_json())))
    assert second.num_questions == 3
    assert answer(second, "where?") == Reply("answer 1")
    assert answer(second, "where?", rejection) == Reply("answer 2")
    assert answer(second, "where?", sample=7) == Reply("answer 3")
    assert counter.batches == []
    assert second.to_json() == first.to_json()


def test_a_failure_is_not_remembered():
    planner = MemoizedPlanner(OnceMute())
    with pytest.raises(ModelUnavailable, match="no answer"):
        answer(planner, "where?")
    assert planner.num_questions == 0
    assert answer(planner, "where?") == Reply("{explore}")


def test_what_was_answered_before_a_failure_is_remembered():
    planner = MemoizedPlanner(OnceMute(answered=2))
    with pytest.raises(ModelUnavailable, match="no answer"):
        planner.answer([Question(text) for text in ("where?", "what?", "who?", "why?")])
    assert planner.num_questions == 2


def test_what_was_spent_is_the_sum_of_all_that_was_paid_for():
    """Three answers for 100 + 10 tokens and half a second each, however often they are wanted."""
    planner = MemoizedPlanner(Counter())
    assert planner.total_usage == Usage()
    planner.answer([Question("where?"), Question("what?"), Question("where?")])
    answer(planner, "where?")
    answer(planner, "who?")
    assert planner.total_usage == Usage(3, 300, 30, 1.5)
    later = MemoizedPlanner(Counter())
    later.load(planner.to_json())
    assert later.total_usage == planner.total_usage
