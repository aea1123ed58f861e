"""A planner that is asked each distinct question once."""

from collections.abc import Mapping, Sequence

from core.chat import Reply
from planner.planner import Planner, Rejection


class RememberingPlanner:
    """Keeps every answer; the same question, with the same rejections, costs nothing again.

    At temperature 0 a planner is a small table (FACTS section 4), and this is the table.
    """

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._answers: dict[tuple[str, ...], Reply] = {}

    @property
    def name(self) -> str:
        """The name of the planner that is remembered."""
        return self._planner.name

    def answer(self, question: str, rejections: Sequence[Rejection] = ()) -> Reply:
        """The answer given before, free of cost, or the planner's own."""
        key = (question, *(part for rejection in rejections for part in rejection))
        if key in self._answers:
            return Reply(self._answers[key].text)
        self._answers[key] = self._planner.answer(question, rejections)
        return self._answers[key]

    @property
    def num_questions(self) -> int:
        """Distinct questions met so far."""
        return len(self._answers)

    def to_json(self) -> list[dict[str, object]]:
        """All answers, for a checkpoint."""
        return [
            {"key": list(key), "reply": reply.to_json()} for key, reply in self._answers.items()
        ]

    def load(self, saved: Sequence[Mapping[str, object]]) -> None:
        """Take up what `to_json` gave."""
        for row in saved:
            key, reply = row["key"], row["reply"]
            assert isinstance(key, list)
            assert isinstance(reply, dict)
            self._answers[tuple(key)] = Reply(**reply)
