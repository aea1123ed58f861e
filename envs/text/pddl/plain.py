"""Our own wording: each domain has words of its own, and a refused action is told what it lacks."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from envs.text.pddl.language import Attempt, Query
from envs.text.pddl.strips import Fact, GroundProblem, Problem, State

OBJECTS = "Objects:"
TASK = "Your task is to make all of this true:"
ALWAYS = "This is always true:"
SITUATION = "This is true now:"
NOT_TRUE = "This is not true:"
"""In front of the facts that a refused action lacks."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a domain.

    Attributes:
        about: what the domain is about.
        facts: template of each predicate's sentence.
        actions: template of each action's command.
    """

    about: str
    facts: Mapping[str, str]
    actions: Mapping[str, str]


WORDINGS: Mapping[str, Wording] = {
    "gripper": Wording(
        "You guide a robot that carries balls between rooms. Each of its grippers holds one ball.",
        {
            "at-robby": "The robot is in {}.",
            "at": "{} is in {}.",
            "free": "Gripper {} is free.",
            "carry": "{} is held by gripper {}.",
        },
        {
            "move": "move from {} to {}",
            "pick": "pick up {} in {} with {}",
            "drop": "drop {} in {} from {}",
        },
    ),
    "blockworld": Wording(
        "You guide an arm that stacks blocks. It holds one block at a time, and only a block with nothing on "
        "it can be picked up.",
        {
            "clear": "Nothing is on {}.",
            "on-table": "{} is on the table.",
            "arm-empty": "The arm is empty.",
            "holding": "The arm holds {}.",
            "on": "{} is on {}.",
        },
        {
            "pickup": "pickup {} from the table",
            "putdown": "putdown {} on the table",
            "stack": "stack {} on {}",
            "unstack": "unstack {} from {}",
        },
    ),
    "barman": Wording(
        "You guide a barman with two hands who pours drinks into shot glasses and mixes cocktails in a shaker. "
        "A shot is filled at a dispenser while the other hand is empty; a cocktail needs its two ingredients, "
        "one shot of each, in a clean shaker, which is then shaken and poured into a clean shot.",
        {
            "ontable": "{} is on the table.",
            "holding": "Hand {} holds {}.",
            "handempty": "Hand {} is empty.",
            "empty": "{} is empty.",
            "contains": "{} contains {}.",
            "clean": "{} is clean.",
            "used": "{} is used for {}.",
            "dispenses": "{} dispenses {}.",
            "shaker-empty-level": "{} is at level {} when empty.",
            "shaker-level": "{} is at level {}.",
            "next": "After level {} comes level {}.",
            "unshaked": "{} is not shaken.",
            "shaked": "{} is shaken.",
            "cocktail-part1": "{} is made of {} first.",
            "cocktail-part2": "{} is made of {} second.",
        },
        {
            "grasp": "grasp with {} the container {}",
            "leave": "leave with {} the container {}",
            "fill-shot": "fill-shot {} with {} by {} while {} is empty from {}",
            "refill-shot": "refill-shot {} with {} by {} while {} is empty from {}",
            "empty-shot": "empty-shot with {} the shot {} of {}",
            "clean-shot": "clean-shot {} of {} by {} while {} is empty",
            "pour-shot-to-clean-shaker": (
                "pour-shot-to-clean-shaker {} of {} into {} with {} from level {} to level {}"
            ),
            "pour-shot-to-used-shaker": (
                "pour-shot-to-used-shaker {} of {} into {} with {} from level {} to level {}"
            ),
            "empty-shaker": "empty-shaker with {} the shaker {} of {} from level {} to level {}",
            "clean-shaker": "clean-shaker with {} while {} is empty the shaker {}",
            "shake": "shake {} of {} and {} in {} with {} while {} is empty",
            "pour-shaker-to-shot": (
                "pour-shaker-to-shot {} into {} with {} from {} from level {} to level {}"
            ),
        },
    ),
    "tyreworld": Wording(
        "You guide somebody who replaces the wheels of a car. Nuts are loosened and tightened with the wrench "
        "while the hub is on the ground, and undone and done up while it is jacked up.",
        {
            "isopen": "{} is open.",
            "closed": "{} is closed.",
            "unlocked": "{} is unlocked.",
            "have": "You have {}.",
            "in": "{} is in {}.",
            "loose": "{} is loose on {}.",
            "tight": "{} is tight on {}.",
            "on-ground": "{} is on the ground.",
            "not-on-ground": "{} is jacked up.",
            "inflated": "{} is inflated.",
            "not-inflated": "{} is not inflated.",
            "fastened": "{} is fastened.",
            "unfastened": "{} is not fastened.",
            "free": "{} has no wheel.",
            "on": "{} is on {}.",
            "intact": "{} is intact.",
        },
        {
            "open": "open {}",
            "close": "close {}",
            "fetch": "fetch {} from {}",
            "put-away": "put-away {} in {}",
            "loosen": "loosen {} on {}",
            "tighten": "tighten {} on {}",
            "jack-up": "jack-up {}",
            "jack-down": "jack-down {}",
            "undo": "undo {} on {}",
            "do-up": "do-up {} on {}",
            "remove-wheel": "remove-wheel {} from {}",
            "put-on-wheel": "put-on-wheel {} on {}",
            "inflate": "inflate {}",
        },
    ),
}
_WORD = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")
_QUERIES = {query.value: query for query in Query}


class Plain:
    """See `envs.text.pddl.language.Language`."""

    credits_initial_goals = True

    def __init__(self, domain: str) -> None:
        self._wording = WORDINGS[domain]

    def fact(self, fact: Fact) -> str:
        """The sentence, with the objects' names as they are."""
        return self._wording.facts[fact[0]].format(*fact[1:])

    def shown(self, problem: GroundProblem) -> State:
        """Facts that may change; the first observation has the others."""
        return ~problem.static

    def static_sentences(self, problem: GroundProblem) -> list[str]:  # noqa: ARG002
        """None: the first observation lists the objects."""
        return []

    def goal(self, problem: GroundProblem) -> str:
        """The facts of the goal."""
        return " ".join(map(self.fact, problem.problem.goal))

    def action(self, name: str, arguments: Iterable[str]) -> str:
        """The command."""
        return self._wording.actions[name].format(*arguments)

    def introduction(self, problem: GroundProblem, situation: str) -> str:
        """The domain, the objects by type, the actions, what never changes, the goal and the situation."""
        static = " ".join(sorted(map(self.fact, problem.true_facts(problem.static))))
        lines = (
            self._wording.about,
            f"{OBJECTS} {_objects(problem.problem)}",
            f"Actions: {self._actions(problem)}.",
            f"{ALWAYS} {static}" if static else "",
            f"{TASK} {self.goal(problem)}",
            f"{SITUATION} {situation}",
        )
        return "\n".join(filter(None, lines))

    def queries(self, problem: GroundProblem) -> tuple[Query, ...]:  # noqa: ARG002
        """The list of actions; each observation lists the facts."""
        return (Query.ACTIONS,)

    def read(self, problem: GroundProblem, state: State, text: str) -> Attempt | Query | None:  # noqa: ARG002
        """The first word that names an action, and the objects of the right types in the order of the text."""
        words = _WORD.findall(text.lower())
        query = _QUERIES.get(" ".join(words))
        if query is not None:
            return query
        name = _find_action(problem.problem, words)
        arguments = None if name is None else _match_types(problem.problem, name, words)
        return None if name is None or arguments is None else Attempt(name, arguments)

    def not_understood(self, problem: GroundProblem) -> str:
        """What can be said."""
        return f"That is not an action with its objects. The actions are: {self._actions(problem)}."

    def not_possible(self, problem: GroundProblem, state: State, attempt: Attempt) -> str:
        """The preconditions that do not hold."""
        operator = problem.operator(attempt.name, attempt.arguments)
        if operator is None:  # cannot be: `read` looks at the types
            return self.not_understood(problem)
        missing = problem.true_facts(operator.needed & ~state)
        sentences = " ".join(sorted(map(self.fact, missing)))
        command = self.action(attempt.name, attempt.arguments)
        if not sentences:
            return f"To {command} would change nothing."
        return f"You cannot {command} now. {NOT_TRUE} {sentences}"

    def _actions(self, problem: GroundProblem) -> str:
        """Each action with types in place of objects."""
        usages = [
            self.action(action.name, (kind.upper() for _, kind in action.parameters))
            for action in problem.problem.domain.actions.values()
        ]
        return "; ".join([*usages, *(query.value for query in self.queries(problem))])


def _objects(problem: Problem) -> str:
    by_kind: dict[str, list[str]] = {}
    for name, kind in problem.objects.items():
        by_kind.setdefault(kind, []).append(name)
    return "; ".join(f"{kind} {', '.join(names)}" for kind, names in by_kind.items()) + "."


def _find_action(problem: Problem, words: Sequence[str]) -> str | None:
    """The first action that a word, or two words in a row ("pick up"), name; hyphens do not matter."""
    names = {_without_hyphens(name): name for name in problem.domain.actions}
    for word, following in zip_longest(words, words[1:], fillvalue=""):
        for spelling in (word, word + following):
            if _without_hyphens(spelling) in names:
                return names[_without_hyphens(spelling)]
    return None


def _without_hyphens(word: str) -> str:
    return word.replace("-", "").replace("_", "")


def _match_types(problem: Problem, action: str, words: Sequence[str]) -> tuple[str, ...] | None:
    """For each parameter the first object in the text that has its type and is not taken yet."""
    left = [word for word in words if word in problem.objects]
    chosen = []
    for _, wanted in problem.domain.actions[action].parameters:
        fits = (name for name in left if problem.domain.is_a(problem.objects[name], wanted))
        name = next(fits, None)
        if name is None:
            return None
        left.remove(name)
        chosen.append(name)
    return tuple(chosen)
