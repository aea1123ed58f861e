"""Conversations as one text, by hand and as FastChat writes them."""

import pytest
from fastchat.conversation import get_conv_template
from hypothesis import example, given
from hypothesis import strategies as st

from core.chat import Message
from core.task import TASKS
from core.untrusted import clean
from planner.choice_scoring import TEMPLATES
from planner.prompt import load_prompt

TALK = [
    Message("system", "You plan."),
    Message("user", "where?"),
    Message("assistant", "{fly}"),
    Message("user", "Not so. where?"),
]
FASTCHAT = {"chatml": "qwen-7b-chat", "vicuna": "vicuna_v1.1"}


def test_chatml_by_hand():
    assert TEMPLATES["chatml"](TALK) == (
        "<|im_start|>system\nYou plan.<|im_end|>\n"
        "<|im_start|>user\nwhere?<|im_end|>\n"
        "<|im_start|>assistant\n{fly}<|im_end|>\n"
        "<|im_start|>user\nNot so. where?<|im_end|>\n"
        "<|im_start|>assistant\n",
        "{}<|im_end|>",
    )


def test_vicuna_by_hand():
    assert TEMPLATES["vicuna"](TALK) == (
        "You plan. USER: where? ASSISTANT: {fly}</s>USER: Not so. where? ASSISTANT:",
        " {}</s>",
    )


def as_fastchat_writes(name, messages, turn=None):
    """Its own template; a turn of None is where the assistant is to speak."""
    conversation = get_conv_template(FASTCHAT[name])
    conversation.set_system_message(messages[0].content)
    roles = dict(zip(("user", "assistant"), conversation.roles, strict=True))
    for message in messages[1:]:
        conversation.append_message(roles[message.role], message.content)
    conversation.append_message(roles["assistant"], turn)
    return conversation.get_prompt()


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_fastchat_writes_a_task_s_prompt_the_same(name, task):
    messages = [*load_prompt(task).messages, Message("user", "observation: {observed nothing}")]
    before, turn = TEMPLATES[name](messages)
    assert before == as_fastchat_writes(name, messages)
    # ChatML has a line break after every turn; the end of this one is scored before it
    whole = as_fastchat_writes(name, messages, "{explore}")
    assert whole.removesuffix("\n") == before + turn.format("{explore}")


# FastChat takes an empty turn for one that is still to be spoken, and messages hold clean texts only
texts = st.text(max_size=20).map(clean).filter(bool)


@pytest.mark.parametrize("name", TEMPLATES)
@given(system=texts, talk=st.lists(st.tuples(texts, texts), max_size=3), last=texts)
@example(system="{0}", talk=[("{explore}", "{}}"), ("{name!r}", "%s")], last="{")
def test_fastchat_writes_any_conversation_the_same(name, system, talk, last):
    """Braces in what is said are no places to fill."""
    messages = [Message("system", system)]
    for question, answer in talk:
        messages += [Message("user", question), Message("assistant", answer)]
    messages.append(Message("user", last))
    before, turn = TEMPLATES[name](messages)
    assert before == as_fastchat_writes(name, messages)
    whole = before + turn.format(last)
    assert as_fastchat_writes(name, messages, last).removesuffix("\n") == whole
