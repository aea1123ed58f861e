"""The scripted model: answers questions about door rooms, and acts in rooms as text, by rules."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.chat import Reply, Request
from core.errors import ModelRefused
from core.rooms.plan import EXPLORE_PLAN, ObjectName, Plan, Skill, SubGoal, format_plan

_OBSERVATION = re.compile(r"observation:\s*\{([^{}]*)\}")
_FACT = re.compile(r"(observed|carry) (?:an? |the )?(?:(\w+) )?(key|box|door|nothing)$")
_SITUATION = re.compile(
    r"You have found: (?P<found>[^.]*)\. You carry (?P<carried>[^.]*)\.(?: You face (?P<ahead>[^.]*)\.)?"
)
"""How `envs.text.rooms` describes a situation."""
_THING = re.compile(r"(?:a|the) (?:(?P<color>\w+) )?(?P<kind>key|box|door)")
_THOUGHTS = {
    (Skill.EXPLORE, None): "What I need has not been found yet, so I explore.",
    (Skill.GO_TO, "key"): "The {target} may open the door, so I go there.",
    (Skill.PICK_UP, "key"): "I face the {target}, so I pick it up.",
    (Skill.GO_TO, "box"): "There may be a key in the {target}, so I go there.",
    (Skill.TOGGLE, "box"): "I face the {target}, so I open it.",
    (Skill.GO_TO, "door"): "I carry the key of the {target}, so I go there.",
    (Skill.TOGGLE, "door"): "I face the {target} and carry its key, so I open it.",
}


class ScriptedModel:
    """Answers by rules in place of a language model; needs no server.

    A question that is among the worked examples of the conversation gets the example's answer. Any
    other gets a plan by these rules: fetch a key that was seen, preferably the one that opens the door;
    take it to the door; give up a carried key only for the one that opens the door; open a box if no
    key was seen; explore for what is missing.

    In a room as text (`envs.text.rooms`) it answers with the first action of that plan, after a
    thought where the conversation shows thoughts.
    """

    name = "scripted"
    in_flight = 1

    def chat(self, requests: Sequence[Request]) -> list[Reply]:
        """The plan for the situation that each request describes last.

        Raises:
            ModelRefused: nothing in the last message describes a situation.
        """
        return [Reply(_answer(request)) for request in requests]


def _answer(request: Request) -> str:
    """As the worked example has it, or by the rules."""
    if _SITUATION.search(request.question):
        return _text_answer(request)
    for example, answer in pairwise(request.messages[:-1]):
        if example.role == "user" and example.content == request.question:
            return answer.content
    return format_plan(plan_by_rules(*read_observation(request.question)))


def read_observation(question: str) -> tuple[list[ObjectName], ObjectName | None]:
    """What a description says is in sight, in its order, and what is carried.

    Raises:
        ModelRefused: it is not a description, or holds something unknown.
    """
    descriptions = _OBSERVATION.findall(question)
    if not descriptions:
        raise ModelRefused(f"the scripted planner finds no observation in {question!r}")
    seen: list[ObjectName] = []
    carried: ObjectName | None = None
    for fact in descriptions[-1].split(","):
        match = _FACT.match(fact.strip())
        if match is None:
            raise ModelRefused(f"the scripted planner does not understand {fact.strip()!r}")
        verb, color, kind = match.groups()
        if verb == "carry":
            carried = ObjectName(kind, color)
        elif kind != "nothing":
            seen.append(ObjectName(kind, color))
    return seen, carried


def _text_answer(request: Request) -> str:
    """The next action in a room as text; with a thought where the conversation shows thoughts."""
    action = next_action(request.question)
    return answer_text(request, thought_before(action), str(action))


def thought_before(action: SubGoal) -> str:
    """Why `next_action` chooses it."""
    kind = action.target.kind if action.target is not None else None
    return _THOUGHTS[action.skill, kind].format(target=action.target)


def answer_text(request: Request, thought: str, action: str) -> str:
    """An action, after a thought where the conversation shows thoughts."""
    if any("Thought:" in message.content for message in request.messages):
        return f"Thought: {thought}\nAction: {action}"
    return action


@dataclass(frozen=True, slots=True)
class Situation:
    """What an observation of `envs.text.rooms` says of the room.

    Attributes:
        found: things that were seen, in its order.
        carried: what is carried.
        ahead: the thing that the agent faces.
    """

    found: tuple[ObjectName, ...]
    carried: ObjectName | None
    ahead: ObjectName | None


def read_situation(observation: str) -> Situation:
    """The situation that an observation describes last.

    Raises:
        ModelRefused: there is none, or it holds something unknown.
    """
    situations = list(_SITUATION.finditer(observation))
    if not situations:
        raise ModelRefused(f"the scripted planner finds no situation in {observation!r}")
    found, carried, ahead = situations[-1].group("found", "carried", "ahead")
    return Situation(
        tuple(_name(words) for words in found.split(", ") if words != "nothing yet"),
        None if carried == "nothing" else _name(carried),
        None if ahead is None else _name(ahead),
    )


def next_action(observation: str) -> SubGoal:
    """The first action of `next_plan`."""
    return next_plan(observation)[0]


def next_plan(observation: str) -> Plan:
    """The plan for the situation that an observation describes last, without a way that is done already.

    Args:
        observation: of `envs.text.rooms`.

    Raises:
        ModelRefused: there is no situation, or it holds something unknown.
    """
    situation = read_situation(observation)
    if "no free way" in observation:  # there may be one through cells that were not seen
        return EXPLORE_PLAN
    plan = plan_by_rules(situation.found, situation.carried)
    is_there = situation.ahead is not None and plan[0] == SubGoal(Skill.GO_TO, situation.ahead)
    return plan[1:] if is_there else plan


def _name(words: str) -> ObjectName:
    """``a red key`` -> red key."""
    match = _THING.fullmatch(words)
    if match is None:
        raise ModelRefused(f"the scripted planner does not understand {words!r}")
    return ObjectName(match["kind"], match["color"])


def plan_by_rules(seen: Sequence[ObjectName], carried: ObjectName | None) -> Plan:
    """The plan a careful planner makes of what is in sight, in the order it is described."""
    keys = [name for name in seen if name.kind == "key"]
    boxes = [name for name in seen if name.kind == "box"]
    door = next((name for name in seen if name.kind == "door"), None)
    has_key = carried is not None and carried.kind == "key"

    if has_key and _opens(carried, door):
        return _open(door)
    right_keys = [key for key in keys if _opens(key, door)]
    if right_keys:
        return _fetch(right_keys[0]) + _open(door)
    if keys and not has_key:
        return _fetch(keys[0])
    if boxes and not has_key:
        return (SubGoal(Skill.GO_TO, boxes[0]), SubGoal(Skill.TOGGLE, boxes[0]))
    return EXPLORE_PLAN


def _opens(key: ObjectName | None, door: ObjectName | None) -> bool:
    return key is not None and door is not None and key.color == door.color


def _fetch(key: ObjectName) -> Plan:
    return (SubGoal(Skill.GO_TO, key), SubGoal(Skill.PICK_UP, key))


def _open(door: ObjectName | None) -> Plan:
    return (SubGoal(Skill.GO_TO, door), SubGoal(Skill.TOGGLE, door))
