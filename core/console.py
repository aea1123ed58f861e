"""What people are told, a line at a time."""


def echo(text: str) -> None:
    """Print a text as it is and at once: names and answers from outside may look like markup."""
    print(text, flush=True)  # noqa: T201 the one place for it
