"""The files of what is learned, in ``learn_results``: candidates, the history of the functions, and the winner as code.

Each candidate has a directory with its record, and the episodes in which it was tested.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from agents.learnact.learner.source import take_apart
from core.candidate import Candidate, Score
from core.decode import convert, damaged
from core.files import read_json, write_bytes, write_json, write_lines
from core.library import Library
from core.run import CANDIDATE, LEARN_RESULTS, RunDirectory

FUNCTIONS, ACTIONS = "functions.jsonl", "actions.py"


def place_name(candidate: str) -> str:
    """Name of a candidate's directory in that of the run."""
    return f"{LEARN_RESULTS}/{candidate}"


def write_candidate(run: RunDirectory, candidate: Candidate) -> None:
    """Write the record of a candidate, before it is tested and after it."""
    row = asdict(candidate)
    if candidate.score is not None:
        row["terms"] = terms(candidate.score)
    write_json(run.file(place_name(candidate.name)) / CANDIDATE, row)


def read_candidate(run: RunDirectory, name: str) -> Candidate | None:
    """The record of a candidate; None if it was not made yet.

    Raises:
        RunDirectoryError: the file is damaged, or that of another candidate.
    """
    path = run.file(place_name(name)) / CANDIDATE
    if not path.exists():
        return None
    candidate = convert(read_json(path), Candidate, str(path))
    if candidate.name != name:
        raise damaged(str(path), f"it is about the candidate {candidate.name!r:.50}")
    for function in candidate.proposal.library.functions:
        if [one.name for one in take_apart(function.source, ()).functions] != [function.name]:
            raise damaged(str(path), f"the source of {function.name!r:.50} does not define it")
    return candidate


def terms(score: Score) -> dict[str, float]:
    """The terms of a score by their names."""
    return {
        "success": score.success,
        "step_correction": score.step_correction,
        "call_ratio": score.call_ratio,
        "used_ratio": score.used_ratio,
    }


def write_winner(
    run: RunDirectory, candidates: Sequence[Candidate], winner: Candidate, title: str
) -> None:
    """Write the history of all functions, and the functions of the winner as a file of Python."""
    place = run.file(LEARN_RESULTS)
    write_lines(place / FUNCTIONS, _versions(candidates, winner.proposal.library))
    write_bytes(place / ACTIONS, _as_module(winner.proposal.library, title).encode())


def _versions(candidates: Sequence[Candidate], winner: Library) -> Iterator[dict[str, Any]]:
    """A row for each function that a candidate has written anew or annotated."""
    for candidate in candidates:
        proposal = candidate.proposal
        for function in proposal.library.functions:
            if function.name not in proposal.changed:
                continue
            yield {
                **asdict(function),
                "example": proposal.library.example,
                "candidate": candidate.name,
                "parent": candidate.parent,
                "change": proposal.change,
                "failure": candidate.failure and asdict(candidate.failure),
                "scores": candidate.score and terms(candidate.score),
                "cost": asdict(proposal.usage),
                "in_winner": function in winner.functions,
            }


def _as_module(library: Library, title: str) -> str:
    """The functions as they were learned, with what callers have to know as comments."""
    lines = [f"# {title}", "# They call the actions of the world, and run in the sandbox only.", ""]
    lines += [library.preamble, ""] if library.preamble else []
    for function in library.functions:
        lines += ["", *(f"# note: {note}" for note in function.notes), function.source, ""]
    if library.example:
        lines += ["", "# for example:", *(f"# {line}" for line in library.example.splitlines())]
    return "\n".join(lines).rstrip() + "\n"
