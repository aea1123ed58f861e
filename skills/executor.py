"""The executor runs a plan, one primitive action at a time."""

from collections.abc import Mapping

import numpy as np
from minigrid.core.actions import Actions

from core.rooms.plan import Plan, Skill, SubGoal
from core.rooms.view import GridView
from skills.option import Locate, Option, OptionFactory, SkillContext


class Executor:
    """Runs one plan after another within one episode.

    Args:
        skills: the factory of each skill's option (`skills.SKILL_SETS`).
        locate: returns where an object was last seen.
        rng: the episode's generator.
        view_size: cells a side of the agent's view.
    """

    def __init__(
        self,
        skills: Mapping[Skill, OptionFactory],
        locate: Locate,
        rng: np.random.Generator,
        view_size: int,
    ) -> None:
        self._skills = skills
        self._context = SkillContext(locate, rng, view_size)
        self.plan: Plan | None = None
        self.is_finished = True
        self.sub_goal: SubGoal | None = None
        self.steps_in_option = 0
        self._option: Option | None = None
        self._remaining: Plan = ()

    def begin(self, plan: Plan, view: GridView) -> None:
        """Replace the current plan and start the first sub-goal of the new one that can start."""
        self.plan = plan
        self.is_finished = False
        self._remaining = plan
        self._start_next(view)

    def step(self, view: GridView) -> Actions:
        """The next primitive action; then `is_finished` says whether it was the plan's last.

        A plan is finished with the last action of its last sub-goal. A plan with nothing left to do
        yields `Actions.done` once and is then finished.
        """
        if self._option is None:
            self._start_next(view)
        if self._option is None:
            self.is_finished = True
            return Actions.done
        action, is_last = self._option.step(view)
        self.steps_in_option += 1
        if is_last:
            self._option = None
            self.is_finished = not self._remaining
        return action

    def _start_next(self, view: GridView) -> None:
        """Start the next sub-goal that can start and has something to do.

        If none can, there is no active option and `sub_goal` is the last one that was tried.
        """
        self._option, self.sub_goal, self.steps_in_option = None, None, 0
        while self._remaining and self._option is None:
            sub_goal, self._remaining = self._remaining[0], self._remaining[1:]
            self._option = self._skills[sub_goal.skill](sub_goal, view, self._context)
            self.sub_goal = sub_goal
