"""The rooms. Importing this package registers every task as a gymnasium id."""

from collections.abc import Callable
from typing import Any

import gymnasium

from core.task import TASKS


def _vector_entry_point(task: str) -> Callable[..., Any]:
    def make(num_envs: int, **kwargs: Any) -> Any:
        # compiled code is loaded by those who want it
        from envs.batched.vector import BatchedVectorEnv

        return BatchedVectorEnv(task, num_envs, **kwargs)

    return make


for _task in TASKS.values():
    if _task.env_id not in gymnasium.registry:
        gymnasium.register(
            id=_task.env_id,
            entry_point=_task.entry_point,
            vector_entry_point=_vector_entry_point(_task.name),
            kwargs={"min_room_size": 5, "max_room_size": 10, "agent_view_size": 3},
        )
