"""Everything this project raises on purpose.

    WhenToAskError
    ├── SettingsError           a flag, a task or a skill set does not exist or is out of range
    ├── RunDirectoryError       a run's file is missing, damaged, locked or not writable
    ├── SandboxError            programs of a model cannot be run here
    ├── WorldError              what a world is played with is not installed, or has stopped
    ├── TrainingDiverged        weights or losses are no longer finite numbers
    ├── TrainingInterrupted     a process that trains with others has ended
    ├── SampleError             a conversation cannot be trained on
    ├── ModelError              a language model gave no answer
    │   ├── ModelUnavailable    the server is down, slow or overloaded: try again later
    │   │   └── ServerNotRunning    nothing listens at its address
    │   ├── ModelRefused        the request is not accepted, and would not be next time
    │   ├── ModelMissing        a package, a file, weights or a recording is not there
    │   └── ResponseMalformed   the response is not a completion
    └── FormatError             the model answered, and the text does not say what was asked for
        ├── PlanFormatError     it holds no plan
        └── ActionFormatError   it holds no action

`main.py` turns each of them into one line on stderr and exit status 2.
"""

import copy
from collections.abc import Sequence
from typing import Self

from core.chat import Reply, Request

MAX_SHOWN = 200
"""Characters of an answer that an error message shows."""


class WhenToAskError(Exception):
    """Root of the tree: the message is one line that says what is wrong and what to do."""

    def with_advice(self, advice: str) -> Self:
        """The same error, its message followed by a semicolon and what to do."""
        error = copy.copy(self)
        error.args = (f"{self}; {advice}",)
        return error


class SettingsError(WhenToAskError):
    """The command line or a saved configuration asks for something that does not exist."""


class NothingToTrainOn(SettingsError):
    """No data for a stage of training, or none that can be encoded."""


class RunDirectoryError(WhenToAskError):
    """A run directory, or a file that a run reads or writes, cannot be used as asked."""


class SandboxError(WhenToAskError):
    """Programs that a model wrote cannot be run safely here."""


class WorldError(WhenToAskError):
    """A program or package that a world is played with is not installed here, or has stopped."""


class TrainingDiverged(WhenToAskError):
    """An update has made numbers that are infinite or not a number; nothing of it is kept."""


class TrainingInterrupted(WhenToAskError):
    """One of several processes that train together has ended; the last checkpoint is kept."""


class SampleError(WhenToAskError):
    """A conversation cannot be trained on; the message is the reason, by which such conversations are counted."""


class ModelError(WhenToAskError):
    """A language model gave no answer; the subclass says why.

    Attributes:
        url: where the model is served; empty for a model in this process or a recording.
        status: HTTP status of the last response, None if there was none.
        tries: how often the request was sent.
        retry_after: seconds the server asks to wait before the next try, None if it does not say.
        is_permanent: the next try would fail in the same way, although others of this kind may pass.
        completed: later requests of the same batch that were answered, with their replies.
    """

    def __init__(
        self,
        message: str,
        *,
        url: str = "",
        status: int | None = None,
        tries: int = 1,
        retry_after: float | None = None,
        is_permanent: bool = False,
        completed: Sequence[tuple[Request, Reply]] = (),
    ) -> None:
        super().__init__(message)
        self.url = url
        self.status = status
        self.tries = tries
        self.retry_after = retry_after
        self.is_permanent = is_permanent
        self.completed = completed


class ModelUnavailable(ModelError):
    """The server cannot be reached, is overloaded or broken; a later try may succeed."""


class ServerNotRunning(ModelUnavailable):
    """Nothing listens at the server's address: the connection is refused."""


class ModelRefused(ModelError):
    """The model does not accept this request: the same request would fail again."""


class ModelMissing(ModelError):
    """A package, a file, weights or a recorded answer that the model needs is not there."""


class ResponseMalformed(ModelError):
    """What came back is not a completion."""


class FormatError(WhenToAskError):
    """The model's text does not have the form that was asked for.

    Attributes:
        text: the answer as it came.
        reason: what is wrong with it, in words that can be sent back to the model.
    """

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(text, reason)
        self.text = text
        self.reason = reason

    def __str__(self) -> str:
        """The reason and the beginning of the answer, as one line."""
        shown = self.text if len(self.text) <= MAX_SHOWN else self.text[:MAX_SHOWN] + "..."
        return f"{self.reason} (the answer was {shown!r})"


class PlanFormatError(FormatError):
    """The model's text holds no plan that can be carried out."""


class ActionFormatError(FormatError):
    """The model's text holds no action."""
