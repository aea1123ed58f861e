"""ColoredDoorKey: Two keys lie in the room; only the key of the door's colour opens it."""

from typing import Any

from minigrid.core.constants import COLOR_NAMES
from minigrid.core.world_object import Key

from envs.room import DoorRoomEnv


class ColoredDoorKeyEnv(DoorRoomEnv):
    """Two keys lie in the room; only the key of the door's colour opens it.

    Description:
        A room of 5 to 10 cells a side holds two keys: one of the locked door's colour and one of
        another colour. No key lies in front of the door. The agent carries one object at a time, so
        it has to drop a wrong key before it can pick up the right one.

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
        The episode ends when the door is open (terminated) or after 100 steps (truncated).

    Registered Configurations:
        - `MiniGrid-ColoredDoorKey-Min5-Max10-View3`
        - variants: ``Max16`` (rooms of up to 16 cells a side, 256 steps), ``View5``, ``View7``
    """

    def __init__(self, min_num_keys: int = 2, max_num_keys: int = 2, **kwargs: Any) -> None:
        self.min_num_keys = min_num_keys
        self.max_num_keys = max_num_keys
        super().__init__(**kwargs)

    def _place_objects(self) -> None:
        num_keys = self._rand_int(self.min_num_keys, self.max_num_keys + 1)
        self._place(Key(self.door.color), may_block_door=False)
        other_colors = sorted(set(COLOR_NAMES) - {self.door.color})
        for _ in range(num_keys - 1):
            self._place(Key(self._rand_elem(other_colors)), may_block_door=False)
