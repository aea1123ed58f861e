"""Flags of tuning: the defaults belong to the model."""

import pytest

from core.errors import SettingsError
from core.settings import DpoSettings, EtoSettings, ExploreSettings, SftSettings
from core.settings.tuning import PUBLISHED_VALUES, TINY_VALUES


def test_a_directory_is_tuned_as_published_and_a_model_from_scratch_otherwise():
    """What was given stays, and what is resolved stays when the settings are made again for an experiment."""
    published = EtoSettings(save_name="x", model_path="some/model", beta=(0.3,))
    tiny = EtoSettings(save_name="x", model_path="tiny:32x1", sft_epochs=7, exp_id=(1, 2))
    for name in ("sft_lr", "dpo_lr", "dpo_epochs", "dpo_batch_size", "sft_weight"):
        assert getattr(published, name) == PUBLISHED_VALUES[name]
        assert getattr(tiny, name) == TINY_VALUES[name]
        assert getattr(tiny.experiment(2), name) == TINY_VALUES[name]
    assert published.beta == (0.3,)
    assert tiny.sft_epochs == tiny.experiment(1).sft_epochs == 7


@pytest.mark.parametrize(
    ("config", "values"),
    [
        ('{"from_scratch": true}', TINY_VALUES),
        ('{"from_scratch": false}', PUBLISHED_VALUES),
        ("{}", PUBLISHED_VALUES),
        ("[]", PUBLISHED_VALUES),
        ("{", PUBLISHED_VALUES),
        (None, PUBLISHED_VALUES),
    ],
)
def test_a_tuned_tiny_model_is_tuned_on_as_a_tiny_one(tmp_path, config, values):
    if config is not None:
        (tmp_path / "config.json").write_text(config)
    settings = DpoSettings(save_name="x", model_path=str(tmp_path), pairs="p")
    assert (settings.dpo_lr, settings.beta) == (values["dpo_lr"], values["beta"])
    assert SftSettings(save_name="x", model_path=str(tmp_path)).sft_lr == values["sft_lr"]


def test_the_forward_pass_is_in_short_numbers_on_a_gpu_only():
    assert SftSettings(save_name="x").dtype == "float32"
    assert SftSettings(save_name="x", device="cuda").dtype == "bfloat16"
    assert SftSettings(save_name="x", device="cuda", dtype="float32").dtype == "float32"


MADE = {"save_name": "x", "model_path": "m"}


@pytest.mark.parametrize(
    ("kind", "flags", "reason"),
    [
        (EtoSettings, {"save_name": "x", "task": "robotic_planning"}, "tuned for one task"),
        (EtoSettings, {"save_name": "x", "task": "all"}, "tuned for one task"),
        (EtoSettings, {"save_name": "x", "controls": ("none", "rft")}, "give no other control"),
        (EtoSettings, {"save_name": "x", "explorations": 2}, "all are the same"),
        (ExploreSettings, {"save_name": "x", "planner": "local"}, "--model_path is missing"),
        (ExploreSettings, {**MADE, "model_path": "tiny"}, "which has learned nothing"),
        (ExploreSettings, {**MADE, "explorations": 2}, "all are the same"),
        (DpoSettings, {**MADE, "model_path": "tiny:32x1", "pairs": "p"}, "learned nothing"),
        (DpoSettings, MADE, "give --pairs FILE, or --explored FILE with --experts FILE"),
        (DpoSettings, {**MADE, "pairs": "p", "explored": "e"}, "give --pairs FILE, or"),
        (DpoSettings, {**MADE, "pairs": "p", "experts": "e"}, "give --pairs FILE, or"),
        (DpoSettings, {**MADE, "explored": "e"}, "or --among_own"),
    ],
)
def test_what_cannot_work_is_refused(kind, flags, reason):
    flags = {"planner": "local", **flags} if kind is ExploreSettings else flags
    with pytest.raises(SettingsError, match=reason):
        kind(**flags)
