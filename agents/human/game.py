"""The room that a person plays in, and what each key does there."""

from collections.abc import Mapping

import readchar
from minigrid.core.actions import Actions

from core.chat import Usage
from core.episode import Consultation, Episode, Step
from core.errors import SettingsError
from core.rooms.plan import format_plan
from core.settings import PlaySettings
from core.task import find_task
from mediator.cost import COSTS
from mediator.mediator import Mediator
from runner.rooms.rollout import consultation
from runner.rooms.room import Room

ACTIONS: Mapping[str, Actions] = {
    "a": Actions.left,
    "d": Actions.right,
    "w": Actions.forward,
    "p": Actions.pickup,
    "o": Actions.drop,
    "t": Actions.toggle,
    readchar.key.LEFT: Actions.left,
    readchar.key.RIGHT: Actions.right,
    readchar.key.UP: Actions.forward,
}
MANUAL = "manual"
"""Stands for the skill of an action that the person chose."""


class Game:
    """One room at a time, and what each key does in it."""

    def __init__(self, settings: PlaySettings, mediator: Mediator) -> None:
        self._task = find_task(settings.task, settings.rooms)
        self.room = Room(self._task, settings.skills)
        self._cost, self._ask_lambda = COSTS[settings.ask_cost], settings.ask_lambda
        self._mediator = mediator

    def begin(self, env_seed: int) -> None:
        """Draw the room of an environment seed."""
        self.room.reset(env_seed)
        self._env_seed = env_seed
        self._steps: list[Step] = []
        self._asked: Consultation | None = None
        self._usage = Usage()
        self._terminated = self._truncated = False

    @property
    def is_over(self) -> bool:
        """Whether the episode has ended."""
        return self._terminated or self._truncated

    @property
    def episode(self) -> Episode:
        """The episode so far."""
        success = self.room.is_solved
        return Episode(
            task=self._task.name,
            case=str(self._env_seed),
            success=success,
            score=float(success),
            terminated=self._terminated,
            truncated=self._truncated,
            steps=tuple(self._steps),
            rooms=self._task.rooms,
        )

    def press(self, key: str) -> str:
        """Carry out a key; returns a line that says what was done.

        Raises:
            SettingsError: the key has no meaning, or there is no plan to follow.
            ModelError: the planner gave no answer.
        """
        if key == "?":
            return self._ask()
        if key == "e":
            if self.room.executor.is_finished:
                raise SettingsError("no current plan: ? asks for one")
            result, skill = self.room.step(), ""
        elif key in ACTIONS:
            result, skill = self.room.act(ACTIONS[key]), MANUAL
        else:
            raise SettingsError(f"the key {key!r} has no meaning")
        self._steps.append(
            Step(
                Actions(result.action).name,
                result.reward,
                skill=skill or result.skill.phrase,
                consultation=self._asked,
                usage=self._usage,
            )
        )
        self._asked, self._usage = None, Usage()
        self._terminated, self._truncated = result.terminated, result.truncated
        purpose = "" if skill else f", to {self.room.sub_goal}"
        return f"step {len(self._steps)}: {self._steps[-1].action}{purpose}"

    def _ask(self) -> str:
        if self._asked is not None:
            raise SettingsError("already asked: do an action first")
        [answer] = self._mediator.ask([self.room.scene], [0])
        current = self.room.executor.plan
        cost = float(self._cost(answer.plan == current, current is None, self._ask_lambda))
        self._asked = consultation(answer, is_forced=False, cost=cost)
        self._usage = answer.usage
        self.room.begin(answer.plan)
        return (
            f"{answer.question}\n{answer.text}\nplan {format_plan(answer.plan)}, ask cost {cost:g}"
        )
