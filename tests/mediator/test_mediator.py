"""The mediator asks until it has a feasible plan, at most three times."""

import pytest

from core.chat import Reply, Usage
from core.errors import ModelUnavailable
from core.rooms.plan import EXPLORE_PLAN, ObjectName, format_plan
from core.rooms.scene import Scene
from mediator.mediator import MAX_ANSWERS, Mediator
from planner.planner import FailedAttempt, Question
from tests.planner.helpers import DirectPlanner

QUESTION = "observation: {observed a key}"


class Speaker:
    """Gives one text after the other, with usage by its number, and keeps the questions; … is where it is cut."""

    name = "speaker"

    def __init__(self, *texts):
        self.texts = list(texts)
        self.told = []

    def answer(self, questions):
        for question in questions:
            self.told.append((question.text, [tuple(pair) for pair in question.failed_attempts]))
            number = len(self.told)
            text = self.texts[number - 1]
            cut = text.endswith("…")
            yield Reply(text.removesuffix("…"), Usage(1, 10 * number, number, 0.5), cut)


class Listener:
    """Gives each question its texts one after the other, and keeps the batches."""

    name = "listener"

    def __init__(self, **texts):
        self.texts = {f"observation: {{observed {what}}}": said for what, said in texts.items()}
        self.batches = []

    def answer(self, questions):
        self.batches.append(list(questions))
        for question in questions:
            text = self.texts[question.text][len(question.failed_attempts)]
            yield Reply(text, Usage(1, 10, 1, 0.5, cache_hits=1))


class Mute:
    name = "mute"

    def answer(self, questions):
        raise ModelUnavailable("http://localhost:8000 did not answer")


def scene_of(*names, carried=None, known=None):
    """A scene with some things in sight; what was seen before is no more than that."""
    in_sight = tuple(ObjectName(*reversed(name.split())) for name in names)
    return Scene(in_sight, carried, frozenset(in_sight) if known is None else known)


@pytest.fixture
def seen():
    """A red key is in sight, and nothing else ever was."""
    return scene_of("red key")


def ask(scene, *texts):
    speaker = Speaker(*texts)
    [answer] = Mediator(DirectPlanner(speaker), names_colors=False).ask([scene], [0])
    return answer, speaker.told


@pytest.mark.parametrize(
    ("names_colors", "question"),
    [
        (False, "observation: {observed a key, carry key}"),
        (True, "observation: {observed red key, carry blue key}"),
    ],
)
def test_the_question_describes_the_scene(names_colors, question):
    speaker = Speaker("{explore}")
    scene = scene_of("red key", carried=ObjectName("key", "blue"))
    [answer] = Mediator(DirectPlanner(speaker), names_colors=names_colors).ask([scene], [0])
    assert answer.question == question
    assert speaker.told == [(question, [])]


def test_a_good_answer_is_taken_at_once(seen):
    answer, told = ask(seen, "Sure: {go to the key, pick up the key}")
    assert format_plan(answer.plan) == "{go to the key, pick up the key}"
    assert answer.question == QUESTION
    assert (answer.text, answer.usage) == (
        "Sure: {go to the key, pick up the key}",
        Usage(1, 10, 1, 0.5),
    )
    assert answer.format_errors == 0
    assert told == [(QUESTION, [])]


def test_after_a_format_error_it_asks_again_with_the_reason(seen):
    """Usage of both tries: 2 calls, 10 + 20 and 1 + 2 tokens, 1 second."""
    answer, told = ask(seen, "{fly}", "{explore}")
    assert answer.plan == EXPLORE_PLAN
    assert (answer.text, answer.usage) == ("{explore}", Usage(2, 30, 3, 1.0))
    assert answer.format_errors == 1
    complaint = ("{fly}", "'fly' is not one of the actions")
    assert told == [(QUESTION, []), (QUESTION, [complaint])]


def test_after_three_format_errors_it_explores(seen):
    """10 + 20 + 30 and 1 + 2 + 3 tokens. A fourth answer would be good, but is never asked for."""
    answer, told = ask(seen, "{fly}", "{}", "{swim}", "{go to the key}")
    assert MAX_ANSWERS == 3
    assert answer.plan == EXPLORE_PLAN
    assert (answer.text, answer.usage) == ("{swim}", Usage(3, 60, 6, 1.5))
    assert answer.format_errors == 3
    assert [len(failed_attempts) for _, failed_attempts in told] == [0, 1, 2]
    assert [text for text, _ in told[2][1]] == ["{fly}", "{}"]


@pytest.mark.parametrize(
    "text", ["{go to the key, pick up", "{explore}", "", "<think>{explore}", "Explore"]
)
def test_an_answer_that_was_cut_holds_no_plan(seen, text):
    """Even if it could be read as one."""
    answer, told = ask(seen, f"{text}…", "{explore}")
    assert told[1] == (
        QUESTION,
        [(text, "the answer was cut off at its limit of tokens (--max_tokens)")],
    )
    assert answer.format_errors == 1


def test_a_whole_answer_before_a_turn_that_was_cut_holds_a_plan(seen):
    answer, _ = ask(seen, "{go to the key}\nUSER: observation: {observed a…")
    assert (format_plan(answer.plan), answer.format_errors) == ("{go to the key}", 0)


def test_an_empty_answer_is_called_empty(seen):
    _, told = ask(seen, " \n", "{explore}")
    assert told[1] == (QUESTION, [(" \n", "the answer was empty")])


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
def test_a_target_that_was_never_seen_is_a_format_error(seen, text, reason):
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


def test_a_box_stands_for_a_key_that_was_never_seen():
    answer, _ = ask(scene_of("grey box"), "{go to the key}")
    assert format_plan(answer.plan) == "{go to the key}"


def test_what_is_out_of_sight_but_was_seen_can_be_walked_to():
    scene = scene_of(carried=ObjectName("key", "red"), known=frozenset({ObjectName("box", "red")}))
    answer, _ = ask(scene, "{go to the box}")
    assert answer.format_errors == 0


def test_a_model_error_is_not_caught():
    with pytest.raises(ModelUnavailable, match="http://localhost:8000 did not answer"):
        Mediator(DirectPlanner(Mute()), names_colors=False).ask([scene_of()], [0])


NOTHING, A_KEY, A_BOX = scene_of(), scene_of("red key"), scene_of("red box")


def texts_of(batches):
    """What stands between the braces of each question, and how often it was rejected."""
    return [
        [
            (question.text[len("observation: {observed ") : -1], len(question.failed_attempts))
            for question in batch
        ]
        for batch in batches
    ]


def ask_together(listener, *scenes):
    return Mediator(DirectPlanner(listener), names_colors=True).ask(scenes, [0] * len(scenes))


def test_scenes_are_asked_about_together_and_only_bad_answers_again():
    """Three at first; the two that were rejected together; the one that was rejected twice."""
    listener = Listener(
        **{
            "nothing": ["{fly}", "{explore}"],
            "red key": ["{go to the red key}"],
            "red box": ["{swim}", "{go to the key}", "{go to the blue box}"],
        }
    )
    answers = ask_together(listener, NOTHING, A_KEY, A_BOX)
    assert texts_of(listener.batches) == [
        [("nothing", 0), ("red key", 0), ("red box", 0)],
        [("nothing", 1), ("red box", 1)],
    ]
    # a box will do for a key
    assert [format_plan(answer.plan) for answer in answers] == [
        "{explore}", "{go to the red key}", "{go to the key}"
    ]  # fmt: skip
    assert [answer.format_errors for answer in answers] == [1, 0, 1]
    assert [answer.usage.llm_calls for answer in answers] == [2, 1, 2]
    assert [answer.usage.cache_hits for answer in answers] == [2, 1, 2]


def test_format_errors_of_one_scene_do_not_affect_others():
    listener = Listener(
        **{"nothing": ["{fly}"] * 4, "red key": ["{explore}"], "red box": ["{fly}", "{explore}"]}
    )
    answers = ask_together(listener, NOTHING, A_KEY, A_BOX)
    assert texts_of(listener.batches) == [
        [("nothing", 0), ("red key", 0), ("red box", 0)],
        [("nothing", 1), ("red box", 1)],
        [("nothing", 2)],
    ]
    assert [answer.plan for answer in answers] == [EXPLORE_PLAN] * 3
    assert [answer.format_errors for answer in answers] == [3, 0, 1]
    assert answers[0].question == "observation: {observed nothing}"


def test_each_answer_is_checked_against_its_own_scene():
    """What is known in one room is not known in the others."""
    listener = Listener(
        **{"red key": ["{go to the red key}"], "red box": ["{go to the red door}"] * 3}
    )
    key, box = ask_together(listener, A_KEY, A_BOX)
    assert key.format_errors == 0
    assert box.format_errors == 3
    assert [question.failed_attempts for question in listener.batches[2]] == [
        (FailedAttempt("{go to the red door}", "no red door has been seen yet"),) * 2
    ]


def test_a_sample_stays_with_its_question():
    listener = Listener(**{"nothing": ["{fly}", "{explore}"], "red key": ["{explore}"] * 2})
    Mediator(DirectPlanner(listener), names_colors=True).ask([NOTHING, A_KEY, A_KEY], [5, 1, 0])
    assert [[question.sample for question in batch] for batch in listener.batches] == [
        [5, 1, 0],
        [5],
    ]


def test_a_question_has_the_feasible_plans_as_choices():
    """It is told the same again after an answer that was none of these."""
    listener = Listener(**{"red key": ["{fly}", "{explore}"]})
    ask_together(listener, A_KEY)
    choices = (
        "{explore}",
        "{go to the red key, pick up the red key}",
        "{go to the red key, pick up the red key, explore}",
    )
    assert [question.choices for [question] in listener.batches] == [choices, choices]
    assert listener.batches[0] == [Question("observation: {observed red key}")]


def test_without_scenes_the_planner_is_not_asked():
    assert Mediator(DirectPlanner(Mute()), names_colors=False).ask([], []) == []
