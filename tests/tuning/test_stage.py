"""A stage's directory says what decides its result, and whether it is finished."""

from dataclasses import replace

import pytest

from core.errors import RunDirectoryError
from tuning.encoding import Sample
from tuning.recipe import Recipe
from tuning.stage import Stage, StageRecord, stage_inputs

SAMPLE = Sample((1, 2, 3), (False, True, True))
RECIPE = Recipe(1e-3)
INPUTS = stage_inputs("sft", [(SAMPLE,)], RECIPE, "abc")
RECORD = StageRecord(7, {"step": 7, "sft/loss": 0.25}, ("look",))


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path / "stage")


def write_model(directory):
    directory.mkdir(parents=True)
    (directory / "config.json").write_text("{}")


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (stage_inputs("dpo", [(SAMPLE,)], RECIPE, "abc"), "of another kind"),
        (
            stage_inputs("sft", [(replace(SAMPLE, tokens=(1, 2, 4)),)], RECIPE, "abc"),
            "with other data",
        ),
        (
            stage_inputs(
                "sft", [(replace(SAMPLE, is_answer=(False, False, True)),)], RECIPE, "abc"
            ),
            "with other data",
        ),
        (stage_inputs("sft", [(SAMPLE,), (SAMPLE,)], RECIPE, "abc"), "with other data"),
        (stage_inputs("sft", [(SAMPLE,)], replace(RECIPE, seed=1), "abc"), "with another recipe"),
        (stage_inputs("sft", [(SAMPLE,)], RECIPE, "abd"), "from another model"),
    ],
)
def test_a_directory_of_another_stage_is_refused(stage, other, words):
    stage.begin(INPUTS)
    with pytest.raises(RunDirectoryError, match=f"holds a stage {words}"):
        stage.begin(other)


def test_a_stage_goes_on_with_the_same_whatever_the_device_and_the_memory(stage):
    stage.begin(INPUTS)
    stage.begin(INPUTS)
    elsewhere = replace(RECIPE, device="cuda", micro_tokens=7)
    stage.begin(stage_inputs("sft", [(SAMPLE,)], elsewhere, "abc"))


def test_a_damaged_note_is_refused(stage):
    stage.begin(INPUTS)
    (stage.path / "stage.json").write_text("{}")
    with pytest.raises(RunDirectoryError, match=r"stage\.json is damaged"):
        stage.begin(INPUTS)


def test_a_finished_stage_has_its_model_and_no_checkpoint(stage):
    stage.begin(INPUTS)
    assert stage.finished() is None
    write_model(stage.checkpoint)
    stage.finish(write_model, RECORD)
    tuned = stage.finished()
    assert (tuned.num_steps, tuned.metrics, tuned.warnings) == (7, RECORD.metrics, ("look",))
    assert [path.name for path in tuned.model.iterdir()] == ["config.json"]
    assert sorted(path.name for path in stage.path.iterdir()) == [
        "model",
        "stage.json",
        "tuned.json",
    ]


def test_what_was_left_by_a_process_that_was_killed_is_replaced(stage):
    """One was killed while it wrote the model, another between the model and the note about it."""
    stage.begin(INPUTS)
    write_model(stage.path / ".model.1.tmp")
    write_model(stage.path / "model")
    (stage.path / "model" / "old").touch()
    stage.finish(write_model, RECORD)
    assert [path.name for path in stage.finished().model.iterdir()] == ["config.json"]
    assert not list(stage.path.glob(".model*"))


def test_a_checkpoint_that_was_left_of_a_finished_stage_is_removed(stage):
    stage.begin(INPUTS)
    stage.finish(write_model, RECORD)
    write_model(stage.checkpoint)
    stage.begin(INPUTS)
    assert not stage.checkpoint.exists()


def test_a_model_that_is_gone_is_said(stage):
    stage.begin(INPUTS)
    stage.finish(write_model, RECORD)
    (stage.path / "model").rename(stage.path / "elsewhere")
    with pytest.raises(RunDirectoryError, match="model is gone"):
        stage.finished()
