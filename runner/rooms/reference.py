"""The reference engine: gymnasium rooms and skills in Python, one after the other."""

import numpy as np
import numpy.typing as npt

from core.rooms.plan_ids import NO_PLAN, PlanIds
from core.rooms.scene import Scene
from core.task import RoomTask
from mediator.features import FEATURES
from mediator.policies import Observations
from runner.rooms.engine import Ints, LazyFeatures, StepResults
from runner.rooms.room import Room


class ReferenceEngine:
    """Rooms of any task; see `runner.rooms.engine.Engine`.

    Args:
        task: which task.
        num_rooms: how many rooms.
        skills: name of the skill set.
        features: name of the feature set.
    """

    def __init__(self, task: RoomTask, num_rooms: int, skills: str, features: str) -> None:
        self.task = task
        self.num_rooms = num_rooms
        self.rooms = [Room(task, skills) for _ in range(num_rooms)]
        env = self.rooms[0].env
        self.max_steps = env.max_steps
        self._features = FEATURES[features].encode
        self.features_shape = FEATURES[features].shape(env.width, env.height)
        self.plan_ids = PlanIds()
        self.num_moves = 0
        self._questions: dict[Scene, int] = {}
        self._scenes: list[Scene] = []

    def reset(self, which: Ints, seeds: Ints) -> None:
        """See `Engine`."""
        self.num_moves += 1
        for index, seed in zip(which.tolist(), seeds.tolist(), strict=True):
            self.rooms[index].reset(seed)

    def observe(self, which: Ints) -> Observations:
        """See `Engine`."""
        rooms = [self.rooms[index] for index in which.tolist()]

        def features() -> npt.NDArray[np.int8]:
            return self._features(np.stack([room.frames for room in rooms]))

        plans = [room.executor.plan for room in rooms]
        return Observations(
            options=np.array([room.sub_goal.option for room in rooms], dtype=np.int64),
            plans=np.array(
                [NO_PLAN if plan is None else self.plan_ids.id_of(plan) for plan in plans],
                dtype=np.int64,
            ),
            are_finished=np.array([room.executor.is_finished for room in rooms], dtype=np.bool_),
            steps_in_option=np.array(
                [room.executor.steps_in_option for room in rooms], dtype=np.int64
            ),
            questions=np.array([self._question(room.scene) for room in rooms], dtype=np.int64),
            answer_slots=np.zeros(len(rooms), dtype=np.int64),
            features=LazyFeatures(self, features),
        )

    def step(self, which: Ints, plans: Ints) -> StepResults:
        """See `Engine`."""
        self.num_moves += 1
        results = []
        for index, number in zip(which.tolist(), plans.tolist(), strict=True):
            if number != NO_PLAN:
                self.rooms[index].begin(self.plan_ids[number])
            results.append(self.rooms[index].step())
        actions, skills, rewards, terminated, truncated = zip(*results, strict=True)
        return StepResults(
            np.array(actions, dtype=np.int64),
            np.array(skills, dtype=np.int64),
            np.array(rewards, dtype=np.float64),
            np.array(terminated, dtype=np.bool_),
            np.array(truncated, dtype=np.bool_),
        )

    def scene(self, question: int) -> Scene:
        """See `Engine`."""
        return self._scenes[question]

    def _question(self, scene: Scene) -> int:
        """A scene's number; equal scenes have the same."""
        if scene not in self._questions:
            self._questions[scene] = len(self._scenes)
            self._scenes.append(scene)
        return self._questions[scene]
