"""SimpleDoorKey: A key lies in the room and opens the door."""

from minigrid.core.world_object import Key

from envs.room import DoorRoomEnv


class SimpleDoorKeyEnv(DoorRoomEnv):
    """A key lies in the room and opens the door.

    Description:
        A room of 5 to 10 cells a side holds a key of the locked door's colour. The agent's view is
        3 x 3 cells, so it has to search for the key and the door.

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
        - `MiniGrid-SimpleDoorKey-Min5-Max10-View3`
        - variants: ``Max16`` (rooms of up to 16 cells a side, 256 steps), ``View5``, ``View7``
    """

    def _place_objects(self) -> None:
        self._place(Key(self.door.color), may_block_door=True)
