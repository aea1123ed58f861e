"""Conversations as texts, by templates that take, refuse or drop a system message."""

import jinja2
import pytest

from core.chat import Message
from core.chat_template import ChatTemplate

TURNS = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
ASKS = "{% if add_generation_prompt %}assistant:{% endif %}"
PLAIN = TURNS + ASKS
REFUSES = "{% if messages[0].role == 'system' %}{{ refuse('no system') }}{% endif %}" + PLAIN
DROPS = (
    "{% for m in messages if m.role != 'system' %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    + ASKS
)
RULES, QUESTION = Message("system", "Rules."), Message("user", "Where?")
TALK = (RULES, QUESTION, Message("assistant", "Here."))


class Tokenizer:
    """Writes by a template, as a tokenizer of transformers does."""

    def __init__(self, template):
        self._template = jinja2.Template(template)

    def apply_chat_template(self, conversation, *, tokenize, add_generation_prompt):
        if isinstance(conversation[0], dict):
            return self._write(conversation, add_generation_prompt)
        return [self._write(messages, add_generation_prompt) for messages in conversation]

    def _write(self, messages, asks):
        def refuse(reason):
            raise jinja2.TemplateError(reason)

        return self._template.render(messages=messages, add_generation_prompt=asks, refuse=refuse)


def test_a_prompt_ends_where_the_answer_begins():
    template = ChatTemplate(Tokenizer(PLAIN))
    assert template.whole(TALK) == "system: Rules.\nuser: Where?\nassistant: Here.\n"
    assert template.prompts([TALK[:2], TALK[1:2]]) == [
        "system: Rules.\nuser: Where?\nassistant:",
        "user: Where?\nassistant:",
    ]


@pytest.mark.parametrize("text", [REFUSES, DROPS])
def test_a_system_message_that_is_not_taken_stands_before_the_first_user_message(text):
    template = ChatTemplate(Tokenizer(text))
    assert template.whole(TALK) == "user: Rules.\n\nWhere?\nassistant: Here.\n"
    assert template.prompts([TALK[:2], TALK[1:2], TALK[:1]]) == [
        "user: Rules.\n\nWhere?\nassistant:",
        "user: Where?\nassistant:",
        "user: Rules.\nassistant:",
    ]


def test_a_conversation_that_is_refused_for_another_reason_is_the_template_s_error():
    template = ChatTemplate(Tokenizer("{{ refuse('no words') }}"))
    with pytest.raises(jinja2.TemplateError, match="no words"):
        template.whole(TALK)


@pytest.mark.parametrize(
    "text", ["{{ 1 / 0 }}", "{{ messages[0].nothing.more }}", "{{ [].pop() }}"]
)
def test_whatever_a_template_raises_is_the_template_s_error(text):
    template = ChatTemplate(Tokenizer(text))
    with pytest.raises(jinja2.TemplateError):
        template.whole(TALK)
