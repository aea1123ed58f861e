"""One room with an agent's skills, executor and object memory."""

from typing import NamedTuple

import gymnasium
import numpy as np
import numpy.typing as npt

import envs  # noqa: F401 registers the tasks
from core.rooms.object_memory import ObjectMemory
from core.rooms.plan import EXPLORE_PLAN, Plan, Skill, SubGoal
from core.rooms.scene import Scene
from core.rooms.view import GridView
from core.task import RoomTask
from envs.fog import FogOfWarEnv
from skills import find_skills
from skills.executor import Executor

DEFAULT_SUB_GOAL = EXPLORE_PLAN[0]
"""Reported when no sub-goal is in progress."""


class StepResult(NamedTuple):
    """Result of one primitive action."""

    action: int
    skill: Skill
    reward: float
    terminated: bool
    truncated: bool


class Room:
    """A room that is reset with a seed, given plans, and stepped.

    Args:
        task: names the environment.
        skills: name of the skill set.

    Attributes:
        frames: ``(width, height, 8)`` uint8, the previous and the current image; equal after a reset.
        view: the current image.
    """

    def __init__(self, task: RoomTask, skills: str) -> None:
        env = gymnasium.make(task.env_id, disable_env_checker=True).unwrapped
        assert isinstance(env, FogOfWarEnv)
        self.env = env
        self._skills = find_skills(skills)

    def reset(self, seed: int) -> None:
        """Draw the layout of a seed and clear plan and memory."""
        observation, _ = self.env.reset(seed=seed)
        self.memory = ObjectMemory()
        # skills draw from the layout's generator, so a seed fixes their random turns, too
        self.executor = Executor(
            self._skills, self.memory.locate, self.env.np_random, self.env.agent_view_size
        )
        self._update(observation["image"], observation["image"])

    @property
    def sub_goal(self) -> SubGoal:
        """The sub-goal in progress."""
        return self.executor.sub_goal or DEFAULT_SUB_GOAL

    @property
    def is_solved(self) -> bool:
        """Whether the door is open."""
        return bool(self.env.door.is_open)

    @property
    def scene(self) -> Scene:
        """The situation that a question asked now would describe."""
        return Scene.of(self.view, self.memory.known)

    def begin(self, plan: Plan) -> None:
        """Replace the current plan."""
        self.executor.begin(plan, self.view)

    def step(self) -> StepResult:
        """Do the current plan's next primitive action."""
        return self.act(self.executor.step(self.view))

    def act(self, action: int) -> StepResult:
        """Do any primitive action, chosen by the executor or by a human."""
        skill = self.sub_goal.skill
        observation, reward, terminated, truncated, _ = self.env.step(action)
        self._update(self.view.image, observation["image"])
        return StepResult(int(action), skill, float(reward), terminated, truncated)

    def _update(self, previous: npt.NDArray[np.uint8], image: npt.NDArray[np.uint8]) -> None:
        self.frames = np.concatenate((previous, image), axis=2)
        self.view = GridView(image)
        self.memory.update(self.view)
