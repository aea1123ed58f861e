"""One agent with its skills in one room, as one reads it."""

from typing import NamedTuple

import gymnasium
import numpy as np
import numpy.typing as npt

import envs  # noqa: F401 registers the tasks
from core.rooms.object_memory import ObjectMemory
from core.rooms.plan import EXPLORE_PLAN, Plan, Skill, SubGoal
from core.rooms.scene import Scene
from core.rooms.view import GridView
from core.task import Task
from envs.fog import FogOfWarEnv
from envs.wrappers import FrameStack
from mediator.features import NUM_FRAMES
from skills import find_skills
from skills.executor import Executor

NOTHING_YET = EXPLORE_PLAN[0]
"""What a room without a sub-goal under way is counted as."""


class StepResult(NamedTuple):
    """What one primitive action led to."""

    action: int
    skill: Skill
    reward: float
    terminated: bool
    truncated: bool


class Room:
    """A room to be reset, given plans, and stepped.

    Args:
        task: which environment.
        skills: name of the skill set.
    """

    def __init__(self, task: Task, skills: str) -> None:
        env = gymnasium.make(task.env_id, disable_env_checker=True).unwrapped
        assert isinstance(env, FogOfWarEnv)
        self.env = env
        self._stacked = FrameStack(env, NUM_FRAMES)
        self._skills = find_skills(skills)

    def reset(self, seed: int) -> None:
        """Draw the layout of a seed."""
        observation, _ = self._stacked.reset(seed=seed)
        self.memory = ObjectMemory()
        # the layout's generator goes on to serve the skills, so a seed fixes their chances too
        self.executor = Executor(
            self._skills, self.memory.locate, self.env.np_random, self.env.agent_view_size
        )
        self._see(observation["image"])

    @property
    def sub_goal(self) -> SubGoal:
        """What is being carried out."""
        return self.executor.sub_goal or NOTHING_YET

    @property
    def is_solved(self) -> bool:
        """Whether the door is open."""
        return bool(self.env.door.is_open)

    @property
    def scene(self) -> Scene:
        """What a question would be about."""
        return Scene.of(self.view, self.memory.known)

    def begin(self, plan: Plan) -> None:
        """Take a plan in hand."""
        self.executor.begin(plan, self.view)

    def step(self) -> StepResult:
        """Do the plan's next primitive action."""
        return self.act(self.executor.step(self.view))

    def act(self, action: int) -> StepResult:
        """Do a primitive action, whosever it is."""
        skill = self.sub_goal.skill
        observation, reward, terminated, truncated, _ = self._stacked.step(action)
        self._see(observation["image"])
        return StepResult(int(action), skill, float(reward), terminated, truncated)

    def _see(self, frames: npt.NDArray[np.uint8]) -> None:
        self.frames = frames
        self.view = GridView(frames[:, :, -4:])
        self.memory.update(self.view)
