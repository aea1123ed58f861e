"""The batched engine: the same rooms as `runner.rooms.reference`, by compiled code (`envs.batched`)."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from core.errors import SettingsError
from core.rooms.plan import Skill
from core.rooms.plan_ids import NO_PLAN, PlanIds
from core.rooms.scene import Scene
from core.task import ROOMS, RoomTask
from envs.batched.engine import BatchedRooms
from envs.batched.kernel import compiled_flag
from envs.batched.layouts import LAYOUTS
from envs.batched.object_memory import decode
from envs.batched.planes import planes_of
from envs.batched.skills import KNOWN_SETS, KNOWN_SKILLS
from mediator.features import (
    AGENT_PLANES,
    FEATURES,
    INVENTORY_PLANES,
    OBJECT_PLANES,
    VISIBLE_PLANES,
    Features,
    counts,
    delta_inventory,
    delta_planes,
    delta_scene,
    full_map,
)
from mediator.policies import Observations
from runner.rooms.engine import Ints, LazyFeatures, StepResults

INVENTORY = np.array(INVENTORY_PLANES, dtype=np.int64)
VISIBLE = np.array(VISIBLE_PLANES, dtype=np.int64)
NONE = INVENTORY[:0]
COMPILED: Mapping[Features, tuple[Ints, Ints, bool, bool]] = {
    counts: (INVENTORY, VISIBLE, True, True),
    delta_scene: (INVENTORY, VISIBLE, True, False),
    delta_inventory: (INVENTORY, NONE, True, False),
    full_map: (INVENTORY, NONE, False, False),
    delta_planes: (NONE, NONE, True, False),
}
"""Feature sets that `planes_of` makes, with its last four arguments; NumPy is fast enough for the others."""


def knows_skills(name: str) -> bool:
    """Whether `envs.batched.skills` has a skill set, and every skill that a plan may name."""
    return name in KNOWN_SETS and frozenset(Skill) == KNOWN_SKILLS


class BatchedEngine:
    """Rooms of one task; see `runner.rooms.engine.Engine`.

    Args:
        task: one of `envs.batched.layouts.LAYOUTS`.
        num_rooms: how many rooms.
        skills: name of the skill set.
        features: name of the feature set.

    Raises:
        SettingsError: it is another task, or the compiled code lacks some of the skills.
    """

    def __init__(self, task: RoomTask, num_rooms: int, skills: str, features: str) -> None:
        if task.name not in LAYOUTS:
            raise SettingsError(
                f"--engine batched knows no {task.name}, only {', '.join(LAYOUTS)}: "
                "use --engine readable"
            )
        if not knows_skills(skills):
            raise SettingsError(
                f"--engine batched does not know all skills of {skills!r}: use --engine readable"
            )
        self.task = task
        self.num_rooms = num_rooms
        self._batch = BatchedRooms(
            task.name, num_rooms, frontier=KNOWN_SETS[skills], **ROOMS[task.rooms]
        )
        self.rooms = self._batch.rooms
        self.max_steps = int(self.rooms["max_steps"][0])
        self._features = FEATURES[features].encode
        self.features_shape = FEATURES[features].shape(*self.rooms["image"].shape[1:3])
        self.plan_ids = PlanIds()
        self.num_moves = 0

    def warm_up(self) -> None:
        """Make a step, so that everything a step needs is compiled, and leave a file that says so."""
        first = np.zeros(1, dtype=np.int64)
        self.reset(first, first)
        # compile the features even if this engine's set needs none: the flag is for all sets
        planes_of(self.rooms, first, OBJECT_PLANES, AGENT_PLANES, *COMPILED[counts])
        self.step(first, np.full(1, NO_PLAN))
        compiled_flag(self.rooms["image"].shape[1]).touch()

    def reset(self, which: Ints, seeds: Ints) -> None:
        """See `Engine`."""
        self.num_moves += 1
        self._batch.reset(which, seeds)

    def observe(self, which: Ints) -> Observations:
        """See `Engine`."""
        rooms = self.rooms
        return Observations(
            options=rooms["option"][which].astype(np.int64),
            plans=rooms["plan"][which].astype(np.int64),
            are_finished=rooms["is_finished"][which] != 0,
            steps_in_option=rooms["steps_in_option"][which].astype(np.int64),
            questions=rooms["question"][which],
            answer_slots=np.zeros(len(which), dtype=np.int64),
            features=LazyFeatures(self, lambda: self._encode(which)),
        )

    def step(self, which: Ints, plans: Ints) -> StepResults:
        """See `Engine`."""
        self.num_moves += 1
        rooms = self.rooms
        self._batch.step(which, plans, self.plan_ids.rows, self.plan_ids.lengths)
        return StepResults(
            rooms["action"][which].astype(np.int64),
            rooms["skill"][which].astype(np.int64),
            rooms["reward"][which],
            rooms["terminated"][which] != 0,
            rooms["truncated"][which] != 0,
        )

    def _encode(self, which: Ints) -> npt.NDArray[np.int8]:
        rooms = self.rooms
        if self._features in COMPILED:
            planes: npt.NDArray[np.int8] = planes_of(
                rooms, which, OBJECT_PLANES, AGENT_PLANES, *COMPILED[self._features]
            )
            return planes
        return self._features(
            np.concatenate((rooms["previous"][which], rooms["image"][which]), axis=-1)
        )

    def scene(self, question: int) -> Scene:
        """See `Engine`."""
        return decode(question)
