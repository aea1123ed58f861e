"""The files of the published code: read, written, and continued."""

import json
import lzma

import pytest

from agents.reflexion.published import env_results_path, read_trials_from, write_env_results
from core.errors import RunDirectoryError
from core.reflection import Reflection
from reports.trials import Trials
from tests.agents.reflexion.test_trials import NEEDS, without_seconds
from tests.repository import ROOT

LOG = ROOT.parent / "shared/data/replay/alfworld/reflexion_env_results.jsonl.xz"
SOLVED = [84, 103, 111, 113, 117, 118, 123, 126, 128, 129, 130, 130, 131, 133, 134]


def published_files(directory):
    """The files of the published run, made again from its rows."""
    with lzma.open(LOG, "rt") as lines:
        rows = [row for row in map(json.loads, lines) if row["run"] == "alfworld_reflexion"]
    rows.sort(key=lambda row: row["env"])
    for trial in range(len(rows[0]["is_success"])):
        results = [
            {
                "name": f"env_{row['env']}",
                "memory": row["memory"][: row["memory_len"][trial]],
                "is_success": row["is_success"][trial],
            }
            for row in rows
        ]
        env_results_path(directory, trial).write_text(json.dumps(results))
    return [f"case {row['env']}" for row in rows]


@pytest.mark.skipif(not LOG.exists(), reason="needs ../shared")
def test_the_published_run(tmp_path):
    cases = published_files(tmp_path)
    trials = read_trials_from(tmp_path, len(SOLVED), cases)
    run = Trials(tuple(cases), tuple(trials))
    assert [int(number) for number in run.measure()["success"].sum(axis=1)] == SOLVED
    solved = set()
    for trial in trials:
        # one note for each case that is not solved yet
        solved |= trial.solved
        assert set(trial.notes) == set(cases) - solved
    assert sum(len(trial.notes) for trial in trials) == 200


def test_what_is_written_is_read(tmp_path):
    notes = {
        "a": [Reflection(0, "x"), Reflection(1, ""), Reflection(2, "y")],
        "b": [Reflection(0, "z", cut=True)],
    }
    write_env_results(env_results_path(tmp_path, 2), ["a", "b", "c"], frozenset("b"), notes)
    first, second, third = read_trials_from(tmp_path, 3, ["a", "b", "c"])
    assert (first.solved, second.solved, third.solved) == (set(), set(), {"b"})
    assert first.notes == {"a": Reflection(0, "x")}
    assert second.notes == {}
    assert third.notes == {"a": Reflection(2, "y")}


def test_a_published_run_is_continued(play, tmp_path, capsys):
    """Two notes about every case but one that is solved: those that need two or fewer are solved next."""
    results = [
        {"name": f"env_{n}", "memory": ["a", "b"] if needs else [], "is_success": not needs}
        for n, needs in enumerate(NEEDS)
    ]
    env_results_path(tmp_path, 1).write_text(json.dumps(results))
    flags = {"resume": True, "resume_dir": str(tmp_path), "start_trial_num": 2}
    run = play(**flags)
    assert [trial.number for trial in run.trials.trials] == [0, 1, 2, 3]
    assert run.solved == [0, 1, 5, 8]
    assert capsys.readouterr().out.count("env_0 is taken for") == 1
    assert without_seconds(play(**flags)) == without_seconds(run)


def test_a_run_of_this_program_is_continued_like_itself(play):
    whole = play("whole", answer_store="a.sqlite")
    flags = {"resume": True, "resume_dir": str(whole.path), "start_trial_num": 2}
    run = play("next", answer_store="b.sqlite", **flags)
    assert without_seconds(run)[2:] == without_seconds(whole)[2:]
    assert run.solved == whole.solved


GOOD = {"name": "env_0", "memory": ["x"], "is_success": False, "skip": False}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        ("[", "is damaged"),
        ("{}", "is damaged"),
        (json.dumps([{**GOOD, "memory": [1]}]), "is damaged"),
        (json.dumps([{**GOOD, "name": "env_1"}]), "env_0 to env_0"),
        (json.dumps([GOOD, {**GOOD, "name": "env_1"}]), "--num_envs 2"),
        (json.dumps([{**GOOD, "case": "other"}]), "other cases"),
        (json.dumps([{**GOOD, "trials": []}]), "is damaged"),
        (json.dumps([{**GOOD, "trials": [-1]}]), "is damaged"),
    ],
)
def test_a_file_that_does_not_fit_is_one_line(tmp_path, content, message):
    if content is not None:
        env_results_path(tmp_path, 0).write_text(content)
    with pytest.raises(RunDirectoryError, match=message) as caught:
        read_trials_from(tmp_path, 1, ["a"])
    assert "\n" not in str(caught.value)


def test_a_case_stays_solved(tmp_path):
    for trial, is_success in enumerate((True, False)):
        result = json.dumps([{**GOOD, "is_success": is_success}])
        env_results_path(tmp_path, trial).write_text(result)
    with pytest.raises(RunDirectoryError, match="solved before"):
        read_trials_from(tmp_path, 2, ["a"])


def test_the_directory_of_the_run_itself_resumes_it(play):
    """As one types it for the published code: the directory that is continued and the name of the run are the same."""
    short = play(num_trials=2)
    run = play(resume=True, resume_dir=str(short.path), start_trial_num=2)
    assert run.solved == [1, 3, 5, 8]
    with pytest.raises(RunDirectoryError, match=r"there is no .*env_results_trial_4\.json"):
        play(num_trials=9, resume=True, resume_dir=str(short.path), start_trial_num=5)


def test_a_missing_or_damaged_file_is_said_before_a_directory_is_made(play, tmp_path):
    for content, message in ((None, r"there is no .*trial_1\.json"), ("[", "is damaged")):
        if content is not None:
            env_results_path(tmp_path, 1).write_text(content)
        with pytest.raises(RunDirectoryError, match=message):
            play("new", resume=True, resume_dir=str(tmp_path), start_trial_num=2)
        assert not (tmp_path / "reflexion").exists()
