"""The executor and the skills. See `skills`, file by file."""

from typing import Any

from minigrid.core.actions import Actions

from core.rooms.plan import Skill
from core.rooms.plan_ids import NO_PLAN
from core.rooms.view import DOOR, EAST, EMPTY, NORTH, WALL, WEST
from envs.batched.kernel import kernel
from envs.batched.object_memory import locate
from envs.batched.rng import integer
from envs.batched.room import DROP, FORWARD, LEFT, PICK_UP, RIGHT, TOGGLE
from envs.batched.search import FACING, SHOWING_UNSEEN, find_path
from envs.batched.state import DX, DY, FRONTIER, NO_OPTION, SEQUENCE, SWEEP

EXPLORE, GO_TO, PICK, DROP_CARRIED = (
    int(Skill.EXPLORE),
    int(Skill.GO_TO),
    int(Skill.PICK_UP),
    int(Skill.DROP),
)
KNOWN_SKILLS = frozenset((Skill.EXPLORE, Skill.GO_TO, Skill.PICK_UP, Skill.DROP, Skill.TOGGLE))
KNOWN_SETS = {"paper": False, "frontier": True}
"""Skill sets implemented here -> whether they use frontier exploration."""
DO_NOTHING = int(Actions.done)
SKILL, RANK, COLOR, OPTION = range(4)
"""Columns of a plan's rows (`core.rooms.plan_ids.PlanIds.rows`)."""


@kernel
def reset_executor(room: Any) -> None:
    """Clear the plan and the progress of exploring."""
    room.plan = NO_PLAN
    room.is_finished = True
    room.option_state = NO_OPTION
    room.option, room.skill = 0, EXPLORE
    room.steps_in_option = room.next_sub_goal = 0
    room.has_sweep = False


@kernel
def begin(room: Any, scratch: Any, plans: Any, lengths: Any, plan: int, frontier: bool) -> None:
    """Replace the current plan by this one (`Executor.begin`)."""
    room.plan = plan
    room.is_finished = False
    room.next_sub_goal = 0
    _start_next(room, scratch, plans, lengths, frontier)


@kernel
def next_action(room: Any, scratch: Any, plans: Any, lengths: Any, frontier: bool) -> int:
    """The plan's next primitive action (`Executor.step`)."""
    if room.option_state == NO_OPTION:
        _start_next(room, scratch, plans, lengths, frontier)
    if room.option_state == NO_OPTION:
        room.is_finished = True
        return DO_NOTHING
    if room.option_state == SEQUENCE:
        action = room.actions[room.next_action]
        room.next_action += 1
        is_last = room.next_action == room.num_actions
    elif room.option_state == SWEEP:
        action = _explore(room)
        is_last = is_room_seen(room)
    else:
        is_last = find_path(room, scratch, SHOWING_UNSEEN, -1, -1) < 1
        action = DO_NOTHING if is_last else room.actions[0]
    room.steps_in_option += 1
    if is_last:
        room.option_state = NO_OPTION
        room.is_finished = room.next_sub_goal == lengths[room.plan]
    return action


@kernel
def _start_next(room: Any, scratch: Any, plans: Any, lengths: Any, frontier: bool) -> None:
    room.option_state = NO_OPTION
    room.option, room.skill, room.steps_in_option = 0, EXPLORE, 0
    while (
        room.plan >= 0
        and room.next_sub_goal < lengths[room.plan]
        and room.option_state == NO_OPTION
    ):
        sub_goal = plans[room.plan, room.next_sub_goal]
        room.next_sub_goal += 1
        room.skill, room.option = sub_goal[SKILL], sub_goal[OPTION]
        room.num_actions = room.next_action = 0
        if room.skill == EXPLORE:
            if frontier:
                _start_frontier(room, scratch)
            else:
                _start_explore(room)
            continue
        if room.skill == GO_TO:
            _start_go_to(room, scratch, sub_goal[RANK], sub_goal[COLOR])
        elif room.skill == PICK:
            if room.carried[0] == EMPTY or _drop_and_return(room):
                _append(room, PICK_UP)
        elif room.skill == DROP_CARRIED:
            if room.carried[0] != EMPTY:
                _drop_and_return(room)
        else:
            _append(room, TOGGLE)
        room.option_state = SEQUENCE if room.num_actions else NO_OPTION


@kernel
def _append(room: Any, action: int) -> None:
    room.actions[room.num_actions] = action
    room.num_actions += 1


@kernel
def _append_turns(room: Any, direction: int, towards: int) -> None:
    """Append the fewest turns; a half turn goes left (`skills.option.turns`)."""
    turn = (towards - direction) % 4
    if turn == 1:
        _append(room, RIGHT)
    elif turn:
        for _ in range(4 - turn):
            _append(room, LEFT)


@kernel
def _start_go_to(room: Any, scratch: Any, rank: int, color: int) -> None:
    if rank < 0:
        return
    x, y = locate(room, rank, color)
    if x < 0:
        return
    room.has_sweep = False  # the agent leaves the sweep's path, so exploring restarts
    room.num_actions = max(find_path(room, scratch, FACING, x, y), 0)


@kernel
def _start_frontier(room: Any, scratch: Any) -> None:
    if find_path(room, scratch, SHOWING_UNSEEN, -1, -1) > 0:
        room.option_state = FRONTIER


@kernel
def _start_explore(room: Any) -> None:
    if not room.has_sweep:
        room.has_sweep = True
        room.reached_corner = False
        room.next_pending = 0
        turn = (WEST - room.direction) % 4
        room.num_pending = 1 if turn == 1 else (4 - turn) % 4
        for i in range(room.num_pending):
            room.pending[i] = RIGHT if turn == 1 else LEFT
    if not is_room_seen(room):
        room.option_state = SWEEP


@kernel
def is_room_seen(room: Any) -> bool:
    """Whether the seen walls and doors form a closed loop whose bounding box has no unseen cell.

    In one rectangular room the only loop is its whole wall, so the bounding box is the room. Light
    cannot leave a room whose door is closed, so it suffices to count the seen cells.
    """
    return room.num_seen >= room.num_cells


@kernel
def _explore(room: Any) -> int:
    """The sweep's next action (`skills.explore.Explore`)."""
    reach = room.view_size // 2
    ahead = _object_at(
        room, room.x + reach * DX[room.direction], room.y + reach * DY[room.direction]
    )
    is_blocked = ahead in (WALL, DOOR)
    if room.reached_corner:
        return _row_by_row(room, is_blocked)
    if room.next_pending < room.num_pending:
        return _pop_pending(room)
    if not is_blocked:
        return FORWARD
    room.reached_corner = room.direction == NORTH
    return RIGHT


@kernel
def _row_by_row(room: Any, is_blocked: bool) -> int:
    has_pending = room.next_pending < room.num_pending
    if not is_blocked:
        return _pop_pending(room) if has_pending else FORWARD
    last = room.pending[room.num_pending - 1]
    room.next_pending = room.num_pending = 0
    if room.direction in (EAST, WEST):
        turn = RIGHT if room.direction == EAST else LEFT
        for i in range(room.view_size):
            room.pending[i] = FORWARD
        room.pending[room.view_size] = turn
        room.num_pending = room.view_size + 1
        return turn
    if room.direction == NORTH:
        return RIGHT
    if has_pending:
        return last
    return RIGHT if integer(room.rng, 0, 2) else LEFT


@kernel
def _pop_pending(room: Any) -> int:
    action = room.pending[room.next_pending]
    room.next_pending += 1
    return action


@kernel
def _object_at(room: Any, x: int, y: int) -> int:
    """Object index of a cell as seen; a cell outside the grid counts as a wall."""
    size = room.image.shape[0]
    if not (0 <= x < size and 0 <= y < size):
        return WALL
    return room.image[x, y, 0]


@kernel
def _drop_and_return(room: Any) -> bool:
    """Append the actions that drop the carried object out of the way and return (`skills.carry`)."""
    size = room.image.shape[0]
    x, y, facing = room.x, room.y, room.direction
    # the cell ahead is tried first only after a step
    first_side, num_walked = 2, 0
    while num_walked < 2 * size:
        last_free = -1
        for side in (first_side, 1, 3):  # 0 ahead, 1 right, 2 back, 3 left
            towards = (facing + side) % 4
            if _object_at(room, x + DX[towards], y + DY[towards]) != EMPTY:
                continue
            last_free = towards
            if not _is_beside_door(room, x + DX[towards], y + DY[towards]):
                _append_turns(room, facing, towards)
                _append(room, DROP)
                _walk_back(room, num_walked, towards)
                return True
        if last_free < 0:
            room.num_actions = 0
            return False
        _append_turns(room, facing, last_free)
        _append(room, FORWARD)
        facing = last_free
        x, y = x + DX[facing], y + DY[facing]
        num_walked += 1
        first_side = 0
    room.num_actions = 0
    return False


@kernel
def _walk_back(room: Any, num_walked: int, facing: int) -> None:
    """Append the way back over the steps that were appended, and the turn to the first direction."""
    direction = facing
    # the directions walked, last first: undo the appended turns one by one
    at = room.num_actions - 2  # before the drop
    for _ in range(num_walked):
        while room.actions[at] != FORWARD:
            direction = (direction + (1 if room.actions[at] == LEFT else 3)) % 4
            at -= 1
        at -= 1
        _append_turns(room, facing, direction + 2)
        _append(room, FORWARD)
        facing = (direction + 2) % 4
    _append_turns(room, facing, room.direction)


@kernel
def _is_beside_door(room: Any, x: int, y: int) -> bool:
    found = False
    for side in range(4):
        found |= _object_at(room, x + DX[side], y + DY[side]) == DOOR
    return found
