"""MiniGrid rooms and text worlds. Importing this package registers their gymnasium ids; a room has one as a
grid and one as text.
"""

from functools import partial
from itertools import product

import gymnasium

from core.task import PLANNING_DOMAINS, PROGRAMMING, ROOMS, TASKS, TEXT_TASKS, find_task
from envs.batched import make_vector_env
from envs.text.alfworld.games import MAX_STEPS as ALFWORLD_MAX_STEPS
from envs.text.hotpotqa.questions import MAX_STEPS as HOTPOTQA_MAX_STEPS
from envs.text.pddl.problems import MAX_STEPS as PDDL_MAX_STEPS

for _name, _rooms in product(TASKS, ROOMS):
    _task = find_task(_name, _rooms)
    if _task.env_id not in gymnasium.registry:
        gymnasium.register(
            id=_task.env_id,
            entry_point=_task.entry_point,
            vector_entry_point=partial(make_vector_env, _name),
            kwargs=dict(ROOMS[_rooms]),
        )

for _name, _text in TEXT_TASKS.items():
    if _name in TASKS and _text.env_id not in gymnasium.registry:
        _task = TASKS[_name]
        gymnasium.register(
            id=_text.env_id,
            entry_point="envs.text.rooms:TextRoomEnv",
            max_episode_steps=_text.max_steps,
            kwargs={"env_id": _task.env_id, "names_colors": _task.names_colors},
        )

if "ALFWorld-v0" not in gymnasium.registry:
    gymnasium.register(
        id="ALFWorld-v0",
        entry_point="envs.text.alfworld.env:ALFWorldEnv",
        max_episode_steps=ALFWORLD_MAX_STEPS,
    )

for _domain in PLANNING_DOMAINS:
    if f"{_domain.capitalize()}-v0" not in gymnasium.registry:
        gymnasium.register(
            id=f"{_domain.capitalize()}-v0",
            entry_point="envs.text.pddl.env:PlanningEnv",
            max_episode_steps=PDDL_MAX_STEPS,
            kwargs={"domain": _domain},
        )

if "HotPotQA-v0" not in gymnasium.registry:
    gymnasium.register(
        id="HotPotQA-v0",
        entry_point="envs.text.hotpotqa.env:HotPotQAEnv",
        max_episode_steps=HOTPOTQA_MAX_STEPS,
    )

for _name, _text in PROGRAMMING.items():
    if _text.env_id not in gymnasium.registry:
        gymnasium.register(
            id=_text.env_id,
            entry_point="envs.text.coding.env:CodingEnv",
            kwargs={"task": _name},
        )
