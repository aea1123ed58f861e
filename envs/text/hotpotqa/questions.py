"""The questions: 100 published ones, and a few of our own for worked examples."""

import json
import lzma
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import SettingsError
from core.task import QUESTION_SPLITS
from envs.text.arguments import find_case

DATA = Path(__file__).parent / "data"
MAX_STEPS = 6
"""Limit of actions in an episode, as published."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The beginning of an encyclopedia's article."""

    title: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """The whole paragraph."""
        return " ".join(self.sentences)


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answer, and what can be read about it.

    Attributes:
        case: its name; of a published question HotpotQA's id.
        text: what is asked.
        answer: the right one.
        kind: ``bridge`` (a paragraph leads to another one) or ``comparison``.
        paragraphs: two or more that support the answer, and others that do not.
        supporting: titles of those that do, each once.
    """

    case: str
    text: str
    answer: str
    kind: str
    paragraphs: tuple[Paragraph, ...]
    supporting: tuple[str, ...]

    @property
    def context(self) -> Iterator[Paragraph]:
        """The paragraphs that support the answer."""
        of = {paragraph.title: paragraph for paragraph in self.paragraphs}
        return (of[title] for title in self.supporting)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Question":
        """Read a line of ``questions.jsonl.xz``."""
        return cls(
            plain["case"],
            plain["question"],
            plain["answer"],
            plain["kind"],
            tuple(Paragraph(title, tuple(text)) for title, text in plain["paragraphs"]),
            tuple(plain["supporting"]),
        )


@cache
def read_questions(split: str) -> Mapping[str, Question]:
    """The questions of a split by case, in their order; read once in a process.

    Raises:
        SettingsError: there is no such split.
    """
    if split not in QUESTION_SPLITS:
        raise SettingsError(f"unknown split {split!r}: choose one of {', '.join(QUESTION_SPLITS)}")
    if split == "examples":
        rows = json.loads((DATA / "examples.json").read_text("utf-8"))
    else:
        with lzma.open(DATA / "questions.jsonl.xz", "rt", encoding="utf-8") as lines:
            rows = list(map(json.loads, lines))
    return {question.case: question for question in map(Question.from_json, rows)}


def find_question(case: str) -> Question:
    """The question of a case.

    Raises:
        SettingsError: there is none.
    """
    return find_case(case, _all_questions())


@cache
def _all_questions() -> Mapping[str, Question]:
    """Those of all splits by case."""
    return {case: one for split in QUESTION_SPLITS for case, one in read_questions(split).items()}
