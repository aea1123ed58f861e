"""What stands in a text: sentences, names, dates, numbers and kinds of things, by their form."""

import re
from dataclasses import dataclass

_SENTENCE_END = re.compile(
    r"(?<=[a-z0-9)\]\"”'][.!?])(?<!\bSt\.)(?<!\bDr\.)(?<!\bMr\.)(?<!\bvs\.)\s+(?=[A-Z\"“(])"
)
_WORD = re.compile(r"\w+")
_CAPITAL = r"(?:[A-Z][\w'’-]*\.?(?![\w'’]))"
_SMALL_IN_NAMES = r"(?:of|the|and|de|von|van|for|in|on|at|a|to)"
_NAME = re.compile(rf"{_CAPITAL}(?:\s{_CAPITAL})*")
_LONG_NAME = re.compile(
    rf"{_CAPITAL}(?:\s(?:{_SMALL_IN_NAMES}\s){{0,2}}{_CAPITAL}|\s&\s{_CAPITAL}|\s\d{{1,4}}\b)*"
)
_QUOTED = re.compile(r"[\"“]([^\"“”]{2,80})[\"”]")
_OPENING = re.compile(
    r"^(?:(?:which|what|who|whose|where|when|how|are|is|was|were|did|do|does|in|on|this|both|either|of|the|an?)\b\s?)+",
    re.IGNORECASE,
)
_GENITIVE = re.compile(r"['’]s?$")
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_IS_MONTH = re.compile(rf"{_MONTH}\b")
DATE = re.compile(rf"\b(?:\d{{1,2}} {_MONTH}(?: \d{{4}})?|{_MONTH} \d{{1,2}}(?:, \d{{4}})?)\b")
YEAR = re.compile(r"\b(?:1\d|20)\d\d\b")
NUMBER = re.compile(
    r"\b(?:\d[\d,.]*\d|\d|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b",
    re.IGNORECASE,
)
PREDICATE = re.compile(
    r"""
    \b(?:is|was|are|were)\s(?:an?|the)\s
    ([^,.;()]{3,80}?)
    (?= [,.;(] | \s(?:that|which|who|in|of|by|from|for|at|on|based|located|with|and|\w+ed)\b | $ )
    """,
    re.VERBOSE,
)
"""What something is: ``music television network`` in "is a music television network from"."""
_SMALL = frozenset(
    _WORD.findall(
        "a an the of in on at to for from by with and or is are was were be been did do does has have had "
        "what which who whom whose when where how many that this these those it its his her their he she "
        "they as same both name named one two also"
    )
)


@dataclass(frozen=True, slots=True)
class Page:
    """A paragraph that was read."""

    title: str
    text: str

    @property
    def subject(self) -> str:
        """The title without what tells it from others: ``Creed`` of ``Creed (band)``."""
        return self.title.partition(" (")[0]

    @property
    def sentences(self) -> list[str]:
        """Its sentences."""
        return _SENTENCE_END.split(self.text)


def words(text: str) -> frozenset[str]:
    """Its words in lower case, in a rough singular, without small ones."""
    found = _WORD.findall(text.lower())
    return frozenset(word.rstrip("s") or word for word in found if word not in _SMALL)


def names(text: str) -> list[str]:
    """Quoted texts and names in a text, each once, in their order; a name also without what joins it to others."""
    found = [(match.start(), match[1].strip(" ,.")) for match in _QUOTED.finditer(text)]
    for form in (_LONG_NAME, _NAME):
        for match in form.finditer(text):
            found.append((match.start(), _GENITIVE.sub("", bare(match[0]))))
    ordered = [name for _, name in sorted(found, key=lambda pair: pair[0])]
    return [name for name in dict.fromkeys(ordered) if words(name) and not _IS_MONTH.match(name)]


def bare(name: str) -> str:
    """Without articles, words that only begin a sentence, quotes and a final period."""
    return _OPENING.sub("", name.strip(' "“”?.,'))
