"""Putting one question, where a test is about one."""

from core.chat import Request
from planner.planner import Question


def one(model, *messages, **changes):
    """A chat model's reply to a conversation."""
    [reply] = model.chat([Request(messages, **changes)])
    return reply


def answer(planner, text, *failed_attempts, **changes):
    """A planner's reply to a question."""
    [reply] = planner.answer([Question(text, failed_attempts=failed_attempts, **changes)])
    return reply
