"""Rooms as text: an action is a sub-goal, which the skills carry out."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import gymnasium
from minigrid.core.actions import Actions

from core.errors import PlanFormatError
from core.rooms.parse import parse_plan
from core.rooms.plan import ObjectName, Skill, SubGoal
from core.rooms.view import GridView, Position
from envs.fog import FogOfWarEnv
from envs.text.arguments import seed_of
from envs.text.spaces import text_space
from skills import find_skills
from skills.option import ActionSequence, Option, SkillContext

GOAL = "open the door"
MAX_CHARS = 1000
"""Length limit of the action and observation spaces."""
ACTIONS_HELP = (
    "The actions are: explore, go to the THING, pick up the THING, drop the THING, toggle the THING. "
    "A thing is a key, a box or a door."
)


class TextRoomEnv(gymnasium.Env[str, str]):
    """A room whose observations and actions are text.

    Description:
        The room of the MiniGrid environment with the same seed: a locked door and the objects of the task.
        The agent remembers every object that it has seen.

    Action Space:
        Text: one sub-goal, carried out to its end by the skills.

        | Action             | Effect                                                                   |
        |--------------------|--------------------------------------------------------------------------|
        | explore            | walk until a new thing comes into sight; wait a step if there is nothing |
        |                    | left to see                                                              |
        | go to the THING    | walk to a cell that faces a thing that was seen                          |
        | pick up the THING  | pick up the key or box ahead; a carried thing is first put down          |
        | drop the THING     | put down what is carried                                                 |
        | toggle the THING   | open the box ahead, or unlock and open the door ahead with its key       |

        THING is ``key``, ``box`` or ``door``, with its colour where the task has several of a kind. Other
        spellings that `core.rooms.parse` reads are accepted, for example ``walk to the door``. An action
        that cannot be read or cannot be carried out changes nothing, and the observation says why.

    Observation Space:
        Text: what happened, what has been seen, what is carried and what is ahead.

    Rewards:
        MiniGrid's: ``1 - 0.9 * (primitive actions / limit)`` when the door opens, 0 otherwise.

    Termination:
        The episode ends when the door is open (terminated) or when the room's limit of primitive actions is
        reached (truncated). The registered ids are truncated after 50 actions of this space, too: an
        invalid action takes no primitive action.

    Info:
        ``goal``, ``case``, ``score`` and ``success`` (both 1 when the door is open), ``is_valid`` (of the
        last action), ``primitive_steps`` and ``primitive_actions`` (number and names of MiniGrid's actions that
        it took). For evaluation only.

    Cases:
        ``reset(options={"case": "17"})`` draws the room of seed 17, as ``reset(seed=17)`` does.

    Args:
        env_id: the MiniGrid environment.
        names_colors: say colours, ``a red key``; otherwise ``a key``.
        skills: name of the skill set (`skills.SKILL_SETS`); with ``paper``, explore may walk into an object
            until the room's limit of steps.
    """

    def __init__(
        self, env_id: str, *, names_colors: bool = False, skills: str = "frontier"
    ) -> None:
        room = gymnasium.make(env_id, disable_env_checker=True).unwrapped
        assert isinstance(room, FogOfWarEnv)
        self.room = room
        self._names_colors = names_colors
        self._skills = find_skills(skills)
        self.observation_space = text_space(MAX_CHARS)
        self.action_space = text_space(MAX_CHARS)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Draw the room of a case, of a seed, or of a random seed.

        Raises:
            SettingsError: the case is not the decimal form of a seed.
        """
        super().reset(seed=seed)
        if options is not None and "case" in options:
            seed = seed_of(options["case"])
        elif seed is None:
            seed = int(self.np_random.integers(2**31))
        self._case = str(seed)
        observation, _ = self.room.reset(seed=seed)
        self._view = GridView(observation["image"])
        # the skills draw from the room's generator, so the case fixes their draws too
        self._context = SkillContext(self._locate, self.room.np_random, self.room.agent_view_size)
        start = f"You are in a closed room. Your task is to: {GOAL}."
        return f"{start} {ACTIONS_HELP}\n{self._situation()}", self._info(is_valid=True)

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Carry out a sub-goal to its end."""
        try:
            sub_goal = self._resolve(_parse(action))
            option, self._context = self._start(sub_goal)
        except _InvalidActionError as error:
            observation = f"{error}\n{self._situation()}"
            return observation, 0.0, False, False, self._info(is_valid=False)
        before, known = self._view, self._known
        is_last = terminated = truncated = False
        reward, taken = 0.0, []
        while not (is_last or terminated or truncated):
            primitive, is_last = option.step(self._view)
            image, gained, terminated, truncated, _ = self.room.step(primitive)
            self._view = GridView(image["image"])
            reward += float(gained)
            taken.append(Actions(primitive).name)
            if sub_goal.skill is Skill.EXPLORE and not self._known <= known:
                break
        outcome = self._outcome(sub_goal, before, is_open=terminated)
        if truncated and not terminated:
            outcome += " You have run out of time."
        info = self._info(is_valid=True, taken=taken, success=terminated)
        return f"{outcome}\n{self._situation()}", reward, terminated, truncated, info

    def admissible_commands(self) -> list[str]:
        """Every action that can be carried out now, as the observations spell things."""
        carried = [self._view.carried] if self._view.carried is not None else []
        things = [*(sighting.name for sighting in self._view.sightings), *carried]
        commands = [SubGoal(Skill.EXPLORE)]
        commands += [
            SubGoal(skill, self._spelled(thing))
            for skill in Skill
            if skill is not Skill.EXPLORE
            for thing in things
        ]
        # things that are spelled alike are one command
        return [str(command) for command in dict.fromkeys(commands) if self._can_do(command)]

    @property
    def _known(self) -> frozenset[ObjectName]:
        """Things on the map of what was seen, without the carried one."""
        return frozenset(sighting.name for sighting in self._view.sightings)

    @property
    def _ahead(self) -> ObjectName | None:
        """The thing in the cell that the agent faces."""
        ahead = self._view.agent_position.ahead(self._view.agent_direction)
        sightings = self._view.sightings
        return next((thing.name for thing in sightings if thing.position == ahead), None)

    def _locate(self, name: ObjectName) -> Position | None:
        sightings = self._view.sightings
        return next((thing.position for thing in sightings if thing.name == name), None)

    def _resolve(self, sub_goal: SubGoal) -> SubGoal:
        """The same sub-goal with the exact thing that it names.

        Raises:
            _InvalidActionError: there is no such thing, or it is not where it would have to be.
        """
        target = sub_goal.target
        if target is None:
            return sub_goal
        ahead, carried = self._ahead, self._view.carried
        known = [sighting.name for sighting in self._view.sightings]
        if sub_goal.skill is Skill.DROP:
            if carried is None or not _matches(target, carried):
                raise _InvalidActionError(f"You do not carry a {target}.")
            return replace(sub_goal, target=carried)
        named = [name for name in known if _matches(target, name)]
        if not named:
            is_carried = carried is not None and _matches(target, carried)
            raise _InvalidActionError(
                f"You carry the {target}." if is_carried else f"You have not found a {target} yet."
            )
        if sub_goal.skill is Skill.GO_TO:
            elsewhere = [name for name in named if name != ahead]
            if not elsewhere:
                raise _InvalidActionError(f"You face the {target} already.")
            return replace(sub_goal, target=elsewhere[0])
        if ahead not in named:
            raise _InvalidActionError(f"You do not face the {target}: go to the {target} first.")
        if (sub_goal.skill, target.kind) in _IMPOSSIBLE:
            raise _InvalidActionError(_IMPOSSIBLE[sub_goal.skill, target.kind])
        return replace(sub_goal, target=ahead)

    def _start(self, sub_goal: SubGoal) -> tuple[Option, SkillContext]:
        """The skill before its first step, and the context that it leaves.

        Raises:
            _InvalidActionError: it cannot start.
        """
        context = replace(self._context)
        option = self._skills[sub_goal.skill](sub_goal, self._view, context)
        if option is not None:
            return option, context
        if sub_goal.target is None:  # nothing is left to see; one step passes
            return ActionSequence([Actions.done]), context
        thing = self._spelled(sub_goal.target)
        raise _InvalidActionError(_CANNOT_START[sub_goal.skill].format(thing=thing))

    def _can_do(self, command: SubGoal) -> bool:
        try:
            self._start(self._resolve(command))
        except _InvalidActionError:
            return False
        return True

    def _spelled(self, name: ObjectName) -> ObjectName:
        return name if self._names_colors else ObjectName(name.kind)

    def _listed(self, names: Iterable[ObjectName]) -> str:
        return ", ".join(f"a {self._spelled(name)}" for name in names)

    def _situation(self) -> str:
        """What was seen, what is carried and what is ahead."""
        view = self._view
        found = self._listed(sighting.name for sighting in view.sightings)
        carried = f"the {self._spelled(view.carried)}" if view.carried is not None else "nothing"
        ahead = f" You face the {self._spelled(self._ahead)}." if self._ahead is not None else ""
        return f"You have found: {found or 'nothing yet'}. You carry {carried}.{ahead}"

    def _outcome(self, sub_goal: SubGoal, before: GridView, *, is_open: bool) -> str:
        """What carrying out a sub-goal has changed, in a sentence."""
        if sub_goal.target is None:
            old = {sighting.name for sighting in before.sightings}
            new = [thing.name for thing in self._view.sightings if thing.name not in old]
            return f"You explore and find {self._listed(new) or 'nothing new'}."
        skill, target, carried = sub_goal.skill, self._spelled(sub_goal.target), self._view.carried
        if skill is Skill.TOGGLE and target.kind == "box":
            content = self._listed([self._ahead] if self._ahead is not None else [])
            return f"You open the box: there is {content or 'nothing'} in it."
        has_succeeded = {
            Skill.GO_TO: self._ahead == sub_goal.target,
            Skill.PICK_UP: carried == sub_goal.target,
            Skill.DROP: carried is None,
            Skill.TOGGLE: is_open,
        }[skill]
        return (_DONE if has_succeeded else _FAILED)[skill].format(thing=target)

    def _info(
        self, *, is_valid: bool, taken: Sequence[str] = (), success: bool = False
    ) -> dict[str, Any]:
        return {
            "goal": GOAL,
            "case": self._case,
            "score": float(success),
            "success": success,
            "is_valid": is_valid,
            "primitive_steps": len(taken),
            "primitive_actions": tuple(taken),
        }


class _InvalidActionError(Exception):
    """An action that changes nothing; the message is the observation that says why."""


_IMPOSSIBLE = {
    (Skill.PICK_UP, "door"): "A door cannot be picked up.",
    (Skill.TOGGLE, "key"): "A key cannot be toggled.",
}
_DONE = {
    Skill.GO_TO: "You go to the {thing}.",
    Skill.PICK_UP: "You pick up the {thing}.",
    Skill.DROP: "You put down the {thing}.",
    Skill.TOGGLE: "You unlock and open the {thing}.",
}
_FAILED = {
    Skill.GO_TO: "Something is in the way: you do not reach the {thing}.",
    Skill.PICK_UP: "Something is in the way: you do not pick up the {thing}.",
    Skill.DROP: "Something is in the way: you do not put down the {thing}.",
    Skill.TOGGLE: "The {thing} is locked, and you do not carry its key.",
}
_CANNOT_START = {
    Skill.GO_TO: "There is no free way to the {thing}.",
    Skill.PICK_UP: "There is no place to put down what you carry.",
    Skill.DROP: "There is no place to put down the {thing}.",
    Skill.TOGGLE: "You cannot toggle the {thing}.",
}


def _parse(action: str) -> SubGoal:
    """The one sub-goal that a text names.

    Raises:
        _InvalidActionError: it names none, or several.
    """
    try:
        plan = parse_plan(action)
    except PlanFormatError:
        raise _InvalidActionError(f"That is not an action. {ACTIONS_HELP}") from None
    if len(plan) > 1:
        raise _InvalidActionError(f"One action at a time, for example: {plan[0]}.")
    return plan[0]


def _matches(name: ObjectName, thing: ObjectName) -> bool:
    return name.kind == thing.kind and name.color in (None, thing.color)
