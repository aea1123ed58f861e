"""A scripted beginner: it searches slowly and in an order of its own, and learns from its notes and nothing else."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from envs.text.alfworld.expert import SEEN, Expert, kind_of
from envs.text.alfworld.text import listed
from envs.text.notes import repeated_action

FORGETS = 0.5
"""Probability that it brings a thing without cleaning, heating or cooling it."""
_SENTENCE = re.compile(r"[^.!?]+")
_NAME = re.compile(r"[a-z]+ \d+")
_SIGHTING = re.compile(
    r"([a-z]+ \d+) (?:(?:is|was|lies|lay) )?(?:on|in|inside|at|from) (?:the )?([a-z]+ \d+)"
)
_IN_VAIN = re.compile(
    r"\b(?:looked|searched|checked|opened|examined|visited)\b(.*?)\b(?:no|not|nothing|none)\b"
)
_HURRY = re.compile(r"\bwithout (?:examining|looking around|closing)\b", re.IGNORECASE)


class Novice(Expert):
    """Plays one episode, knowing only the texts and the notes in front of them.

    It searches kind after kind of receptacle in an order that it draws, and takes its time: it examines each
    receptacle, looks around, and closes what it opened. So it often runs out of steps. It may also forget
    to clean, heat or cool a thing. What its notes say changes that: it goes straight to a wanted thing that
    they mention, leaves places that were searched in vain for last, and does what they say it forgot. Lessons
    from other games remind it, too, and tell it not to take its time.

    Args:
        introduction: the first observation.
        notes: about earlier attempts, in any words.
        rng: draws the order and what is forgotten, the same with notes and without.

    Raises:
        ValueError: it is not the first observation of a game of ALFWorld.
    """

    def __init__(self, introduction: str, notes: Sequence[str], rng: random.Random) -> None:
        super().__init__(introduction)
        rank = {kind: rng.random() for kind in sorted(set(map(kind_of, self._receptacles)))}
        in_vain = places_in_vain(notes)
        self._order = sorted(
            self._receptacles, key=lambda name: (name in in_vain, rank[kind_of(name)])
        )
        self._wanted = [kind for kind in (self._task.thing, self._task.lamp) if kind]
        self._noted = {
            thing: place
            for thing, place in sightings(notes).items()
            if place in self._receptacles and kind_of(thing) in self._wanted
        }
        for thing, place in self._noted.items():
            self._contents.setdefault(place, []).append(thing)
        self._preparation = self._task.verb
        reminder = re.compile(rf"\b{self._preparation}\w* (?:it|the)\b", re.IGNORECASE)
        is_reminded = any(map(reminder.search, notes))
        if rng.random() < FORGETS and not is_reminded:
            self._task = replace(self._task, verb="")
        self._hurries = any(map(_HURRY.search, notes))
        self._found: dict[str, list[str]] = {}
        self._steps: list[tuple[str, str]] = []
        self._since_arrival: list[str] = []

    def thought(self) -> str:
        """Why `act` chooses its command."""
        command = self.act()
        if command == "look":
            return "I take my time and look around."
        if command.startswith("close "):
            return "I leave everything as it was."
        return super().thought()

    def observe(self, command: str, observation: str) -> None:
        """Update what is known with the answer to a command."""
        super().observe(command, observation)
        self._steps.append((command, observation))
        if command.startswith("go to "):
            self._since_arrival = []
        self._since_arrival.append(command)
        if seen := SEEN.search(observation):
            name = seen[1] or seen[2]
            self._found.setdefault(name, list(self._contents[name]))

    def note(self) -> str:
        """For the next attempt: what went wrong, where it has looked and what it has seen."""
        seen = {thing: place for thing, place in self._noted.items() if place not in self._found}
        seen |= dict(self._first_sightings())
        in_vain = [place for place in self._found if place not in seen.values()]
        missing = self._missing(seen)
        trouble = f"while I still looked for a {missing}" if missing else "before I was done"
        stuck = repeated_action(self._steps)
        sentences = [
            f"I repeated '{stuck}' and got nowhere" if stuck else f"I ran out of steps {trouble}"
        ]
        if in_vain:
            sentences.append(f"I looked at {listed(in_vain)} and found nothing of use there")
        if seen:
            sentences.append(
                f"I saw {listed([f'{one} at {place}' for one, place in seen.items()])}"
            )
        if self._has_forgotten:
            sentences.append(
                f"It was not enough to bring the {self._task.thing}: next time I {self._preparation} it first, "
                f"with the {self._task.tool}"
            )
        rest = "search the other places first" if missing else "go straight to what I saw"
        return f"{'. '.join(sentences)}. Next time I {rest}."

    def lesson(self) -> str:
        """For other games: what was forgotten, or how to search faster."""
        sentences = []
        if self._has_forgotten:
            sentences.append(
                f"It is not enough to bring a thing: {self._preparation} it first, with a {self._task.tool}."
            )
        if any(command == "look" for command, _ in self._steps):
            sentences.append(
                "Go from one place to the next without examining what was seen, without looking around and without "
                "closing anything."
            )
        return " ".join(sentences) or "It took too many steps to search place after place."

    @property
    def _has_forgotten(self) -> bool:
        """Whether it brought the thing and had not prepared it."""
        return self._preparation != self._task.verb and any(map(_is_move, self._steps))

    def _search(self, kinds: Sequence[str]) -> str:
        """The rest of its rite at this receptacle, then the way to the next one of its order."""
        place = self._since_arrival[0].removeprefix("go to ") if self._since_arrival else ""
        if place in self._found and not self._hurries:
            rite = [f"examine {place}", "look"]
            if f"open {place}" in self._since_arrival:
                rite.append(f"close {place}")
            for command in rite:
                if command not in self._since_arrival:
                    return command
        unseen = [name for name in self._order if name not in self._contents]
        return self._ready(unseen[0]) if unseen else super()._search(kinds)

    def _first_sightings(self) -> Iterator[tuple[str, str]]:
        """Things of use, and where this episode saw them first."""
        for place, things in self._found.items():
            for thing in things:
                if kind_of(thing) in self._wanted:
                    yield thing, place

    def _missing(self, seen: Mapping[str, str]) -> str:
        """The kind of which too few are known; empty if that is none."""
        kinds = [kind_of(thing) for thing in seen]
        enough = {self._task.thing: self._task.number}
        return next((kind for kind in self._wanted if kinds.count(kind) < enough.get(kind, 1)), "")


def sightings(notes: Sequence[str]) -> dict[str, str]:
    """Things that notes mention, and the place that was mentioned last."""
    return {thing: place for note in notes for thing, place in _SIGHTING.findall(note.lower())}


def places_in_vain(notes: Sequence[str]) -> set[str]:
    """Places that notes say were searched in vain."""
    return {
        name
        for note in notes
        for sentence in _SENTENCE.findall(note.lower())
        for places in _IN_VAIN.findall(sentence)
        for name in _NAME.findall(places)
    }


def _is_move(step: tuple[str, str]) -> bool:
    return step[0].startswith("move ")
