"""The one evaluation: every verb that measures something is this with another policy."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from rich.console import Console

from agents.device import prepare
from agents.dialogue import dialogue
from agents.film import Film
from agents.play import Method, Watch, play
from agents.room import Room
from agents.storage import SavedModel
from agents.summary import Estimate, as_table, summarize
from core.episode import Episode
from core.errors import RunDirectoryError
from core.run import MODEL, RunDirectory, provenance, write_bytes, write_json, write_lines
from core.settings import FROM_THE_MODEL, EvalSettings, to_json, with_seed
from core.task import find_task
from mediator.ask import Policy
from mediator.learned import NetworkPolicy

EVALUATION_STREAM = 1
"""Keeps the generators of evaluations apart from those of training."""


def evaluation_episodes(
    seed: int, layouts: Iterable[int]
) -> Iterator[tuple[int, np.random.Generator]]:
    """Each layout with its own generator, so that an episode does not depend on the others."""
    for layout in layouts:
        yield layout, np.random.default_rng((seed, EVALUATION_STREAM, layout))


def evaluate(
    rooms: Sequence[Room],
    policy: Policy,
    method: Method,
    seed: int,
    layouts: Iterable[int],
    watch: Watch | None = None,
) -> list[Episode]:
    """Play one episode on each layout.

    Args:
        rooms: as many episodes are under way at a time.
        policy: decides, see `agents.play.play`.
        method: acts on decisions.
        seed: of the policy's decisions; the layouts have their own.
        layouts: seeds of the layouts.
        watch: an onlooker.

    Returns:
        The episodes in the order of their seeds.
    """
    episodes = evaluation_episodes(seed, layouts)
    played = [episode for episode, _ in play(rooms, episodes, policy, method, watch)]
    return sorted(played, key=lambda episode: episode.seed)


def measure(
    settings: EvalSettings,
    directory: RunDirectory,
    *,
    features: str,
    policy: Policy,
    method: Method,
    title: str,
    console: Console,
) -> list[Episode]:
    """Evaluate, print the table, and leave everything under ``eval/`` of a held run directory."""
    task = find_task(settings.task)
    num_rooms = min(settings.num_envs, settings.test_num)
    rooms = [Room(task, settings.skills, features) for _ in range(num_rooms)]
    film = Film(range(min(settings.record_num, settings.test_num))) if settings.record else None
    watch = film.watch if film is not None else None
    layouts = range(settings.test_num)
    episodes = evaluate(rooms, policy, method, settings.seed, layouts, watch)

    summary = summarize(episodes)
    place = directory.file("eval")
    write_lines(place / "episodes.jsonl", (episode.to_json() for episode in episodes))
    write_json(place / "summary.json", _document(title, settings, summary))
    if settings.show:
        for episode in episodes:
            console.print(dialogue(episode), markup=False, highlight=False, soft_wrap=True)
    if film is not None:
        for episode in episodes[: settings.record_num]:
            film.write(episode, place)
            words = place / f"episode_{episode.seed:03d}.txt"
            write_bytes(words, dialogue(episode).encode())
    console.print(f"{settings.task}: {title}", highlight=False, soft_wrap=True)
    console.print(as_table(summary))
    console.print(f"kept in {place}", highlight=False, soft_wrap=True)
    return episodes


def find_trained(settings: EvalSettings) -> list[EvalSettings]:
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


def load_policy(
    settings: EvalSettings, given: frozenset[str], method_name: str
) -> tuple[EvalSettings, NetworkPolicy, str]:
    """A trained policy, the settings completed by those it was trained with, and its features.

    Raises:
        RunDirectoryError: the model is missing, damaged, or of another task or method.
    """
    device = prepare(settings.device)
    path = RunDirectory(settings).file(MODEL)
    model = SavedModel.load(path, device)
    if model.method != method_name:
        verb = {"when2ask": "eval", "skill_rl": "eval_RL"}.get(model.method, "another verb")
        raise RunDirectoryError(f"{path} was trained as {model.method}: evaluate it with {verb}")
    as_trained = {name: model.settings[name] for name in FROM_THE_MODEL if name not in given}
    policy = NetworkPolicy(model.network(device), device, greedy=settings.decide == "argmax")
    return replace(settings, **as_trained), policy, str(model.settings["features"])


def report_together(
    settings: EvalSettings, runs: Mapping[str, Sequence[Episode]], console: Console
) -> None:
    """One more table over several runs, if there are several."""
    if len(runs) > 1:
        everything = [episode for episodes in runs.values() for episode in episodes]
        title = f"{settings.task}: {settings.save_name}, {len(runs)} runs together"
        console.print(title, highlight=False, soft_wrap=True)
        console.print(as_table(summarize(everything)))


def _document(
    title: str, settings: EvalSettings, summary: Mapping[str, Estimate]
) -> dict[str, object]:
    return {
        "title": title,
        "settings": to_json(settings),
        "summary": {name: estimate._asdict() for name, estimate in summary.items()},
        **provenance(),
    }
