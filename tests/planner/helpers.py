"""Single requests, and planners whose models are fakes that answer questions."""

from core.chat import Request
from planner.planner import Question


def one(model, *messages, **changes):
    """A chat model's reply to a conversation."""
    [reply] = model.chat([Request(messages, **changes)])
    return reply


class DirectPlanner:
    """A planner whose requests are the questions themselves, for a fake with a method `answer`."""

    def __init__(self, fake):
        self.name = fake.name
        self.model = self
        self.chat = fake.answer

    def request(self, question):
        return question


def answer(planner, text, *failed_attempts, **changes):
    """The reply of a planner's model to a question."""
    question = Question(text, failed_attempts=failed_attempts, **changes)
    [reply] = planner.model.chat([planner.request(question)])
    return reply
