r"""Parse a planner's text into a plan: lenient about the format, strict about the result.

Candidates in this order: the last ``{...}`` whose items are all sub-goals, the last such ``[...]``, the
text after ``action:`` or ``plan:``, the lines of a numbered list, the whole text.
"""

import re
from collections.abc import Iterator

from core.errors import PlanFormatError
from core.rooms.plan import MAX_SUB_GOALS, ObjectName, Plan, Skill, SubGoal

MAX_CHARS = 4000
"""Number of characters that are read from the end of a text: a model that reasons concludes last."""

_VERBS: tuple[tuple[str, Skill], ...] = (
    (r"explore|search|look around|wander|scout", Skill.EXPLORE),
    (
        r"go ?to|go toward|walk to|move to|move toward|head to|navigate to|approach|reach",
        Skill.GO_TO,
    ),
    (r"pick ?up|pick|grab|take|collect|get|fetch", Skill.PICK_UP),
    (r"drop|put ?down|release", Skill.DROP),
    (r"toggle|open|unlock", Skill.TOGGLE),
)
_COLORS = "red|green|blue|purple|yellow|gr[ea]y"
_OBJECT = rf"(?:(?:the|an?|this|that) +)?(?:(?P<color>{_COLORS}) +)?(?P<kind>key|box|door)"
_TAIL = r"(?: +(?:with|using) +(?:the|an?)? *(?:\w+ +)?key)?"
_SUB_GOALS = tuple(
    (re.compile(rf"(?:{verbs})s? +{_OBJECT}{_TAIL}"), skill)
    for verbs, skill in _VERBS
    if skill is not Skill.EXPLORE
)
_EXPLORE = re.compile(rf"(?:{_VERBS[0][0]})(?: +(?:the +)?(?:room|maze|area|environment|rest))?")

_NUMBERING = re.compile(r"^\s*(?:[-*•]|(?:step\s*)?\d{1,2}\s*[.):])\s*", re.IGNORECASE)
_SEPARATORS = re.compile(r"[,;\n]|->|→|\bthen\b|\band\b", re.IGNORECASE)
_JUNK = str.maketrans("", "", "\"'`“”‘’*<>")
_BRACES = re.compile(r"\{([^{}]*)\}")
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_LABEL = re.compile(r"\b(?:actions?|plan|answer)\s*:", re.IGNORECASE)


def parse_plan(text: str) -> Plan:
    """The plan in a text.

    Args:
        text: the planner's answer, untrusted; only its last `MAX_CHARS` characters are read.

    Returns:
        One to `MAX_SUB_GOALS` sub-goals, with colours as the text names them.

    Raises:
        PlanFormatError: there is no plan in the text. No other exception is raised.
    """
    text = text[-MAX_CHARS:]
    reasons: list[str] = []
    for candidate in _candidates(text):
        items = [cleaned for item in _SEPARATORS.split(candidate) if (cleaned := _clean(item))]
        if len(items) > MAX_SUB_GOALS:
            reasons.append(f"there are more than {MAX_SUB_GOALS} actions")
        if not 1 <= len(items) <= MAX_SUB_GOALS:
            continue
        sub_goals = [_parse_sub_goal(item) for item in items]
        plan = tuple(sub_goal for sub_goal in sub_goals if sub_goal is not None)
        if len(plan) == len(items):
            return plan
        unknown = items[sub_goals.index(None)]
        reasons.append(f"{unknown[:60]!r} is not one of the actions")
    # the reason for the most likely list, which comes first
    raise PlanFormatError(text, (reasons or ["there is no list of actions between braces"])[0])


def _candidates(text: str) -> Iterator[str]:
    """Parts of a text that may be the list; the most likely first."""
    yield from reversed(_BRACES.findall(text))
    yield from reversed(_BRACKETS.findall(text))
    labels = list(_LABEL.finditer(text))
    if labels:
        after = text[labels[-1].end() :]
        yield after
        yield after.strip().split("\n")[0]
    numbered = [line for line in text.split("\n") if _NUMBERING.match(line)]
    if numbered:
        yield "\n".join(numbered)
    yield text


def _clean(item: str) -> str:
    """An item in lower case, without numbering, quotes, brackets and a full stop."""
    item = _NUMBERING.sub("", item.translate(_JUNK).strip(" \t\r\n{}[]()"))
    return " ".join(item.lower().split()).strip(" .!:")


def _parse_sub_goal(item: str) -> SubGoal | None:
    item = item.replace("_", " ")
    if _EXPLORE.fullmatch(item):
        return SubGoal(Skill.EXPLORE)
    for pattern, skill in _SUB_GOALS:
        match = pattern.fullmatch(item)
        if match:
            color = match["color"]
            return SubGoal(skill, ObjectName(match["kind"], "grey" if color == "gray" else color))
    return None
