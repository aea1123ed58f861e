"""Evaluate policies in rooms: play the evaluation seeds, print the tables, record videos."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from core.console import echo, show
from core.episode import Episode
from core.errors import SettingsError
from core.files import write_bytes
from core.run import RunDirectory
from core.settings import EvalSettings
from core.task import PAPER_ROOMS, TASKS
from reports.dialogue import dialogue
from reports.statistics import as_table, summarize, summarize_runs
from reports.video import record_video
from runner.evaluation.evaluate import Evaluation, evaluate
from runner.evaluation.places import place_of
from runner.evaluation.trained import EvalTarget
from runner.player import evaluation_cases
from runner.rooms.build import RoomMethod, World, make_worlds
from runner.rooms.player import RoomPlayer


def make_player(target: EvalTarget, method: RoomMethod, *, is_worth_compiling: bool) -> RoomPlayer:
    """The target's policy in the rooms of each task that the settings name.

    Args:
        target: what to evaluate.
        method: builds what acts in the rooms.
        is_worth_compiling: see `runner.rooms.build.make_engine`.

    Raises:
        SettingsError: the target's features do not fit rooms of this size.
    """
    settings = target.settings
    num_rooms = min(settings.num_envs, settings.test_num)
    worlds = make_worlds(
        method, settings, target.features, num_rooms, is_worth_compiling=is_worth_compiling
    )
    found = worlds[0].engine.features_shape
    if target.features_shape not in (None, found):
        raise SettingsError(
            f"{target.title} was trained on features of shape {target.features_shape}, but rooms "
            f"{settings.rooms} give {found}: only --features counts fits rooms of any size"
        )
    title = f"{target.title}, {_planner_label(worlds[0], settings)}, {settings.skills} skills"
    if settings.rooms != PAPER_ROOMS:
        title += f", rooms {settings.rooms}"
    return RoomPlayer(title, worlds, target.policy, settings.seed)


def evaluate_runs(
    settings: EvalSettings, targets: Iterable[EvalTarget], method: RoomMethod
) -> list[Evaluation]:
    """Evaluate one after another; if there are several, print one more table over all of them."""
    evaluations = []
    for target in targets:
        with RunDirectory.of(target.settings) as directory:
            evaluations.append(evaluate_run(target, directory, method))
    if len(evaluations) > 1:
        echo(f"{settings.task}: {settings.save_name}, {len(evaluations)} runs together")
        together = summarize_runs([evaluation.episodes for evaluation in evaluations])
        show(as_table(together))
    return evaluations


def evaluate_run(target: EvalTarget, directory: RunDirectory, method: RoomMethod) -> Evaluation:
    """Evaluate, print the tables, and write everything to its place in a locked run directory."""
    settings = target.settings
    player = make_player(target, method, is_worth_compiling=False)
    place = place_of(directory, settings, target.own, target.rule)
    cases = evaluation_cases(settings.test_num)
    evaluation = evaluate(player, cases, directory, settings, place_name=place)
    by_task: dict[str, list[Episode]] = {}
    for episode in evaluation.episodes:
        by_task.setdefault(episode.task, []).append(episode)
    for task, episodes in by_task.items():
        # the environment seeds are the same in every task
        videos = evaluation.path / TASKS[task].slug if len(by_task) > 1 else evaluation.path
        _show_and_record(episodes, settings, videos)
        echo(f"{task}: {evaluation.title}")
        show(as_table(summarize(episodes)))
    if len(by_task) > 1:
        echo(f"all tasks together: {evaluation.title}")
        show(as_table(evaluation.summary))
    account = player.worlds[0].account
    if account is not None:
        account.show()
    player.answer_counts.show("plan", settings.max_tokens)
    echo(f"kept in {evaluation.path}")
    return evaluation


def _planner_label(world: World, settings: EvalSettings) -> str:
    """The planner's name and its noise."""
    if world.planner is None:
        return "no planner"
    noise = f", {settings.planner_noise:.0%} of answers wrong" if settings.planner_noise else ""
    return f"planner {world.planner.name}{noise}"


def _show_and_record(episodes: Sequence[Episode], settings: EvalSettings, place: Path) -> None:
    """Print the dialogues if --show is given, and record videos if --record is."""
    if settings.show:
        for episode in episodes:
            echo(dialogue(episode))
    if settings.record:
        for episode in episodes[: settings.record_num]:
            record_video(episode, place)
            text = place / f"episode_{episode.case:0>3}.txt"
            write_bytes(text, dialogue(episode).encode())
