r"""Any text parses to a plan or raises PlanFormatError, and nothing else."""

import random
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.answer import MAX_CHARS
from core.errors import PlanFormatError
from core.rooms.parse import MAX_SUB_GOALS, parse_plan
from core.rooms.plan import EXPLORE_PLAN, OPTIONS, ObjectName, Plan, Skill, SubGoal, format_plan

FETCH = "{go to the key, pick up the key}"
FETCH_AND_OPEN = "{go to the key, pick up the key, go to the door, toggle the door}"
OPEN = "{go to the door, toggle the door}"

names = st.builds(
    ObjectName,
    st.sampled_from(["key", "box", "door"]),
    st.none() | st.sampled_from(["red", "green", "blue", "purple", "yellow", "grey"]),
)
sub_goals = st.just(SubGoal(Skill.EXPLORE)) | st.builds(
    SubGoal, st.sampled_from([skill for skill in Skill if skill is not Skill.EXPLORE]), names
)
plans = st.lists(sub_goals, min_size=1, max_size=MAX_SUB_GOALS).map(tuple)


@st.composite
def damaged_plans(draw):
    """A plan's text with some letters changed, inserted or removed."""
    text = list(format_plan(draw(plans)))
    for _ in range(draw(st.integers(1, 5))):
        place = draw(st.integers(0, len(text)))
        new = draw(st.text("{}[]()<>,.;:*-123\n\r\t'\"`_ →andthekyplo", max_size=3))
        text[place : place + draw(st.integers(0, 3))] = new
    return "".join(text)


def outcome(text):
    """The plan, None for a PlanFormatError; any other exception fails the test."""
    try:
        return parse_plan(text)
    except PlanFormatError:
        return None


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        # as planners should write
        ("{explore}", "{explore}"),
        ("{go to the key, pick up the key}", FETCH),
        ("{go to the red key, drop the blue key}", "{go to the red key, drop the blue key}"),
        # spaces, articles, colours
        ("  { go  to the   key ,pick up the key }\n", FETCH),
        ("{go to key, pick up key}", FETCH),
        ("{go to a key, pick up an key}", FETCH),
        ("{go to this door, toggle that door}", OPEN),
        ("{go to gray box}", "{go to the grey box}"),
        ("{go to the Grey box}", "{go to the grey box}"),
        # other words for the same
        ("{goto the key, pickup the key}", FETCH),
        ("{walk to the key, grab the key}", FETCH),
        ("{approach the key, take the key}", FETCH),
        ("{navigate to the key, collect the key}", FETCH),
        ("{reach the key, get the key}", FETCH),
        ("{head to the door, open the door}", OPEN),
        ("{move toward the door, unlock the door}", OPEN),
        ("{go toward the door, unlock the door with the key}", OPEN),
        ("{go to the door, open the door using a red key}", OPEN),
        ("{go to the door, toggles the door}", OPEN),
        ("{go to the door, unlock door with key}", OPEN),
        ("{put down the key}", "{drop the key}"),
        ("{release the blue key}", "{drop the blue key}"),
        ("{search}", "{explore}"),
        ("{look around}", "{explore}"),
        ("{explore the room}", "{explore}"),
        ("{explore the rest}", "{explore}"),
        ("{explore area}", "{explore}"),
        ("{go_to the_key, pick_up_key}", FETCH),
        # upper case
        ("{GO TO THE KEY, PICK UP THE KEY}", FETCH),
        ("{Go To The Red Key}", "{go to the red key}"),
        # what stands between and around actions
        ("{go to the key; pick up the key}", FETCH),
        ("{go to the key -> pick up the key}", FETCH),
        ("{go to the key → pick up the key}", FETCH),
        ("{go to the key then pick up the key}", FETCH),
        ("{go to the key and pick up the key}", FETCH),
        ("{go to the key, and then pick up the key}", FETCH),
        ("{go to the key, pick up the key, }", FETCH),
        ("{go to the key,, pick up the key.}", FETCH),
        ("{go to the key.}", "{go to the key}"),
        ("{'go to the key', \"pick up the key\"}", FETCH),
        ("{go to the `key`, *pick up* the “key”}", FETCH),
        ("**{go to the key, pick up the key}**", FETCH),
        ("{1. go to the key, 2. pick up the key}", FETCH),
        ("{1) go to the key, 2) pick up the key}", FETCH),
        ("{(go to the key), (pick up the key)}", FETCH),
        ("{{go to the key, pick up the key}}", FETCH),
        ("{go to the key,\n pick up the key\n}", FETCH),
        ("{go to the key,\r\n pick up the key}\r\n", FETCH),
        # other brackets, or none
        ("[go to the key, pick up the key]", FETCH),
        ('["go to the key", "pick up the key"]', FETCH),
        ('{"plan": ["go to the key", "pick up the key"]}', FETCH),
        ("(go to the key, pick up the key)", FETCH),
        ("go to the key, pick up the key", FETCH),
        ("Go to the key and pick up the key.", FETCH),
        ("Explore!", "{explore}"),
        ("{go to the key, pick up the key", FETCH),
        ("go to the key, pick up the key}", FETCH),
        # labels
        ("action: go to the key, pick up the key", FETCH),
        ("Action: {go to the key, pick up the key}", FETCH),
        ("ACTIONS : explore", "{explore}"),
        ("My plan: go to the key, pick up the key", FETCH),
        ("Answer:\n1. go to the key\n2. pick up the key", FETCH),
        ("I see nothing yet.\nAction: explore\nThat should help.", "{explore}"),
        ("The action: fly. No. The action: explore", "{explore}"),
        # lists by lines
        ("1. go to the key\n2. pick up the key", FETCH),
        ("Step 1: Go to the key\nStep 2: Pick up the key", FETCH),
        ("- go to the key\n- pick up the key", FETCH),
        ("* go to the key\n* pick up the key", FETCH),
        ("• go to the key\n• pick up the key", FETCH),
        ("go to the key\npick up the key", FETCH),
        (
            "Sure, this is what to do.\n\n1. Go to the key.\n2. Pick up the key.\n\nGood luck!",
            FETCH,
        ),
        # chat around the list
        ("Sure! Here you are: {go to the key, pick up the key}. Good luck!", FETCH),
        ("observation: {observed a key}, so: {go to the key, pick up the key}", FETCH),
        ("{go to the key, pick up the key} because {observed a key, carry nothing}", FETCH),
        ("user: observation: {observed a key}\nassistant: action: {explore}", "{explore}"),
        ("<think>no door {yet}</think>\n```\n{explore}\n```", "{explore}"),
        ("first {explore}, or rather {go to the door, toggle the door}", OPEN),
        ("set {a} list [go to the key, pick up the key]", FETCH),
        (
            "{go to the key, pick up the key, go to the door, toggle the door}<|im_end|>",
            FETCH_AND_OPEN,
        ),
    ],
)
def test_formats_of_plans(text, plan):
    assert format_plan(parse_plan(text)) == plan


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{fly to the moon}", "'fly to the moon' is not one of the actions"),
        ("{go to the key, fly}", "'fly' is not one of the actions"),
        ("{go to the moon}", "'go to the moon' is not one of the actions"),
        ("{go to the pink key}", "'go to the pink key' is not one of the actions"),
        ("{go to the very red key}", "'go to the very red key' is not one of the actions"),
        ("{go to the key red}", "'go to the key red' is not one of the actions"),
        ("{go to}", "'go to' is not one of the actions"),
        ("{pick up}", "'pick up' is not one of the actions"),
        ("{toggle}", "'toggle' is not one of the actions"),
        ("{go to the key, pick it up}", "'pick it up' is not one of the actions"),
        ("{the key}", "'the key' is not one of the actions"),
        ("{explore the key}", "'explore the key' is not one of the actions"),
        ("{do not explore}", "'do not explore' is not one of the actions"),
        ("{gotothekey}", "'gotothekey' is not one of the actions"),
        (
            "{unlock the door with the box}",
            "'unlock the door with the box' is not one of the actions",
        ),
        ("{move forward}", "'move forward' is not one of the actions"),
        ("{go to the key and the door}", "'the door' is not one of the actions"),
        ("{observed a key}", "'observed a key' is not one of the actions"),
        ("I am only a model.", "'i am only a model' is not one of the actions"),
        ("You should explore", "'you should explore' is not one of the actions"),
        ("x" * 100, f"'{'x' * 60}' is not one of the actions"),
        ("", "there is no list of actions between braces"),
        (" \n\t", "there is no list of actions between braces"),
        ("{}", "there is no list of actions between braces"),
        ("{ , ,}", "there is no list of actions between braces"),
        ("[]", "there is no list of actions between braces"),
        ("...", "there is no list of actions between braces"),
    ],
)
def test_the_error_says_what_is_wrong(text, reason):
    with pytest.raises(PlanFormatError) as error:
        parse_plan(text)
    assert error.value.reason == reason
    assert error.value.text == text


@pytest.mark.parametrize(
    "text",
    [
        "I see a key. {observed a key, observed a door}",
        "Let me think about the key, the door and the box.",
        "{go to the key, pick up the key, then we shall see} and so on",
        "action: none",
        "1. look at the key\n2. smile",
        "yes\x00no",
        "{go to the \ud800}",
    ],
)
def test_a_text_without_a_complete_plan_is_refused(text):
    assert outcome(text) is None


def test_a_plan_has_at_most_max_sub_goals():
    text = ", ".join(["explore"] * MAX_SUB_GOALS)
    assert parse_plan(f"{{{text}}}") == EXPLORE_PLAN * MAX_SUB_GOALS
    assert outcome(f"{{{text}, explore}}") is None


def test_only_the_end_of_a_long_text_is_read():
    """A model that reasons concludes last."""
    thoughts = "What if I {go to the door}? No. " * 1000
    assert parse_plan(f"{thoughts} So: {{explore}}") == EXPLORE_PLAN
    assert parse_plan("{explore}".ljust(MAX_CHARS)) == EXPLORE_PLAN
    assert outcome("{explore}".ljust(MAX_CHARS + 20)) is None


@given(plan=plans)
@example(plan=(SubGoal(Skill.PICK_UP, ObjectName("door", "purple")),) * MAX_SUB_GOALS)
def test_parsing_a_formatted_plan_gives_the_plan(plan: Plan):
    assert parse_plan(format_plan(plan)) == plan
    assert parse_plan(format_plan(plan).upper()) == plan
    lines = [f"{number}. {sub_goal}" for number, sub_goal in enumerate(plan, start=1)]
    assert parse_plan("\n".join(lines)) == plan


@given(text=st.text() | st.text(string.printable) | damaged_plans())
def test_any_text_is_parsed_or_refused(text):
    plan = outcome(text)
    if plan is None:
        return
    assert 1 <= len(plan) <= MAX_SUB_GOALS
    for sub_goal in plan:
        assert (sub_goal.target is None) is (sub_goal.skill is Skill.EXPLORE)
        if sub_goal.target is not None:
            assert sub_goal.target.kind in ("key", "box", "door")
            assert sub_goal.target.color != "gray"
        assert sub_goal.option in range(len(OPTIONS))
    assert parse_plan(format_plan(plan)) == plan


@pytest.mark.parametrize(
    "text",
    [
        "{" * 100_000,
        "}" * 100_000,
        "{}" * 50_000,
        "[" * 100_000,
        "[{" * 50_000,
        " " * 100_000,
        "\n" * 100_000,
        " \n" * 50_000,
        "\t1" * 50_000,
        "1." * 50_000,
        "1.\n" * 33_000,
        "step " * 20_000,
        "- " * 50_000,
        "go to " * 20_000,
        "go to the " * 10_000,
        "{go to the key, " * 6_000,
        "go to the key with the " * 5_000,
        "action" + " " * 100_000,
        "action: " * 12_500,
        "action:" * 14_000,
        "and then " * 11_000,
        "," * 100_000,
        "the " * 25_000,
        "_" * 100_000,
        "(((" * 33_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_long_adversarial_texts_are_refused_before_the_test_times_out(text):
    """100 kB each; tests/core/rooms/test_parse_long.py has more of them."""
    assert outcome(text) is None
    assert outcome("{explore} " + text) in (None, EXPLORE_PLAN)


@pytest.mark.parametrize(
    "text",
    [
        "1. Go to the key\n2. Then pick up the key",
        "{go to the key, THEN pick up the key}",
        "GO TO THE KEY AND PICK UP THE KEY",
    ],
)
def test_separating_words_are_case_insensitive(text):
    key = ObjectName("key")
    assert parse_plan(text) == (SubGoal(Skill.GO_TO, key), SubGoal(Skill.PICK_UP, key))


def test_the_error_is_about_the_most_likely_list():
    """The list is between braces; the sentence around it is not the error."""
    with pytest.raises(PlanFormatError) as error:
        parse_plan("Sure! {go to the key, fly}")
    assert error.value.reason == "'fly' is not one of the actions"


def test_the_error_names_too_many_actions():
    with pytest.raises(PlanFormatError) as error:
        parse_plan("{" + ", ".join(["explore"] * (MAX_SUB_GOALS + 1)) + "}")
    assert error.value.reason == f"there are more than {MAX_SUB_GOALS} actions"


PIECES = (
    "{", "}", "[", "]", "(", ")", "<", "*", "_", '"', ",", ";", ".", "!", ":", "->", "→", " ", "  ",
    "\n", "\r\n", "\t", "\x00", "\u200b", "\u2028", "\ud800", "- ", "• ", "1. ", " 12)", "step ",
    "Step 3:", "action", "Action:", "plan :", "answer:", "and", "then", "explore", "{explore}",
    "go to ", "go to the key", "pick up", "toggle the ", "the ", "a ", "red ", "gray ", "key", "door",
    "with the key", "using a ", "observed a key", "{go to the key, pick up the key}",
    "```json\n", "<think>", "</think>", "<|im_end|>", "I think that ", "assistant: ",
    "ir a la llave, ", "去钥匙", "взять ключ", "اذهب إلى المفتاح", "鍵を取る", "Schlüssel", "👩🏽\u200d🚀",
)  # fmt: skip


def pieces(rng, most):
    return "".join(rng.choices(PIECES, k=rng.randint(1, most)))


def anything(rng):
    """Adversarial text."""
    kind = rng.randrange(100)
    if kind < 20:
        return "".join(map(chr, rng.choices(range(0x110000), k=rng.randint(0, 80))))
    if kind < 50:
        return pieces(rng, 40)
    if kind < 70:  # a plan, damaged
        text = list(
            pieces(rng, 4) + "{go to the red key, pick up the red key, explore}" + pieces(rng, 4)
        )
        for _ in range(rng.randint(1, 6)):
            place = rng.randrange(len(text))
            text[place : place + rng.randint(0, 3)] = rng.choice(PIECES)
        return "".join(text)
    if kind < 80:  # lists in lists
        depth = rng.randint(1, 50)
        opening, closing = rng.choices("{[(", k=depth), rng.choices("}])", k=depth)
        return "".join(opening) + pieces(rng, 8) + "".join(closing)
    # the same again and again, between two other things: what makes patterns go back and forth
    often = 100_000 if kind >= 98 else rng.choice([100, MAX_CHARS // 2, MAX_CHARS + 1])
    piece = pieces(rng, 3)
    return pieces(rng, 3) + piece * (often // len(piece)) + pieces(rng, 3)


@pytest.mark.parametrize(
    "number", [100, pytest.param(10_000, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_adversarial_texts_are_parsed_or_refused(number):
    rng = random.Random(0)
    for _ in range(number):
        plan = outcome(anything(rng))
        assert plan is None or 1 <= len(plan) <= MAX_SUB_GOALS
