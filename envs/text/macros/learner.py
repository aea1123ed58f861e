"""The learner without a language model: it answers its requests from the conversation, and keeps no state."""

import random
import re
from collections.abc import Sequence

from core.chat import Message
from core.learning_text import CREATE_CUE, IMPROVE_CUE, read_transcripts
from envs.text.macros.improvement import improve
from envs.text.macros.mining import Criteria, mine
from envs.text.macros.traces import read_traces
from envs.text.macros.writing import write_all

NOTHING = "Nothing in the episodes recurs, so I write no functions."
_SIGNATURE = re.compile(r"\b(?P<name>[a-z_]\w*)\((?P<parameters>(?:[a-z_]\w*(?:, [a-z_]\w*)*)?)\)")


def answer(messages: Sequence[Message], sample: int, rng: random.Random) -> str | None:
    """The answer to a learner's request; None if it is another request.

    Args:
        messages: of the conversation.
        sample: number of the answer. The first one finds functions by the default criteria, the others draw
            theirs; of answers to a failure every second one is a note.
        rng: for the criteria.
    """
    question = messages[-1].content.rstrip() if messages else ""
    text = "\n".join(message.content for message in messages)
    if question.endswith(CREATE_CUE):
        return _create(text, Criteria.draw(rng) if sample else Criteria())
    if question.endswith(IMPROVE_CUE):
        return improve(text, prefers_note=sample % 2 == 1)
    return None


def _create(text: str, criteria: Criteria) -> str:
    macros = mine(read_traces(read_transcripts(text)), criteria)
    if not macros:
        return NOTHING
    code = "\n\n\n".join(write_all(macros, read_signatures(text)))
    return f"These sequences of actions recur in the episodes.\n```python\n{code}\n```"


def read_signatures(text: str) -> dict[str, tuple[str, ...]]:
    """The parameters of actions as a conversation lists them, for example ``pick(ball, room, gripper)``."""
    signatures: dict[str, tuple[str, ...]] = {}
    for match in _SIGNATURE.finditer(text):
        parameters = tuple(filter(None, match["parameters"].split(", ")))
        signatures.setdefault(match["name"], parameters)
    return signatures
