"""Evaluates what a method has trained; a missing run is refused before torch is imported, which takes seconds."""

from collections.abc import Collection
from importlib import import_module
from typing import TYPE_CHECKING

from core.settings import EvalSettings
from runner.evaluation.runs import find_runs

if TYPE_CHECKING:
    from runner.evaluation.evaluate import Evaluation


def evaluate(
    module: str, settings: EvalSettings, explicit: Collection[str] = ()
) -> "list[Evaluation]":
    """Evaluate each run that the name means.

    Args:
        module: the method's file, with a function ``evaluate_trained``.
        settings: of the evaluation.
        explicit: names of the settings that were typed.

    Raises:
        RunDirectoryError: a model is missing or damaged.
    """
    find_runs(settings)
    evaluations: list[Evaluation] = import_module(module).evaluate_trained(settings, explicit)
    return evaluations
