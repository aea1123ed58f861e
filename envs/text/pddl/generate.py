"""Makes problems from seeds, as large as the published ones and a little larger."""

from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np

from envs.text.pddl.strips import Domain, Fact, Problem

Draw = np.random.Generator


def _names(what: str, number: int) -> list[str]:
    return [f"{what}{index}" for index in range(1, number + 1)]


def _problem(
    seed: int, domain: Domain, objects: Mapping[str, list[str]], init: list[Fact], goal: list[Fact]
) -> Problem:
    by_name = {name: kind for kind, names in objects.items() for name in names}
    by_name = {**domain.constants, **by_name}
    return Problem(f"generated/{seed}", domain, by_name, tuple(init), tuple(goal))


def gripper(seed: int, domain: Domain) -> Problem:
    """3 to 14 balls in two rooms; each ball shall be in a room that is drawn, and one at least moves."""
    rng = np.random.default_rng(seed)
    balls, rooms, grippers = (
        _names("ball", int(rng.integers(3, 15))),
        ["rooma", "roomb"],
        ["left", "right"],
    )
    start = [rooms[index] for index in rng.integers(2, size=len(balls))]
    end = [rooms[index] for index in rng.integers(2, size=len(balls))]
    if start == end:
        end[0] = rooms[1 - rooms.index(start[0])]
    init: list[Fact] = [("at-robby", rooms[int(rng.integers(2))])]
    init += [("free", name) for name in grippers]
    init += [("at", ball, room) for ball, room in zip(balls, start, strict=True)]
    goal: list[Fact] = [("at", ball, room) for ball, room in zip(balls, end, strict=True)]
    return _problem(seed, domain, {"ball": balls, "gripper": grippers, "room": rooms}, init, goal)


def blockworld(seed: int, domain: Domain) -> Problem:
    """3 to 9 blocks in towers, to be put into other towers."""
    rng = np.random.default_rng(seed)
    blocks = _names("b", int(rng.integers(3, 10)))
    start = _towers(rng, blocks)
    end = start
    while not set(_stacked(end)) - set(_stacked(start)):
        end = _towers(rng, blocks)
    init: list[Fact] = [("arm-empty",), *_stacked(start)]
    init += [("on-table", tower[0]) for tower in start]
    init += [("clear", tower[-1]) for tower in start]
    return _problem(seed, domain, {"block": blocks}, init, _stacked(end))


def _towers(rng: Draw, blocks: list[str]) -> list[list[str]]:
    """The blocks in one or more towers, each from the bottom to the top."""
    towers: list[list[str]] = []
    for index in rng.permutation(len(blocks)):
        place = int(rng.integers(len(towers) + 1))
        if place == len(towers):
            towers.append([])
        towers[place].append(blocks[index])
    return towers


def _stacked(towers: list[list[str]]) -> list[Fact]:
    pairs = (pair for tower in towers for pair in pairwise(tower))
    return [("on", above, below) for below, above in pairs]


def barman(seed: int, domain: Domain) -> Problem:
    """One to three drinks, cocktails or single ingredients, in as many of four to six shots."""
    rng = np.random.default_rng(seed)
    num_goals = int(rng.integers(1, 4))
    ingredients = _names("ingredient", int(rng.integers(2, 5)))
    cocktails = _names("cocktail", int(rng.integers(1, 5)))
    shots, dispensers = _names("shot", num_goals + int(rng.integers(1, 4))), []
    hands, levels, shaker = ["left", "right"], ["l0", "l1", "l2"], "shaker1"
    init: list[Fact] = [("handempty", hand) for hand in hands]
    init += [("next", "l0", "l1"), ("next", "l1", "l2")]
    init += [("shaker-empty-level", shaker, "l0"), ("shaker-level", shaker, "l0")]
    for container in (shaker, *shots):
        init += [("ontable", container), ("clean", container), ("empty", container)]
    for index, ingredient in enumerate(ingredients, start=1):
        dispensers.append(f"dispenser{index}")
        init.append(("dispenses", dispensers[-1], ingredient))
    for cocktail in cocktails:
        first, second = rng.choice(len(ingredients), size=2, replace=False)
        init.append(("cocktail-part1", cocktail, ingredients[first]))
        init.append(("cocktail-part2", cocktail, ingredients[second]))
    drinks = [*cocktails, *cocktails, *ingredients]  # two drinks in three are cocktails or so
    goal: list[Fact] = [
        ("contains", shot, drinks[int(rng.integers(len(drinks)))]) for shot in shots[:num_goals]
    ]
    objects = {
        "cocktail": cocktails, "dispenser": dispensers, "hand": hands, "ingredient": ingredients,
        "level": levels, "shaker": [shaker], "shot": shots,
    }  # fmt: skip
    return _problem(seed, domain, objects, init, goal)


def tyreworld(seed: int, domain: Domain) -> Problem:
    """One to three hubs with flat wheels; the spare wheels shall be on them, as fast and full as is drawn."""
    rng = np.random.default_rng(seed)
    hubs = int(rng.integers(1, 4))
    names = {what: _names(what, hubs) for what in ("the-hub", "nuts", "r", "w")}
    init: list[Fact] = [("unlocked", "boot"), ("closed", "boot")]
    init += [("in", tool, "boot") for tool in domain.constants]
    goal: list[Fact] = []
    for hub, nut, spare, wheel in zip(*names.values(), strict=True):
        init += [("intact", spare), ("in", spare, "boot"), ("not-inflated", spare)]
        init += [("on", wheel, hub), ("on-ground", hub), ("tight", nut, hub), ("fastened", hub)]
        goal.append(("on", spare, hub))
        wishes: list[Fact] = [("inflated", spare), ("tight", nut, hub), ("in", wheel, "boot")]
        goal += [wish for wish in wishes if rng.integers(2)]
    if rng.integers(2):
        goal += [("in", tool, "boot") for tool in domain.constants]
    objects = {
        "container": ["boot"], "hub": names["the-hub"], "nut": names["nuts"],
        "wheel": names["r"] + names["w"],
    }  # fmt: skip
    return _problem(seed, domain, objects, init, goal)


GENERATORS: Mapping[str, Callable[[int, Domain], Problem]] = {
    "gripper": gripper,
    "blockworld": blockworld,
    "barman": barman,
    "tyreworld": tyreworld,
}
