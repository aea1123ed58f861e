"""What a run of act_reflexion or react_reflexion learned from training cases: rounds of attempts, and lessons."""

from collections.abc import Sequence
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
    """Read ``learn_results/{lessons.jsonl,round_N/episodes.jsonl}``; empty if no attempt has ended yet.

    Args:
        path: the directory ``learn_results``.

    Raises:
        RunDirectoryError: a file is damaged.
    """
    file = path / LESSONS
    lessons = read_lines(file, _lesson) if file.exists() else []
    by_round = {lesson.trial: lesson for lesson in lessons}
    names = (place.parent.name for place in path.glob(f"{ROUND}*/{EPISODES}"))
    numbers = (name.removeprefix(ROUND) for name in names)
    return [
        Round(
            number,
            tuple(read_lines(path / f"{ROUND}{number}" / EPISODES, Episode.from_json)),
            by_round.get(number),
        )
        for number in sorted(int(number) for number in numbers if number.isdecimal())
    ]


def _lesson(data: dict[str, object], where: str) -> Lesson:
    return convert(data, Lesson, where)
