"""The verb learnact: functions are learned for each task, and all its cases are played with them."""

from functools import partial

from agents.learnact.evaluation import evaluate_learning
from agents.learnact.loop import FunctionLoop
from core.settings import LearnActSettings
from core.task import find_text_tasks
from envs.text.functions import functions_of
from runner.evaluation.evaluate import Evaluation
from runner.evaluation.experiments import play_experiments


def play(settings: LearnActSettings) -> list[Evaluation]:
    """Learn functions for a text world, or for each of a group, and evaluate the agent with them.

    Raises: see `agents.learnact.evaluation.evaluate_learning`; a SettingsError, too, where the actions of the world
        are no functions.
    """
    functions = {
        task.world: functions_of(task, syntax=settings.alfworld_syntax, texts=settings.pddl_texts)
        for task in find_text_tasks(settings.task)
    }
    begin = partial(FunctionLoop, functions)
    return play_experiments(partial(evaluate_learning, "learnact", begin), settings)
