"""Text output."""


def echo(text: str) -> None:
    """Print a text literally and flush: a model's name or answer may look like markup."""
    print(text, flush=True)  # noqa: T201 the only print of the packages
