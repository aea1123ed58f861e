"""Text output."""

import sys


def echo(text: str) -> None:
    """Print a text literally and flush: a model's name or answer may look like markup."""
    print(text, flush=True)  # noqa: T201 the only print of the packages


def warn(text: str) -> None:
    """Print one line on stderr: something that the user should know, and that ends nothing."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 like `echo`
