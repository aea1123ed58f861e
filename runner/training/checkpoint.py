"""What a training leaves in files: models to evaluate, and checkpoints to resume from."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import torch

from algos.actor_critic import is_finite
from core.decode import convert, damaged, reason
from core.errors import RunDirectoryError
from core.old_names import translate_settings
from core.settings import TrainSettings, to_json
from mediator.features import FEATURES
from mediator.network import MediatorNet
from runner.training.tensor_file import load, save

MODEL_FORMAT, UNSEALED_MODEL = "when-to-ask-model-2", "when-to-ask-model-1"
CHECKPOINT_FORMAT, UNSEALED_CHECKPOINT = "when-to-ask-checkpoint-4", "when-to-ask-checkpoint-3"
"""The formats of today, and those of earlier files, which have no checksum."""
LARGEST_SIZE = 256
"""Of a network's input and output, in cells, planes and actions; a larger network would fill the memory."""
T = TypeVar("T", "SavedModel", "Checkpoint")


@dataclass(frozen=True, slots=True)
class SavedModel:
    """A trained network and what it was trained for.

    Attributes:
        method: name of the method that trained it (`agents.methods`).
        image_shape: (width, height, planes) of its features.
        num_actions: size of its policy.
        settings: of the training run, as `core.settings.to_json` writes them.
        weights: its state dictionary.
    """

    method: str
    image_shape: tuple[int, int, int]
    num_actions: int
    settings: dict[str, Any]
    weights: dict[str, torch.Tensor]

    def save(self, path: Path) -> None:
        """Write the model file."""
        save(path, {"format": MODEL_FORMAT, **{k: getattr(self, k) for k in self.__slots__}})

    @classmethod
    def load(cls, path: Path, device: str) -> "SavedModel":
        """Read a model file.

        Raises:
            RunDirectoryError: see `runner.training.tensor_file.load`; or a part is missing or of another type.
        """
        document = load(path, MODEL_FORMAT, device=device, unsealed=UNSEALED_MODEL)
        model = _convert(document, cls, path)
        if not all(0 < size <= LARGEST_SIZE for size in (*model.image_shape, model.num_actions)):
            raise damaged(str(path), "its network has an impossible size")
        return model

    def network(self, device: str) -> MediatorNet:
        """The network with its weights.

        Raises:
            RunDirectoryError: the weights do not fit the settings, or are not finite.
        """
        try:
            network = MediatorNet(
                self.image_shape,
                self.num_actions,
                self.settings["heads"],
                FEATURES[self.settings["features"]].num_global,
                torch.Generator(),
            )
            network.load_state_dict(self.weights)
        except (RuntimeError, ValueError, TypeError, KeyError) as error:
            raise RunDirectoryError(
                f"the saved weights do not fit their settings: {reason(error)}"
            ) from error
        if not is_finite(network, {}):
            raise RunDirectoryError("the saved weights are not finite numbers: train the run again")
        return network.to(device).eval()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything that a training run resumes from.

    Attributes:
        method: as in `SavedModel`.
        settings: of the run.
        progress: the fields of `runner.training.state.TrainState`.
        weights, optimizer: state dictionaries.
        generator: state of the generator of minibatches.
        memory: for each planner, the replies it has given (`mediator.answer_table`).
    """

    method: str
    settings: dict[str, Any]
    progress: dict[str, Any]
    weights: dict[str, torch.Tensor]
    optimizer: dict[str, Any]
    generator: torch.Tensor
    memory: list[list[dict[str, Any]]]

    def save(self, path: Path) -> None:
        """Write the checkpoint file."""
        save(path, {"format": CHECKPOINT_FORMAT, **{k: getattr(self, k) for k in self.__slots__}})

    @classmethod
    def load(cls, path: Path) -> "Checkpoint":
        """Read a checkpoint file; tensors come to the CPU.

        Raises:
            RunDirectoryError: see `runner.training.tensor_file.load`; or a part is missing or of another type.
        """
        document = load(path, CHECKPOINT_FORMAT, unsealed=UNSEALED_CHECKPOINT)
        return _convert(document, cls, path)


def _convert(document: dict[str, Any], kind: type[T], path: Path) -> T:
    """A document whose parts have their types, and all settings of today; those that were added since get defaults."""
    parts = convert(document, kind, str(path))
    settings = convert(translate_settings(parts.settings), TrainSettings, f"{path}, settings,")
    return replace(parts, settings=to_json(settings))
