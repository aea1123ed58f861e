"""Where in a text the list of actions may be."""

import re
from collections import deque
from collections.abc import Iterator

from core.rooms.plan_json import json_items
from core.rooms.plan_marks import FIRST, ITEM, LABEL, MARKED_LINE, NUMBER
from core.rooms.plan_text import normalize

MAX_LISTS = 100
"""Lists between brackets that are read, from the end of a text."""

MAX_LINES = 200
"""Lines that are read, likewise."""

_BRACES = re.compile(r"\{([^{}]*)\}")
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_FACTS = re.compile(r"\s*(?:observed|carry) ")
"""How a question begins, which some answers repeat between brackets."""

# before a list between brackets, searched up to where it begins
_NAME = re.compile(rf"\b({LABEL}) ?:\s?[\[(]?$")
"""Its label: ``plan: [``."""
_GOES_ON = {"action", "step", "subgoal", "sub-goal"}
"""Labels of a list that continues one with the same label; after any other label a new plan begins."""
_NUMBERED = re.compile(rf"(?:\A|\n) ?(?P<number>{NUMBER}) ?(?:{LABEL} ?: ?)?[\[(]?$")
"""The number that its line begins with, and a label: ``2. action: [``."""
_LINE_BEFORE = re.compile(
    rf"(?:\A|\n)[^\w\n]*+(?P<label>[\w ]{{0,30}}\b{LABEL}(?: is)? ?:[^\w\n]*+)?$"
)
"""Its line, if there are only signs and a label before it: ``- my plan is: [``."""
_INSTEAD = re.compile(
    r"\b(?:wait|actually|instead(?! of)|rather(?! than)|better|correct\w{0,5}|revised)\b|\bso ?:"
)
"""Words before a list that replaces an earlier one."""

# after a list, or between two
_LINE_AFTER = re.compile(r"[^\w\n]{0,20}+(?:\n|\Z)")
"""The rest of its line, if it has only signs."""
_SIGNS = r"[\s,;.:|&+/(){}\[\]-]*+"
_BETWEEN = re.compile(
    rf"{_SIGNS}(?:(?:and|then|next|finally|first|second|third|last|after that|afterwards|followed by"
    rf"|(?:i|we|you)(?: will| would| should| can| must)?|{LABEL}|\d{{1,2}}|[a-h]\)){_SIGNS})*+"
)
"""All that may be between two lists of one plan: signs, words for an order, labels, numbers."""

_LABELLED = re.compile(rf"\b{LABEL}(?: (?:is|are|would be|should be))? ?:")
"""The label of a list without brackets: ``the plan would be:``."""
_LABELLED_LINE = re.compile(rf" ?(?:(?:{NUMBER}|-) )?(?:next )?{ITEM} ?:(?= ?\S)")
"""The label of one action, on its line: ``1. next action: explore``."""


def candidates(text: str) -> Iterator[tuple[list[str], bool]]:
    """Lines that may hold the actions, the most likely first; and whether they may hold nothing else."""
    if items := json_items(text):
        yield [line for item in items for line in normalize(item).split("\n")], True
    text = normalize(text)
    for brackets in (_BRACES, _BRACKETS):
        for lists in reversed(_lists(brackets, text)):
            yield [line for one in lists for line in one.split("\n")], True
    lines = text.split("\n")[-MAX_LINES:]
    if _LABELLED.search(text):
        yield from _labelled(text, lines)
    for mark in ("number", "bullet"):
        yield _marked(lines, mark), False
    yield lines, True


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
    return number is not None and not FIRST.match(number["number"])


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
            if FIRST.match(line):
                marked.clear()
            marked.append(line)
    return marked
