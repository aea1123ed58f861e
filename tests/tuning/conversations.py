"""Conversations that are drawn, and short ways to write them."""

from hypothesis import strategies as st

from core.chat import Message
from core.trajectory import Pair, Trajectory
from core.untrusted import clean

RULES = Message("system", "You are in a house.")
FIRST = Message("user", "You see a fridge.")

words = st.text(max_size=12).map(clean)


def turns_of(*contents):
    """Answers and observations in turns, an answer first."""
    return tuple(
        Message("user" if number % 2 else "assistant", content)
        for number, content in enumerate(contents)
    )


def trajectory_of(*contents, case="1", reward=1.0, success=None, prompt=(RULES, FIRST)):
    success = success if success is not None else reward == 1.0
    return Trajectory(case, (*prompt, *turns_of(*contents)), reward, success)


@st.composite
def prompts(draw):
    """With or without a system message."""
    rules = draw(st.none() | words)
    system = () if rules is None else (Message("system", rules),)
    return (*system, Message("user", draw(words)))


@st.composite
def sides(draw, word=words, most=5):
    """Turns from an answer to an answer."""
    number = 2 * draw(st.integers(1, most)) - 1
    return turns_of(*draw(st.lists(word, min_size=number, max_size=number)))


@st.composite
def trajectories(draw):
    reward = draw(st.none() | st.floats(0, 1))
    case = draw(st.text(max_size=5).map(clean))
    return Trajectory(case, (*draw(prompts()), *draw(sides())), reward, draw(st.booleans()))


@st.composite
def pairs(draw):
    return Pair(draw(words), draw(prompts()), draw(sides()), draw(sides()))
