"""Everything this project raises on purpose.

    WhenToAskError
    ├── SettingsError        a flag, a task or a skill set that cannot be
    ├── RunDirectoryError    missing, foreign, truncated, locked or not writable
    ├── PlannerError         the planner could not be reached or has no answer
    └── PlanFormatError      the planner answered, and the answer is no plan

`main.py` turns each of them into one line on stderr and exit status 2.
"""

from collections.abc import Sequence

from core.chat import Reply, Request


class WhenToAskError(Exception):
    """Root of the tree: the message is one line that says what and what to do."""


class SettingsError(WhenToAskError):
    """The command line or a saved configuration asks for something that does not exist."""


class RunDirectoryError(WhenToAskError):
    """A run directory, or a file in it, cannot be used as asked."""


class PlannerError(WhenToAskError):
    """The planner gave no answer; the run can be resumed once it does.

    Attributes:
        arrived: answers to other requests that came all the same, and were paid for.
    """

    arrived: Sequence[tuple[Request, Reply]] = ()


class PlanFormatError(WhenToAskError):
    """The planner's text holds no plan.

    Attributes:
        text: the answer as it came.
        reason: what is wrong with it, in words fit to be sent back to the planner.
    """

    def __init__(self, text: str, reason: str) -> None:
        shown = text if len(text) <= 200 else text[:200] + "..."
        super().__init__(f"{reason} (the answer was {shown!r})")
        self.text = text
        self.reason = reason
