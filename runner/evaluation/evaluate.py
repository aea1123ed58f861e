"""Evaluate a player on some cases; episodes are appended as they end, so a killed evaluation resumes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.console import echo, warn
from core.episode import Episode
from core.files import append_line, read_lines, remove, write_json, write_lines
from core.flags import Settings
from core.provenance import provenance
from core.run import EPISODES, EVALUATION, SUMMARY, RunDirectory
from core.settings import to_json
from reports.statistics import LABELS, Estimate, summarize
from runner.evaluation.places import title_of
from runner.player import Case, Player


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The episodes of one evaluation and their means.

    Attributes:
        title: what was evaluated, and how.
        episodes: task by task, each in the order of the cases.
        summary: quantity -> mean with interval (`reports.statistics.summarize`).
        path: the directory of episodes.jsonl and summary.json.
        training_cases: what the agent has learned from; some of it may be among the episodes.
    """

    title: str
    episodes: tuple[Episode, ...]
    summary: dict[str, Estimate]
    path: Path
    training_cases: tuple[Case, ...] = ()

    @property
    def held_out(self) -> tuple[Episode, ...]:
        """The episodes without those of the training cases."""
        return tuple(one for one in self.episodes if one.case not in self.training_cases)

    def __str__(self) -> str:
        """The summary as lines of text."""
        lines = [f"{self.title}: {len(self.episodes)} episodes, kept in {self.path}"]
        lines += [
            f"{LABELS[name]:24s}{mean:10.4g}   ({low:.4g} .. {high:.4g})"
            for name, (mean, low, high) in self.summary.items()
        ]
        return "\n".join(lines)

    __repr__ = __str__


def evaluate(
    player: Player,
    cases: Sequence[Case],
    run: RunDirectory,
    settings: Settings,
    *,
    place_name: str = EVALUATION,
    kept: Sequence[Episode] | None = None,
    training_cases: Sequence[Case] = (),
) -> Evaluation:
    """Play the cases and leave ``episodes.jsonl`` and, at the end, ``summary.json``.

    An earlier evaluation in the same directory is replaced with all its files, once there is an episode.

    Args:
        player: plays; with `kept` episodes, one per case.
        cases: what to play.
        run: the run directory, locked.
        settings: written to the summary.
        place_name: the evaluation's directory in that of the run.
        kept: episodes of an earlier attempt, which stay: only cases that they lack are played. None: play all.
        training_cases: what the player has learned from; the summary then has the means without them, too.
    """
    episodes = play_and_keep(player, cases, run, place_name, kept)
    place = run.file(place_name)
    if not episodes:
        return Evaluation(player.title, (), {}, place, tuple(training_cases))
    evaluation = Evaluation(
        player.title, tuple(episodes), summarize(episodes), place, tuple(training_cases)
    )
    document: dict[str, Any] = {
        "title": player.title,
        "settings": to_json(settings),
        "summary": _plain(evaluation.summary),
        **provenance(),
    }
    if training_cases:
        document["training_cases"] = list(training_cases)
        document["held_out"] = _plain(summarize(evaluation.held_out)) if evaluation.held_out else {}
    write_json(place / SUMMARY, document)
    return evaluation


def _plain(summary: Mapping[str, Estimate]) -> dict[str, dict[str, float]]:
    return {name: estimate._asdict() for name, estimate in summary.items()}


def play_and_keep(
    player: Player,
    cases: Sequence[Case],
    run: RunDirectory,
    place_name: str,
    kept: Sequence[Episode] | None,
) -> list[Episode]:
    """Play the cases and append each episode to ``episodes.jsonl`` as it ends; see `evaluate`.

    Returns:
        The episodes task by task, each in the order of the cases.
    """
    place = run.file(place_name)
    position = {case: number for number, case in enumerate(cases)}
    episodes = [episode for episode in kept or () if episode.case in position]
    done = {episode.case for episode in episodes}
    is_begun = False
    if kept is not None:
        (place / SUMMARY).unlink(missing_ok=True)
        write_lines(place / EPISODES, (episode.to_json() for episode in kept))
        is_begun = True
    for episode in player.play([case for case in cases if case not in done]):
        if not is_begun:  # until then an earlier evaluation stays
            _clear(place, player.title)
            is_begun = True
        append_line(place / EPISODES, episode.to_json())
        run.publish()
        place = run.file(place_name)
        episodes.append(episode)
    tasks = list(dict.fromkeys(episode.task for episode in episodes))
    episodes.sort(key=lambda episode: (tasks.index(episode.task), position[episode.case]))
    return episodes


def _clear(place: Path, title: str) -> None:
    """Make an empty directory, and say so if another evaluation was there."""
    before = title_of(place)
    if before not in ("", title):
        echo(f"replaced in {place}: {before}")
    remove(place)
    write_lines(place / EPISODES, ())


def play_again(run: RunDirectory, place_name: str, reason: str) -> None:
    """Remove the episodes of an evaluation, if there are any, and say why."""
    place = run.file(place_name)
    if place.exists():
        warn(f"{place}: {reason}, so its cases are played again")
        remove(place)


def read_episodes(run: RunDirectory, place_name: str = EVALUATION) -> list[Episode]:
    """The whole episodes of an evaluation; damaged ones are set aside, and played again."""
    path = run.file(place_name) / EPISODES
    return read_lines(path, Episode.from_json, if_damaged="set aside") if path.exists() else []
