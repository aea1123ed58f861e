"""Whole runs, worked out by hand: what is solved by which trial, what is asked and what is kept."""

from dataclasses import replace

import pytest

from core.chat import Usage
from core.errors import ModelRefused, RunDirectoryError, SettingsError
from core.files import read_json, read_lines
from core.reflection import REFLECTION_CUE
from core.run import METRICS
from main import run_verb
from reports.trials import read_trials
from tests.agents.reflexion import pupil

NEEDS = (1, 2, 3, 0, 3, 2, 1, 3)
"""Notes that the pupil needs in each of its games."""


def test_the_pupil_needs():
    assert tuple(pupil.CASES.values()) == NEEDS


def without_seconds(run):
    """The trials, but for how long answers took."""

    def plain(record):
        return replace(record, usage=replace(record.usage, seconds=0.0))

    return [
        replace(
            trial,
            episodes=tuple(
                replace(one, steps=tuple(map(plain, one.steps))) for one in trial.episodes
            ),
            notes={case: plain(note) for case, note in trial.notes.items()},
        )
        for trial in run.trials.trials
    ]


def test_a_run_by_hand(play, taught):
    """A case is solved in the trial that has as many notes as it needs; solved cases are not played again."""
    run = play()
    cases = list(pupil.CASES)
    assert list(run.trials.cases) == cases
    assert run.solved == [1, 3, 5, 8]
    assert run.solved_by("won") == run.solved_by("published") == run.solved
    for trial in run.trials.trials:
        number = trial.number
        played = [case for case, needs in zip(cases, NEEDS, strict=True) if needs >= number]
        assert [episode.case for episode in trial.episodes] == played
        failed = [case for case, needs in zip(cases, NEEDS, strict=True) if needs > number]
        assert {episode.case for episode in trial.episodes if episode.looped} == set(failed)
        assert {episode.num_steps for episode in trial.episodes if episode.looped} <= {pupil.LOOP}
        # none reads notes about the last trial
        assert set(trial.notes) == (set(failed) if number < 3 else set())
    asked = [document for _, _, document in taught.asked]
    notes = [one for one in asked if one["messages"][-1]["content"].endswith(REFLECTION_CUE)]
    assert len(notes) == 7 + 5 + 3
    assert run.usage.llm_calls == len(asked)
    assert run.usage.prompt_tokens == sum(len(one["messages"]) for one in asked)


def test_files_by_trial(play):
    run = play(num_trials=2)
    for read, trial in zip(read_trials(run.path / "trials").trials, run.trials.trials, strict=True):
        assert sorted(read.episodes, key=lambda one: run.trials.cases.index(one.case)) == list(
            trial.episodes
        )
        assert (read.number, read.notes, read.solved) == (trial.number, trial.notes, trial.solved)
    first, second = (read_json(run.path / f"trials/0{number}/summary.json") for number in (0, 1))
    assert [len(first["solved"]), len(second["solved"])] == [1, 2]
    rows = read_lines(run.path / METRICS)
    assert [row["trial"] for row in rows] == [0, 1]
    assert [row["trials/solved"] for row in rows] == [1, 3]
    assert [row["trials/attempts"] for row in rows] == [8, 7]
    assert sum(row["trials/llm_calls"] for row in rows) == run.usage.llm_calls


def test_without_memory_nothing_is_told_and_no_note_is_asked_for(play, taught):
    run = play(use_memory=False)
    assert run.solved == [1, 1, 1, 1]
    assert not any(trial.notes for trial in run.trials.trials)
    # at temperature 0 a retry is the same, and the cache says so
    assert run.usage.llm_calls == len(taught.asked)
    assert run.usage.cache_hits == 3 * 7 * pupil.LOOP


def test_another_model_writes_the_notes_and_each_answer_is_billed_once(play, taught):
    flags = {"reflection_model": "writer", "num_trials": 2}
    run = play(**flags)
    asked = [document for _, _, document in taught.asked]
    writers = {
        one["model"]: one["messages"][-1]["content"].endswith(REFLECTION_CUE) for one in asked
    }
    assert writers == {"m": False, "writer": True}
    assert run.usage.llm_calls == len(asked)
    again = play(resume=True, **{**flags, "num_trials": 3})
    assert again.usage.llm_calls == len(taught.asked)
    assert without_seconds(again) == without_seconds(
        play("whole", answer_store="w.sqlite", **{**flags, "num_trials": 3})
    )


def refuse(most):
    """A server that refuses conversations with more notes."""

    def answer(document):
        notes = sum(one["content"].count("\nTrial ") for one in document["messages"])
        if notes > most:
            return 400, {}, b'{"message": "the context is too long"}'
        return pupil.answer(document)

    return answer


def test_where_notes_make_a_conversation_too_long_its_attempt_fails_and_the_run_goes_on(
    play, taught, capsys
):
    taught.script = [refuse(1)]
    run = play()
    assert run.solved == [1, 3, 3, 3]
    late = [episode for trial in run.trials.trials[2:] for episode in trial.episodes]
    assert len(late) == 10
    assert {(one.num_steps, one.truncated, one.success) for one in late} == {(0, True, False)}
    assert not run.trials.trials[2].notes
    assert "10 attempts ended because the model refused the conversation" in capsys.readouterr().out
    assert without_seconds(play(resume=True)) == without_seconds(run)
    run_verb("report", runs=(str(run.path),))


def test_a_model_that_refuses_the_first_attempts_ends_the_run(play, taught):
    taught.script = [refuse(-1)]
    with pytest.raises(ModelRefused, match="too long"):
        play()


def test_above_temperature_0_each_retry_is_drawn_anew(play, taught):
    run = play(use_memory=False, temperature=0.7, num_trials=3)
    assert run.usage.cache_hits == 0
    seeds = {document["seed"] for _, _, document in taught.asked}
    assert len(seeds) == 3


def test_more_trials_of_a_finished_run_equal_those_of_a_longer_one(play):
    play("short", num_trials=2, answer_store="short.sqlite")
    longer = play("short", num_trials=4, answer_store="short.sqlite", resume=True)
    whole = play("whole", answer_store="whole.sqlite")
    assert without_seconds(longer) == without_seconds(whole)


@pytest.mark.parametrize(("num_active", "llm_in_flight"), [(1, 1), (3, 4)])
def test_the_order_of_answers_changes_nothing(play, num_active, llm_in_flight):
    one = play("a", num_active=num_active, llm_in_flight=llm_in_flight, answer_store="a.sqlite")
    many = play("b", answer_store="b.sqlite")
    assert without_seconds(one) == without_seconds(many)


def test_what_decides_answers_may_not_change(play):
    play(num_trials=1)
    with pytest.raises(RunDirectoryError, match="--memory_size 3"):
        play(resume=True, memory_size=2)
    with pytest.raises(RunDirectoryError, match="with --case"):
        play(resume=True, case=tuple(pupil.CASES)[1:])
    with pytest.raises(RunDirectoryError, match="holds a run already"):
        play()


def test_a_run_is_replaced(play):
    play(num_trials=3)
    run = play(num_trials=1, overwrite=True)
    assert [path.name for path in sorted((run.path / "trials").iterdir())] == ["00"]
    assert not (run.path / "env_results_trial_2.json").exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"use_memory": True, "strategy": "last_attempt"}, "give one of them"),
        ({"start_trial_num": 2}, "go together"),
        ({"resume_dir": "d", "start_trial_num": 2}, "go together"),
        ({"resume_dir": "d", "start_trial_num": 3, "resume": True, "num_trials": 3}, "ends with"),
        ({"reflection_model": "m", "planner": "scripted"}, "--planner fastchat"),
        ({"agent": "cot_context"}, "is for hotpotqa"),
        ({"strategy": "simple"}, "is for programming"),
        ({"num_envs": -1}, r"--test_num \(--num_envs\) -1: must be between 0 and"),
        ({"max_iters": 3}, "for programming"),
        ({"num_envs": 1, "test_num": 1}, "give one of them"),
        ({"memory_size": 2}, "--memory_size: --strategy none has no notes"),
        ({"reflection_max_tokens": 9, "strategy": "last_attempt"}, "last_attempt has no notes"),
        ({"memory_size": 2, "strategy": "last_attempt_and_reflexion"}, "shows one note"),
        (
            {
                "task": "hotpotqa",
                "agent": "cot_context",
                "max_steps": 3,
                "docstore": ("paragraphs",),
            },
            "--docstore, --max_steps: --agent cot_context answers at once",
        ),
        ({"loop_rule": "loops"}, "one of observation"),
        ({"resume": True, "overwrite": True}, "give only one"),
    ],
)
def test_flags_that_do_not_fit(tmp_path, flags, message):
    with pytest.raises(SettingsError, match=message):
        run_verb(
            "reflexion", **{"task": "alfworld", "run_name": "r", "logdir": str(tmp_path), **flags}
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("task", ["SimpleDoorKey", "gripper"])
def test_every_text_world_can_be_played(tmp_path, task):
    [run] = run_verb(
        "reflexion", task=task, run_name="r", logdir=str(tmp_path), num_envs=3, num_trials=2,
        use_memory=True, scripted_skill=0.6,
    )  # fmt: skip
    assert run.solved == sorted(run.solved)
    assert run.usage == Usage()


@pytest.mark.parametrize(("task", "seed"), [("KeyInBox", 1), ("blockworld", 2), ("put", 3)])
def test_success_never_goes_back_and_each_failure_has_one_note(tmp_path, task, seed):
    """With a scripted beginner that also errs at random, and draws anew in each trial."""
    [run] = run_verb(
        "reflexion", task=task, run_name="r", logdir=str(tmp_path), num_envs=10, num_trials=4, seed=seed,
        use_memory=True, scripted_skill=0.7, temperature=1.0, max_steps=20,
    )  # fmt: skip
    missing = list(run.trials.cases)
    for trial in run.trials.trials:
        assert [episode.case for episode in trial.episodes] == missing
        missing = [case for case in missing if case not in trial.solved]
        assert len(run.trials.cases) - len(missing) == run.solved[trial.number]
        is_last = trial is run.trials.trials[-1]
        assert set(trial.notes) == (set() if is_last else set(missing))
        assert {note.trial for note in trial.notes.values()} <= {trial.number}
    assert run.solved[0] < run.solved[-1]
