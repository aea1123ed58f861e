"""Controls: other trainings of the model that the rounds begin with, with as many gradient steps as all rounds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from agents.eto.experiment import EvaluatedModel, Experiment
from agents.eto.rounds import Round
from agents.eto.stages import imitate, imitation_recipe
from core.chat import Message
from core.console import echo
from core.errors import NothingToTrainOn
from core.trajectory import Trajectory
from runner.evaluation.evaluate import Evaluation


def data_of_controls(
    experts: Mapping[str, Trajectory], explored: Sequence[Trajectory]
) -> dict[str, list[Trajectory]]:
    """What each of `core.choices.CONTROLS` is trained on.

    Args:
        experts: the demonstrations, by case.
        explored: of all rounds.
    """
    return {
        "more_sft": list(experts.values()),
        "sft_failed": worse_cases(experts, explored),
        "rft": successes(experts, explored),
    }


def worse_cases(
    experts: Mapping[str, Trajectory], explored: Sequence[Trajectory]
) -> list[Trajectory]:
    """The demonstrations of cases in which the agent was worse at least once; a refused conversation counts as 0."""
    worse = {
        one.case
        for one in explored
        if one.case in experts and (one.reward or 0.0) < (experts[one.case].reward or 0.0)
    }
    return [expert for case, expert in experts.items() if case in worse]


def successes(
    experts: Mapping[str, Trajectory], explored: Sequence[Trajectory]
) -> list[Trajectory]:
    """The demonstrations and explored trajectories that solved their case, each once."""
    found: dict[tuple[Message, ...], Trajectory] = {}
    for one in (*experts.values(), *explored):
        if one.success:
            found.setdefault(one.messages, one)
    return list(found.values())


def train_controls(
    experiment: Experiment, sft: EvaluatedModel, rounds: Sequence[Round]
) -> Iterator[tuple[str, Evaluation]]:
    """Train each control and play the test cases with it.

    A control begins with the model that the rounds begin with, and takes as many gradient steps, in batches of the
    same size, as all of them together; all else is as in supervised training.

    Args:
        experiment: evaluates.
        sft: the model to begin with.
        rounds: all of them.

    Yields:
        Name and evaluation of each.
    """
    settings = experiment.settings
    num_steps = sum(each.num_steps for each in rounds)
    recipe = replace(
        imitation_recipe(settings), num_steps=num_steps, batch_size=settings.dpo_batch_size
    )
    data = data_of_controls(experiment.experts, [one for each in rounds for one in each.explored])
    for name in settings.controls:
        if name == "none":
            continue
        place = experiment.run.file(f"controls/{name}")
        try:
            tuned = (
                imitate(sft.model, data[name], recipe, place, name, settings) if num_steps else None
            )
        except NothingToTrainOn:
            tuned = None
        if tuned is None:
            echo(f"{name}: left out, there is nothing to train on")
            continue
        yield name, experiment.test(name, str(tuned.model), f"controls/{name}")
