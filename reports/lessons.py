"""What a run of act_reflexion or react_reflexion learned from training cases: rounds of attempts, and lessons."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.decode import convert
from core.episode import Episode
from core.files import read_lines
from core.reflection import Lesson
from core.run import EPISODES

LESSONS, ROUND = "lessons.jsonl", "round_"
"""The file of the lessons, and how the names of the rounds' directories begin."""


@dataclass(frozen=True, slots=True)
class Round:
    """Attempts at all training cases.

    Attributes:
        number: from 0.
        episodes: the attempts; fewer in a round under way.
        lesson: that was written after the first one that failed; None without one.
    """

    number: int
    episodes: tuple[Episode, ...]
    lesson: Lesson | None

    @property
    def num_solved(self) -> int:
        """Cases that were solved."""
        return sum(episode.success for episode in self.episodes)


def read_rounds(path: Path) -> Sequence[Round]:
    """Read ``learn_results/{lessons.jsonl,round_N/episodes.jsonl}``; rounds without a finished attempt are left out.

    Args:
        path: the directory ``learn_results``.

    Raises:
        RunDirectoryError: a file is damaged.
    """
    file = path / LESSONS
    lessons = read_lines(file, _lesson) if file.exists() else []
    by_round = {lesson.trial: lesson for lesson in lessons}
    rounds = [
        Round(number, tuple(read_lines(place, Episode.from_json)), by_round.get(number))
        for number, place in sorted(_numbered(path))
    ]
    return [one for one in rounds if one.episodes]


def _numbered(path: Path) -> Iterator[tuple[int, Path]]:
    """The number of each round, and the file of its attempts."""
    for place in path.glob(f"{ROUND}*/{EPISODES}"):
        number = place.parent.name.removeprefix(ROUND)
        if number.isdecimal():
            yield int(number), place


def _lesson(data: dict[str, object], where: str) -> Lesson:
    return convert(data, Lesson, where)
