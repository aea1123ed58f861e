"""A model behind a real server that needs a number of notes before it does well, so that runs are worked out by hand.

A game's first observation decides how many notes it needs, 0 to 3. With fewer it looks around four times: nothing
changes, so that the loop rule ends the attempt.
"""

from itertools import islice

from core.chat import Message, Request
from core.reflection import MEMORY_HEADING, REFLECTION_CUE
from core.task import TEXT_TASKS
from envs.text.cases import cases_of
from envs.text.scripted import ScriptedTextModel
from runner.text import make_world
from tests.planner.fake_server import completion

LOOP = 4
"""Answers of an attempt that fails."""
TASK = "Your task is to"


def different_cases(number, task=TEXT_TASKS["alfworld"]):
    """The first unseen games of a task whose first observations differ: name -> observation."""
    world = make_world(task)
    first = {}  # observation -> name
    for case in cases_of(task):
        observation, _ = world.reset(options={"case": case})
        first.setdefault(observation, case)
    return {case: observation for observation, case in islice(first.items(), number)}


def needs(observation):
    """How many notes it needs in a game."""
    return len(observation) % 4


CASES = {case: needs(observation) for case, observation in different_cases(8).items()}
"""The games of the tests, with the number of notes that it needs in each."""


def answer(document):
    """The answer; its usage says how long the conversation is."""
    messages = [Message(**message) for message in document["messages"]]
    usage = {"prompt_tokens": len(messages), "completion_tokens": 2}
    if messages[-1].content.endswith(REFLECTION_CUE):
        notes = sum(message.content.count("\nTrial ") for message in messages)
        return completion(f"I only looked around, and had {notes} notes.", **usage)
    first = max(
        number
        for number, message in enumerate(messages)
        if message.role == "user" and TASK in message.content
    )
    memory, heading, rest = messages[first].content.partition(MEMORY_HEADING)
    notes, _, observation = rest.partition("\n\n")
    if heading:
        assert not memory
    else:
        observation = messages[first].content
    if notes.count("\nTrial ") < needs(observation):
        return completion("Thought: I do not know.\nAction: look", **usage)
    messages[first] = Message("user", observation)
    [reply] = ScriptedTextModel().chat([Request(tuple(messages))])
    return completion(reply.text, **usage)
