"""Runs that end too early, by a server's error or by SIGKILL, and are resumed: nothing differs, nothing is paid twice."""

import random
import time

import pytest

from core.errors import ModelError
from core.files import read_json, read_lines
from core.run import METRICS
from main import run_verb
from tests.agents.reflexion import pupil
from tests.agents.reflexion.test_trials import without_seconds
from tests.forked import begin

NO = (403, {}, b"no")


def files_of(run):
    """What is kept by trial, but for the attempts, which stand in the order in which they ended."""
    rows = read_lines(run.path / METRICS)
    memories = [read_json(path)["notes"] for path in sorted(run.path.glob("trials/*/memory.json"))]
    for notes in memories:
        for of in notes.values():
            for note in of:
                note["usage"].pop("seconds")
    solved = [read_json(path)["solved"] for path in sorted(run.path.glob("trials/*/summary.json"))]
    results = [path.read_text() for path in sorted(run.path.glob("env_results_trial_*.json"))]
    return rows, memories, solved, results


@pytest.mark.slow
def test_a_run_that_its_server_ends_again_and_again_equals_an_uninterrupted_one(play, taught):
    """After 11 answers more each time: in the middle of attempts, and of notes."""
    whole = play("whole", answer_store="whole.sqlite")
    given = []

    def give(document):
        given.append(document)
        return pupil.answer(document)

    flags = {"answer_store": "ended.sqlite", "llm_in_flight": 1, "num_active": 3, "resume": True}
    for _ in range(len(taught.asked) // 11):
        taught.script = [give] * 11 + [NO]
        with pytest.raises(ModelError, match="--resume"):
            play("ended", **flags)
    taught.script = [give]
    ended = play("ended", **flags)
    assert without_seconds(ended) == without_seconds(whole)
    assert files_of(ended) == files_of(whole)
    assert len(given) == whole.usage.llm_calls


def test_notes_that_were_paid_for_are_not_asked_for_again(play, taught):
    """The server ends the run at the third note about trial 0; two are kept, and five are asked for."""
    play("attempts", num_trials=1)
    attempts = len(taught.asked)
    flags = {"answer_store": "b.sqlite", "llm_in_flight": 1}
    taught.script = [pupil.answer] * (attempts + 2) + [NO]
    with pytest.raises(ModelError):
        play("r", num_trials=2, **flags)
    taught.script = [pupil.answer]
    before = len(taught.asked)
    run = play("r", num_trials=2, resume=True, **flags)
    first, second = run.trials.trials
    assert {note.usage.llm_calls for note in first.notes.values()} == {1}
    assert len(taught.asked) - before == 5 + second_attempts(second)


def second_attempts(trial):
    """Answers of a trial's attempts."""
    return sum(episode.num_steps for episode in trial.episodes)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kills_at_random_moments_leave_what_an_uninterrupted_run_leaves(play, taught, tmp_path):
    """SIGKILL at random answers, each slowed down a little, until the run ends by itself."""
    whole = play("whole", answer_store="whole.sqlite")
    moments = random.Random(0)

    def slow(document):
        time.sleep(0.01)
        return pupil.answer(document)

    taught.script = [slow]
    flags = {
        "task": "alfworld", "num_trials": 4, "use_memory": True, "shots": 1, "planner": "fastchat",
        "llm_url": taught.url, "llm_model": "m", "logdir": str(tmp_path), "run_name": "killed",
        "answer_store": "killed.sqlite", "llm_in_flight": 3, "num_active": 4, "case": tuple(pupil.CASES),
    }  # fmt: skip
    words = [
        word
        for name, value in flags.items()
        for word in (f"--{name}", *(value if isinstance(value, tuple) else (str(value),)))
        if value is not True or word.startswith("--")
    ]
    said = tmp_path / "said.txt"
    kills = 0
    while True:
        process = begin(said, "reflexion", *words, "--resume")
        last = len(taught.asked) + moments.randint(1, 14)
        while process.is_alive() and len(taught.asked) < last:
            time.sleep(0.002)
        time.sleep(moments.uniform(0, 0.02))
        process.kill()
        process.join()
        if process.exitcode == 0:
            break
        assert process.exitcode == -9, said.read_text()
        assert "Traceback" not in said.read_text()
        kills += 1
    assert kills >= 3  # how many depends on the machine
    [killed] = run_verb("reflexion", resume=True, **flags)
    assert without_seconds(killed) == without_seconds(whole)
    assert files_of(killed) == files_of(whole)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("trials/00/memory.json", "{"),
        ("trials/00/memory.json", '{"notes": {"a": [{"trial": "x"}]}}'),
        ("trials/00/summary.json", "[]"),
        ("config.json", "{}"),
    ],
)
def test_a_damaged_file_is_one_line_that_names_it(tmp_path, capsys, name, content):
    from main import main

    command = (
        f"reflexion --task alfworld --run_name r --logdir {tmp_path} --num_envs 3 --num_trials 2"
    )
    assert main(command.split()) == 0
    path = tmp_path / "reflexion/alfworld/r" / name
    path.write_text(content)
    capsys.readouterr()
    assert main([*command.split(), "--resume"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert str(path) in line
    assert path.read_text() == content


def test_a_damaged_attempt_of_a_trial_under_way_is_played_again(play):
    whole = play("r", num_trials=1)
    (whole.path / "trials/00/summary.json").unlink()
    path = whole.path / "trials/00/episodes.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:3], lines[3][:-9], *lines[4:]]) + "\n")
    again = play("r", num_trials=1, resume=True)
    assert [one.case for one in again.trials.trials[0].episodes] == list(pupil.CASES)
    assert again.solved == whole.solved
