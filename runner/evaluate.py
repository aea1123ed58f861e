"""The one evaluation: every verb that measures something is this with another policy."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.console import Console

from core.console import echo
from core.episode import Episode
from core.errors import RunDirectoryError, SettingsError
from core.run import (
    EVALUATION,
    MODEL,
    RunDirectory,
    provenance,
    write_bytes,
    write_json,
    write_lines,
)
from core.settings import FROM_THE_MODEL, EvalSettings, RunSettings, to_json, with_seed
from core.task import PAPER_ROOMS
from mediator.network_policy import NetworkPolicy
from mediator.policies import Policy
from reports.dialogue import dialogue
from reports.statistics import Estimate, as_table, summarize, summarize_runs
from reports.video import record_video
from runner.build import Make, World, make_worlds
from runner.checkpoint import SavedModel
from runner.collect import EpisodeSpec, Method, play, start
from runner.device import set_up_device
from runner.engine import Engine
from runner.rollout import Rollout

EVALUATION_STREAM = 1
"""Keeps the generators of evaluations apart from those of training."""


def evaluation_starts(seed: int, layouts: Iterable[int], max_steps: int) -> Iterator[EpisodeSpec]:
    """Each layout with its own generator, so that an episode does not depend on the others."""
    for layout in layouts:
        rng = np.random.default_rng((seed, EVALUATION_STREAM, layout))
        yield start(layout, rng, max_steps)


def evaluate(
    engine: Engine, policy: Policy, method: Method, seed: int, layouts: Iterable[int]
) -> Rollout:
    """Play one episode on each layout.

    Args:
        engine: the rooms; as many episodes are under way at a time.
        policy: decides, see `runner.collect.play`.
        method: acts on decisions.
        seed: of the policy's decisions; the layouts have their own.
        layouts: seeds of the layouts.

    Returns:
        The episodes in the order of the layouts.
    """
    return play(engine, evaluation_starts(seed, layouts, engine.max_steps), policy, method)


@dataclass(frozen=True, slots=True)
class EvalTarget:
    """Someone to evaluate.

    Attributes:
        settings: of its evaluation; they name its run directory.
        policy: who decides.
        features: what it sees.
        title: what tables call it.
        features_shape: what its network was made for; None where there is no network.
    """

    settings: EvalSettings
    policy: Policy
    features: str
    title: str
    features_shape: tuple[int, int, int] | None = None


def play_held_out(
    target: EvalTarget, make: Make, *, is_worth_compiling: bool
) -> list[tuple[World, Rollout]]:
    """The held-out layouts of each task that is meant, see `runner.build.make_engine`.

    Raises:
        SettingsError: the subject cannot see rooms of this size.
    """
    settings = target.settings
    num_rooms = min(settings.num_envs, settings.test_num)
    worlds = make_worlds(
        settings, target.features, num_rooms, make, is_worth_compiling=is_worth_compiling
    )
    found = worlds[0].engine.features_shape
    if target.features_shape not in (None, found):
        raise SettingsError(
            f"{target.title} sees {target.features_shape}, but rooms {settings.rooms} show {found}: "
            "only --features news do in rooms of other sizes than those it was trained in"
        )
    layouts = range(settings.test_num)
    return [
        (
            world,
            evaluate(world.engine, target.policy, world.method, settings.seed, layouts),
        )
        for world in worlds
    ]


def evaluate_runs(settings: EvalSettings, subjects: Iterable[EvalTarget], make: Make) -> None:
    """Evaluate one after another, then print one more table over all, if there are several."""
    console = Console()
    runs: list[list[Episode]] = []
    for target in subjects:
        with RunDirectory(target.settings) as directory:
            runs.append(evaluate_run(target, directory, make, console))
    if len(runs) > 1:
        title = f"{settings.task}: {settings.save_name}, {len(runs)} runs together"
        echo(title)
        console.print(as_table(summarize_runs(runs)))


def evaluate_run(
    target: EvalTarget, directory: RunDirectory, make: Make, console: Console
) -> list[Episode]:
    """Evaluate, print the table, and leave everything under ``eval/`` of a held run directory."""
    settings = target.settings
    played = play_held_out(target, make, is_worth_compiling=False)
    by_task = {
        world.engine.task: rollout.episodes(world.engine.task, world.method.answers)
        for world, rollout in played
    }
    title = f"{target.title}, {_planner_label(played[0][0], settings)}, {settings.skills} skills"
    if settings.rooms != PAPER_ROOMS:
        title += f", rooms {settings.rooms}"
    episodes = [episode for of_one in by_task.values() for episode in of_one]
    summary = write_evaluation(directory, title, settings, episodes)
    place = directory.file(EVALUATION)
    for task, of_one in by_task.items():
        # layouts have the same seeds in every task
        films = place / task.slug if len(by_task) > 1 else place
        _print_and_record(of_one, settings, films)
        echo(f"{task.name}: {title}")
        console.print(as_table(summarize(of_one)))
    if len(by_task) > 1:
        echo(f"all tasks together: {title}")
        console.print(as_table(summary))
    echo(f"kept in {place}")
    return episodes


def _planner_label(world: World, settings: EvalSettings) -> str:
    """In words."""
    if world.planner is None:
        return "no planner"
    noise = f", misled {settings.planner_noise:.0%} of the time" if settings.planner_noise else ""
    return f"planner {world.planner.name}{noise}"


def _print_and_record(episodes: Sequence[Episode], settings: EvalSettings, place: Path) -> None:
    """Print and film what was asked for."""
    if settings.show:
        for episode in episodes:
            echo(dialogue(episode))
    if settings.record:
        for episode in episodes[: settings.record_num]:
            record_video(episode, place)
            words = place / f"episode_{episode.seed:03d}.txt"
            write_bytes(words, dialogue(episode).encode())


def write_evaluation(
    directory: RunDirectory, title: str, settings: RunSettings, episodes: Sequence[Episode]
) -> dict[str, Estimate]:
    """Write episodes and what they come to under ``eval/`` of a held run directory."""
    summary = summarize(episodes)
    place = directory.file(EVALUATION)
    write_lines(place / "episodes.jsonl", (episode.to_json() for episode in episodes))
    document = {
        "title": title,
        "settings": to_json(settings),
        "summary": {name: estimate._asdict() for name, estimate in summary.items()},
        **provenance(),
    }
    write_json(place / "summary.json", document)
    return summary


def find_runs(settings: EvalSettings) -> list[EvalSettings]:
    """The trained runs that a name means: those of its seed list, itself, or all its seeds.

    Raises:
        RunDirectoryError: there is none.
    """
    if settings.run_seed_list:
        return [with_seed(settings, seed) for seed in settings.run_seed_list]
    directory = RunDirectory(settings)
    if directory.file(MODEL).exists():
        return [settings]
    prefix = f"{settings.save_name}_seed"
    siblings = sorted(directory.path.parent.glob(f"{prefix}*/{MODEL}"))
    seeds = [path.parent.name.removeprefix(prefix) for path in siblings]
    found = [with_seed(settings, int(seed)) for seed in seeds if seed.isdecimal()]
    if not found:
        raise RunDirectoryError(
            f"no model in {directory.path}: train it first, with the same --task, --save_name, "
            "--policy and --logdir"
        )
    return sorted(found, key=lambda one: one.seed)


def load_target(settings: EvalSettings, given: frozenset[str], method_name: str) -> EvalTarget:
    """Someone who was trained, with the settings completed by those of the training.

    Raises:
        RunDirectoryError: the model is missing, damaged, or of another task or method.
    """
    device = set_up_device(settings.device, settings.num_envs)
    path = RunDirectory(settings).file(MODEL)
    model = SavedModel.load(path, device)
    if model.method != method_name:
        verb = {"when2ask": "eval", "skill_rl": "eval_RL"}.get(model.method, "another verb")
        raise RunDirectoryError(f"{path} was trained as {model.method}: evaluate it with {verb}")
    # models of earlier versions know fewer settings
    wanted = [name for name in FROM_THE_MODEL if name not in given and name in model.settings]
    settings = replace(settings, **{name: model.settings[name] for name in wanted})
    return EvalTarget(
        settings,
        NetworkPolicy(model.network(device), device, greedy=settings.decide == "argmax"),
        str(model.settings["features"]),
        f"{settings.save_name} ({settings.decide})",
        model.image_shape,
    )


def iter_trained(
    settings: EvalSettings, given: frozenset[str], method_name: str
) -> Iterator[EvalTarget]:
    """What was trained, for each run that the name means.

    Raises:
        RunDirectoryError: there is none, or its model is of another task or method.
    """
    for one in find_runs(settings):
        yield load_target(one, given, method_name)
