"""Sends a request again after a fault that may pass, with growing pauses."""

import random
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import tenacity

from core.console import warn
from core.errors import ModelError, ModelUnavailable, ResponseMalformed

T = TypeVar("T")

MAX_TRIES = 5
MAX_BACKOFF = 60.0
"""Seconds; a server that asks for a longer pause (`Retry-After`) is tried again after this."""


class Retries:
    """Tries of requests to one server; several threads may be in `run` at the same time.

    Args:
        url: of the server as it is shown.
        backoff: seconds before the second try; doubles with every further try.
        seed: of the jitter of the pauses.
    """

    def __init__(self, url: str, backoff: float, seed: int) -> None:
        self._url = url
        self._backoff = backoff
        self._jitter = random.Random(seed)
        self._cancelled = threading.Event()
        self._saying = threading.Lock()
        self._quiet_until = 0.0

    def cancel(self) -> None:
        """End all pauses and begin no further try, until `restart`."""
        self._cancelled.set()

    def restart(self) -> None:
        """Allow tries again."""
        self._cancelled.clear()

    def run(self, once: Callable[[], T]) -> T:
        """Call a function up to `MAX_TRIES` times, until it raises no error that may pass.

        Raises:
            ModelError: of the last try.
        """
        retrying = tenacity.Retrying(
            stop=tenacity.stop_any(
                tenacity.stop_after_attempt(MAX_TRIES),
                tenacity.stop_when_event_set(self._cancelled),
            ),
            sleep=tenacity.sleep_using_event(self._cancelled),
            retry=tenacity.retry_if_exception(_may_pass),
            wait=self._wait,
            before_sleep=self._announce,
            retry_error_callback=self._give_up,
        )
        return retrying(once)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """Seconds before the next try: what the server asks for, or twice as long each time."""
        asked_for = _error(state).retry_after
        doubled = self._backoff * 2 ** (state.attempt_number - 1) * self._jitter.uniform(0.5, 1.5)
        return min(doubled if asked_for is None else asked_for, MAX_BACKOFF)

    def _announce(self, state: tenacity.RetryCallState) -> None:
        """Say on stderr what failed and when the next try is; of requests that wait together once."""
        with self._saying:
            now = time.monotonic()
            if now < self._quiet_until:
                return
            self._quiet_until = now + state.upcoming_sleep
        warn(
            f"try {state.attempt_number} of {MAX_TRIES} at {self._url} failed: {_error(state)}; "
            f"the next one is in {state.upcoming_sleep:.1f} s"
        )

    def _give_up(self, state: tenacity.RetryCallState) -> Any:
        """Raise the error of the last try, which says how many there were."""
        last = _error(state)
        raise type(last)(
            f"no answer from {self._url} after {state.attempt_number} tries: {last}",
            url=last.url or self._url,
            status=last.status,
            tries=state.attempt_number,
        ) from last


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, ModelUnavailable | ResponseMalformed) and not error.is_permanent


def _error(state: tenacity.RetryCallState) -> ModelError:
    error = state.outcome.exception() if state.outcome is not None else None
    assert isinstance(error, ModelError)
    return error
