"""A planner that is asked each distinct question once."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.chat import Reply, Usage
from planner.planner import FailedAttempt, Planner, Question


class MemoizedPlanner:
    """Keeps every answer of a run; the same question, with the same rejections, costs nothing again.

    At temperature 0 a planner is a small table (FACTS section 4), and this is the table.
    """

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._answers: dict[Question, Reply] = {}

    @property
    def name(self) -> str:
        """The name of the planner that is remembered."""
        return self._planner.name

    def answer(self, questions: Sequence[Question]) -> list[Reply]:
        """The answers given before, free of cost, and the planner's own to what is new."""
        new = [question for question in dict.fromkeys(questions) if question not in self._answers]
        if new:
            self._answers |= zip(new, self._planner.answer(new), strict=True)
        unpaid = set(new)
        replies = []
        for question in questions:
            reply = self._answers[question]
            replies.append(reply if question in unpaid else Reply(reply.text))
            unpaid.discard(question)
        return replies

    @property
    def num_questions(self) -> int:
        """Distinct questions met so far."""
        return len(self._answers)

    @property
    def total_usage(self) -> Usage:
        """What all answers so far took, those before a resumed run's checkpoint included."""
        return sum((reply.usage for reply in self._answers.values()), Usage())

    def to_json(self) -> list[dict[str, object]]:
        """All answers, for a checkpoint."""
        return [
            {
                "text": question.text,
                "sample": question.sample,
                "rejections": [list(rejection) for rejection in question.failed_attempts],
                "reply": reply.to_json(),
            }
            for question, reply in self._answers.items()
        ]

    def load(self, saved: Sequence[Mapping[str, Any]]) -> None:
        """Take up what `to_json` gave."""
        for row in saved:
            failed_attempts = tuple(FailedAttempt(*rejection) for rejection in row["rejections"])
            question = Question(row["text"], row["sample"], failed_attempts)
            self._answers[question] = Reply.from_json(row["reply"])
