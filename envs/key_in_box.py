"""KeyInBox: The key is in a box: toggle the box, pick up the key, open the door."""

from minigrid.core.world_object import Box, Key

from envs.room import DoorRoomEnv


class KeyInBoxEnv(DoorRoomEnv):
    """The key is in a box: toggle the box, pick up the key, open the door.

    Description:
        A room of 5 to 10 cells a side holds a box of the locked door's colour, with the key inside.
        Toggling the box replaces it by the key.

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
        | 5   | toggle  | open the box or, with its key, the door ahead |
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
        - `MiniGrid-KeyInBox-Min5-Max10-View3`
        - variants: ``Max16`` (rooms of up to 16 cells a side, 256 steps), ``View5``, ``View7``
    """

    def _place_objects(self) -> None:
        key = Key(self.door.color)
        self._place(Box(self.door.color, contains=key), may_block_door=True)
