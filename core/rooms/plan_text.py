"""An answer in the form in which lists of actions are looked for."""

import re

from core.rooms.plan_marks import NUMBER

# [^\S\n] is a blank of any kind: spaces that are no line end
_BULLET = re.compile(
    r"^[^\S\n]{0,20}"
    r"(?:[*+-]|[^\x00-\x7f\w\s])[^\S\n]{1,20}"  # * or any sign that is not ASCII, such as •
    r"(?:\[[ x]\] )?(?=\S)",  # with a box to tick: - [ ] explore
    re.MULTILINE,
)
_MARKUP = re.compile(
    r"(?:```|~~~)(?:[\w+#.-]{1,20}(?=[^\S\n]{0,3}[\n{\[]))?"  # a fence, with its language if a list follows
    r"|</?[a-z_]{1,20} ?/?>"  # a tag
    r"|\\(?:text[a-z]{0,6}|boxed|mathrm|mathbf)\b"  # LaTeX
)
_ARROWS = re.compile(
    r"[-=]{0,2}>"  # > -> => -->
    r"|[\u2190-\u21ff\u2794-\u27be\u27f0-\u297f\u2b00-\u2bff]"  # Unicode's arrows
    r"|\\(?:long)?rightarrow\b|\\to\b"  # LaTeX
)
_JUNK = str.maketrans(
    {
        **dict.fromkeys("\"'`“”„‘’‚«»‹›「『*<\\\ufe0f"),
        "_": " ",
        "」": ",",
        "』": ",",
        "\u20e3": ". ",  # the frame of a digit on a key
    }
    | {chr(0x2460 + number): f" {number + 1}. " for number in range(20)}  # circled
)
_BLANKS = re.compile(r"[^\S\n]+")
_HEADING = re.compile(r"^ ?#{1,6} ", re.MULTILINE)
_INLINE_NUMBER = re.compile(
    rf"(?<=[^\s(]) (?=(?!\d+ ?:){NUMBER}(?: |[a-z]))"  # the blank before: explore 2. go to the key
    r"|(?<=[^\s(])(?=\(\d{1,2}\))"  # nothing before: explore(2)go to the key
)
_LINE_END = re.compile(r" ?\n[ \n]*+")


def normalize(text: str) -> str:
    """In lower case, without quotes and markup, every numbered item on its own line."""
    text = _MARKUP.sub("\n", _BULLET.sub("- ", text.lower()))
    text = _BLANKS.sub(" ", _ARROWS.sub(",", text).translate(_JUNK))
    return _LINE_END.sub("\n", _INLINE_NUMBER.sub("\n", _HEADING.sub("", text)))
