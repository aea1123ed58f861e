"""Weights on disk: models to evaluate, and checkpoints to resume from. Nothing unpickles code."""

import io
import pickle
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from core.errors import RunDirectoryError
from core.files import write_bytes
from core.old_names import translate_settings
from core.settings import NetworkSettings, from_json
from mediator.features import FEATURES
from mediator.network import MediatorNet

MODEL_FORMAT = "when-to-ask-model-1"
CHECKPOINT_FORMAT = "when-to-ask-checkpoint-3"


def save(path: Path, document: dict[str, Any]) -> None:
    """Write tensors and plain values; the old file stays until the new one is whole."""
    content = io.BytesIO()
    torch.save(document, content)
    write_bytes(path, content.getvalue())


def load(path: Path, file_format: str, device: str) -> dict[str, Any]:
    """Read what `save` wrote.

    Raises:
        RunDirectoryError: the file is missing, truncated, of another program, or holds more than
            tensors and plain values.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of foreign files, which are refused below anyway
            document = torch.load(path, map_location=device, weights_only=True)
    except FileNotFoundError:
        raise RunDirectoryError(f"{path} does not exist: train this run first") from None
    except (
        OSError,
        RuntimeError,
        EOFError,
        ValueError,
        LookupError,
        pickle.UnpicklingError,
    ) as error:
        reason = str(error).strip().split("\n")[0][:120]
        raise RunDirectoryError(
            f"{path} is damaged or not a file of this program: {reason}"
        ) from error
    found = document.get("format") if isinstance(document, dict) else None
    if found != file_format:
        raise RunDirectoryError(f"{path} is not a file of format {file_format!r} but {found!r}")
    assert isinstance(document, dict)
    return document


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
            RunDirectoryError: see `load`.
        """
        document = load(path, MODEL_FORMAT, device)
        try:
            parts = {k: document[k] for k in cls.__slots__}
            return cls(**{**parts, "settings": translate_settings(parts["settings"])})
        except (KeyError, AttributeError) as error:
            raise RunDirectoryError(f"{path} lacks {error}") from error

    def network(self, device: str) -> MediatorNet:
        """The network with its weights.

        Raises:
            RunDirectoryError: the weights do not fit the settings.
        """
        try:
            network_settings = from_json(NetworkSettings, self.settings)
            network = MediatorNet(
                self.image_shape,
                self.num_actions,
                network_settings.heads,
                FEATURES[network_settings.features].num_global,
                torch.Generator(),
            )
            network.load_state_dict(self.weights)
        except (RuntimeError, ValueError, TypeError, KeyError) as error:
            raise RunDirectoryError(
                f"the saved weights do not fit their settings: {error}"
            ) from error
        return network.to(device).eval()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything that a training run resumes from.

    Attributes:
        method: as in `SavedModel`.
        settings: of the run.
        progress: the fields of `runner.trainer.TrainState`.
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
            RunDirectoryError: see `load`.
        """
        document = load(path, CHECKPOINT_FORMAT, "cpu")
        try:
            parts = {k: document[k] for k in cls.__slots__}
            return cls(**{**parts, "settings": translate_settings(parts["settings"])})
        except (KeyError, AttributeError) as error:
            raise RunDirectoryError(f"{path} lacks {error}") from error
