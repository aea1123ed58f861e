"""The mediator asks until it has a plan that can be carried out, but not for ever."""

import pytest

from core.chat import Reply
from core.errors import PlannerError
from core.plan import EXPLORE_PLAN, format_plan
from core.view import GridView
from mediator.mediator import MAX_TRIES, Mediator
from mediator.sightings import Sightings

QUESTION = "observation: {observed a key}"


class Speaker:
    """Says one text after the other, each for the price of its number, and keeps what it was told."""

    name = "speaker"

    def __init__(self, *texts):
        self.texts = list(texts)
        self.told = []

    def answer(self, question, rejections=()):
        self.told.append((question, [tuple(rejection) for rejection in rejections]))
        number = len(self.told)
        return Reply(self.texts[number - 1], 1, 10 * number, number, 0.5)


class Mute:
    name = "mute"

    def answer(self, question, rejections=()):
        raise PlannerError("http://localhost:8000 did not answer")


@pytest.fixture
def seen(make_image):
    """A memory of a red key at (2, 2), and of nothing else."""
    sightings = Sightings()
    sightings.update(GridView(make_image({(2, 2): "red key"})))
    return sightings


def ask(sightings, *texts):
    speaker = Speaker(*texts)
    return Mediator(speaker, names_colors=False).ask(QUESTION, sightings), speaker.told


def test_a_question_describes_the_view(make_image):
    view = GridView(make_image({(2, 2): "red key"}, carried="blue key"))
    plain, coloured = (Mediator(Speaker(), names_colors=flag) for flag in (False, True))
    assert plain.question(view) == "observation: {observed a key, carry key}"
    assert coloured.question(view) == "observation: {observed red key, carry blue key}"


def test_a_good_answer_is_taken_at_once(seen):
    answer, told = ask(seen, "Sure: {go to the key, pick up the key}")
    assert format_plan(answer.plan) == "{go to the key, pick up the key}"
    assert answer.question == QUESTION
    assert answer.reply == Reply("Sure: {go to the key, pick up the key}", 1, 10, 1, 0.5)
    assert answer.format_errors == 0
    assert told == [(QUESTION, [])]


def test_after_a_bad_answer_it_asks_again_with_the_complaint(seen):
    """Both tries are paid for: 2 calls, 10 + 20 and 1 + 2 tokens, 1 second."""
    answer, told = ask(seen, "{fly}", "{explore}")
    assert answer.plan == EXPLORE_PLAN
    assert answer.reply == Reply("{explore}", 2, 30, 3, 1.0)
    assert answer.format_errors == 1
    complaint = ("{fly}", "'fly' is not one of the actions")
    assert told == [(QUESTION, []), (QUESTION, [complaint])]


def test_after_three_bad_answers_it_explores(seen):
    """10 + 20 + 30 and 1 + 2 + 3 tokens. A fourth answer would be good, but is never asked for."""
    answer, told = ask(seen, "{fly}", "{}", "{swim}", "{go to the key}")
    assert MAX_TRIES == 3
    assert answer.plan == EXPLORE_PLAN
    assert answer.reply == Reply("{swim}", 3, 60, 6, 1.5)
    assert answer.format_errors == 3
    assert [len(rejections) for _, rejections in told] == [0, 1, 2]
    assert [text for text, _ in told[2][1]] == ["{fly}", "{}"]


def test_the_third_answer_still_counts(seen):
    answer, _ = ask(seen, "{fly}", "{swim}", "{go to the red key}")
    assert format_plan(answer.plan) == "{go to the red key}"
    assert answer.format_errors == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{go to the door}", "no door has been seen yet"),
        ("{go to the key, go to the box}", "no box has been seen yet"),
        ("{go to the blue key}", "no blue key has been seen yet"),
        ("{explore, go to the door, toggle the door}", "no door has been seen yet"),
    ],
)
def test_a_place_that_was_never_seen_is_complained_about(seen, text, reason):
    answer, told = ask(seen, text, "{explore}")
    assert told[1] == (QUESTION, [(text, reason)])
    assert answer.plan == EXPLORE_PLAN
    assert answer.format_errors == 1


@pytest.mark.parametrize(
    "text",
    [
        "{explore}",
        "{go to the key}",
        "{go to the red key}",
        "{pick up the blue key}",  # nothing to walk to
        "{toggle the door}",
        "{drop the box}",
    ],
)
def test_only_places_to_walk_to_must_be_known(seen, text):
    answer, _ = ask(seen, text)
    assert format_plan(answer.plan) == text
    assert answer.format_errors == 0


def test_a_box_will_do_for_a_key(make_image):
    sightings = Sightings()
    sightings.update(GridView(make_image({(1, 2): "grey box"})))
    answer, _ = ask(sightings, "{go to the key}")
    assert format_plan(answer.plan) == "{go to the key}"


def test_a_planner_without_an_answer_is_not_hidden():
    with pytest.raises(PlannerError, match="http://localhost:8000 did not answer"):
        Mediator(Mute(), names_colors=False).ask(QUESTION, Sightings())
