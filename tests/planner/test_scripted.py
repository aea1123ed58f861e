"""The scripted model's answers, written out."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.chat import Message, Reply, Request
from core.errors import ModelRefused
from core.rooms.plan import EXPLORE_PLAN, ObjectName, Skill, format_plan
from planner.scripted import ScriptedModel, next_action, plan_by_rules
from tests.planner.helpers import one

EXPLORE = "{explore}"
FETCH = "{go to the key, pick up the key}"
OPEN = "{go to the door, toggle the door}"
FETCH_AND_OPEN = "{go to the key, pick up the key, go to the door, toggle the door}"
UNBOX = "{go to the box, toggle the box}"

SIMPLE_DOOR_KEY = {
    "observed nothing": EXPLORE,
    "observed a key": FETCH,
    "observed a door": EXPLORE,
    "observed a key, observed a door": FETCH_AND_OPEN,
    "observed nothing, carry key": EXPLORE,
    "observed a door, carry key": OPEN,
}
KEY_IN_BOX = {
    **SIMPLE_DOOR_KEY,
    "observed a box": UNBOX,
    "observed a box, observed a door": UNBOX,
}
RANDOM_BOX_KEY = {
    **KEY_IN_BOX,
    "observed a key, observed a box": FETCH,
    "observed a key, observed a box, observed a door": FETCH_AND_OPEN,
    "observed a box, carry key": EXPLORE,
    "observed a box, observed a door, carry key": OPEN,
}
COLORED_DOOR_KEY = {
    "observed nothing": EXPLORE,
    "observed blue door": EXPLORE,
    # any key will do while the door's colour is unknown, the first one seen before the others
    "observed yellow key": "{go to the yellow key, pick up the yellow key}",
    "observed purple key, observed red key": "{go to the purple key, pick up the purple key}",
    # the right key before another, wherever it stands in the list
    "observed red key, observed blue key, observed blue door": (
        "{go to the blue key, pick up the blue key, go to the blue door, toggle the blue door}"
    ),
    "observed grey key, observed grey door": (
        "{go to the grey key, pick up the grey key, go to the grey door, toggle the grey door}"
    ),
    # a wrong key is better than empty hands
    "observed grey key, observed green door": "{go to the grey key, pick up the grey key}",
    # carried: the right key is used, a wrong one is replaced by the right one only
    "observed yellow door, carry yellow key": "{go to the yellow door, toggle the yellow door}",
    "observed blue key, observed purple door, carry purple key": (
        "{go to the purple door, toggle the purple door}"
    ),
    "observed red key, observed red door, carry yellow key": (
        "{go to the red key, pick up the red key, go to the red door, toggle the red door}"
    ),
    "observed purple door, carry green key": EXPLORE,
    "observed red key, observed blue door, carry green key": EXPLORE,
    # the door unseen
    "observed nothing, carry red key": EXPLORE,
    "observed green key, carry red key": EXPLORE,
}
TABLES = (SIMPLE_DOOR_KEY, KEY_IN_BOX, RANDOM_BOX_KEY, COLORED_DOOR_KEY)

names = st.builds(
    ObjectName,
    st.sampled_from(["key", "box", "door"]),
    st.none() | st.sampled_from(["red", "green", "blue"]),
)


def ask(question, *before):
    return one(ScriptedModel(), *before, Message("user", question))


def test_the_tables_are_complete():
    """Distinct descriptions met in 200 episodes."""
    assert [len(table) for table in TABLES[:3]] == [6, 8, 12]


@pytest.mark.parametrize(("seen", "plan"), {**RANDOM_BOX_KEY, **COLORED_DOOR_KEY}.items())
def test_every_situation_has_its_plan(seen, plan):
    assert ask(f"observation: {{{seen}}}") == Reply(plan)


def test_articles_and_spaces_do_not_matter():
    assert (
        ask("observation:{ observed the key ,observed an door,carry nothing }").text
        == FETCH_AND_OPEN
    )


def test_a_worked_example_is_repeated():
    example = (Message("user", "observation: {observed a key}"), Message("assistant", "{sing}"))
    rules = Message("system", "observation: {observed a key}")
    assert ask("observation: {observed a key}", rules, *example) == Reply("{sing}")
    assert ask("observation: {observed a door}", rules, *example) == Reply(EXPLORE)


def test_the_earliest_example_counts_and_an_answer_is_no_question():
    turns = [
        Message("user", "observation: {observed a box}"),
        Message("assistant", "observation: {observed a key}"),
        Message("user", "observation: {observed a key}"),
        Message("assistant", "{sing}"),
        Message("user", "observation: {observed a key}"),
        Message("assistant", "{dance}"),
    ]
    assert ask("observation: {observed a key}", *turns).text == "{sing}"


def test_a_complaint_is_answered_for_the_situation_it_ends_with():
    """The complaint may quote the rejected answer, braces and all."""
    complaint = (
        "Not so: 'observation: {observed a box}' is no action. observation: {observed a key}"
    )
    assert ask(complaint).text == FETCH


@pytest.mark.parametrize(
    "text",
    ["", "Hello?", "observed a key", "observation: observed a key", "observation: {observed a key"],
)
def test_a_question_without_a_situation_has_no_answer(text):
    with pytest.raises(ModelRefused) as error:
        ask(text)
    assert str(error.value) == f"the scripted planner finds no observation in {text!r}"


@pytest.mark.parametrize(
    ("facts", "unknown"),
    [
        ("observed a dragon", "observed a dragon"),
        ("observed a key, saw a door", "saw a door"),
        ("", ""),
        ("observed a key,", ""),
        ("observed a very red key", "observed a very red key"),
        ("observed a key and a door", "observed a key and a door"),
    ],
)
def test_a_fact_it_does_not_know_is_named(facts, unknown):
    with pytest.raises(ModelRefused) as error:
        ask(f"observation: {{{facts}}}")
    assert str(error.value) == f"the scripted planner does not understand {unknown!r}"


def test_no_conversation_has_no_answer():
    with pytest.raises(ModelRefused, match="finds no observation in ''"):
        one(ScriptedModel())


@given(seen=st.lists(names, max_size=5), carried=st.none() | names)
def test_a_plan_names_only_what_is_seen_and_takes_what_it_goes_to(seen, carried):
    plan = plan_by_rules(seen, carried)
    assert plan == EXPLORE_PLAN or (
        [sub_goal.skill is Skill.GO_TO for sub_goal in plan] == [True, False] * (len(plan) // 2)
    )
    for sub_goal, after in zip(plan[::2], plan[1::2], strict=False):
        assert sub_goal.target in seen
        assert after.target == sub_goal.target
        assert after.skill is (Skill.PICK_UP if after.target.kind == "key" else Skill.TOGGLE)


@given(seen=st.lists(names, max_size=5), carried=st.none() | names)
def test_a_door_is_opened_with_its_own_key(seen, carried):
    """With the key carried or fetched by the plan; a door that can be opened is opened."""
    plan = plan_by_rules(seen, carried)
    doors = [name for name in seen if name.kind == "door"]
    opened = [goal.target for goal in plan if goal.skill is Skill.TOGGLE and goal.target in doors]
    fetched = [goal.target for goal in plan if goal.skill is Skill.PICK_UP]
    for door in opened:
        [key] = fetched or [carried]
        assert key == ObjectName("key", door.color)
    if doors and ObjectName("key", doors[0].color) in [*seen, carried]:
        assert opened == [doors[0]]


@given(seen=st.lists(names, max_size=5), carried=st.none() | names)
def test_what_is_said_is_what_is_understood(seen, carried):
    facts = [f"observed {name}" for name in seen] or ["observed nothing"]
    facts += [f"carry {carried}"] if carried else []
    answer = ask(f"observation: {{{', '.join(facts)}}}").text
    assert answer == format_plan(plan_by_rules(seen, carried))


def test_questions_that_come_together_are_answered_in_order():
    texts = ["observation: {observed a key}", "observation: {observed a door}"]
    requests = [Request((Message("user", text),)) for text in texts]
    assert ScriptedModel().chat(requests) == [Reply(FETCH), Reply(EXPLORE)]
    assert ScriptedModel().chat([]) == []


@pytest.mark.parametrize(
    ("situation", "action"),
    [
        ("You have found: nothing yet. You carry nothing.", "explore"),
        ("You have found: a key, a door. You carry nothing.", "go to the key"),
        ("You have found: a key. You carry nothing. You face the key.", "pick up the key"),
        ("You have found: nothing yet. You carry the key.", "explore"),
        ("You have found: a door. You carry the key. You face the door.", "toggle the door"),
        ("You have found: a box. You carry nothing. You face the box.", "toggle the box"),
        (
            "You have found: a red key, a blue key, a blue door. You carry the red key.",
            "go to the blue key",
        ),
        (
            "There is no free way to the key.\nYou have found: a key. You carry nothing.",
            "explore",
        ),
    ],
)
def test_in_a_room_as_text_it_acts_one_action_at_a_time(situation, action):
    assert str(next_action(situation)) == action
    assert ask(situation).text == action


def test_it_thinks_where_the_conversation_shows_thoughts():
    situation = "You have found: a key. You carry nothing."
    rules = Message("system", "Reply with 'Thought:' and 'Action:'.")
    [reply] = ScriptedModel().chat([Request((rules, Message("user", situation)))])
    thought, action = reply.text.split("\n")
    assert thought.startswith("Thought: ")
    assert action == "Action: go to the key"


def test_an_earlier_answer_to_the_same_situation_is_no_example():
    """An answer that was wrong before would be repeated for ever."""
    situation = "You have found: a key. You carry nothing."
    talk = (Message("user", situation), Message("assistant", "sing"), Message("user", situation))
    [reply] = ScriptedModel().chat([Request(talk)])
    assert reply.text == "go to the key"


@given(found=st.text(), carried=st.text())
def test_a_situation_is_understood_or_refused(found, carried):
    with contextlib.suppress(ModelRefused):
        next_action(f"You have found: {found}. You carry {carried}.")
