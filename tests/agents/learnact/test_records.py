"""What is kept of a learning run: candidates are read back, and the history names what each version came from."""

import ast
import json
from dataclasses import replace

import pytest

from agents.learnact.learner.revision import revise
from agents.learnact.records import (
    ACTIONS,
    CANDIDATE,
    FUNCTIONS,
    place_name,
    read_candidate,
    write_candidate,
    write_winner,
)
from core.candidate import Candidate, Failure, Proposal, Score
from core.chat import Usage
from core.errors import RunDirectoryError
from core.files import read_lines
from core.library import Library
from core.run import LEARN_RESULTS, RunDirectory
from tests.agents.learnact.episodes import ACTIONS as ACTION_NAMES
from tests.agents.learnact.episodes import FETCH, LIBRARY

FAILURE = Failure("gripper/prob08", "fetch", "fetch('b', 'x', 'y')", "It failed.")
CREATED = Candidate(
    "0_1", "", Proposal("create", LIBRARY, LIBRARY.names, ("too long",), Usage(3, 100, 20), ("a1",))
)
REWRITTEN = revise(LIBRARY, FETCH.replace("'left'", "'right'"), ACTION_NAMES).library
UPDATED = Candidate(
    "1_0", "0_1", Proposal("update", REWRITTEN, ("fetch",)), FAILURE, Score(10, 4, 3, 2 / 3)
)


@pytest.fixture
def run(tmp_path):
    with RunDirectory(tmp_path, "learnact", "gripper", "r") as directory:
        directory.begin()
        yield directory


@pytest.mark.parametrize("candidate", [CREATED, UPDATED], ids=lambda one: one.name)
def test_a_candidate_is_read_back(run, candidate):
    assert read_candidate(run, candidate.name) is None
    write_candidate(run, candidate)
    assert read_candidate(run, candidate.name) == candidate


def test_the_terms_of_the_score_stand_beside_the_record(run):
    write_candidate(run, UPDATED)
    row = json.loads((run.file(place_name("1_0")) / CANDIDATE).read_text())
    assert row["terms"] == {
        "success": 2 / 3,
        "step_correction": 3 / 4,
        "call_ratio": 3 / 10,
        "used_ratio": 4 / 10,
    }


@pytest.mark.parametrize("content", ["", "{", "[]", '{"name": "0_1"}'])
def test_a_damaged_record_is_named(run, content):
    write_candidate(run, CREATED)
    path = run.file(place_name("0_1")) / CANDIDATE
    path.write_text(content)
    with pytest.raises(RunDirectoryError, match=f"{path} is damaged"):
        read_candidate(run, "0_1")


def test_the_history_has_every_version_and_says_which_are_in_the_winner(run):
    winner = Candidate("winner", "1_0", Proposal("none", REWRITTEN))
    write_winner(run, [CREATED, UPDATED], winner, "Functions for gripper")
    rows = read_lines(run.file(LEARN_RESULTS) / FUNCTIONS)
    shown = [(row["name"], row["version"], row["candidate"], row["in_winner"]) for row in rows]
    assert shown == [
        ("fetch", 1, "0_1", False),
        ("deliver", 1, "0_1", True),
        ("swap", 1, "0_1", True),
        ("fetch", 2, "1_0", True),
    ]
    assert rows[3]["parent"] == "0_1"
    assert rows[3]["failure"]["observation"] == "It failed."
    assert rows[3]["scores"]["success"] == 2 / 3
    assert rows[0]["cost"]["llm_calls"] == 3


def test_the_winner_is_a_module_with_its_notes(run):
    [fetch, *others] = REWRITTEN.functions
    noted = Library((replace(fetch, notes=("Be there first.",)), *others))
    write_winner(run, [], Candidate("winner", "1_0", Proposal("none", noted)), "Functions for x")
    text = (run.file(LEARN_RESULTS) / ACTIONS).read_text()
    defined = [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    assert defined == ["fetch", "deliver", "swap"]
    assert "# note: Be there first.\ndef fetch(" in text
