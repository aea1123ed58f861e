"""Episodes and functions as text that a learner reads."""

from hypothesis import example, given
from hypothesis import strategies as st

from core.episode import Episode, Step
from core.learning_text import (
    CASE,
    CODE,
    CREATE_CUE,
    END,
    EPISODES_HEADING,
    FAILURE_HEADING,
    OBSERVATION,
    Transcript,
    episodes_text,
    library_text,
    read_transcripts,
)
from core.library import LEARNED_HEADING, LearnedFunction, Library
from core.untrusted import clean

MARKS = (CASE, CODE, OBSERVATION, END, f"{CASE} 1: solved", EPISODES_HEADING, "#", " ", "\n")
texts = st.lists(st.sampled_from(MARKS) | st.text(max_size=8)).map("".join).map(clean)
names = st.from_regex(r"[a-z]+/[0-9]+(: solved)?", fullmatch=True)


def episode(case="gripper/1", goal="", success=True, turns=(), final="The end."):
    steps = tuple(
        Step(code, 0.0, observation=observation, is_valid=bool(code)) for observation, code in turns
    )
    return Episode(
        "gripper",
        case,
        success=success,
        score=float(success),
        terminated=success,
        truncated=not success,
        steps=steps,
        goal=goal,
        final_observation=final,
    )


episodes = st.builds(
    episode,
    names,
    goal=st.just(""),
    success=st.booleans(),
    turns=st.lists(st.tuples(texts, texts), max_size=4),
    final=texts,
)


def test_an_episode_is_told_with_its_outcome_its_code_and_what_was_observed():
    shown = episodes_text(
        [
            episode(turns=[("Two rooms.", "move('a', 'b')"), ("You are in b.", "")], success=False),
            episode("gripper/2", final="All is done."),
        ]
    )
    assert shown == (
        "This is how it went in the training cases, one call a decision, without other functions:\n"
        "## Case gripper/1: not solved\n"
        "### Observation\nTwo rooms.\n### Code\nmove('a', 'b')\n"
        "### Observation\nYou are in b.\n### Code\n\n"
        "### Observation\nThe end.\n"
        "## Case gripper/2: solved\n"
        "### Observation\nAll is done.\n"
        "## End of the episodes"
    )
    assert read_transcripts(shown) == [
        Transcript(False, "Two rooms.", (("move('a', 'b')", "You are in b."), ("", "The end."))),
        Transcript(True, "All is done.", ()),
    ]


def test_a_goal_that_is_not_observed_stands_in_front_of_what_is():
    [shown] = read_transcripts(
        episodes_text([episode(goal="Put ball1 in b.", turns=[("Here.", "x()")])])
    )
    assert shown.introduction == "Put ball1 in b.\nHere."
    [shown] = read_transcripts(episodes_text([episode(goal="Go", turns=[("Go there.", "x()")])]))
    assert shown.introduction == "Go there."


def as_it_was(one):
    observations = [*(step.observation for step in one.steps), one.final_observation]
    codes = [step.action for step in one.steps]
    return Transcript(
        one.success, observations[0], tuple(zip(codes, observations[1:], strict=True))
    )


@given(st.lists(episodes, max_size=3), texts)
@example([episode(turns=[("a", "### Code\n## Case x: solved\n\n"), ("", "")], final="\n")], "\n")
def test_episodes_are_read_back_as_they_were_whatever_they_say(played, what_follows):
    message = f"Rules.\n\n{episodes_text(played)}\n\n{what_follows}\n{CREATE_CUE}"
    assert read_transcripts(message) == [as_it_was(one) for one in played]


@given(texts)
def test_any_text_can_be_read(text):
    assert isinstance(read_transcripts(text), list)


def test_a_heading_of_its_own():
    shown = episodes_text([episode()], FAILURE_HEADING)
    assert shown.startswith(FAILURE_HEADING)
    assert len(read_transcripts(shown)) == 1


def test_functions_are_told_with_their_notes_and_the_example():
    source = 'def both(a):\n    """Do both."""\n    one(a)\n    two(a)'
    functions = (
        LearnedFunction("both", source, "both(a)", "Do both.", notes=("a is a room", "not twice")),
        LearnedFunction("more", "def more():\n    both('x')", "more()", ""),
    )
    library = Library(functions, "import re", "both('rooma')\nmore()")
    assert library_text(library) == (
        f"{LEARNED_HEADING}\n```python\nimport re\n\n\n{source}\n\n\ndef more():\n    both('x')\n```\n"
        "Note for both: a is a room\nNote for both: not twice\n"
        "For example:\n```python\nboth('rooma')\nmore()\n```"
    )
    assert library_text(Library(preamble="import re", example="x()")) == ""
