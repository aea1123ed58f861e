"""A tuned model that plays in this process."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from core.chat import Reply, Request
from planner.build import load_local

if TYPE_CHECKING:
    from planner.local import LocalModel


class LocalAgent:
    """See `planner.chat.ChatModel`; loaded when it is first asked.

    Its answers are not cached: no other run has the same weights.

    Args:
        path: directory or hub name of the model.
        device: where it computes.
    """

    in_flight = 1

    def __init__(self, path: str, device: str) -> None:
        self.name = f"{path}, local"
        self._path = path
        self._device = device
        self._model: LocalModel | None = None

    def chat(self, requests: Sequence[Request]) -> Iterable[Reply]:
        """The model's answers.

        Raises:
            ModelMissing: the directory holds no model, or a package is missing.
            ModelRefused: see `planner.local.LocalModel.chat`.
        """
        if self._model is None:
            self._model = load_local(self._path, self._device)
        return self._model.chat(requests)

    def forget(self) -> None:
        """Forget earlier conversations: later answers are those of a model that was just loaded, to the last bit."""
        if self._model is not None:
            self._model.forget()
