"""Whole runs of learnact with the scripted learner: what they leave, and what a resumed one leaves."""

import shutil

import pytest

from core.errors import RunDirectoryError, SettingsError
from core.files import read_json, read_lines, write_json
from core.run import EPISODES, EVAL_RESULTS, LEARN_RESULTS, METRICS
from core.task import TEXT_TASKS
from envs.text.cases import cases_of, training_cases
from main import main, run_verb

FLAGS = {"task": "blockworld", "num_samples": 2, "test_num": 6}
NO_PYTHON = {"name": "f", "source": "def f(:", "signature": "f()", "description": ""}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that was not interrupted."""
    [evaluation] = run_verb(
        "learnact", save_name="r", logdir=str(tmp_path_factory.mktemp("log")), **FLAGS
    )
    return evaluation


def files_of(path):
    """The files of a run that must not depend on how often it was interrupted; versions and times aside."""
    found = {
        str(file.relative_to(path)): file.read_text()
        for file in sorted(path.rglob("*"))
        if file.is_file() and (file.suffix in (".jsonl", ".py") or file.name == "candidate.json")
    }
    assert f"{EVAL_RESULTS}/{EPISODES}" in found
    return found


def test_all_cases_are_played_with_the_functions_of_the_winner(whole):
    run = whole.path.parent
    assert [episode.case for episode in whole.episodes] == cases_of(
        TEXT_TASKS["blockworld"], number=6
    )
    winner = read_json(run / LEARN_RESULTS / "winner" / "candidate.json")
    names = [function["name"] for function in winner["proposal"]["library"]["functions"]]
    assert names
    played = " ".join(step.action for episode in whole.episodes for step in episode.steps)
    assert any(f"{name}(" in played for name in names)


def test_the_held_out_cases_are_all_but_the_training_cases(whole):
    assert whole.training_cases == (
        "blockworld/problem4",
        "blockworld/problem6",
        "blockworld/problem8",
    )
    assert len(whole.held_out) == 6 - 2  # problem8 is not among the first six
    assert not {one.case for one in whole.held_out} & set(whole.training_cases)
    summary = read_json(whole.path / "summary.json")
    assert summary["training_cases"] == list(whole.training_cases)
    solved = [one.success for one in whole.held_out]
    assert summary["held_out"]["success"]["mean"] == pytest.approx(sum(solved) / len(solved))


def test_every_candidate_has_its_score_and_its_episodes(whole):
    run = whole.path.parent
    for name in ("base", "0_0", "0_1"):
        place = run / LEARN_RESULTS / name
        assert read_json(place / "candidate.json")["score"]["num_decisions"] > 0
        episodes = read_lines(place / EPISODES)
        assert sorted(row["case"] for row in episodes) == list(whole.training_cases)
        assert all(len(row["steps"]) <= 10 for row in episodes)
    assert [row["candidate"] for row in read_lines(run / METRICS)][:3] == [0, 1, 2]


@pytest.mark.parametrize(
    "lost",
    [
        (EVAL_RESULTS, f"{LEARN_RESULTS}/winner"),
        (EVAL_RESULTS, f"{LEARN_RESULTS}/winner", f"{LEARN_RESULTS}/0_1"),
        (EVAL_RESULTS, f"{LEARN_RESULTS}/winner", f"{LEARN_RESULTS}/0_1", f"{LEARN_RESULTS}/0_0"),
    ],
    ids=["the evaluation", "a candidate", "all candidates"],
)
def test_a_resumed_run_leaves_what_an_uninterrupted_one_leaves(whole, tmp_path, lost):
    run = tmp_path / "learnact" / "blockworld" / "r"
    shutil.copytree(whole.path.parent, run)
    for name in lost:
        shutil.rmtree(run / name)
    episodes = run / LEARN_RESULTS / "base" / EPISODES
    episodes.write_text("".join(episodes.read_text().splitlines(keepends=True)[:1]))
    run_verb("learnact", save_name="r", logdir=str(tmp_path), resume=True, **FLAGS)
    # a resumed run appends the episodes that were missing
    assert sorted(episodes.read_text().splitlines()) == sorted(
        (whole.path.parent / LEARN_RESULTS / "base" / EPISODES).read_text().splitlines()
    )
    assert {name: text for name, text in files_of(run).items() if "base/ep" not in name} == {
        name: text for name, text in files_of(whole.path.parent).items() if "base/ep" not in name
    }


def test_a_run_is_not_replaced_by_accident(whole):
    logdir = str(whole.path.parents[3])
    with pytest.raises(RunDirectoryError, match="--resume"):
        run_verb("learnact", save_name="r", logdir=logdir, **FLAGS)
    with pytest.raises(RunDirectoryError, match="num_samples"):
        run_verb("learnact", save_name="r", logdir=logdir, task="blockworld", resume=True)


@pytest.fixture
def copy(whole, tmp_path):
    """A copy of the run, and what resumes it."""
    run = tmp_path / "learnact" / "blockworld" / "r"
    shutil.copytree(whole.path.parent, run)
    return run, lambda: run_verb(
        "learnact", save_name="r", logdir=str(tmp_path), resume=True, **FLAGS
    )


def test_episodes_of_a_candidate_whose_record_was_lost_are_not_taken_for_those_of_the_new_one(
    whole, copy, capsys
):
    run, resume = copy
    place = run / LEARN_RESULTS / "0_0"
    (place / "candidate.json").unlink()
    shutil.copy(run / LEARN_RESULTS / "base" / EPISODES, place)
    resume()
    assert f"{place}: the record of the candidate was lost" in capsys.readouterr().err
    assert files_of(run) == files_of(whole.path.parent)


def test_an_evaluation_with_other_functions_is_made_again(whole, copy, capsys):
    run, resume = copy
    winner = run / LEARN_RESULTS / "winner" / "candidate.json"
    document = read_json(winner)
    document["proposal"]["library"]["functions"].pop()
    write_json(winner, document)
    (run / EVAL_RESULTS / EPISODES).write_text("")
    resume()
    assert "the functions were others, so its cases are played again" in capsys.readouterr().err
    assert files_of(run) == files_of(whole.path.parent)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda row: row | {"name": "0_1"}, "0_0/candidate.json is damaged: .* candidate '0_1'"),
        (
            lambda row: {
                **row,
                "proposal": {**row["proposal"], "library": {"functions": [NO_PYTHON]}},
            },
            "0_0/candidate.json is damaged: the source of 'f' does not define it",
        ),
    ],
    ids=["of another candidate", "no Python"],
)
def test_a_record_that_was_changed_is_refused_in_one_line(copy, change, problem):
    run, resume = copy
    path = run / LEARN_RESULTS / "0_0" / "candidate.json"
    write_json(path, change(read_json(path)))
    with pytest.raises(RunDirectoryError, match=problem):
        resume()


@pytest.mark.parametrize("flags", [{}, {"resume": True}])
def test_a_run_without_its_config_is_not_replaced_by_accident(whole, copy, flags):
    run, _ = copy
    (run / "config.json").unlink()
    with pytest.raises(RunDirectoryError, match="--overwrite"):
        run_verb("learnact", save_name="r", logdir=str(run.parents[2]), **FLAGS, **flags)
    assert files_of(run) == files_of(whole.path.parent)


def test_without_usable_functions_the_agent_acts_alone(tmp_path):
    """At one decision an episode nothing recurs."""
    [evaluation] = run_verb(
        "learnact", task="blockworld", save_name="r", logdir=str(tmp_path), train_max_steps=1,
        num_samples=1, test_num=2,
    )  # fmt: skip
    assert read_lines(evaluation.path.parent / LEARN_RESULTS / "functions.jsonl") == []
    assert [episode.success for episode in evaluation.episodes] == [True, True]


def test_help_lists_only_tasks_whose_actions_are_functions(capsys):
    with pytest.raises(SystemExit):
        main(["learnact", "--help"])
    _, _, text = capsys.readouterr().out.partition("\n  --task TASK ")
    tasks = text.partition("\n  --")[0]
    assert "tyreworld" in tasks
    assert "hotpotqa" not in tasks


@pytest.mark.slow
def test_alfworld_is_the_group_of_its_kinds(tmp_path):
    evaluations = run_verb(
        "learnact", task="alfworld", save_name="r", logdir=str(tmp_path), num_samples=1, test_num=1
    )
    kinds = ["put", "clean", "heat", "cool", "examine", "puttwo"]
    assert [one.path.parents[1].name for one in evaluations] == kinds
    assert all(len(one.training_cases) == 3 for one in evaluations)


def test_experiments_learn_from_other_cases(tmp_path):
    first, second = run_verb(
        "learnact", task="blockworld", save_name="r", logdir=str(tmp_path), num_samples=1,
        test_num=1, exp_id=(0, 3),
    )  # fmt: skip
    assert first.path.parent.name == "r_exp0"
    assert second.path.parent.name == "r_exp3"
    task = TEXT_TASKS["blockworld"]
    assert list(first.training_cases) == training_cases(task, "published", 0)
    assert list(second.training_cases) == training_cases(task, "drawn", 3)
    assert read_json(second.path.parent / "config.json")["settings"]["seed"] == 3


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        ({"task": "hotpotqa"}, "not functions"),
        ({"learner_sees": "rules"}, "scripted learner"),
        ({"exp_id": (1, 1)}, "repeated"),
        ({"exp_id": (1,), "seed": 3}, "leave out --seed 3"),
        ({"pddl_texts": "published"}, "pddl_texts plain"),
    ],
)
def test_what_cannot_be_learned_is_refused_before_anything_is_written(tmp_path, flags, problem):
    flags = {"task": "gripper", **flags}
    with pytest.raises(SettingsError, match=problem):
        run_verb("learnact", save_name="r", logdir=str(tmp_path / "log"), **flags)
    assert not (tmp_path / "log").exists()
