"""Scripted players of the rooms as text: an expert, and a beginner that learns from its notes and nothing else."""

import random
import re
from collections.abc import Mapping, Sequence
from enum import Enum, auto

from core.rooms.plan import EXPLORE_PLAN, ObjectName, Plan, Skill, SubGoal
from envs.text.notes import repeated_action
from envs.text.rooms import GOAL
from planner.scripted import Situation, next_action, next_plan, read_situation, thought_before

FORGETS = 1 / 2
"""Probability that a beginner does not know one of `Rule`."""


class Rule(Enum):
    """What a beginner may not know."""

    APPROACH = auto()
    KEY_FIRST = auto()
    OPEN_BOX = auto()


_ADVICE: Mapping[Rule, str] = {
    Rule.APPROACH: "go to a thing before I use it",
    Rule.KEY_FIRST: "find the key before I go to the door",
    Rule.OPEN_BOX: "open the box, in which there may be a key",
}
_REMINDERS: Mapping[Rule, re.Pattern[str]] = {
    Rule.APPROACH: re.compile(r"\bgo to (?:a|the) [\w ]+? (?:first|before)\b"),
    Rule.KEY_FIRST: re.compile(
        r"\b(?:find|fetch|get|take|pick up) (?:a|the) (?:\w+ )?key\b[^.]* (?:first|before)\b"
    ),
    Rule.OPEN_BOX: re.compile(r"\b(?:open|toggle) (?:a|the) (?:\w+ )?box\b"),
}
"""How a note names a rule."""


class Expert:
    """Plays one episode by the rules of `planner.scripted`; see `envs.text.scripted.Expert`.

    Args:
        introduction: the first observation.

    Raises:
        ValueError: it is not one of a room as text.
    """

    def __init__(self, introduction: str) -> None:
        if f"Your task is to: {GOAL}." not in introduction:
            raise ValueError(f"not the first observation of a room: {introduction!r}")
        self._observation = introduction

    def act(self) -> str:
        """The next sub-goal."""
        return str(self._sub_goal())

    def plan(self) -> Plan:
        """The sub-goals that begin with `act`."""
        return next_plan(self._observation)

    def thought(self) -> str:
        """Why `act` chooses it."""
        return thought_before(self._sub_goal())

    def other_action(self, rng: random.Random) -> str:  # noqa: ARG002
        """The one action that is always possible."""
        return str(EXPLORE_PLAN[0])

    def observe(self, action: str, observation: str) -> None:  # noqa: ARG002
        """An observation describes the whole situation, so the last one is enough."""
        self._observation = observation

    def _sub_goal(self) -> SubGoal:
        return next_action(self._observation)


class Novice(Expert):
    """Plays one episode, knowing only the texts and the notes in front of them.

    It plays as the expert does, but does not know some of three rules: to go to a thing before it uses it; to
    fetch the key before it goes to the door; to look for the key in a box. It insists on what is refused,
    until the episode is lost. Its note names the rule that it should have followed; who reads that knows it.

    Args:
        introduction: the first observation.
        notes: about earlier attempts, in any words.
        rng: draws which rules it does not know, the same with notes and without.

    Raises:
        ValueError: it is not the first observation of a room as text.
    """

    def __init__(self, introduction: str, notes: Sequence[str], rng: random.Random) -> None:
        super().__init__(introduction)
        unknown = [rule for rule in Rule if rng.random() < FORGETS]
        said = "\n".join(notes).lower()
        self._unknown = [rule for rule in unknown if not _REMINDERS[rule].search(said)]
        self._steps: list[tuple[str, str]] = []

    def thought(self) -> str:
        """What it is about to do."""
        return f"I think that it is time to {self.act()}."

    def observe(self, action: str, observation: str) -> None:
        """What came of an action."""
        super().observe(action, observation)
        self._steps.append((action, observation))

    def note(self) -> str:
        """For the next attempt: what failed, and the rule that it should have followed."""
        stuck = repeated_action(self._steps)
        trouble = f"I repeated '{stuck}' and got nowhere" if stuck else "I ran out of steps"
        outcome, _, _ = self._observation.partition("\n")
        advice = [_ADVICE[rule] for rule in self._broken(outcome)]
        plan = f" Next time I {advice[0]}." if advice else ""
        return f"{trouble}. The last thing I read was: {outcome}{plan}"

    def lesson(self) -> str:
        """For other rooms: the rules that were not followed."""
        outcome, _, _ = self._observation.partition("\n")
        advice = [_ADVICE[rule] for rule in self._broken(outcome)]
        return f"In every room I {' and '.join(advice)}." if advice else "It took too many steps."

    def _broken(self, outcome: str) -> list[Rule]:
        """The rules that the last result, or the situation, shows were not followed."""
        situation = read_situation(self._observation)
        signs = {
            Rule.APPROACH: "do not face" in outcome,
            Rule.KEY_FIRST: "do not carry its key" in outcome,
            Rule.OPEN_BOX: "nothing new" in outcome and _box(situation) is not None,
        }
        return [rule for rule, is_shown in signs.items() if is_shown]

    def _sub_goal(self) -> SubGoal:
        action, situation = super()._sub_goal(), read_situation(self._observation)
        door = next((thing for thing in situation.found if thing.kind == "door"), None)
        if Rule.KEY_FIRST in self._unknown and situation.carried is None and door is not None:
            action = SubGoal(Skill.TOGGLE if situation.ahead == door else Skill.GO_TO, door)
        if action.target is None:
            return action
        if Rule.OPEN_BOX in self._unknown and action.target.kind == "box":
            return EXPLORE_PLAN[0]
        if Rule.APPROACH in self._unknown and action.skill is Skill.GO_TO:
            use = Skill.PICK_UP if action.target.kind == "key" else Skill.TOGGLE
            return SubGoal(use, action.target)
        return action


def _box(situation: Situation) -> ObjectName | None:
    return next((thing for thing in situation.found if thing.kind == "box"), None)
