"""The rounds of a run: exploration with the newest model, pairs, and training on them (arXiv 2403.02502, section 3.2)."""

from dataclasses import dataclass, replace

from agents.eto.experiment import EvaluatedModel, Experiment
from agents.eto.local_agent import LocalAgent
from agents.eto.pairing import rules_for, show_pairs
from agents.eto.stages import prefer, preference_recipe
from agents.eto.trajectories import trajectories_of
from core.console import count, echo
from core.errors import NothingToTrainOn
from core.run import PAIRS
from core.trajectory import Pair, Trajectory
from runner.evaluation.evaluate import Evaluation
from runner.text import TextPolicy
from tuning.formats import write_pairs
from tuning.pairs import Outcomes, make_pairs, win_tie_lose
from tuning.selected import Selected


@dataclass(frozen=True, slots=True)
class Round:
    """One iteration.

    Attributes:
        number: from 1.
        explored: the trajectories of the model that it began with.
        outcomes: how these compare with the demonstrations.
        pairs: that were made of them.
        num_steps: gradient steps; 0 without pairs, where the model stays the same.
        tuned: the model at its end.
    """

    number: int
    explored: tuple[Trajectory, ...]
    outcomes: Outcomes
    pairs: Selected[Pair]
    num_steps: int
    tuned: EvaluatedModel


def run_rounds(experiment: Experiment, sft: EvaluatedModel) -> list[Round]:
    """Carry out the rounds, from a model on; what is finished is not repeated.

    Raises:
        ModelError, RunDirectoryError, TrainingDiverged, TrainingInterrupted: a stage has failed; what is finished is
            kept.
    """
    rounds: list[Round] = []
    newest = sft
    for number in range(1, experiment.settings.num_iterations + 1):
        rounds.append(_round(experiment, number, newest))
        newest = rounds[-1].tuned
    return rounds


def _round(experiment: Experiment, number: int, newest: EvaluatedModel) -> Round:
    """Explore with the newest model, make pairs, and train it on them."""
    run, settings = experiment.run, experiment.settings
    name, place = f"ETO {number}", f"iterations/{number}"
    explored = _explore(experiment, number, newest.model)
    rules = rules_for(run.task, settings)
    outcomes = win_tie_lose(experiment.experts, explored, rules)
    pairs = make_pairs(experiment.experts, explored, rules)
    write_pairs(run.file(f"{place}/{PAIRS}"), pairs.kept)
    show_pairs(name, outcomes, pairs)
    try:
        tuned = prefer(
            newest.model,
            pairs.kept,
            preference_recipe(settings, number),
            run.file(f"{place}/dpo"),
            name,
            settings,
        )
    except NothingToTrainOn:
        echo(f"{name}: there are no pairs, so the model stays the same")
        return Round(number, explored, outcomes, pairs, 0, replace(newest, name=name))
    candidate = experiment.evaluate(name, str(tuned.model), place)
    return Round(number, explored, outcomes, pairs, tuned.num_steps, candidate)


def _explore(experiment: Experiment, number: int, model: str) -> tuple[Trajectory, ...]:
    """Play the training cases; each exploration of each round draws other samples."""
    run, settings = experiment.run, experiment.settings
    trajectories: list[Trajectory] = []
    for index in range(settings.explorations):
        exploration = (number - 1) * settings.explorations + index
        policy = run.policy(settings.exploring(), exploration)
        evaluation = run.play(
            f"ETO {number}, exploration",
            LocalAgent(model, settings.device),
            experiment.cases.explored,
            exploration_place(f"iterations/{number}/explore", index),
            policy,
        )
        run.show(evaluation)
        trajectories += answered(evaluation, policy)
    return tuple(trajectories)


def answered(evaluation: Evaluation, policy: TextPolicy) -> list[Trajectory]:
    """The trajectories of an exploration, and how many of its episodes have none."""
    trajectories = trajectories_of(evaluation.episodes, policy)
    missing = len(evaluation.episodes) - len(trajectories)
    if missing:
        echo(f"{count(missing, 'conversation')} refused by the model before its first answer")
    return trajectories


def exploration_place(name: str, index: int) -> str:
    """Directory of one of several explorations, from 0: ``NAME``, ``NAME_2`` and so on."""
    return f"{name}_{index + 1}" if index else name
