"""A player that knows only what it has read: it searches for names, guesses by rules, and never gives an answer twice
that its notes call wrong.
"""

import random
import re
from collections.abc import Iterable, Iterator, Sequence

from envs.text.hotpotqa.env import ACTIONS, CONTEXT, INCORRECT, QUESTION, Verb
from envs.text.hotpotqa.guess import Guesser
from envs.text.hotpotqa.questions import MAX_STEPS
from envs.text.hotpotqa.reading import Page, bare, names, words

_INTRODUCTION = re.compile(
    rf"(?:{CONTEXT}\n(?P<context>.+)\n)?{QUESTION} (?P<question>[^\n]+)\n(?P<actions>The actions? (?:are|is): [^\n]+)",
    re.DOTALL,
)
MAX_HELPFUL = 3
"""Pages that a note recommends; the other searches of the next attempt are new ones."""
ENOUGH = 0.7
"""Share of the words of the question that were read when it does not search any more."""
_ANSWERED = re.compile(r"\bFinish\[(.+?)\](?!\])")
_HELPED = re.compile(r"\bSearch\[([^\]]+)\] helped")
_DID_NOT_HELP = re.compile(r"\bSearch\[([^\]]+)\] did not help")
_SIMILAR = re.compile(r"Could not find \[.*\]\. Similar: \[(.*)\]\Z", re.DOTALL)
_LISTED = re.compile(r"'((?:[^'\\]|\\.|'(?!, |\Z))*)'|\"([^\"]*)\"")
_ARGUMENT = re.compile(r"\w+\[(.*?)\]?\Z", re.DOTALL)


class Expert:
    """Plays one question; see `envs.text.scripted.Expert`.

    Args:
        introduction: the first observation.
        notes: about earlier attempts, in any words; those of `note` are understood.

    Raises:
        ValueError: it is not one of `envs.text.hotpotqa.env`.
    """

    def __init__(self, introduction: str, notes: Sequence[str] = ()) -> None:
        match = _INTRODUCTION.fullmatch(introduction)
        if match is None:
            raise ValueError(f"not the first observation of a question: {introduction!r}")
        self._question = match["question"]
        self._can_search = ACTIONS[Verb.SEARCH] in match["actions"]
        context = match["context"].split("\n") if match["context"] else []
        parts = (line.partition(": ") for line in context)
        self._pages = [Page(title, text) for title, _, text in parts]
        newest = notes[-1] if notes else ""  # it repeats what the others say about searches
        self._wrong = list(dict.fromkeys(_ANSWERED.findall("\n".join(notes))))
        self._helpful = _HELPED.findall(newest)
        self._useless = _DID_NOT_HELP.findall(newest)
        self._searched: list[str] = []
        self._similar: list[str] = []
        self._num_actions = 0

    def act(self) -> str:
        """A search as long as one promises something and there is time, then the likeliest answer."""
        title = self._next_title()
        return f"Search[{title}]" if title else f"Finish[{self._answer()}]"

    def thought(self) -> str:
        """Why `act` chooses it."""
        title = self._next_title()
        if title:
            return f"I need to read about {title}."
        wrong = f" {_listed(self._wrong)} was wrong." if self._wrong else ""
        read = _listed(page.title for page in self._pages)
        return f"What I know about {read or 'the question'} points to {self._answer()}.{wrong}"

    def other_action(self, rng: random.Random) -> str:
        """A search for, or an answer with, any name that was read."""
        read = names(" ".join((self._question, *(page.text for page in self._pages))))
        name = rng.choice(read or [self._question])
        return f"{rng.choice(('Search', 'Finish') if self._can_search else ('Finish',))}[{name}]"

    def observe(self, action: str, observation: str) -> None:
        """What came of an action."""
        self._num_actions += 1
        argument = _ARGUMENT.search(action)
        subject = argument[1] if argument is not None else ""
        if action.startswith("Finish["):
            if observation.startswith(INCORRECT):
                self._wrong.append(subject)
        elif action.startswith("Search["):
            self._searched.append(subject)
            similar = _SIMILAR.match(observation)
            if similar is None:
                self._pages.append(Page(subject, observation))
            else:
                self._similar += [one or other for one, other in _LISTED.findall(similar[1])]

    def note(self) -> str:
        """What the next attempt should know, in words."""
        sentences = [f"Finish[{answer}] was wrong." for answer in dict.fromkeys(self._wrong)]
        if self._can_search:
            relevance = self._guesser.relevance
            pages = sorted(self._pages, key=lambda page: relevance(page.text), reverse=True)
            helpful = [page.title for page in pages[:MAX_HELPFUL]]
            useless = [title for title in (*self._useless, *self._searched) if title not in helpful]
            sentences += [f"Search[{title}] helped." for title in helpful]
            sentences += [f"Search[{title}] did not help." for title in dict.fromkeys(useless)]
        return " ".join((*sentences, "Next time I will give another answer."))

    def lesson(self) -> str:
        """What it does anyway: nothing that it reads about a question helps with another one."""
        return "Search for what the question names, and answer when most of its words were read."

    @property
    def _guesser(self) -> Guesser:
        return Guesser(self._question, self._pages)

    def _answer(self) -> str:
        guesses = [guess for guess in self._guesser.guesses() if guess not in self._wrong]
        return next(iter(guesses), "unknown")

    def _next_title(self) -> str:
        """What to search next; empty if it is time to answer."""
        if not self._can_search or self._num_actions >= MAX_STEPS - 1:
            return ""
        if len(self._pages) > 1 and not self._wrong and self._guesser.covered > ENOUGH:
            return ""
        found = (bare(page.title) for page in self._pages)
        tried = {title.casefold() for title in (*self._searched, *self._useless, *found)}
        return next((title for title in self._titles() if title.casefold() not in tried), "")

    def _titles(self) -> Iterator[str]:
        """What may be searched: pages known to exist if the question names them, names in the question, others."""
        yield from self._helpful
        relevance = self._guesser.relevance
        similar = sorted(dict.fromkeys(self._similar), key=relevance, reverse=True)
        asked = words(self._question)
        yield from (title for title in similar if words(Page(title, "").subject) <= asked)
        yield from names(self._question)
        yield from similar
        sentences = [sentence for page in self._pages for sentence in page.sentences]
        for sentence in sorted(sentences, key=relevance, reverse=True):
            yield from names(sentence)


def _listed(things: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(things))
