"""Record a chat model's answers to a file, and replay them without the model."""

import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from core.chat import Reply, Request, Sampling, Usage
from core.errors import ModelMissing, ResponseMalformed, RunDirectoryError
from planner.chat import ChatModel


class RecordingModel:
    """Appends every request and reply to a JSONL file, one object per line, as they arrive."""

    def __init__(self, model: ChatModel, path: Path) -> None:
        self._model = model
        self._path = path
        self._lock = threading.Lock()  # `chat` may run in several threads

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    @property
    def in_flight(self) -> int:
        """See `ChatModel.in_flight`."""
        return self._model.in_flight

    def chat(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """The model's answers, each written before it is yielded.

        Raises:
            ModelError: the model has none.
            RunDirectoryError: the file cannot be written.
        """
        for request, reply in zip(requests, self._model.chat(requests), strict=True):
            row = {"model": self.name, "request": request.to_json(), "reply": reply.to_json()}
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with self._lock, self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
            except OSError as error:
                raise RunDirectoryError(f"--record_file {self._path}: {error.strerror}") from error
            yield reply


class ReplayModel:
    """Answers from a recorded file only.

    A request that was recorded only with other samplings gets the last of these answers.

    Raises:
        ModelMissing: the file cannot be read.
        ResponseMalformed: a line of it is not a recorded answer.
    """

    in_flight = 1

    def __init__(self, path: Path) -> None:
        self._path = path
        self._answers: dict[Request, Reply] = {}
        self._by_conversation: dict[Request, Reply] = {}
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ModelMissing(f"--record_file {str(path)!r} cannot be read: {error}") from error
        for number, line in enumerate(lines, start=1):
            try:
                row = json.loads(line)
                answer = replace(Reply.from_json(row["reply"]), usage=Usage())
                request = Request.from_json(row["request"])
                self._answers[request] = answer
                self._by_conversation[_without_sampling(request)] = answer
            except (ValueError, TypeError, KeyError) as error:
                raise ResponseMalformed(
                    f"{path}, line {number}, is not a recorded answer"
                ) from error

    @property
    def name(self) -> str:
        """The file's name."""
        return f"replay of {self._path.name}"

    def chat(self, requests: Sequence[Request]) -> Iterable[Reply]:
        """The recorded answers, without usage.

        Raises:
            ModelMissing: a request was not recorded.
        """
        return [self._find(request) for request in requests]

    def _find(self, request: Request) -> Reply:
        conversation = _without_sampling(request)
        reply = self._answers.get(request) or self._by_conversation.get(conversation)
        if reply is None:
            raise ModelMissing(
                f"{self._path} holds no answer to {request.question!r}: record it first"
            )
        return reply


def _without_sampling(request: Request) -> Request:
    return replace(request, sampling=Sampling())
