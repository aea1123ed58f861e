"""MovingObstacle: SimpleDoorKey with a ball that moves at random and blocks the way."""

from typing import Any

import numpy as np
from minigrid.core.world_object import Ball, Key

from core.rooms.view import Position
from envs.fog import Observation
from envs.room import DoorRoomEnv

OBSTACLE_SEEDS = 2**31
"""Exclusive upper bound of the seed of the obstacle's own generator, drawn after the layout."""


class Obstacle(Ball):
    """A ball that cannot be picked up."""

    def can_pickup(self) -> bool:
        """False: the pickup action has no effect on it."""
        return False


class MovingObstacleEnv(DoorRoomEnv):
    """SimpleDoorKey with a ball that moves at random and blocks the way.

    Description:
        The room of SimpleDoorKey with a ball. After every action of the agent the ball moves one cell
        in a random direction, if that cell is empty. It cannot be picked up, it blocks the agent, and
        it does not block the view. The planner's prompt does not mention it, but it can block a path
        that was planned before it moved there.

    Mission Space:
        "open the door"

    Action Space:
        | Num | Name    | Action                                        |
        |-----|---------|-----------------------------------------------|
        | 0   | left    | turn left                                     |
        | 1   | right   | turn right                                    |
        | 2   | forward | move forward                                  |
        | 3   | pickup  | pick up the object ahead                      |
        | 4   | drop    | put the carried object down ahead             |
        | 5   | toggle  | unlock and open the door ahead with its key   |
        | 6   | done    | do nothing                                    |

    Observation Encoding:
        ``image`` is ``(10, 10, 4)`` uint8, the map of every cell seen in this episode: object,
        colour and state as MiniGrid encodes them, 0 where unseen, and the agent's direction at the
        agent's cell (4 elsewhere). ``mission`` is the text above.

    Rewards:
        ``1 - 0.9 * (step_count / max_steps)`` when the door opens, 0 otherwise.

    Termination:
        The episode ends when the door is open (terminated) or after 100 steps (truncated). Walking
        into the ball does not end it.

    Registered Configurations:
        - `MiniGrid-MovingObstacle-Min5-Max10-View3`
        - variants: ``Max16`` (rooms of up to 16 cells a side, 256 steps), ``View5``, ``View7``
    """

    def _place_objects(self) -> None:
        self._place(Key(self.door.color), may_block_door=True)
        self.obstacle = Obstacle("blue")
        self._place(self.obstacle, may_block_door=True)
        # skills draw from the room's generator, too: a generator of its own makes the ball's path
        # independent of the agent, so that an episode can be replayed from its actions alone
        self._obstacle_rng = np.random.default_rng(int(self._rand_int(0, OBSTACLE_SEEDS)))

    def step(self, action: int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Do a primitive action; then the ball moves."""
        _, reward, terminated, truncated, info = super().step(action)
        self._move_obstacle()
        return self.gen_obs(), reward, terminated, truncated, info

    def _move_obstacle(self) -> None:
        assert self.obstacle.cur_pos is not None
        here = Position(*map(int, self.obstacle.cur_pos))
        there = here.ahead(int(self._obstacle_rng.integers(4)))
        if self.grid.get(*there) is None and there != self.agent_pos:
            self.grid.set(*here, None)
            self.grid.set(*there, self.obstacle)
            self.obstacle.cur_pos = there
