"""A run that tuned a language model (the verbs eto, sft and dpo): its agents, their trainings, and the pairs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core.choices import CONTROLS
from core.decode import decode
from core.episode import Episode
from core.files import read_bytes, read_lines
from core.metric_rows import read_metrics
from core.run import BEST, EPISODES, EVALUATION, METRICS, PAIRS, SUMMARY, TUNED
from core.trajectory import Pair
from reports.documents import read_document
from reports.statistics import Estimate
from reports.trials import case_order
from tuning.formats import read_pairs

TUNING_METHODS = ("eto", "sft", "dpo")
"""Methods whose runs are read here."""
SFT = "SFT"
Role = Literal["given", "sft", "round", "control"]
"""Whether an agent is there from the start, or which training it has."""


@dataclass(frozen=True, slots=True)
class Played:
    """An evaluation of an agent.

    Attributes:
        summary: quantity -> its mean with an interval; empty until all cases are played.
        episodes: by case.
    """

    summary: dict[str, Estimate] = field(default_factory=dict)
    episodes: tuple[Episode, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """A training.

    Attributes:
        rows: of metrics, over the number of the gradient step.
        num_steps: gradient steps so far.
        is_finished: whether these are all.
    """

    rows: list[dict[str, float]]
    num_steps: int
    is_finished: bool


@dataclass(frozen=True, slots=True)
class Agent:
    """Who played the test cases.

    Attributes:
        name: what tables call it.
        role: see `Role`.
        stage: its own training; None without one.
        dev, test: its evaluations.
        same_as: name of the agent that it still is, as its round had no pairs; empty otherwise.
    """

    name: str
    role: Role
    stage: Stage | None
    dev: Played
    test: Played
    same_as: str = ""

    @property
    def has_begun(self) -> bool:
        """Whether there is anything of it."""
        parts = (self.dev.summary, self.dev.episodes, self.test.summary, self.test.episodes)
        return self.stage is not None or bool(self.same_as) or any(parts)


@dataclass(frozen=True, slots=True)
class PairSet:
    """The pairs that an agent was trained on.

    Attributes:
        agent: its name.
        pairs: all that were kept.
        explored: the episodes of the round; empty where the run has none.
        counted: metrics of the round (docs/metrics.md: explore/, pairs/); empty until the run is finished.
    """

    agent: str
    pairs: tuple[Pair, ...]
    explored: tuple[Episode, ...]
    counted: dict[str, float]


@dataclass(frozen=True, slots=True)
class Tuned:
    """What a run has left so far.

    Attributes:
        agents: in the order of the table.
        pair_sets: in the order of the rounds.
        demonstrations: the expert's episodes of the training cases; empty where the run has none.
        chosen: name of the best agent; empty until the run is finished, and in runs without rounds.
    """

    agents: tuple[Agent, ...]
    pair_sets: tuple[PairSet, ...]
    demonstrations: tuple[Episode, ...]
    chosen: str

    @property
    def best(self) -> str:
        """Name of the round with the highest mean score on the dev cases, of equals the first; empty without any."""
        scores = {
            agent.name: agent.dev.summary["score"].mean
            for agent in self.agents
            if agent.role == "round" and "score" in agent.dev.summary
        }
        return self.chosen or max(scores, key=scores.__getitem__, default="")

    @property
    def rounds(self) -> Iterator[Agent]:
        """The agent that the rounds begin with, and that of each round."""
        return (agent for agent in self.agents if agent.role in ("sft", "round"))

    def steps_before(self, agent: Agent) -> tuple[int, int]:
        """Gradient steps before an agent's own training: of supervised training, and of earlier rounds."""
        if agent.role not in ("round", "control"):
            return 0, 0
        supervised = sum(
            one.stage.num_steps for one in self.agents if one.role == "sft" and one.stage
        )
        if agent.role == "control":
            return supervised, 0
        names = [one.name for one in self.rounds]
        earlier = names[: names.index(agent.name)]
        in_rounds = sum(
            one.stage.num_steps
            for one in self.agents
            if one.role == "round" and one.name in earlier and one.stage
        )
        return supervised, in_rounds


@dataclass(frozen=True, slots=True)
class _Best:
    best: str


@dataclass(frozen=True, slots=True)
class _Note:
    num_steps: int


def read_tuned(path: Path) -> Tuned:
    """Read a run directory of eto, sft or dpo; one of a run under way has fewer files.

    Raises:
        RunDirectoryError: a file is damaged.
    """
    metrics, best = path / METRICS, path / BEST
    rows = read_metrics(metrics, axis="iteration") if metrics.exists() else []
    counted = {int(row["iteration"]): row for row in rows}
    agents = [agent for agent in _first_agents(path) if agent.has_begun]
    pair_sets = []
    own_pairs = path / PAIRS
    if own_pairs.exists():
        pair_sets.append(PairSet("DPO", tuple(read_pairs(own_pairs)), (), {}))
    for place in _numbered(path / "iterations"):
        name, pairs_file = f"ETO {place.name}", place / PAIRS
        pairs = tuple(read_pairs(pairs_file)) if pairs_file.exists() else None
        agent = _read_round(name, place, agents, has_pairs=pairs != ())
        if agent.has_begun:
            agents.append(agent)
        if pairs is not None:
            explored = tuple(
                episode
                for file in sorted(place.glob(f"explore*/{EPISODES}"))
                for episode in read_lines(file, Episode.from_json)
            )
            pair_sets.append(PairSet(name, pairs, explored, counted.get(int(place.name), {})))
    places = sorted((path / "controls").glob("*/"), key=_control_order)
    agents += [_read_agent(place.name, "control", place) for place in places]
    return Tuned(
        agents=tuple(agents),
        pair_sets=tuple(pair_sets),
        demonstrations=_read_played(path / "expert").episodes,
        chosen=decode(read_bytes(best), _Best, str(best)).best if best.exists() else "",
    )


def _first_agents(path: Path) -> Iterator[Agent]:
    """Those before the rounds."""
    for name in ("untuned", "expert"):
        yield Agent(name, "given", None, Played(), _read_played(path / name / "test"))
    own = path / EVALUATION  # of the verbs sft and dpo, where one agent is evaluated
    sft = _read_agent(SFT, "sft", path / "sft")
    has_own = own.exists() and sft.has_begun
    yield Agent(SFT, "sft", sft.stage, sft.dev, _read_played(own)) if has_own else sft
    stage = _read_stage(path / "dpo")
    yield Agent("DPO", "round", stage, Played(), _read_played(own) if stage else Played())


def _read_round(name: str, place: Path, agents: list[Agent], *, has_pairs: bool) -> Agent:
    """The agent of a round; without pairs it is still the one before."""
    if has_pairs or not agents:
        return Agent(
            name,
            "round",
            _read_stage(place / "dpo"),
            _read_played(place / "dev"),
            _read_played(place / "test"),
        )
    before = agents[-1]
    return Agent(name, "round", None, before.dev, before.test, before.same_as or before.name)


def _read_agent(name: str, role: Role, place: Path) -> Agent:
    """An agent whose training and evaluations are in one directory."""
    return Agent(
        name, role, _read_stage(place), _read_played(place / "dev"), _read_played(place / "test")
    )


def _read_played(place: Path) -> Played:
    episodes = place / EPISODES
    played = read_lines(episodes, Episode.from_json) if episodes.exists() else []
    in_order = sorted(played, key=lambda episode: case_order(episode.case))
    return Played(read_document(place / SUMMARY).estimates, tuple(in_order))


def _read_stage(place: Path) -> Stage | None:
    """A training, finished or not; None if it has not begun."""
    metrics, note = place / METRICS, place / TUNED
    rows = read_metrics(metrics, axis="step") if metrics.exists() else []
    if note.exists():
        num_steps = decode(read_bytes(note), _Note, str(note)).num_steps
        return Stage(rows, num_steps, is_finished=True)
    return Stage(rows, int(rows[-1]["step"]), is_finished=False) if rows else None


def _numbered(path: Path) -> list[Path]:
    """The directories of the rounds, in their order."""
    return sorted(
        (place for place in path.glob("*/") if place.name.isdecimal()),
        key=lambda place: int(place.name),
    )


def _control_order(place: Path) -> tuple[bool, int, str]:
    names = list(CONTROLS)
    is_known = place.name in names
    return not is_known, names.index(place.name) if is_known else 0, place.name
