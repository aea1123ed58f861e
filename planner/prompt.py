"""Prompts of the door-room tasks: one JSON file for each, with rules and worked examples."""

import json
from dataclasses import dataclass
from importlib import resources

from core.chat import Message
from core.errors import SettingsError
from core.task import RoomTask


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model reads before every question.

    Attributes:
        system: the task and the form of an answer.
        examples: (question, answer) pairs, shown as earlier turns.
        complaint: what is said after an answer without a plan; contains ``{reason}``.
    """

    system: str
    examples: tuple[tuple[str, str], ...]
    complaint: str

    @property
    def messages(self) -> list[Message]:
        """The conversation up to the question."""
        turns = [Message("system", self.system)]
        for question, answer in self.examples:
            turns += [Message("user", question), Message("assistant", answer)]
        return turns

    def retry_message(self, reason: str, question: str) -> str:
        """The turn that asks again; it repeats the question, so the last turn contains all of it."""
        return f"{self.complaint.format(reason=reason)} {question}"


def load_prompt(task: RoomTask, *, shows_examples: bool = True) -> Prompt:
    """The prompt of a task, from ``planner/prompts/<task>.json``.

    Raises:
        SettingsError: there is no such file.
    """
    file = resources.files("planner").joinpath("prompts", f"{task.slug}.json")
    if not file.is_file():
        raise SettingsError(f"no prompt for {task.name}: write planner/prompts/{task.slug}.json")
    data = json.loads(file.read_text(encoding="utf-8"))
    shown = data["examples"] if shows_examples else ()
    examples = tuple((f"observation: {{{seen}}}", answer) for seen, answer in shown)
    return Prompt(" ".join(data["system"]), examples, data["complaint"])
