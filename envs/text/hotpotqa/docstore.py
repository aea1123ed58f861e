"""What a search finds."""

import lzma
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from core.choices import DOCSTORES
from core.decode import decode
from core.errors import SettingsError
from core.untrusted import clean
from envs.text.hotpotqa.questions import Question

NUM_SIMILAR = 5
"""Titles in the answer to a search that finds no page, at most."""
_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_NOT_FOUND = "Could not find "


@dataclass(frozen=True, slots=True)
class Found:
    """What a search tells.

    Attributes:
        text: the first paragraph of the page; without a page, what there is instead.
        sentences: of the page, for a lookup; none without a page.
    """

    text: str
    sentences: tuple[str, ...] = ()


class Docstore(Protocol):
    """Something that can be searched."""

    def search(self, question: Question, title: str) -> Found:
        """The page of a title while a question is answered, or similar titles."""
        ...


class Paragraphs:
    """The paragraphs of the question itself, which is easier than all of Wikipedia."""

    def search(self, question: Question, title: str) -> Found:
        """The paragraph of that title; case and quotes do not matter."""
        for paragraph in question.paragraphs:
            if _key(paragraph.title) == _key(title):
                return Found(paragraph.text, paragraph.sentences)
        texts = {paragraph.title: paragraph.text for paragraph in question.paragraphs}
        return _similar(title, texts)


class Recorded:
    """Searches in Wikipedia that others did and recorded; the same for all questions.

    Args:
        answers: what came back, by what was searched.
    """

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._answers = answers
        self._titles = {_key(title): title for title in answers}
        self._pages = {
            title: text for title, text in answers.items() if not text.startswith(_NOT_FOUND)
        }

    def search(self, question: Question, title: str) -> Found:  # noqa: ARG002 as Docstore has it
        """What came back; for a search that is not recorded, the titles of similar pages."""
        recorded = title if title in self._answers else self._titles.get(_key(title), "")
        if recorded in self._pages:
            text = self._pages[recorded]
            return Found(text, tuple(_SENTENCE_END.split(text)))
        if recorded:
            return Found(self._answers[recorded])
        return _similar(title, self._pages)


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of a file of recorded searches; other fields are passed over."""

    query: str
    observation: str


def make_docstore(words: Sequence[str]) -> Docstore | None:
    """The docstore that ``--docstore`` names; None if there is nothing to search in.

    Raises:
        SettingsError: there is none of this name, or its file cannot be read.
        RunDirectoryError: a line of the file is no recorded search.
    """
    match words:
        case ["paragraphs"]:
            return Paragraphs()
        case ["recorded", file]:
            return _recorded(Path(file))
        case ["none"]:
            return None
    raise SettingsError(f"--docstore {' '.join(words)}: choose one of {', '.join(DOCSTORES)}")


@cache
def _recorded(path: Path) -> Recorded:
    try:
        with lzma.open(path) if path.suffix == ".xz" else path.open("rb") as file:
            lines = file.read().splitlines()
    except (OSError, EOFError, lzma.LZMAError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(f"--docstore recorded {path}: {reason}") from None
    rows = [decode(line, _Row, f"{path}, line {number}") for number, line in enumerate(lines, 1)]
    return Recorded({row.query: row.observation for row in rows})


def _key(title: str) -> str:
    return " ".join(title.casefold().split()).strip("\"'“”‘’ ")


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _similar(title: str, texts: Mapping[str, str]) -> Found:
    """Titles that share words with the one that was searched, or whose texts do; most words first."""
    wanted = _words(title)
    shared = {
        each: (len(wanted & _words(each)), len(wanted & _words(text)))
        for each, text in texts.items()
    }
    best = sorted(
        (each for each in texts if any(shared[each])), key=shared.__getitem__, reverse=True
    )
    return Found(f"{_NOT_FOUND}[{clean(title)}]. Similar: {best[:NUM_SIMILAR]}")
