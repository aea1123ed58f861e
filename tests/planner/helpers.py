"""Single requests, and planners whose models are fakes that answer questions."""

from core.chat import Message, Request
from planner.planner import Question
from planner.scripted import ScriptedModel
from tests.planner.fake_server import completion


def one(model, *messages, **changes):
    """A chat model's reply to a conversation."""
    [reply] = model.chat([Request(messages, **changes)])
    return reply


def scripted(body, prompt_tokens=100, completion_tokens=10):
    """What a server sends whose answers are the scripted planner's."""
    text = one(ScriptedModel(), *(Message(**message) for message in body["messages"])).text
    return completion(text, prompt_tokens=prompt_tokens, completion_tokens=completion_tokens)


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
