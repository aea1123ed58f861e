"""The one evaluation: every verb that measures something is this with another policy."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from rich.console import Console

from agents.device import prepare
from agents.dialogue import dialogue
from agents.engine import Engine
from agents.engines import make_engine
from agents.film import film
from agents.play import Method, Start, play, start
from agents.rollout import Rollout
from agents.storage import SavedModel
from agents.summary import Estimate, as_table, summarize
from core.episode import Episode
from core.errors import RunDirectoryError
from core.run import MODEL, RunDirectory, provenance, write_bytes, write_json, write_lines
from core.settings import FROM_THE_MODEL, EvalSettings, RunSettings, to_json, with_seed
from mediator.ask import Policy
from mediator.learned import NetworkPolicy

EVALUATION = "eval"
EVALUATION_STREAM = 1
"""Keeps the generators of evaluations apart from those of training."""


def evaluation_starts(seed: int, layouts: Iterable[int], max_steps: int) -> Iterator[Start]:
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
        policy: decides, see `agents.play.play`.
        method: acts on decisions.
        seed: of the policy's decisions; the layouts have their own.
        layouts: seeds of the layouts.

    Returns:
        The episodes in the order of the layouts.
    """
    return play(engine, evaluation_starts(seed, layouts, engine.max_steps), policy, method)


@dataclass(frozen=True, slots=True)
class Subject:
    """Someone to evaluate.

    Attributes:
        settings: of its evaluation; they name its run directory.
        policy: who decides.
        features: what it sees.
        title: what tables call it.
    """

    settings: EvalSettings
    policy: Policy
    features: str
    title: str


Make = Callable[[EvalSettings, Engine], tuple[Method, str]]
"""The method that acts on decisions in an engine's rooms, and who plans, in words."""


def measure_each(settings: EvalSettings, subjects: Iterable[Subject], make: Make) -> None:
    """Evaluate one after another, then print one more table over all, if there are several."""
    console = Console()
    everything: list[Episode] = []
    num_runs = 0
    for subject in subjects:
        with RunDirectory(subject.settings) as directory:
            everything += measure(subject, directory, make, console)
        num_runs += 1
    if num_runs > 1:
        title = f"{settings.task}: {settings.save_name}, {num_runs} runs together"
        console.print(title, highlight=False, soft_wrap=True)
        console.print(as_table(summarize(everything)))


def measure(
    subject: Subject, directory: RunDirectory, make: Make, console: Console
) -> list[Episode]:
    """Evaluate, print the table, and leave everything under ``eval/`` of a held run directory."""
    settings = subject.settings
    num_rooms = min(settings.num_envs, settings.test_num)
    engine = make_engine(settings, subject.features, num_rooms, is_worth_compiling=False)
    method, planner = make(settings, engine)
    rollout = evaluate(engine, subject.policy, method, settings.seed, range(settings.test_num))
    episodes = rollout.episodes(engine.task.name, method.answers)

    title = f"{subject.title}, {planner}, {settings.skills} skills"
    summary = keep(directory, title, settings, episodes)
    place = directory.file(EVALUATION)
    if settings.show:
        for episode in episodes:
            console.print(dialogue(episode), markup=False, highlight=False, soft_wrap=True)
    if settings.record:
        for episode in episodes[: settings.record_num]:
            film(episode, place)
            words = place / f"episode_{episode.seed:03d}.txt"
            write_bytes(words, dialogue(episode).encode())
    console.print(f"{settings.task}: {title}", highlight=False, soft_wrap=True)
    console.print(as_table(summary))
    console.print(f"kept in {place}", highlight=False, soft_wrap=True)
    return episodes


def keep(
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
    device = prepare(settings.device, settings.num_envs)
    path = RunDirectory(settings).file(MODEL)
    model = SavedModel.load(path, device)
    if model.method != method_name:
        verb = {"when2ask": "eval", "skill_rl": "eval_RL"}.get(model.method, "another verb")
        raise RunDirectoryError(f"{path} was trained as {model.method}: evaluate it with {verb}")
    as_trained = {name: model.settings[name] for name in FROM_THE_MODEL if name not in given}
    policy = NetworkPolicy(model.network(device), device, greedy=settings.decide == "argmax")
    return replace(settings, **as_trained), policy, str(model.settings["features"])


def trained(settings: EvalSettings, given: frozenset[str], method_name: str) -> Iterator[Subject]:
    """What was trained, for each run that the name means.

    Raises:
        RunDirectoryError: there is none, or its model is of another task or method.
    """
    for one in find_trained(settings):
        one, policy, features = load_policy(one, given, method_name)
        yield Subject(one, policy, features, f"{one.save_name} ({one.decide})")
