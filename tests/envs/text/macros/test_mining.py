"""Functions from episodes: by hand, in a made-up world, and for planted sequences."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from core.chat import Message
from core.learning_text import CASE, CODE, CREATE_CUE, END, EPISODES_HEADING, OBSERVATION
from core.library import LAST_OBSERVATION
from envs.text.macros.learner import answer
from envs.text.macros.mining import Criteria, Guard, Macro, Step, mine, occurrences
from envs.text.macros.traces import Call, Event, read_call
from envs.text.macros.writing import write_all
from sandbox.box import Action, Box

PLAIN = Criteria(max_steps=4, min_support=2, line_cost=0.5, max_macros=1)


def trace(*calls, seen=""):
    return tuple(Event(read_call(call), seen, seen) for call in calls)


def test_equal_things_share_a_variable():
    traces = [
        trace('lift("a", "x")', 'put("a", "y")', 'ring("z")'),
        trace('lift("b", "u")', 'put("b", "v")'),
    ]
    (macro,) = mine(traces, PLAIN)
    assert macro == Macro("lift_put", (Step("lift", (0, 1)), Step("put", (0, 2))), 2)


def test_the_name_of_a_long_macro_has_its_first_and_last_action_in_full():
    names = [f"turn_the_{thing}_round" for thing in ("handle", "crank", "wheel", "dial")]
    traces = [trace(*(f'{name}("a")' for name in names))] * 3
    every = Criteria(max_steps=2, min_support=2, line_cost=0.25, max_macros=9)
    assert [macro.name for macro in mine(traces, every)][-1] == f"{names[0]}_to_{names[-1]}"


def test_what_is_equal_by_chance_in_one_place_only_is_no_rule():
    traces = [trace('lift("a", "x")', 'put("a", "x")'), trace('lift("b", "u")', 'put("b", "v")')]
    (macro,) = mine(traces, PLAIN)
    assert macro.steps == (Step("lift", (0, 1)), Step("put", (0, 2)))


def test_a_sequence_that_does_not_recur_is_no_macro():
    assert mine([trace('lift("a")', 'put("a")', 'ring("z")')], PLAIN) == []


def test_an_optional_step_is_taken_when_what_was_read_says_so():
    def visit(place, is_shut):
        arrived = f"You are there. The {place} is shut."
        go = Event(Call("go", (place,)), "", arrived if is_shut else "You are there.")
        unlock = Event(Call("unlock", (place,)), arrived, "It opens.")
        look = Event(Call("look", (place,)), "It opens.", "Nothing.")
        return (go, unlock, look) if is_shut else (go, look)

    traces = [visit("hut", True), visit("den", False), visit("inn", True), visit("spa", False)]
    (macro,) = mine(traces, PLAIN)
    guard = Guard("The {0} is shut.", is_there=True)
    assert macro.steps == (Step("go", (0,)), Step("unlock", (0,), guard), Step("look", (0,)))
    assert macro.support == 4
    (source,) = write_all([macro], {"go": ("place",)})
    assert 'if f"The {place} is shut." in seen' in source
    calls = [str(call) for call in run(source, 'go_unlock_look("hut")', "The hut is shut.")]
    assert calls == ["go('hut')", "unlock('hut')", "look('hut')"]
    calls = [str(call) for call in run(source, 'go_unlock_look("hut")', "The inn is shut.")]
    assert calls == ["go('hut')", "look('hut')"]


def run(source, code, seen=""):
    """The calls of code, in a world where every action is possible and returns the same."""
    kinds = dict.fromkeys(("go", "unlock", "look"), ("place",))
    kinds |= {f"do{number}": ("one", "other") for number in range(10)}
    actions = {name: Action(words, lambda *_: seen) for name, words in kinds.items()}
    actions[LAST_OBSERVATION] = Action((), lambda: seen)
    with Box(actions, 100) as box:
        assert not box.run(source).error
        ran = box.run(code)
    assert not ran.error
    return [call for call in ran.calls if call.name != LAST_OBSERVATION]


NAMES = st.sampled_from([f"do{number}" for number in range(6)])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(NAMES, st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=4),
    st.integers(2, 4),
    st.randoms(use_true_random=False),
)
def test_a_planted_sequence_is_found_and_its_function_calls_it(steps, times, rng):
    """Between random actions of other names; the macros shorten the episodes by what was planted at least."""
    traces = []
    for number in range(times):
        things = [f"thing{number}{letter}" for letter in "abc"]
        noise = [
            Event(Call(f"do{rng.randint(6, 9)}", (f"x{rng.random()}", "y")), "", "")
            for _ in range(2)
        ]
        planted = [Event(Call(name, (things[a], things[b])), "", "") for name, a, b in steps]
        traces.append((noise[0], *planted, noise[1]))
    macros = mine(
        traces, Criteria(max_steps=len(steps), min_support=2, line_cost=0.25, max_macros=1)
    )
    (macro,) = macros
    places = [one for each in traces for one in occurrences(macro.steps, each)]
    assert len(places) >= times
    (source,) = write_all(macros, {})
    one = next(iter(occurrences(macro.steps, traces[0])))
    calls = run(source, str(Call(macro.name, one.values)))
    expected = [event.call for event in traces[0][one.start : one.end]]
    assert [Call(call.name, call.arguments) for call in calls] == expected


def told(*episodes):
    lines = [EPISODES_HEADING]
    for number, calls in enumerate(episodes):
        lines.append(f"{CASE} made-up/{number}: solved")
        for call in calls:
            lines += [OBSERVATION, "All is well.", CODE, call]
        lines += [OBSERVATION, "Done."]
    return "\n".join([*lines, END])


def ask(text, sample=0, seed=0):
    messages = (
        Message("system", "The actions are: frobnicate(gizmo, dial); zap(gizmo)."),
        Message("user", f"{text}\n\n{CREATE_CUE}"),
    )
    return answer(messages, sample, random.Random(seed))


def test_nothing_is_typed_in_advance():
    """In a made-up world the functions are those of its episodes, with its parameters."""
    episodes = [[f'frobnicate("g{n}", "d{n}")', f'zap("g{n}")'] for n in range(3)]
    text = ask(told(*episodes))
    assert "def frobnicate_zap(gizmo, dial):" in text
    assert "seen = frobnicate(gizmo, dial)\n    seen = zap(gizmo)\n    return seen" in text


def test_without_anything_that_recurs_no_function_is_written():
    assert "def " not in ask(told(['frobnicate("a", "b")'], ['zap("c")']))
    assert "def " not in ask("There are no episodes.")


def test_the_same_conversation_has_the_same_answer_and_samples_differ():
    episodes = [
        [
            call
            for n in range(4)
            for call in (
                f'frobnicate("g{e}{n}", "d")',
                f'zap("g{e}{n}")',
                f'frobnicate("h{e}{n}", "d")',
            )
        ]
        for e in range(3)
    ]
    text = told(*episodes)
    answers = [ask(text, sample, sample) for sample in range(6)]
    assert answers == [ask(text, sample, sample) for sample in range(6)]
    assert len(set(answers)) > 1


def test_other_requests_are_none_of_the_learners():
    assert answer((Message("user", "Hello."),), 0, random.Random(0)) is None
    assert answer((), 0, random.Random(0)) is None
