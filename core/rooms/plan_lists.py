"""Where in a text the list of actions may be."""

import re
from collections import deque
from collections.abc import Iterator

from core.rooms.plan_json import json_items

MAX_LISTS = 100
"""Lists between brackets that are read, from the end of a text."""

MAX_LINES = 200
"""Lines that are read, likewise."""

LABEL = r"(?:actions?|plan|answer|steps?|sub-?goals?)"
NUMBER = r"(?:(?:step|action|goal|sub-?goal) ?#?\d{1,2} ?[.):–—-]?|\(?\d{1,2} ?[.):](?!\d)|\(?(?:[a-h]|[ivx]{1,5})\))"
"""Of an item: ``1.``, ``(2)``, ``a)``, ``iv)``, ``Step 3 -``."""

_BULLET = re.compile(
    r"^[^\S\n]{0,20}(?:[*+-]|[^\x00-\x7f\w\s])[^\S\n]{1,20}(?:\[[ x]\] )?(?=\S)", re.MULTILINE
)
_MARKUP = re.compile(
    r"(?:```|~~~)(?:[\w+#.-]{1,20}(?=[^\S\n]{0,3}[\n{\[]))?|</?[a-z_]{1,20} ?/?>|\\(?:text[a-z]{0,6}|boxed|mathrm|mathbf)\b"
)
_ARROWS = re.compile(
    r"[-=]{0,2}>|[\u2190-\u21ff\u2794-\u27be\u27f0-\u297f\u2b00-\u2bff]|\\(?:long)?rightarrow\b|\\to\b"
)
_JUNK = str.maketrans(
    {
        **dict.fromkeys("\"'`“”„‘’‚«»‹›「『*<\\\ufe0f"),
        "_": " ",
        "」": ",",
        "』": ",",
        "\u20e3": ". ",
    }
    | {chr(0x2460 + number): f" {number + 1}. " for number in range(20)}  # circled
)
_BLANKS = re.compile(r"[^\S\n]+")
_LINE_END = re.compile(r" ?\n[ \n]*+")
_HEADING = re.compile(r"^ ?#{1,6} ", re.MULTILINE)
_INLINE_NUMBER = re.compile(
    rf"(?<=[^\s(]) (?=(?!\d+ ?:){NUMBER}(?: |[a-z]))|(?<=[^\s(])(?=\(\d{{1,2}}\))"
)

_BRACES = re.compile(r"\{([^{}]*)\}")
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_FACTS = re.compile(r"\s*(?:observed|carry) ")
_NAME = re.compile(rf"\b({LABEL}) ?:\s?[\[(]?$")
_GOES_ON = {"action", "step", "subgoal", "sub-goal"}
"""Labels of a list that continues one with the same label; after any other label a new plan begins."""
_SIGNS = r"[\s,;.:|&+/(){}\[\]-]*+"
_BETWEEN = re.compile(
    rf"{_SIGNS}(?:(?:and|then|next|finally|first|second|third|last|after that|afterwards|followed by"
    rf"|(?:i|we|you)(?: will| would| should| can| must)?|{LABEL}|\d{{1,2}}|[a-h]\)){_SIGNS})*+"
)
_LINE_BEFORE = re.compile(
    rf"(?:\A|\n)[^\w\n]*+(?P<label>[\w ]{{0,30}}\b{LABEL}(?: is)? ?:[^\w\n]*+)?$"
)
_INSTEAD = re.compile(
    r"\b(?:wait|actually|instead(?! of)|rather(?! than)|better|correct\w{0,5}|revised)\b|\bso ?:"
)
"""Words before a list that replaces an earlier one."""
_LINE_AFTER = re.compile(r"[^\w\n]{0,20}+(?:\n|\Z)")
_NUMBERED = re.compile(rf"(?:\A|\n) ?(?P<number>{NUMBER}) ?(?:{LABEL} ?: ?)?[\[(]?$")

_LABELLED = re.compile(rf"\b{LABEL}(?: (?:is|are|would be|should be))? ?:")
_LABELLED_LINE = re.compile(
    rf" ?(?:(?:{NUMBER}|-) )?(?:next )?(?:action|sub-?goal|goal|step) ?:(?= ?\S)"
)
MARKED_LINE = re.compile(
    rf" ?(?:(?P<number>{NUMBER}|(?:[a-h]|[ivx]{{1,5}})\. |[\[#(]?\d{{1,2}}\]?(?: -)? )|(?P<bullet>- ))"
)
_FIRST = re.compile(r" ?(?:(?:step|action|goal|sub-?goal) ?)?[\[#(]?(?:1|a|i)\b")


def candidates(text: str) -> Iterator[tuple[list[str], bool]]:
    """Lines that may hold the actions, the most likely first; and whether they may hold nothing else."""
    if items := json_items(text):
        yield [line for item in items for line in _normalize(item).split("\n")], True
    text = _normalize(text)
    for brackets in (_BRACES, _BRACKETS):
        for lists in reversed(_lists(brackets, text)):
            yield [line for one in lists for line in one.split("\n")], True
    lines = text.split("\n")[-MAX_LINES:]
    if _LABELLED.search(text):
        yield from _labelled(text, lines)
    for mark in ("number", "bullet"):
        yield _marked(lines, mark), False
    yield lines, True


def _normalize(text: str) -> str:
    """In lower case, without quotes and markup, every numbered item on its own line."""
    text = _MARKUP.sub("\n", _BULLET.sub("- ", text.lower()))
    text = _BLANKS.sub(" ", _ARROWS.sub(",", text).translate(_JUNK))
    return _LINE_END.sub("\n", _INLINE_NUMBER.sub("\n", _HEADING.sub("", text)))


def _lists(brackets: re.Pattern[str], text: str) -> list[list[str]]:
    """What is between brackets, the least likely first.

    Lists are together where only numbers and the like are between them, or remarks on numbered items.
    """
    together: list[list[str]] = []
    places: list[tuple[int, int]] = []
    end, name = -1, ""
    for found in deque(brackets.finditer(text), maxlen=MAX_LISTS):
        if _FACTS.match(found[1]):  # the question, repeated
            end = -1
        elif found[1].strip():
            label = _NAME.search(text, max(found.start() - 20, 0), found.start())
            is_new = label is not None and (label[1] != name or name not in _GOES_ON)
            is_next = _is_next(text, end, found.start())
            if end < 0 or is_new or not (is_next or _BETWEEN.fullmatch(text, end, found.start())):
                together.append([])
                places.append(found.span())
                name = label[1] if label is not None else ""
            together[-1].append(found[1])
            end = found.end()
            places[-1] = (places[-1][0], end)
    alone = [_stands_alone(text, *place) for place in places]
    order = sorted(range(len(together)), key=lambda number: (alone[number], number))
    return [_once(together[number]) for number in order]


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether lists have a label or lines of their own, or replace others.

    Those in another sentence may be what not to do.
    """
    line = _LINE_BEFORE.search(text, max(start - 60, 0), start)
    if line is None:
        before = max(text.rfind("\n", max(start - 60, 0), start), start - 60, 0)
        return _INSTEAD.search(text, before, start) is not None
    return line["label"] is not None or _LINE_AFTER.match(text, end) is not None


def _is_next(text: str, end: int, start: int) -> bool:
    """Whether a list begins a line with a number that is not the first: remarks may precede it."""
    number = _NUMBERED.search(text, max(end, start - 40, 0), start)
    return number is not None and not _FIRST.match(number["number"])


def _once(lists: list[str]) -> list[str]:
    """The lists without repetition, where all of them are repeated."""
    number = len(lists)
    for period in range(1, number):
        if number % period == 0 and lists == lists[:period] * (number // period):
            return lists[:period]
    return lists


def _labelled(text: str, lines: list[str]) -> Iterator[tuple[list[str], bool]]:
    """What follows the last label, as a whole or on its line; of several labelled lines in a row, all."""
    *_, label = _LABELLED.finditer(text)
    rest = text[label.end() :].split("\n", MAX_LINES)
    run = _last_run(lines)
    if len(run) > 1 and run[-1] == rest[0]:
        yield run, False
    else:
        yield rest, True
        yield rest[:1], False


def _last_run(lines: list[str]) -> list[str]:
    """What follows the labels of the last labelled lines that no other line separates."""
    run: list[str] = []
    is_over = False
    for line in lines:
        label = _LABELLED_LINE.match(line)
        if label is not None:
            run = [] if is_over else run
            run.append(line[label.end() :])
        is_over = label is None and (is_over or bool(line.strip()))
    return run


def _marked(lines: list[str], mark: str) -> list[str]:
    """The lines that begin with a number or a bullet; of several numbered lists, the last one."""
    marked: list[str] = []
    for line in lines:
        found = MARKED_LINE.match(line)
        if found is not None and found[mark]:
            if _FIRST.match(line):
                marked.clear()
            marked.append(line)
    return marked
