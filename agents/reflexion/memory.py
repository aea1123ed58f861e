"""What a case's next attempt is told about earlier ones, and the file that keeps the notes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from agents.reflexion.policy import ReflexionPrompt
from core.episode import Episode
from core.files import write_json
from core.reflection import Reflection, memory_text, readable
from runner.player import Case

NOTED = ("reflexion", "last_attempt_and_reflexion")
"""The strategies for which notes are written."""
QUOTED = ("last_attempt", "last_attempt_and_reflexion")
"""The strategies that show the last attempt."""
MAX_ATTEMPT = 8000
"""Characters of a last attempt, about 2,000 tokens; the published code allows 1,600 tokens."""

Notes = Mapping[Case, Sequence[Reflection]]
"""The notes so far."""


def told(
    strategy: str,
    notes: Sequence[Reflection],
    last: Episode | None,
    size: int,
    prompt: ReflexionPrompt,
) -> str:
    """What stands before the first observation of an attempt; empty for the first one.

    Args:
        strategy: a key of `core.choices.STRATEGIES`.
        notes: about earlier attempts at the case.
        last: the last attempt; None if there was none, or its text is lost.
        size: number of notes that are shown, the last ones. Beside the last attempt it is one.
        prompt: the texts.
    """
    parts = []
    if strategy in QUOTED and last is not None:
        parts.append(_last_attempt(last, prompt))
    if strategy in NOTED:
        shown = 1 if strategy in QUOTED else size
        parts.append(memory_text(readable(notes)[-shown:]))
    return "\n\n".join(part for part in parts if part)


def _last_attempt(episode: Episode, prompt: ReflexionPrompt) -> str:
    """An attempt as lines of text; where it is too long, the longest observations are left out."""
    observations = [step.observation for step in episode.steps] + [episode.final_observation]
    answers = [step.answer for step in episode.steps]
    excess = sum(map(len, observations + answers)) - MAX_ATTEMPT
    # the first says what the task is
    for number in sorted(range(1, len(observations)), key=lambda n: -len(observations[n])):
        if excess <= 0 or len(observations[number]) <= len(prompt.left_out):
            break
        excess -= len(observations[number]) - len(prompt.left_out)
        observations[number] = prompt.left_out
    lines = [prompt.last_attempt, observations[0]]
    for answer, observation in zip(answers, observations[1:], strict=True):
        lines += [f"> {' '.join(answer.split())}", observation]
    return "\n".join((*lines, prompt.begin))


def write_notes(path: Path, notes: Notes) -> None:
    """Write ``memory.json``, which `reports.trials.read_trials` reads."""
    write_json(path, {"notes": {case: [asdict(note) for note in of] for case, of in notes.items()}})
