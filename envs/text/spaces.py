"""The spaces of text worlds."""

import string

from gymnasium import spaces

CHARACTERS = string.ascii_letters + string.digits + string.punctuation + " \n"


def text_space(max_chars: int) -> spaces.Text:
    """Texts of printable ASCII characters and line ends, up to a length."""
    return spaces.Text(max_chars, charset=CHARACTERS)
