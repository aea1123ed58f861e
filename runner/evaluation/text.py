"""Evaluate text policies: play the cases of text worlds, print the tables, say what the model spent."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from core.answer_counts import AnswerCounts
from core.chat import Reply, Usage
from core.console import count, echo, show
from core.episode import Episode
from core.errors import ModelError, RunDirectoryError, SettingsError
from core.files import read_json
from core.run import CONFIG, RunDirectory, saved_settings
from core.settings import TextSettings
from core.task import TextTask, find_text_tasks
from envs.text.cases import cases_of, check_cases, kind_of
from envs.text.hotpotqa.docstore import make_docstore
from envs.text.scienceworld.simulator import check_installed
from envs.text.scripted import ScriptedTextModel
from planner.account import new_id
from planner.build import build_model
from planner.cache import request_digest
from reports.dialogue import dialogue
from reports.statistics import as_table, as_table_by_kind, summarize
from runner.evaluation.evaluate import Evaluation, evaluate, read_episodes
from runner.player import Case
from runner.refuse import (
    MAY_CHANGE,
    check_resumed,
    refusal_to_replace,
    refuse_other_settings,
)
from runner.text import TextEnv, TextPlayer, TextPolicy, count_refused, paid_requests

MAY_CHANGE_ON_RESUME = MAY_CHANGE | {"show", "test_num", "num_active"}
"""Settings that may differ when a run is resumed; all others decide its episodes."""


def evaluate_text(
    method: str,
    make_policy: Callable[[TextTask], TextPolicy],
    settings: TextSettings,
    make_wrapper: Callable[[TextTask], Callable[[TextEnv], TextEnv]] | None = None,
) -> list[Evaluation]:
    """Play the cases of a text world, or of each of a group, and print the tables.

    Each task has a run directory ``LOGDIR/METHOD/TASK/SAVE_NAME``. With --resume only cases without
    an episode are played.

    Args:
        method: name of the method, for the run directory.
        make_policy: the policy for a task.
        settings: of the run.
        make_wrapper: for a method that does not play the world itself, what is played in its place.

    Raises:
        SettingsError: there is no such split, case or docstore, or the scripted model does not know the texts.
        WorldError: a world's simulator is not installed, or has stopped.
        RunDirectoryError: a directory holds a run, and neither --resume nor --overwrite is given; or it
            was started with other settings.
        ModelError: the model gives no answer; finished episodes are kept for --resume.
    """
    tasks, cases = tasks_and_cases(settings)
    evaluations = []
    with ExitStack() as stack:
        runs = open_runs(stack, method, tasks, settings)  # before a model is loaded
        model = build_model(settings, ScriptedTextModel(settings.scripted_skill, settings.seed))
        # nothing is changed before all runs and the model are known to be usable
        ids = [begin_run(run, method, settings) for run in runs]
        for task, run, each, run_id in zip(tasks, runs, cases, ids, strict=True):
            player = TextPlayer(
                f"{method}{', constrained' * settings.constrained} on {task.name}, {model.name}",
                task,
                make_policy(task),
                model,
                settings.num_active,
                settings.max_steps or task.max_steps,
                options_of(task, settings),
                wrap=make_wrapper and make_wrapper(task),
                shows_admissible=settings.constrained,
            )
            kept = read_episodes(run) if settings.resume else None
            make_env = player.make_env if settings.constrained else None
            model.account.resume(run_id, paid_digests(kept or (), player.policy, make_env))
            try:
                evaluation = evaluate(player, each, run, settings, kept=kept)
            except ModelError as error:
                raise error.with_advice(advice(run)) from error
            print_evaluation(evaluation, task, settings)
            evaluations.append(evaluation)
        model.account.show()
    if len(evaluations) > 1:
        print_together(f"{method}, all tasks together, {model.name}", evaluations, settings)
    return evaluations


def tasks_and_cases(
    settings: TextSettings, tasks: Sequence[TextTask] = ()
) -> tuple[Sequence[TextTask], list[list[Case]]]:
    """The worlds of a run, and what is played in each; checked before anything is paid for.

    Args:
        settings: of the run.
        tasks: the worlds; if empty, those that ``--task`` names.

    Raises:
        SettingsError: there is no such split, case or docstore, the scripted model does not know the texts, or a world
            of --constrained does not list its actions.
        WorldError: a world's simulator is not installed.
    """
    tasks = tasks or find_text_tasks(settings.task)
    check_worlds(tasks, settings)
    return tasks, [chosen_cases(task, settings) for task in tasks]


def check_worlds(tasks: Sequence[TextTask], settings: TextSettings) -> None:
    """Check that worlds can be played as the settings say, by the model that they name.

    Raises: see `tasks_and_cases`.
    """
    if settings.planner == "scripted":
        check_texts(tasks, settings)
    check_playable(tasks, settings)


def check_playable(tasks: Sequence[TextTask], settings: TextSettings) -> None:
    """Check that worlds can be played as the settings say, by some model.

    Raises: see `tasks_and_cases`.
    """
    _refuse_to_constrain_free_actions(tasks, settings)
    make_docstore(settings.docstore)
    if any(task.world == "scienceworld" for task in tasks):
        check_installed()


def check_texts(tasks: Sequence[TextTask], settings: TextSettings) -> None:
    """Check that the scripted players can read the texts of worlds.

    Raises:
        SettingsError: they cannot.
    """
    if settings.pddl_texts == "published" and any(task.is_planning for task in tasks):
        raise SettingsError(
            "--pddl_texts published: the scripted player reads --pddl_texts plain only; choose another --planner, or "
            "leave it out"
        )


def open_runs(
    stack: ExitStack,
    method: str,
    tasks: Sequence[TextTask],
    settings: TextSettings,
    may_change: Collection[str] = MAY_CHANGE_ON_RESUME,
) -> list[RunDirectory]:
    """Lock the run directory of each task, and check that the run may be played there.

    Args:
        stack: unlocks them.
        method: name of the method, for the run directory.
        tasks: of the run.
        settings: of the run.
        may_change: names of settings that may differ from those of the run that is resumed.

    Raises:
        RunDirectoryError: a directory holds another run, or one that must not be replaced.
    """
    runs = [
        stack.enter_context(RunDirectory(settings.logdir, method, task.slug, settings.save_name))
        for task in tasks
    ]
    for run in runs:
        _refuse_other_run(run, settings, may_change)
    return runs


def begin_run(run: RunDirectory, method: str, settings: TextSettings) -> str:
    """Begin or resume a run; returns its id."""
    is_resumed = settings.resume and run.file(CONFIG).exists()
    saved = read_json(run.file(CONFIG)) if is_resumed else {}
    if not is_resumed:
        run.begin()
        if settings.resume:
            echo(f"there is no run in {run.path} to resume: a new one begins")
    # runs of earlier versions have no id
    run_id = str(saved.get("id") or new_id(settings.save_name))
    run.write_config(method, settings, id=run_id)
    return run_id


def paid_digests(
    episodes: Iterable[Episode],
    policy: TextPolicy,
    make_env: Callable[[], TextEnv] | None = None,
) -> Iterator[str]:
    """Digests of the requests whose usage is in the episodes; see `runner.text.paid_requests`."""
    for episode in episodes:
        yield from map(request_digest, paid_requests(episode, policy, make_env))


def advice(run: RunDirectory) -> str:
    """What an error of the model has left, and what to do."""
    kept = "finished episodes are kept"
    if run.is_replacing:
        kept = "no episode has ended, and the old run is as it was"
    return f"{kept}: give {run.command_to_go_on}"


def chosen_cases(task: TextTask, settings: TextSettings) -> list[Case]:
    """What is played.

    Raises:
        SettingsError: there is no such split or case, or a split is given beside cases.
    """
    task = with_options(task, settings)
    if not settings.case:
        return cases_of(task, settings.split, settings.test_num)
    if settings.split or settings.test_num:
        raise SettingsError("--case names all cases to play: leave --split and --test_num away")
    check_cases(task, settings.case)
    return list(settings.case)


def _refuse_to_constrain_free_actions(tasks: Sequence[TextTask], settings: TextSettings) -> None:
    """Check that the worlds can list the actions that --constrained chooses from.

    Raises:
        SettingsError: one of them cannot.
    """
    free = [task.name for task in tasks if not task.lists_actions]
    if settings.constrained and free:
        raise SettingsError(
            f"--constrained: an action in {', '.join(free)} holds free text, so there is no list of all actions"
        )


def options_of(task: TextTask, settings: TextSettings) -> dict[str, Any]:
    """The options that settings give a task's environment, as `gymnasium.make` takes them."""
    if task.world == "hotpotqa":
        return {"docstore": settings.docstore}
    if task.world == "webshop":
        return {"data": settings.webshop_data}
    if task.world == "scienceworld":
        return {"max_steps": settings.max_steps}
    if task.world == "alfworld":
        return {"syntax": settings.alfworld_syntax}
    return {"texts": settings.pddl_texts} if task.is_planning else {}


def with_options(task: TextTask, settings: TextSettings) -> TextTask:
    """The task with the options of its environment as arguments: its cases may depend on them."""
    return replace(task, arguments={**task.arguments, **options_of(task, settings)})


def _refuse_other_run(
    run: RunDirectory, settings: TextSettings, may_change: Collection[str]
) -> None:
    """Check that the run may be played in its directory.

    Args:
        run: its directory, locked.
        settings: of the run.
        may_change: names of settings that may differ from those of the run that is resumed.

    Raises:
        RunDirectoryError: the directory holds another run, or one that must not be replaced.
    """

    def refuse_other_settings_than_saved() -> None:
        if run.file(CONFIG).exists():
            saved = saved_settings(run.file(CONFIG))
            refuse_other_settings(run, saved, settings, may_change)
        elif run.is_used:
            raise RunDirectoryError(
                f"{run.path} holds a run without its {CONFIG}, which cannot be resumed: replace it with "
                "--overwrite, or choose another --save_name"
            )

    if settings.resume:
        check_resumed(run, refuse_other_settings_than_saved)
    elif run.is_used and not settings.overwrite:
        raise refusal_to_replace(run)


def print_evaluation(evaluation: Evaluation, task: TextTask, settings: TextSettings) -> None:
    """The episodes if asked for, the tables, and what the model spent."""
    episodes = evaluation.episodes
    if settings.show:
        for episode in episodes:
            echo(dialogue(episode))
    echo(evaluation.title)
    show(as_table(evaluation.summary))
    kinds = [kind_of(task, episode.case) for episode in episodes]
    if len(set(kinds)) > 1:
        show(as_table_by_kind(episodes, kinds, settings.token_prices))
    if evaluation.training_cases:
        _print_held_out(evaluation)
    answer_counts(episodes).show("action", settings.max_tokens)
    echo(invalid_line(episodes))
    show_refused(episodes)
    usage = sum((episode.usage for episode in episodes), Usage())
    echo(usage.describe(settings.token_prices))
    echo(f"kept in {evaluation.path}")


def _print_held_out(evaluation: Evaluation) -> None:
    """The means without the training cases; of all cases they stand above, as they are published."""
    held_out = evaluation.held_out
    if len(held_out) == len(evaluation.episodes):
        echo("none of these cases is a training case")
    elif held_out:
        echo(f"{count(len(held_out), 'held-out case')}, without the training cases")
        show(as_table(summarize(held_out)))
    else:
        echo("all of these cases are training cases")


def print_together(title: str, evaluations: Iterable[Evaluation], settings: TextSettings) -> None:
    """The tables of several tasks."""
    echo(title)
    episodes = [episode for one in evaluations for episode in one.episodes]
    show(as_table(summarize(episodes)))
    show(as_table_by_kind(episodes, [one.task for one in episodes], settings.token_prices))


def answer_counts(episodes: Iterable[Episode]) -> AnswerCounts:
    """How many answers held no action."""
    steps = [step for episode in episodes for step in episode.steps]
    unread = [Reply(step.answer, cut=step.cut) for step in steps if step.is_unreadable]
    return AnswerCounts.of(len(steps), unread)


def invalid_line(episodes: Sequence[Episode]) -> str:
    """How many answers named an action that could not be carried out."""
    steps = sum(episode.num_steps for episode in episodes)
    invalid = sum(episode.invalid_actions for episode in episodes)
    return f"of {steps} answers {invalid} named an invalid action"


def show_refused(episodes: Iterable[Episode]) -> None:
    """Print how many conversations the model refused, if it refused any."""
    refused = count_refused(episodes)
    if refused:
        echo(f"{count(refused, 'conversation')} refused by the model, for example as too long")
