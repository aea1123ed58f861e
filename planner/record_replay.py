"""Record a chat model's answers to a file, and replay them without the model."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.chat import Reply, Request, Sampling, Usage
from core.decode import convert
from core.errors import ModelMissing
from core.files import append_line, read_lines
from core.old_names import translate_reply
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
            with self._lock:
                append_line(self._path, row)
            yield reply


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What a line of a recording must hold."""

    request: Request
    reply: Reply


class ReplayModel:
    """Answers from a recorded file only.

    A request that was recorded only with other samplings gets the last of these answers.

    Raises:
        RunDirectoryError: the file cannot be read, or a line of it is not a recorded answer.
    """

    in_flight = 1

    def __init__(self, path: Path) -> None:
        self._path = path
        self._answers: dict[Request, Reply] = {}
        self._by_conversation: dict[Request, Reply] = {}
        for recorded in read_lines(path, _recorded, if_damaged="refuse"):
            answer = replace(recorded.reply, usage=Usage())
            self._answers[recorded.request] = answer
            self._by_conversation[_without_sampling(recorded.request)] = answer

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


def _recorded(row: dict[str, Any], where: str) -> _Recorded:
    return convert(translate_reply(row), _Recorded, where)
