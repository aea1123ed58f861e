"""Text output."""

from core.console import echo


def test_a_text_is_shown_as_it_is(capsys):
    """No markup, no emoji, no line breaks are added: it may be a model's name or its answer."""
    text = "[/INST] [red]key[/red] :key: " + "long " * 100
    echo(text)
    assert capsys.readouterr().out == text + "\n"
