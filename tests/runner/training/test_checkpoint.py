"""Model files: read back as written, and every wrong file refused in one line."""

import pickle

import pytest
import torch

from core.errors import RunDirectoryError
from core.settings import TrainSettings, to_json
from mediator.network import MediatorNet
from runner.training import checkpoint as storage
from runner.training.checkpoint import SavedModel
from runner.training.tensor_file import save


class Trap:
    """Unpickling this would run code."""

    def __reduce__(self):
        return (exec, ("raise SystemExit('code was run')",))


@pytest.fixture
def model():
    network = MediatorNet((10, 10, 4), 2, "option", 0, torch.Generator().manual_seed(0))
    settings = to_json(TrainSettings(save_name="x", heads="option", features="delta_codes"))
    return SavedModel("when2ask", (10, 10, 4), 2, settings, network.state_dict())


def test_a_model_comes_back_as_it_was_saved(model, tmp_path):
    model.save(tmp_path / "acmodel.pt")
    loaded = SavedModel.load(tmp_path / "acmodel.pt", "cpu")
    assert (loaded.method, loaded.image_shape, loaded.num_actions) == ("when2ask", (10, 10, 4), 2)
    assert loaded.settings == model.settings
    features = torch.randint(-5, 5, (3, 10, 10, 4), dtype=torch.int8)
    options = torch.tensor([0, 1, 4])
    before, after = model.network("cpu"), loaded.network("cpu")
    assert torch.equal(before(features, options)[0], after(features, options)[0])


def test_a_file_that_would_run_code_is_refused(tmp_path):
    path = tmp_path / "acmodel.pt"
    torch.save({"format": storage.MODEL_FORMAT, "weights": Trap()}, path)
    with pytest.raises(RunDirectoryError, match="damaged or not a file of this program"):
        SavedModel.load(path, "cpu")
    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(RunDirectoryError, match="damaged or not a file of this program"):
        SavedModel.load(path, "cpu")


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04", b"\x80\x02", bytes(5000)])
def test_a_file_that_is_no_model_is_refused(tmp_path, content):
    path = tmp_path / "acmodel.pt"
    path.write_bytes(content)
    with pytest.raises(RunDirectoryError, match="damaged or not a file of this program"):
        SavedModel.load(path, "cpu")


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.99])
def test_a_truncated_model_is_refused(model, tmp_path, kept):
    path = tmp_path / "acmodel.pt"
    model.save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(RunDirectoryError, match="damaged or not a file of this program"):
        SavedModel.load(path, "cpu")


def test_a_tensor_file_of_another_program_is_refused(tmp_path):
    path = tmp_path / "acmodel.pt"
    torch.save({"layer.weight": torch.zeros(3)}, path)
    with pytest.raises(RunDirectoryError, match="is not a file of format"):
        SavedModel.load(path, "cpu")
    torch.save(torch.zeros(3), path)
    with pytest.raises(RunDirectoryError, match="is not a file of format"):
        SavedModel.load(path, "cpu")


def test_a_model_that_lacks_a_part_is_refused(tmp_path):
    path = tmp_path / "acmodel.pt"
    save(path, {"format": storage.MODEL_FORMAT, "method": "when2ask"})
    with pytest.raises(RunDirectoryError, match="missing required field `image_shape`"):
        SavedModel.load(path, "cpu")


def test_weights_that_do_not_fit_are_refused(model):
    wrong = SavedModel(model.method, (10, 10, 8), 2, model.settings, model.weights)
    with pytest.raises(RunDirectoryError, match="do not fit"):
        wrong.network("cpu")
    unknown = {**model.settings, "features": "dreams"}
    with pytest.raises(RunDirectoryError, match="do not fit their settings: 'dreams'"):
        SavedModel(model.method, (10, 10, 4), 2, unknown, model.weights).network("cpu")
    with pytest.raises(RunDirectoryError, match="do not fit their settings: 'heads'"):
        SavedModel(model.method, (10, 10, 4), 2, {}, model.weights).network("cpu")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(model, value):
    next(iter(model.weights.values())).view(-1)[0] = value
    with pytest.raises(RunDirectoryError, match="are not finite numbers"):
        model.network("cpu")


def test_a_missing_model_is_named_with_advice(tmp_path):
    with pytest.raises(RunDirectoryError, match="does not exist: train this run first"):
        SavedModel.load(tmp_path / "acmodel.pt", "cpu")
