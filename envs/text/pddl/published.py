"""The published wording: texts and quirks of LearnAct's environment (arXiv 2402.15809), for comparison with it."""

import re
from collections.abc import Iterable, Mapping

from envs.text.pddl.language import Attempt, Query
from envs.text.pddl.strips import ALL, Fact, GroundProblem, State

# one table for all domains, as published: "holding" and "free" have the words of another domain in barman
# and tyreworld; blanks at the end are part of the text
_FACTS: Mapping[str, str] = {
    "ball": "{} is a ball. ",
    "gripper": "{} is a gripper. ",
    "at-robby": "Robby is at {}. ",
    "at": "{} is at {}. ",
    "free": "{} is free. ",
    "carry": "{} is carrying {}. ",
    "clear": "The {} is clear.",
    "on-table": "{} is on the table.",
    "arm-empty": "Your arm is empty.",
    "holding": "You are holding {}. ",
    "on": "{} is on {}.",
    "ontable": "{} is on the table. ",
    "empty": "{} is empty. ",
    "contains": "{} contains {}. ",
    "clean": "{} is clean. ",
    "used": "Pour {} from a shot glass to a used shaker {}.",
    "dispenses": "{} dispenses {}. ",
    "shaker-empty-level": "{} is at empty level {}. ",
    "shaker-level": "{} is at level {}. ",
    "next": "level {} is next to level {}. ",
    "unshaked": "{} is unshaked. ",
    "shaked": "{} is shaked. ",
    "cocktail-part1": "{} part1 ingredient is {}. ",
    "cocktail-part2": "{} part2 ingredient is {}. ",
    "isopen": "{} is open.",
    "closed": "{} is closed.",
    "have": "You have {}.",
    "in": "{} is in {}.",
    "loose": "The nut {} on the hub {} is loose.",
    "tight": "The nut {} on the hub {} is tight.",
    "unlocked": "{} is unlocked.",
    "on-ground": "Hub {} is on the ground.",
    "not-on-ground": "Hub {} is not on the ground.",
    "inflated": "Wheel {} is inflated.",
    "not-inflated": "Wheel {} is not inflated.",
    "fastened": "Hub {} is fastened.",
    "unfastened": "Hub {} is unfastened.",
    "intact": "Wheel {} is intact.",
}
_ACTIONS: Mapping[str, str] = {
    "move": "Move from {} to {}. ",
    "pick": "Pick up {} at {} with arm {}. ",
    "pickup": "Pickup {}.",
    "putdown": "Putdown {}.",
    "stack": "Stack {} on {}.",
    "unstack": "Unstack {} from {}.",
    "grasp": "{} grasp {}. ",
    "leave": "{} leave {}. ",
    "fill-shot": "fill-shot glass {} with {} with {} and {} holding {}. ",
    "refill-shot": "refill-shot {} with {} with {} and {} holding {}. ",
    "empty-shot": "use hand {} to empty-shot glass {} with beverage {}. ",
    "clean-shot": "clean-shot glass {} with {} with hand {} holding shot glass and {}. ",
    "pour-shot-to-clean-shaker": (
        "pour-shot-to-clean-shaker from a shot glass {} with {} to a clean shaker {} with hand {} "
        "from level {} to level {}"
    ),
    "pour-shot-to-used-shaker": (
        "pour-shot-to-used-shaker from a shot glass {} with {} to a used shaker {} with hand {} "
        "from level {} to level {}"
    ),
    "empty-shaker": (
        "use hand {} to empty-shaker {} with ingredient {} from level {} to level {}."
    ),
    "clean-shaker": "use hand {} and hand {} to clean-shaker {}",
    "shake": (
        "shake a cocktail {} with ingredient {} and ingredient {} in a shaker {} with hand {} and hand {}"
    ),
    "pour-shaker-to-shot": (
        "pour-shaker-to-shot to a shot glass {} the ingredient {} with hand {} from shaker {} "
        "from level {} to level {}"
    ),
    "open": "Open {}.",
    "close": "Close {}.",
    "fetch": "Fetch {} from {}.",
    "put-away": "Put-away {} in {}.",
    "loosen": "Loosen the nut {} on the hub {}.",
    "tighten": "Tighten the nut {} on the hub {}.",
    "jack-up": "jack-up the hub {}.",
    "jack-down": "Jack-down the hub {}.",
    "undo": "Undo the fastening of the nut {} on the hub {}.",
    "do-up": "Do-up the nut {} on the hub {}.",
    "remove-wheel": "Remove-wheel {} from the hub {}.",
    "put-on-wheel": "put-on-wheel {} on the hub {}.",
    "inflate": "Inflate the wheel {}.",
}
_INVALID = "The action is not valid and therefore takes no effect."
_LOOKS_AROUND = ("barman", "tyreworld")
"""Domains whose lists of valid actions name "look around"; it is understood in all."""

# word by word as NLTK's tokenizer splits, as far as names of actions and objects are concerned
_SEPARATOR = re.compile(r"[;@#$%&?!()\[\]{}<>\"*`“”‘’«»„]|''|--|\.{2,}|[,:](?!\d)")
_END = re.compile(r"(?:'|'s|'m|'d|'ll|'re|'ve|n't|\.)\Z")


class Published:
    """See `envs.text.pddl.language.Language`."""

    credits_initial_goals = False

    def fact(self, fact: Fact) -> str:
        """The sentence with its first letter upper and all others lower."""
        return _write(_FACTS, fact).capitalize()

    def shown(self, problem: GroundProblem) -> State:  # noqa: ARG002
        """All facts."""
        return ALL

    def static_sentences(self, problem: GroundProblem) -> list[str]:
        """What each thing is, which only gripper says."""
        if problem.problem.domain.name != "gripper":
            return []
        return [self.fact((kind, name)) for name, kind in problem.problem.objects.items()]

    def goal(self, problem: GroundProblem) -> str:
        """The facts of the goal, sorted."""
        facts = sorted(_write(_FACTS, fact) for fact in problem.problem.goal)
        return f"The goal is to satisfy the following conditions: {', '.join(facts)}"

    def action(self, name: str, arguments: Iterable[str]) -> str:
        """The command as lists of valid actions have it."""
        return _write(_ACTIONS, (name, *arguments))

    def introduction(self, problem: GroundProblem, situation: str) -> str:  # noqa: ARG002
        """The facts only; the goal is in `info`."""
        return situation

    def queries(self, problem: GroundProblem) -> tuple[Query, ...]:
        """Both in barman and tyreworld, one in the others."""
        looks = problem.problem.domain.name in _LOOKS_AROUND
        return (Query.ACTIONS, Query.FACTS) if looks else (Query.ACTIONS,)

    def read(self, problem: GroundProblem, state: State, text: str) -> Attempt | Query | None:
        """The first word that names an action which is possible with any objects, and all objects in order."""
        text = text.lower()
        if "check" in text:
            return Query.ACTIONS
        if Query.FACTS.value in text:
            return Query.FACTS
        words = _words(text)
        for word in words:
            operators = problem.operators.get(word, ())
            if any(operator.is_applicable(state) for operator in operators):
                arity = len(problem.problem.domain.actions[word].parameters)
                objects = [other for other in words if other in problem.problem.objects][:arity]
                return Attempt(word, tuple(objects)) if len(objects) == arity else None
        return None

    def not_understood(self, problem: GroundProblem) -> str:  # noqa: ARG002
        """The first of two sentences that begin alike."""
        return f"{_INVALID} Please check valid actions."

    def not_possible(self, problem: GroundProblem, state: State, attempt: Attempt) -> str:  # noqa: ARG002
        """The second one."""
        return (
            f"{_INVALID} Please remember to satisfy the restriction of actions. "
            "You can also check valid actions."
        )


def _write(table: Mapping[str, str], parts: Fact) -> str:
    """A template with its arguments; surplus ones are dropped. Without a template, the parts."""
    template = table.get(parts[0])
    return " ".join(parts) if template is None else template.format(*parts[1:])


def _words(text: str) -> list[str]:
    words = []
    for word in _SEPARATOR.sub(" ", text).split():
        shorter = _END.sub("", word)
        while shorter != word:
            word, shorter = shorter, _END.sub("", shorter)
        words.append(word)
    return words
