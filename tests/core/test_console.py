"""What people are told."""

from core.console import echo


def test_a_text_is_shown_as_it_is(capsys):
    """Neither markup nor emoji nor line breaks of our own: it may be a model's name or its answer."""
    text = "[/INST] [red]key[/red] :key: " + "long " * 100
    echo(text)
    assert capsys.readouterr().out == text + "\n"
