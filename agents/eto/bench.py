"""What the stages of a run have in common: its cases, its demonstrations, and how a model is evaluated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.eto.arena import Arena
from agents.eto.local_agent import LocalAgent
from core.settings import EtoSettings
from core.trajectory import Trajectory
from runner.evaluation.evaluate import Evaluation
from runner.player import Case


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that may be the best.

    Attributes:
        name: what tables call it.
        model: its directory or hub name.
        dev, test: evaluations of it.
    """

    name: str
    model: str
    dev: Evaluation
    test: Evaluation

    @property
    def dev_score(self) -> float:
        """The mean score on the cases that choose."""
        return self.dev.summary["score"].mean


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of a run; none is in two parts.

    Attributes:
        train: demonstrated.
        explored: those of them that are explored.
        dev: choose the best round.
        test: evaluate.
    """

    train: Sequence[Case]
    explored: Sequence[Case]
    dev: Sequence[Case]
    test: Sequence[Case]


@dataclass(frozen=True, slots=True)
class Bench:
    """Evaluates the models of a run.

    Attributes:
        arena: plays, in the run's directory.
        settings: of the run.
        cases: of the run.
        experts: the demonstrations, by case.
    """

    arena: Arena
    settings: EtoSettings
    cases: Cases
    experts: Mapping[Case, Trajectory]

    def evaluate(self, name: str, model: str, place: str) -> Candidate:
        """Play the cases that choose and those for testing with a model.

        Args:
            name: what tables call it.
            model: its directory or hub name.
            place: directory of the evaluations, in that of the run.
        """
        dev = self.play(f"{name}, dev cases", model, self.cases.dev, f"{place}/dev")
        return Candidate(name, model, dev, self.test(name, model, place))

    def test(self, name: str, model: str, place: str) -> Evaluation:
        """Play the cases for testing with a model; see `evaluate`."""
        return self.play(f"{name}, test cases", model, self.cases.test, f"{place}/test")

    def play(self, title: str, model: str, cases: Sequence[Case], place: str) -> Evaluation:
        """Play cases with a model, and say how it went."""
        agent = LocalAgent(model, self.settings.device)
        evaluation = self.arena.play_tuned(title, agent, cases, place)
        self.arena.show(evaluation)
        return evaluation
