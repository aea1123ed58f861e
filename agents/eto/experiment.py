"""An experiment of eto: its cases, its demonstrations, and the evaluation of its models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.eto.local_agent import LocalAgent
from agents.eto.tuning_run import TuningRun
from core.console import count, warn
from core.settings import EtoSettings
from core.spread import spread
from core.trajectory import Trajectory
from runner.evaluation.evaluate import Evaluation
from runner.player import Case


@dataclass(frozen=True, slots=True)
class EvaluatedModel:
    """A model with its evaluations.

    Attributes:
        name: what tables call it.
        model: its directory or hub name.
        dev, test: on the cases that choose the best round, and on the test cases.
    """

    name: str
    model: str
    dev: Evaluation
    test: Evaluation

    @property
    def dev_score(self) -> float:
        """The mean score on the dev cases."""
        return self.dev.summary["score"].mean


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of a run; none is in two parts.

    Attributes:
        train: what the expert demonstrates.
        explored: those of them that the rounds explore.
        dev: by which the best round is chosen.
        test: by which all agents are compared.
    """

    train: Sequence[Case]
    explored: Sequence[Case]
    dev: Sequence[Case]
    test: Sequence[Case]


def choose_cases(run: TuningRun, settings: EtoSettings) -> Cases:
    """The cases of a run; says so if fewer can be explored than were asked for.

    Raises:
        SettingsError: the task has no training cases.
    """
    train = run.cases("train", settings.train_num)
    if settings.explore_num > len(train):
        warn(
            f"warning: --explore_num {settings.explore_num}: there are {count(len(train), 'training case')} (--train_num), "
            "and all are explored"
        )
    return Cases(
        train,
        spread(train, settings.explore_num),
        run.cases("dev", settings.dev_num),
        run.cases("test", settings.test_num),
    )


@dataclass(frozen=True, slots=True)
class Experiment:
    """What all stages of an experiment use.

    Attributes:
        run: plays, and keeps the episodes.
        settings: of the run.
        cases: all that are played.
        experts: the demonstrations, by case.
    """

    run: TuningRun
    settings: EtoSettings
    cases: Cases
    experts: Mapping[Case, Trajectory]

    def evaluate(self, name: str, model: str, place: str) -> EvaluatedModel:
        """Play the dev cases and the test cases with a model.

        Args:
            name: what tables call it.
            model: its directory or hub name.
            place: directory of the evaluations, in that of the run.
        """
        dev = self.play(f"{name}, dev cases", model, self.cases.dev, f"{place}/dev")
        return EvaluatedModel(name, model, dev, self.test(name, model, place))

    def test(self, name: str, model: str, place: str) -> Evaluation:
        """Play the test cases with a model; see `evaluate`."""
        return self.play(f"{name}, test cases", model, self.cases.test, f"{place}/test")

    def play(self, title: str, model: str, cases: Sequence[Case], place: str) -> Evaluation:
        """Play cases with a model, and say how it went."""
        agent = LocalAgent(model, self.settings.device)
        evaluation = self.run.play(title, agent, cases, place)
        self.run.show(evaluation)
        return evaluation
