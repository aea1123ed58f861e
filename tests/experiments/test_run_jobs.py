"""Jobs: run once, resumed, and found again only where code, versions and settings agree."""

from dataclasses import replace

import pytest

from core.errors import RunDirectoryError, SettingsError
from core.files import read_json, write_json
from core.run import CHECKPOINT, CONFIG, RESULT, RunDirectory
from core.settings import EvalSettings, ManySettings
from experiments.jobs import AS_TRAINED, LEARNED, RL, Condition, make_jobs
from experiments.run_jobs import OUTPUT, Measurement, read_result, run_job, run_jobs
from tests.experiments.helpers import tiny_job


def modified(job, name):
    return RunDirectory.of(job.training).file(name).stat().st_mtime_ns


@pytest.mark.parametrize("policy", ["baseline", LEARNED, RL])
def test_job_is_run_once(tmp_path, policy):
    job = tiny_job(tmp_path, policy)
    assert read_result(job) is None
    first = run_job(job)
    selections = ["rule"] if policy == "baseline" else ["sampled", "greedy"]
    assert [one.action_selection for one in first] == selections
    for one in first:
        assert [len(values) for values in one.values.values()] == [3] * 6
    written = modified(job, RESULT)
    assert run_job(job) == read_result(job) == first
    assert modified(job, RESULT) == written


@pytest.mark.parametrize(
    "changes", [{"code": "other"}, {"versions": {"torch": "0.1"}}], ids=["code", "versions"]
)
def test_result_of_other_code_or_versions_is_not_reused(tmp_path, changes):
    job = tiny_job(tmp_path, LEARNED)
    first = run_job(job)
    directory = RunDirectory.of(job.training)
    for name in (RESULT, CONFIG):
        write_json(directory.file(name), {**read_json(directory.file(name)), **changes})
    assert read_result(job) is None
    trained = modified(job, CHECKPOINT)
    assert run_job(job) == first
    assert modified(job, CHECKPOINT) > trained


def test_result_of_other_settings_is_not_reused(tmp_path):
    job = tiny_job(tmp_path, LEARNED)
    first = run_job(job)
    fewer = replace(job, training=replace(job.training, test_num=2))
    assert read_result(fewer) is None
    again = run_job(fewer)[0].values
    assert again == {name: values[:2] for name, values in first[0].values.items()}


def test_result_is_reused_on_another_device_or_server(tmp_path):
    job = tiny_job(tmp_path)
    first = run_job(job)
    elsewhere = replace(job.training, device="cuda", llm_url="http://127.0.0.1:1/v1")
    assert read_result(replace(job, training=elsewhere)) == first


def test_new_condition_is_evaluated_without_training_again(tmp_path):
    job = tiny_job(tmp_path, LEARNED)
    first = run_job(job)
    trained = modified(job, CHECKPOINT)
    wide = Condition("wide view", (("rooms", "Min5-Max10-View7"), ("stop", ("x", "y"))))
    of_both = replace(job, conditions=(AS_TRAINED, wide))
    assert read_result(of_both) is None
    both = run_job(of_both)
    assert both[:2] == first
    assert [one.condition for one in both[2:]] == [wide] * 2
    assert both[2].values != both[0].values
    written = modified(job, RESULT)
    assert run_job(of_both) == both
    assert run_job(job) == first
    assert (modified(job, CHECKPOINT), modified(job, RESULT)) == (trained, written)


def test_interrupted_training_with_a_budget_is_resumed(tmp_path):
    job = tiny_job(tmp_path, LEARNED, n_itr=2, ask_budget=2.0, ask_cost="each")
    whole = run_job(job)
    RunDirectory.of(job.training).file(RESULT).unlink()
    trained = modified(job, CHECKPOINT)
    assert run_job(job) == whole
    assert modified(job, CHECKPOINT) == trained


def test_evaluation_has_the_settings_of_its_training_but_for_its_condition(tmp_path):
    job = tiny_job(tmp_path, skills="frontier", seed=3, planner_noise=0.5, temperature=0.25)
    settings = job.evaluation(
        Condition("", (("rooms", "Min5-Max16-View7"), ("planner_noise", 0.1)))
    )
    changed = ("rooms", "planner_noise")
    own = {"show", "record", "record_num", "greedy"}
    names = set(EvalSettings.__dataclass_fields__) - own - set(changed)
    assert names  # every other setting is one of the training
    for name in names:
        assert getattr(settings, name) == getattr(job.training, name), name
    assert (settings.rooms, settings.planner_noise) == ("Min5-Max16-View7", 0.1)


def test_trainings_can_be_made_small(tmp_path):
    def lengths(**changes):
        settings = ManySettings(seeds=(0,), logdir=str(tmp_path), **changes)
        jobs = make_jobs(settings, [(LEARNED, 0.0), (RL, 0.0)], ["paper"], ["KeyInBox"])
        return [(job.training.n_itr, job.training.traj_per_itr) for job in jobs]

    assert lengths() == [(200, 128)] * 2
    assert lengths(quick=True) == [(60, 128), (50, 128)]
    assert lengths(quick=True, n_itr=2, traj_per_itr=4) == [(2, 4)] * 2


def test_finished_jobs_start_no_process(tmp_path, capsys):
    """There is no output of a worker."""
    job = tiny_job(tmp_path)
    result = run_job(job)
    settings = ManySettings(logdir=str(tmp_path), processes=1)
    assert run_jobs([job], settings) == {job: result}
    assert "1 of them finished" in capsys.readouterr().out
    assert not list(tmp_path.rglob(OUTPUT))


def test_failed_job_is_named_and_the_results_of_the_others_are_kept(tmp_path, capsys):
    good = tiny_job(tmp_path)
    bad = tiny_job(tmp_path, save_name="bad", planner="replay", record_file=str(tmp_path / "none"))
    with pytest.raises(RunDirectoryError, match="1 of 2 runs failed, SimpleDoorKey bad first"):
        run_jobs([bad, good], ManySettings(logdir=str(tmp_path), processes=1))
    said = capsys.readouterr().err
    assert "SimpleDoorKey bad failed: " in said
    assert f"(see {tmp_path / 'ppo' / 'simpledoorkey' / 'bad' / OUTPUT})" in said
    assert read_result(good) is not None
    assert read_result(bad) is None


def test_jobs_of_another_process_are_refused_before_any_is_run(tmp_path):
    job = tiny_job(tmp_path)
    with RunDirectory.of(job.training), pytest.raises(RunDirectoryError, match="in use"):
        run_jobs([job], ManySettings(logdir=str(tmp_path), processes=1))
    assert not RunDirectory.of(job.training).file(OUTPUT).exists()


def test_duplicate_jobs_are_refused(tmp_path):
    with pytest.raises(SettingsError):
        run_jobs([tiny_job(tmp_path)] * 2, ManySettings(logdir=str(tmp_path)))


def test_measurement_survives_json(tmp_path):
    [one] = run_job(tiny_job(tmp_path))
    assert Measurement.from_json(one.to_json()) == one
