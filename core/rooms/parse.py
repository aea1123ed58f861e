r"""Parse a planner's answer into a plan: lenient about the format, strict about the result.

Read is what the answer says outside of thoughts, up to where a turn of someone else begins (`core.answer`). Where
the list may be, in this order (`core.rooms.plan_lists`): JSON; the last ``{...}``; the last ``[...]``; what follows
``action:`` or ``plan:``; the lines of a numbered list, or of one with bullets; the whole text. Lists one
after the other are one plan.
"""

import re

from core.answer import CUT, EMPTY, spoken
from core.chat import Reply
from core.errors import PlanFormatError
from core.rooms.plan import MAX_SUB_GOALS, ObjectName, Plan, Skill, SubGoal
from core.rooms.plan_lists import candidates
from core.rooms.plan_marks import LABEL, LETTER, MARKED_LINE, NUMBER

_VERBS: tuple[tuple[str, Skill], ...] = (
    (
        r"go ?to|go toward|walk to|move to|move toward|head to|navigate to|approach|reach",
        Skill.GO_TO,
    ),
    (r"pick ?up|pick|grab|take|collect|get|fetch", Skill.PICK_UP),
    (r"drop|put ?down|release", Skill.DROP),
    (r"toggle|open|unlock", Skill.TOGGLE),
)
# a blank is one space: runs of them would make long texts slow
_COLORS = "red|green|blue|purple|yellow|gr[ea]y"
_OBJECT = rf"(?:(?:the|an?|this|that) )?(?:(?P<color>{_COLORS}) )?(?P<kind>key|box|door)"
_TOOL = r"(?: (?:with|using) (?:(?:the|an?) )?(?:\w{1,20} )?key)?"
_PLACE = r"(?: (?:the )?(?:room|maze|area|environment|rest))?"
_REMARK = (
    r"(?:because|since|so that|in order to|as|to(?! (?:the|an?) )|which|where|it|this|that|there) "
)
_COMMENT = rf"(?P<comment> ?[:(\[#]| [-–—] |[.,!]? {_REMARK})"
_SUB_GOALS = (
    (
        re.compile(rf"(?:explore|search|look around|wander|scout){_PLACE}(?:{_COMMENT}|$)"),
        Skill.EXPLORE,
    ),
    *(
        (re.compile(rf"(?:{verbs})s?(?: | ?\( ?){_OBJECT}{_TOOL}(?:{_COMMENT}|$)"), skill)
        for verbs, skill in _VERBS
    ),
)
_SEPARATORS = re.compile(
    rf"(?: ?(?:[;|/&+·]|(?:,|[.!](?= |$))(?! {_REMARK})|\b(?:and|then|next|finally|last|afterwards|after that|followed by|"
    r"first|second|third)(?:ly)?\b))++"
)
MAX_ITEMS = 100
"""Parts of a line that are read, empty ones included."""
_AROUND = " {}[]()|.!:?"
_NUMBER_AND_LABEL = re.compile(rf"(?:{NUMBER} ?)?(?:{LABEL} ?: ?)?")
_ONLY_NUMBER = re.compile(rf"(?:{NUMBER}|\d{{1,2}}|{LETTER})")


def read_reply(reply: Reply) -> Plan:
    """The plan in a model's reply.

    A reply that ended at the limit of tokens holds no plan, because its list may go on. It does if it had
    already gone on to someone else's turn.

    Raises:
        PlanFormatError: there is no plan in it.
    """
    if reply.cut and not spoken(reply.text).has_ended:
        raise PlanFormatError(reply.text, CUT)
    if not reply.text.strip():
        raise PlanFormatError(reply.text, EMPTY)
    return parse_plan(reply.text)


def parse_plan(text: str) -> Plan:
    """The plan in a text.

    Args:
        text: the planner's answer, untrusted; `core.answer.MAX_CHARS` of it are read.

    Returns:
        One to `MAX_SUB_GOALS` sub-goals, with colours as the text names them.

    Raises:
        PlanFormatError: there is no plan in the text. No other exception is raised.
    """
    parts = spoken(text).parts
    reasons: list[str] = []
    for part in reversed(parts):
        for lines, is_strict in candidates(part):
            plan = _read(lines, is_strict=is_strict)
            if isinstance(plan, tuple):
                return plan
            reasons.append(plan)
    if text.strip() and not parts:
        raise PlanFormatError(text, "the answer holds nothing but thoughts")
    # the reason for the most likely list, which comes first
    reason = next(filter(None, reasons), "there is no list of actions between braces")
    raise PlanFormatError(text, reason)


def _read(lines: list[str], *, is_strict: bool) -> Plan | str:
    """The actions in some lines, or what is wrong: nothing if there are none.

    Args:
        lines: with actions between separators; an action may be followed by a comment.
        is_strict: a comment ends with the next separator; otherwise the rest of the line may belong to it.
    """
    plan: list[SubGoal] = []
    for line in lines:
        mark = MARKED_LINE.match(line)
        is_commented = False
        line = line[mark.end() :] if mark is not None else line
        for part in _SEPARATORS.split(line, MAX_ITEMS):
            item = _strip(part)
            if not item:
                continue
            found = _sub_goal(item)
            if found is None:
                if is_commented and not is_strict:
                    break
                return f"{item[:60]!r} is not one of the actions"
            if len(plan) == MAX_SUB_GOALS:
                return f"there are more than {MAX_SUB_GOALS} actions"
            plan.append(found[0])
            is_commented |= found[1]
    return tuple(plan) if plan else ""


def _strip(item: str) -> str:
    """An item without number, label and brackets; nothing if nothing else is there."""
    item = item.strip(_AROUND)
    if before := _NUMBER_AND_LABEL.match(item):
        item = item[before.end() :].strip(_AROUND)
    return "" if _ONLY_NUMBER.fullmatch(item) else item


def _sub_goal(item: str) -> tuple[SubGoal, bool] | None:
    """The sub-goal at the beginning of an item, and whether a comment follows; None if there is none."""
    for pattern, skill in _SUB_GOALS:
        if match := pattern.match(item):
            is_commented = match["comment"] is not None
            if skill is Skill.EXPLORE:
                return SubGoal(skill), is_commented
            color = "grey" if match["color"] == "gray" else match["color"]
            return SubGoal(skill, ObjectName(match["kind"], color)), is_commented
    return None
