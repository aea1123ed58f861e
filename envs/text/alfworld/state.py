"""What changes in a game."""

from dataclasses import dataclass

from envs.text.alfworld.games import Game, TaskType


@dataclass(slots=True)
class State:
    """A game under way; the rules change it in place.

    Attributes:
        game: what does not change.
        location: of the agent.
        held: the object in the agent's hands.
        contents: objects in each receptacle, ascending. What is held may still be in another receptacle.
        opened: receptacles that are open.
        lying: pairs (object, location).
        taken: pairs (object, receptacle) that were parted and not brought together again.
        clean, hot, cool, sliced, switched_on: objects.
    """

    game: Game
    location: int
    held: int | None
    contents: list[list[int]]
    opened: set[int]
    lying: set[tuple[int, int]]
    taken: set[tuple[int, int]]
    clean: set[int]
    hot: set[int]
    cool: set[int]
    sliced: set[int]
    switched_on: set[int]

    @classmethod
    def of(cls, game: Game) -> "State":
        """A game before its first command."""
        return cls(
            game=game,
            location=game.start,
            held=None,
            contents=list(map(list, game.contents)),
            opened=set(),
            lying=set(game.lying),
            taken=set(),
            clean=set(),
            hot=set(),
            cool=set(game.cool),
            sliced=set(),
            switched_on=set(),
        )

    @property
    def here(self) -> tuple[int, ...]:
        """Receptacles at the agent's location, ascending."""
        return self.game.receptacles_at[self.location]

    def is_accessible(self, receptacle: int) -> bool:
        """Whether things can be taken out and put in."""
        return receptacle not in self.game.openable or receptacle in self.opened

    def is_won(self) -> bool:
        """Whether the goal holds now."""
        game, targets = self.game, self.game.targets
        match game.goal.task_type:
            case TaskType.LOOK:
                return self.held in targets and any(
                    thing in game.lamps and thing in self.switched_on
                    for receptacle in self.here
                    for thing in self.contents[receptacle]
                )
            case TaskType.PLACE_TWO:
                return any(
                    sum(thing in targets for thing in self.contents[receptacle]) > 1
                    for receptacle in game.destinations
                )
            case TaskType.CLEAN:
                targets = targets & self.clean
            case TaskType.HEAT:
                targets = targets & self.hot
            case TaskType.COOL:
                targets = targets & self.cool
        return any(
            not targets.isdisjoint(self.contents[receptacle]) for receptacle in game.destinations
        )
