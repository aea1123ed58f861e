"""The spaces of text worlds."""

import string

from gymnasium import spaces

CHARACTERS = string.ascii_letters + string.digits + string.punctuation + " \n"
_BLANKS = str.maketrans("\t\n", "  ")


def text_space(max_chars: int) -> spaces.Text:
    """Texts of printable ASCII characters and line ends, up to a length."""
    return spaces.Text(max_chars, charset=CHARACTERS)


class PrintableText(spaces.Text):
    """Texts of printable characters of all scripts, tabs and line ends, up to a length; samples are ASCII."""

    def __init__(self, max_chars: int) -> None:
        super().__init__(max_chars, charset=CHARACTERS)

    def contains(self, x: object) -> bool:
        """Whether it is such a text."""
        is_text = isinstance(x, str) and self.min_length <= len(x) <= self.max_length
        return is_text and str(x).translate(_BLANKS).isprintable()
