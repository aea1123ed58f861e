"""Runs of methods that learn from training cases first, and are evaluated with what they have learned."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol, TypeVar

from core.errors import ModelError
from core.run import EVAL_RESULTS, RunDirectory
from core.settings import LearningSettings
from core.task import HOUSEHOLD_KINDS, TEXT_TASKS, TextTask, find_text_tasks
from envs.text.cases import training_cases
from envs.text.scripted import ScriptedTextModel
from planner.build import build_two_models
from planner.metered import MeteredModel
from runner.evaluation.evaluate import Evaluation, evaluate, read_episodes
from runner.evaluation.text import (
    advice,
    begin_run,
    open_runs,
    options_of,
    paid_digests,
    print_evaluation,
    print_together,
    tasks_and_cases,
)
from runner.player import Case
from runner.text import TextEnv, TextPlayer, TextPolicy

S = TypeVar("S", bound=LearningSettings)


@dataclass(frozen=True, slots=True)
class Models:
    """The model that acts and the one that learns; they may be the same."""

    agent: MeteredModel
    learner: MeteredModel

    def resume(self, run_id: str, billed: Iterable[str]) -> None:
        """Continue the accounts of a run.

        Args:
            run_id: of the run.
            billed: digests of the requests whose usage is kept.
        """
        digests = set(billed)
        self.agent.account.resume(run_id, digests)
        self.learner.account.resume(run_id, digests)

    def show(self) -> None:
        """Print which answers came from earlier runs."""
        self.agent.account.show()
        if self.learner is not self.agent:
            self.learner.account.show()


@dataclass(frozen=True, slots=True)
class Learned:
    """An agent that has learned.

    Attributes:
        policy: acts.
        wrap: makes what it plays of a world; None: it plays the world itself.
    """

    policy: TextPolicy
    wrap: Callable[[TextEnv], TextEnv] | None = None

    def player(
        self,
        title: str,
        task: TextTask,
        model: MeteredModel,
        max_steps: int,
        settings: LearningSettings,
    ) -> TextPlayer:
        """Plays cases of a task; see `runner.text.TextPlayer`."""
        return TextPlayer(
            title,
            task,
            self.policy,
            model,
            settings.num_active,
            max_steps,
            options_of(task, settings),
            keeps_refused=True,  # what was learned may make the first request too long
            wrap=self.wrap,
        )


class LearningLoop(Protocol):
    """Learns for one task in one run; what the run has kept is not learned again."""

    def paid(self) -> Iterator[str]:
        """Digests of the requests whose usage is kept."""
        ...

    def learn(self) -> Learned:
        """Learn what is missing.

        Raises:
            ModelError: the model gives no answer; what was learned so far is kept.
        """
        ...


def evaluate_learning(
    method: str,
    begin: Callable[[TextTask, Sequence[Case], S, Models, RunDirectory], LearningLoop],
    settings: S,
    *,
    is_novice: bool = False,
) -> list[Evaluation]:
    """Learn for a task, or for each of a group, play its cases, and print the tables.

    Each task has a run directory ``LOGDIR/METHOD/TASK/SAVE_NAME`` with ``learn_results`` and ``eval_results``. ``alfworld``
    is played kind by kind, as published.

    Args:
        method: name of the method, for the run directory.
        begin: begins or resumes the learning for a task in its training cases.
        settings: of the run.
        is_novice: the scripted model plays as a beginner, who learns from lessons.

    Raises:
        SettingsError: there is no such split or case, or the scripted model does not know the texts.
        RunDirectoryError: a directory holds a run, and neither --resume nor --overwrite is given; or it was started
            with other settings; or a file is damaged.
        ModelError: the model gives no answer; what is finished is kept for --resume.
    """
    tasks, cases = tasks_and_cases(settings, _tasks(settings.task))
    training = [
        training_cases(task, settings.learn_split, settings.seed, settings.split) for task in tasks
    ]
    scripted = ScriptedTextModel(settings.scripted_skill, settings.seed, is_novice=is_novice)
    evaluations = []
    with ExitStack() as stack:
        runs = open_runs(stack, method, tasks, settings)  # before a model is loaded
        models = Models(*build_two_models(settings, scripted, settings.learner_model))
        # nothing is changed before all runs and the models are known to be usable
        ids = [begin_run(run, method, settings) for run in runs]
        for task, run, each, learned_from, run_id in zip(
            tasks, runs, cases, training, ids, strict=True
        ):
            loop = begin(task, learned_from, settings, models, run)
            models.resume(run_id, loop.paid())
            try:
                learned = loop.learn()
                kept = read_episodes(run, EVAL_RESULTS)
                billed = models.agent.account.billed
                models.resume(run_id, (*billed, *paid_digests(kept, learned.policy)))
                title = f"{method} on {task.name}, {models.agent.name}"
                max_steps = settings.max_steps or task.max_steps
                evaluation = evaluate(
                    learned.player(title, task, models.agent, max_steps, settings),
                    each,
                    run,
                    settings,
                    place_name=EVAL_RESULTS,
                    kept=kept,
                    training_cases=learned_from,
                )
            except ModelError as error:
                raise error.with_advice(advice(run)) from error
            print_evaluation(evaluation, task, settings)
            evaluations.append(evaluation)
        models.show()
    if len(evaluations) > 1:
        title = f"{method}, all tasks together, {models.agent.name}"
        print_together(title, evaluations, settings)
    return evaluations


def _tasks(name: str) -> Sequence[TextTask]:
    if name == "alfworld":
        return [TEXT_TASKS[kind] for kind in HOUSEHOLD_KINDS]
    return find_text_tasks(name)
