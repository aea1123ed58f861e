"""Values that follow from the model that is tuned."""

import pytest

from core.errors import SettingsError
from core.settings import SftSettings, to_json


@pytest.mark.parametrize(
    ("model", "sft_lr"), [("tiny", 3e-3), ("tiny:64x2", 3e-3), ("./tiny", 2e-5)]
)
def test_a_model_from_scratch_has_defaults_of_its_own(model, sft_lr):
    assert SftSettings(save_name="x", model_path=model).sft_lr == sft_lr


def test_given_values_stay():
    settings = SftSettings(save_name="x", model_path="tiny", loss_on="all", sft_lr=1e-3)
    assert (settings.loss_on, settings.sft_lr) == ("all", 1e-3)


def test_what_is_saved_names_what_was_used():
    assert to_json(SftSettings(save_name="x"))["sft_lr"] == 3e-3


def test_a_model_is_tuned_for_one_task():
    with pytest.raises(SettingsError, match="one task"):
        SftSettings(save_name="x", task="robotic_planning")


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", "5", "{", "", "\ud800"])
def test_a_damaged_config_of_a_model_is_no_tiny_one_s(tmp_path, text):
    (tmp_path / "config.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    assert SftSettings(save_name="x", model_path=str(tmp_path)).sft_lr == 2e-5
