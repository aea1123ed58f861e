"""The feasible plans of a situation: what a planner may choose from."""

from itertools import product

from core.rooms.plan import EXPLORE_PLAN, ObjectName, Plan, Skill, SubGoal, format_plan
from core.rooms.scene import Scene


def feasible_plans(scene: Scene, *, names_colors: bool) -> list[Plan]:
    """Every plan that can be carried out, good or not.

    Explore; fetch a key in view, and then explore or try it on a door in view; open a box in view;
    try the carried key on a door in view. Whether colours match is for the planner to know.

    Args:
        scene: what is in view and carried.
        names_colors: name objects with their colours.
    """

    def spoken_name(name: ObjectName) -> ObjectName:
        return name if names_colors else ObjectName(name.kind)

    in_sight = tuple(dict.fromkeys(map(spoken_name, scene.in_sight)))
    keys, boxes, doors = (
        [name for name in in_sight if name.kind == kind] for kind in ("key", "box", "door")
    )
    plans = [EXPLORE_PLAN]
    if scene.carried is not None and scene.carried.kind == "key":
        plans += [_visit(Skill.TOGGLE, door) for door in doors]
    plans += [_visit(Skill.TOGGLE, box) for box in boxes]
    fetches = [_visit(Skill.PICK_UP, key) for key in keys]
    plans += fetches
    plans += [fetch + EXPLORE_PLAN for fetch in fetches]
    plans += [fetch + _visit(Skill.TOGGLE, door) for fetch, door in product(fetches, doors)]
    return plans


def choices(scene: Scene, *, names_colors: bool) -> tuple[str, ...]:
    """The feasible plans as texts, as a planner writes them."""
    return tuple(map(format_plan, feasible_plans(scene, names_colors=names_colors)))


def _visit(skill: Skill, name: ObjectName) -> Plan:
    return (SubGoal(Skill.GO_TO, name), SubGoal(skill, name))
