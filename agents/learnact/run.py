"""The verb learnact: functions are learned for each task, and all its cases are played with them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from agents.learnact.evaluation import Learned, Models, evaluate_learning
from agents.learnact.loop import LearningLoop
from agents.learnact.policy import make_policy, make_wrapper
from core.run import RunDirectory
from core.settings import LearnActSettings
from core.task import TextTask, find_text_tasks
from envs.text.functions import Function, functions_of
from runner.evaluation.evaluate import Evaluation
from runner.evaluation.experiments import play_experiments
from runner.player import Case

METHOD = "learnact"


class _LearnAct:
    """See `agents.learnact.evaluation.Learning`.

    Args:
        functions: the actions of each world.
    """

    def __init__(
        self,
        functions: Mapping[str, Sequence[Function]],
        task: TextTask,
        cases: Sequence[Case],
        settings: LearnActSettings,
        models: Models,
        run: RunDirectory,
    ) -> None:
        self._task, self._settings = task, settings
        self._functions = functions[task.world]
        self._loop = LearningLoop(
            task, cases, settings, self._functions, models.agent, models.learner, run
        )

    def paid(self) -> Iterator[str]:
        """Digests of the requests whose usage is kept."""
        return self._loop.paid()

    def learn(self) -> Learned:
        """The agent with the functions that were learned."""
        library = self._loop.learn()
        task, functions, settings = self._task, self._functions, self._settings
        return Learned(
            make_policy(task, functions, library, settings),
            make_wrapper(task, functions, library, settings),
        )


def play(settings: LearnActSettings) -> list[Evaluation]:
    """Learn functions for a text world, or for each of a group, and evaluate the agent with them.

    Raises: see `agents.learnact.evaluation.evaluate_learning`; a SettingsError, too, where the actions of the world
        are no functions.
    """
    functions = {
        task.world: functions_of(task, syntax=settings.alfworld_syntax, texts=settings.pddl_texts)
        for task in find_text_tasks(settings.task)
    }
    begin = partial(_LearnAct, functions)
    return play_experiments(partial(evaluate_learning, METHOD, begin), settings)
