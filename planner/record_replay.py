"""Record a chat model's answers to a file, and replay them without the model."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from core.chat import Reply, Request
from core.errors import PlannerError
from planner.chat import ChatModel


class RecordingModel:
    """Appends every question and answer to a JSONL file, one object a line, as they happen."""

    def __init__(self, model: ChatModel, path: Path) -> None:
        self._model = model
        self._path = path

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    def chat(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """The model's answers, each written before it is handed on.

        Raises:
            PlannerError: the model has none, or the file cannot be written.
        """
        for request, reply in zip(requests, self._model.chat(requests), strict=True):
            row = {"model": self.name, "request": request.to_json(), "reply": reply.to_json()}
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
            except OSError as error:
                raise PlannerError(f"--record_file {self._path}: {error.strerror}") from error
            yield reply


class ReplayModel:
    """Answers from a recorded file, and from nothing else.

    Raises:
        PlannerError: the file is missing or not a record.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._answers: dict[Request, Reply] = {}
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise PlannerError(f"--record_file {str(path)!r} cannot be read: {error}") from error
        for number, line in enumerate(lines, start=1):
            try:
                row = json.loads(line)
                reply = Reply.from_json(row["reply"])
                self._answers[Request.from_json(row["request"])] = Reply(reply.text)
            except (ValueError, TypeError, KeyError) as error:
                raise PlannerError(f"{path}, line {number}, is no recorded answer") from error

    @property
    def name(self) -> str:
        """The file's name."""
        return f"replay of {self._path.name}"

    def chat(self, requests: Sequence[Request]) -> Iterable[Reply]:
        """The recorded answers, free of cost.

        Raises:
            PlannerError: one was never asked when the file was recorded.
        """
        return [self._find(request) for request in requests]

    def _find(self, request: Request) -> Reply:
        try:
            return self._answers[request]
        except KeyError:
            raise PlannerError(
                f"{self._path} holds no answer to {request.question!r}: record it first"
            ) from None
