"""Games from the problem files of ALFWorld (PDDL)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from envs.text.alfworld.games import Game, Goal, TaskType

_FACT = re.compile(r"\(\s*([a-z]+)((?:\s+[^\s()]+)*)\s*\)")
_NUMBERED = "_bar_"
_PROPERTIES = {
    "pickupable": "pickupable",
    "cleanable": "cleanable",
    "heatable": "heatable",
    "coolable": "coolable",
    "sliceable": "sliceable",
    "toggleable": "toggleable",
    "isreceptacleobject": "vessels",
    "iscool": "cool",
}
_STATES = {"isclean": TaskType.CLEAN, "ishot": TaskType.HEAT, "iscool": TaskType.COOL}


def parse_problem(text: str, case: str, task: str, walkthrough: Sequence[str]) -> Game:
    """Read a game.

    Args:
        text: the problem file; upper and lower case are the same, and costs and distances are ignored.
        case: ``SPLIT/PATH``.
        task: the sentence that says what to do.
        walkthrough: commands that win.

    Raises:
        ValueError: the goal is none of the six task types.
    """
    _, _, text = text.lower().partition("(:init")
    init, _, goal = text.partition("(:goal")
    facts: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for predicate, arguments in _FACT.findall(init):
        facts[predicate].append(tuple(arguments.split()))
    receptacles = _index(receptacle for receptacle, _ in facts["receptacletype"])
    objects = _index(
        fact[0]
        for predicate in ("objecttype", "objectatlocation", "inreceptacle", *_PROPERTIES)
        for fact in facts[predicate]
    )
    place_facts = ("atlocation", "receptacleatlocation", "objectatlocation")
    locations = _index(fact[1] for predicate in place_facts for fact in facts[predicate])
    names = _names([*receptacles, *objects])
    receptacle_types, object_types = _table(facts["receptacletype"]), _table(facts["objecttype"])
    receptacle_locations = _table(facts["receptacleatlocation"])
    properties = {
        ours: frozenset(objects[fact[0]] for fact in facts[theirs])
        for theirs, ours in _PROPERTIES.items()
    }
    contents: list[set[int]] = [set() for _ in receptacles]
    for thing, receptacle in facts["inreceptacle"]:
        contents[receptacles[receptacle]].add(objects[thing])
    fits: dict[str, set[str]] = defaultdict(set)
    for receptacle_type, object_type in facts["cancontain"]:
        fits[receptacle_type].add(object_type)
    return Game(
        case=case,
        task=task,
        walkthrough=tuple(walkthrough),
        goal=_parse_goal(goal),
        num_locations=len(locations),
        start=locations[facts["atlocation"][0][1]],
        receptacles=tuple(names[each] for each in receptacles),
        receptacle_types=tuple(receptacle_types[each] for each in receptacles),
        receptacle_locations=tuple(locations[receptacle_locations[each]] for each in receptacles),
        openable=frozenset(receptacles[each] for (each,) in facts["openable"]),
        objects=tuple(names[each] for each in objects),
        object_types=tuple(object_types.get(each, "") for each in objects),
        **properties,
        contents=tuple(tuple(sorted(each)) for each in contents),
        lying=_pairs(facts["objectatlocation"], objects, locations),
        nested=_pairs(facts["inreceptacleobject"], objects, objects),
        fits={kind: frozenset(kinds) for kind, kinds in fits.items()},
    )


def _parse_goal(text: str) -> Goal:
    """The goal of one of the six templates.

    Raises:
        ValueError: it is something else.
    """
    facts: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for predicate, arguments in _FACT.findall(text):
        facts[predicate].append(tuple(arguments.split()))
    kinds = _table(facts["objecttype"])
    if "istoggled" in facts and "holds" in facts:
        ((lamp,), (_, thing)) = facts["istoggled"][0], facts["holds"][0]
        return Goal(TaskType.LOOK, kinds[thing], kinds[lamp])
    states = [task_type for state, task_type in _STATES.items() if state in facts]
    is_two = len(kinds) == 2
    unexpected = set(facts) & {"issliced", "inreceptacleobject"}
    if len(states) + is_two > 1 or unexpected or len(set(kinds.values())) != 1:
        raise ValueError(f"not the goal of one of the six task types: {text}")
    task_type = TaskType.PLACE_TWO if is_two else [*states, TaskType.PLACE][0]
    (object_type,) = set(kinds.values())
    (receptacle_type,) = {kind for _, kind in facts["receptacletype"]}
    return Goal(task_type, object_type, receptacle_type)


def _index(identifiers: Iterable[str]) -> dict[str, int]:
    """Position of each identifier in their order as strings."""
    return {each: position for position, each in enumerate(sorted(set(identifiers)))}


def _names(identifiers: Iterable[str]) -> dict[str, str]:
    """``apple 2``: of each kind the first identifier gets the highest number, the last gets 1."""
    numbers: dict[str, int] = defaultdict(int)
    names = {}
    for each in sorted(set(identifiers), reverse=True):
        if _NUMBERED not in each:
            names[each] = each
            continue
        kind = each.partition(_NUMBERED)[0] + ("basin" if "basin" in each else "")
        numbers[kind] += 1
        names[each] = f"{kind} {numbers[kind]}"
    return names


def _table(facts: Iterable[tuple[str, ...]]) -> dict[str, str]:
    return {key: value for key, value in facts}  # noqa: C416 mypy: their lengths vary


def _pairs(
    facts: Iterable[tuple[str, ...]], first: Mapping[str, int], second: Mapping[str, int]
) -> tuple[tuple[int, int], ...]:
    return tuple(sorted({(first[left], second[right]) for left, right in facts}))
