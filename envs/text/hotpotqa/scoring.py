"""How right an answer is: exact match and F1, by HotpotQA's own rules."""

import re
import string
from collections import Counter

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_CLOSED = ("yes", "no", "noanswer")
"""Answers of which no part counts."""


def normalized(answer: str) -> str:
    """In lower case, without ASCII punctuation, articles and superfluous blanks."""
    text = answer.lower().translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", text).split())


def exact_match(answer: str, right: str) -> bool:
    """Whether two answers are the same once they are `normalized`."""
    return normalized(answer) == normalized(right)


def f1(answer: str, right: str) -> float:
    """Harmonic mean of precision and recall of the answer's words, 0 to 1."""
    given, wanted = normalized(answer), normalized(right)
    if given != wanted and (given in _CLOSED or wanted in _CLOSED):
        return 0.0
    words, wanted_words = given.split(), wanted.split()
    common = (Counter(words) & Counter(wanted_words)).total()
    if common == 0:
        return 0.0
    return 2 * common / (len(words) + len(wanted_words))
