"""Answers by simple rules: what in some paragraphs may answer a question, the likeliest first."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import fsum

from envs.text.hotpotqa.reading import DATE, NUMBER, PREDICATE, YEAR, Page, bare, names, words

_IS_CLOSED = re.compile(r"(?:is|are|was|were|do|does|did|has|have|had|can)\b", re.IGNORECASE)
_IS_CAPITAL = re.compile(r"[A-Z]")
_ALTERNATIVES = (
    re.compile(
        r"^(?:.*(?:,|:|\bis\b|\bwas\b|\bfirst\b|\bof\b))?\s*([^,:?]+?)\s+or\s+([^,?]+?)\s*[\"?]*$",
        re.IGNORECASE,
    ),
    re.compile(r"\bof\s(.+?)\sand\s(.+?)\s(?:is|was|has|have|are|were|had)\b"),
)
"""Two things between which a question lets choose."""
_WHAT = re.compile(
    r"""
    \b(?:what|which|whose)\s+
    ((?:[\w'’-]+\s+){0,3}?[\w'’-]+?)
    (?= \s+(?:is|was|are|were|did|do|does|has|have|had|that|which|who|in|of|for|at|by|serves?|with|to)\b | [?,] | $ )
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What kind of thing the answer is: ``film festival`` in "at which film festival was"."""
_ASKS_FOR = {
    "number": re.compile(r"\bhow many\b", re.IGNORECASE),
    "year": re.compile(r"\byear\b", re.IGNORECASE),
    "date": re.compile(r"\b(?:when|date|birthday)\b", re.IGNORECASE),
    "person": re.compile(r"\bwho(?:se|m)?\b", re.IGNORECASE),
    "place": re.compile(r"\bwhere\b|\b(?:city|state|country|county)\b", re.IGNORECASE),
    "kind": re.compile(
        r"^what (?:is|was|are|were)\b|\b(?:kind|type|profession|occupation|creature|genre)s?\b",
        re.IGNORECASE,
    ),
    "earlier": re.compile(r"\b(?:first|older|oldest|earlier|before)\b", re.IGNORECASE),
    "later": re.compile(r"\b(?:last|later|younger|youngest|newer)\b", re.IGNORECASE),
}
_FORMS = {"number": NUMBER, "year": YEAR, "date": DATE}


@dataclass(frozen=True)
class Guesser:
    """Ranks what may be the answer.

    Attributes:
        question: what is asked.
        pages: what was read about it.
    """

    question: str
    pages: Sequence[Page]

    def guesses(self) -> list[str]:
        """Possible answers, the likeliest first, each once."""
        things = self._alternatives
        if things:
            return sorted(things, key=self._fitness, reverse=True)
        if _IS_CLOSED.match(self.question):
            return ["yes", "no"] if self._holds_for_all else ["no", "yes"]
        scores: dict[str, float] = {}
        for page in self.pages:
            # the page that the question does not name is the one it leads to
            bonus = 0.0 if words(page.title) <= self._asked else 0.5
            for place, sentence in enumerate(page.sentences):
                relevance = self.relevance(sentence) + bonus - 0.1 * place
                for answer, fit in self._answers(page, sentence):
                    if not words(answer) <= self._asked:
                        scores[answer] = max(relevance + fit, scores.get(answer, 0.0))
        return sorted(scores, key=scores.__getitem__, reverse=True) or names(self.question)

    @property
    def covered(self) -> float:
        """Share of the words of the question that the pages mention."""
        said = words(" ".join(f"{page.title} {page.text}" for page in self.pages))
        return len(said & self._asked) / max(len(self._asked), 1)

    def relevance(self, text: str) -> float:
        """How much of what is asked for a text mentions; rare words count more."""
        # fsum: the order of a set must not matter
        return fsum(self._weights.get(word, 1.0) for word in words(text) & self._asked)

    @cached_property
    def _asked(self) -> frozenset[str]:
        return words(self.question)

    @cached_property
    def _weights(self) -> Mapping[str, float]:
        """Of a word, less if many sentences have it."""
        counts = Counter(
            word for page in self.pages for sentence in page.sentences for word in words(sentence)
        )
        return {word: 1 / count**0.5 for word, count in counts.items()}

    def _asks_for(self, what: str) -> bool:
        return _ASKS_FOR[what].search(self.question) is not None

    @cached_property
    def _what(self) -> frozenset[str]:
        return frozenset().union(*map(words, _WHAT.findall(self.question)))

    @cached_property
    def _alternatives(self) -> list[str]:
        if _IS_CLOSED.match(self.question) and "both" in self.question:
            return []
        for form in _ALTERNATIVES:
            match = form.search(self.question)
            things = [bare(thing) for thing in match.groups()] if match is not None else []
            if things and all(map(_IS_CAPITAL.match, things)):
                return things
        return []

    def _fitness(self, thing: str) -> float:
        """How well one of two things fits what is asked."""
        text = " ".join(page.text for page in self.pages if words(page.subject) == words(thing))
        years = list(map(int, YEAR.findall(text)))
        if years and self._asks_for("earlier"):
            return -min(years)
        if years and self._asks_for("later"):
            return min(years)
        if "more" in self._asked:
            return len(names(text))
        return len(words(text) & (self._asked - words(thing)))

    @property
    def _holds_for_all(self) -> bool:
        """Whether most of what is asked is said of everything that is asked about."""
        about = [page for page in self.pages if words(page.title) & self._asked]
        named = words(" ".join((*names(self.question), *(page.title for page in about))))
        said = self._asked - named
        return len(about) > 1 and all(
            len(said & words(page.text)) >= len(said) / 2 for page in about
        )

    def _answers(self, page: Page, sentence: str) -> Iterator[tuple[str, float]]:
        """What in a sentence has the form of an answer, and how well it fits."""
        for what, form in _FORMS.items():
            if self._asks_for(what):
                found = form.findall(sentence)
                yield from ((each, 2.0 + self._clue(each, sentence)) for each in found)
                return
        for name in (page.subject, *names(sentence)):
            yield name, self._fit(name, sentence)
        if not (self._asks_for("person") or self._asks_for("place")):
            fit = 1.5 if self._asks_for("kind") else 0.0
            yield from ((bare(kind), fit) for kind in PREDICATE.findall(sentence))

    def _fit(self, name: str, sentence: str) -> float:
        """How well a name answers the question for a person, a place or another kind of thing."""
        fit = float(bool(self._what & words(name))) + self._clue(name, sentence)
        if self._asks_for("person") and len(name.split()) in (2, 3):
            fit += 0.7
        if self._asks_for("place") and re.search(
            rf"\b(?:in|at|from|near) {re.escape(name)}", sentence
        ):
            fit += 1.0
        return fit

    def _clue(self, answer: str, sentence: str) -> float:
        """What the words around a possible answer say for it: two in front of it, one after it."""
        before, _, after = sentence.partition(answer)
        *_, second, last = ("", "", *before.split())
        around = words(" ".join((second, last, *after.split()[:1])))
        return float(bool(self._what & words(last))) + 0.5 * len(self._asked & around)
