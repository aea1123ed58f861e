"""The rooms. Importing this package registers every task as a gymnasium id."""

import gymnasium

from core.task import TASKS

for _task in TASKS.values():
    if _task.env_id not in gymnasium.registry:
        gymnasium.register(
            id=_task.env_id,
            entry_point=_task.entry_point,
            kwargs={"min_room_size": 5, "max_room_size": 10, "agent_view_size": 3},
        )
