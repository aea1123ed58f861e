"""MiniGrid rooms and text worlds. Importing this package registers their gymnasium ids; a room has one as a
grid and one as text.
"""

from functools import partial
from itertools import product

import gymnasium

from core.task import PROGRAMMING, ROOMS, TASKS, TEXT_TASKS, find_task
from envs.batched import make_vector_env

for _name, _rooms in product(TASKS, ROOMS):
    _task = find_task(_name, _rooms)
    if _task.env_id not in gymnasium.registry:
        gymnasium.register(
            id=_task.env_id,
            entry_point=_task.entry_point,
            vector_entry_point=partial(make_vector_env, _name),
            kwargs=dict(ROOMS[_rooms]),
        )

for _name, _text in {**TEXT_TASKS, **PROGRAMMING}.items():
    if _text.env_id not in gymnasium.registry:
        gymnasium.register(
            id=_text.env_id,
            entry_point=_text.entry_point,
            # a program ends its episode by itself
            max_episode_steps=_text.max_steps if _name in TEXT_TASKS else None,
            kwargs=dict(_text.arguments),
        )
