"""Text that others wrote: answers of models, and files that came from somewhere."""


def clean(text: str) -> str:
    """The text without what a terminal acts on and without lone surrogates, which JSON can spell.

    Control and formatting characters (escape sequences, changes of direction, signs of no width) are
    dropped; other white space than newlines and tabs becomes a space.
    """
    if text.replace("\n", " ").replace("\t", " ").isprintable():
        return text
    return "".join(map(_clean_sign, text.replace("\r\n", "\n")))


def _clean_sign(sign: str) -> str:
    if sign.isprintable() or sign in "\n\t":
        return sign
    return " " if sign.isspace() else ""
