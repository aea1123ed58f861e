"""How far a training is: what its checkpoints keep besides tensors, settings and replies."""

from dataclasses import dataclass, field
from typing import Annotated

from msgspec import Meta

from planner.account import SavedAccount

Count = Annotated[int, Meta(ge=0, le=2**48)]
Amount = Annotated[float, Meta(ge=0)]


@dataclass(frozen=True, slots=True)
class Length:
    """--n_itr of a run, from an iteration on."""

    from_iteration: Count
    n_itr: Count


@dataclass(slots=True)
class TrainState:
    """Counters of a run, kept in its checkpoints.

    Attributes:
        lengths: --n_itr of the run, and from which iteration on, for a run that was trained further.
        account: what was paid for, see `planner.account.Account`.
    """

    iteration: Count = 0
    episodes: Count = 0
    env_steps: Count = 0
    questions: Count = 0
    ask_lambda: Amount = 0.0
    seconds: Amount = 0.0
    lengths: list[Length] = field(default_factory=list)
    account: SavedAccount | None = None
