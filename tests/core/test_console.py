"""What people are told."""

from core.console import say


def test_a_text_is_shown_as_it_is(capsys):
    """Neither markup nor emoji nor line breaks of our own: it may be a model's name or its answer."""
    text = "[/INST] [red]key[/red] :key: " + "long " * 100
    say(text)
    assert capsys.readouterr().out == text + "\n"
