"""A checkpoint brings weights and optimizer back to the bit, or is refused."""

import pytest
import torch

from core.errors import RunDirectoryError
from tuning.checkpoint import LEAST_SECONDS, Checkpoints
from tuning.optimizer import make_optimizer
from tuning.recipe import Recipe


class Training:
    """Four weights, of which one has no gradient, and their optimizer."""

    def __init__(self, path):
        self.weights = {
            "seen": torch.nn.Parameter(torch.tensor([1.0, 2.0, 3.0])),
            "unseen": torch.nn.Parameter(torch.tensor([4.0])),
        }
        self.optimizer = make_optimizer(self.weights.values(), Recipe(0.1))
        self.checkpoints = Checkpoints(path, self.weights, self.optimizer)

    def go_on(self, *steps):
        for step in steps:
            self.weights["seen"].grad = torch.tensor([1.0, -step, step**2])
            self.optimizer.step()

    def save(self, step, seconds=LEAST_SECONDS):
        self.checkpoints._written -= seconds
        self.checkpoints.save_if_due(step)


def bits(training):
    return [weights.detach().numpy().tobytes() for weights in training.weights.values()]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "checkpoint" / "state.pt"


def test_a_training_goes_on_as_if_it_had_not_stopped(path):
    whole, begun, resumed = Training(path), Training(path), Training(path)
    whole.go_on(1, 2, 3, 4)
    begun.go_on(1, 2)
    begun.save(2)
    assert resumed.checkpoints.load() == 2
    resumed.go_on(3, 4)
    assert bits(resumed) == bits(whole)


def test_a_new_training_begins_at_step_0(path):
    assert Training(path).checkpoints.load() == 0


def test_a_checkpoint_is_written_only_when_it_is_due(path):
    training = Training(path)
    training.save(1, seconds=0)
    assert not path.exists()
    training.save(2)
    training.save(3, seconds=0)
    assert Training(path).checkpoints.load() == 2


@pytest.mark.parametrize("kept", [0, 100, 1000])
def test_half_a_checkpoint_is_refused_in_one_line(path, kept):
    training = Training(path)
    training.go_on(1)
    training.save(1)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(RunDirectoryError, match=r"state\.pt is damaged: ") as refused:
        training.checkpoints.load()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "document",
    [[], {}, {"step": 1, "weights": {}, "optimizer": {}}],
    ids=["a list", "nothing", "other weights"],
)
def test_what_is_no_checkpoint_of_these_weights_is_refused(path, document):
    path.parent.mkdir()
    torch.save(document, path)
    with pytest.raises(RunDirectoryError, match="is damaged"):
        Training(path).checkpoints.load()


class Code:
    def __reduce__(self):
        return print, ("run",)


def test_a_checkpoint_runs_no_code(path, capsys):
    path.parent.mkdir()
    torch.save({"step": Code()}, path)
    with pytest.raises(RunDirectoryError, match="is damaged"):
        Training(path).checkpoints.load()
    assert capsys.readouterr().out == ""
