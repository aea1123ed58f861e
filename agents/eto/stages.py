"""The stages of a run that change weights; each has a directory, from which it resumes."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from agents.eto.pairing import warn_of_one_answer
from core.console import echo
from core.errors import ModelMissing
from core.settings import ImitationSettings, PreferenceSettings, TrainingSettings, is_tiny
from core.settings.tuning import as_typed, default_values
from core.trajectory import Pair, Trajectory
from tuning.recipe import Recipe
from tuning.tiny import make_tiny, read_shape
from tuning.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from tuning.stage import FinishedStage

PACKAGES = ("torch", "transformers", "peft")


def check_model(settings: TrainingSettings) -> None:
    """Check what a training begins with, before an expert plays or an old run is replaced.

    Raises:
        ModelMissing: a package is not installed, there is no such model, or its tokenizer cannot be used.
        SettingsError: a tiny model of this shape cannot be made, or there is no such device.
    """
    for name in PACKAGES:
        if find_spec(name) is None:
            raise ModelMissing(f"tuning a model needs {name}: make install-llm")
    # slow to import
    from tuning.encoding import ChatEncoder
    from tuning.processes import check_devices

    if is_tiny(settings.model_path):
        read_shape(settings.model_path)
    else:
        ChatEncoder(load_tokenizer(settings.model_path), settings.max_length)
    check_devices(settings.device, settings.num_processes)


def show_values(settings: TrainingSettings) -> None:
    """Print the flags of training whose defaults depend on the model."""
    values = {name: getattr(settings, name, None) for name in default_values(settings.model_path)}
    given = (f"--{name} {as_typed(value)}" for name, value in values.items() if value is not None)
    echo(f"training with {' '.join(given)}")


def first_model(settings: TrainingSettings, trajectories: Sequence[Trajectory], place: Path) -> str:
    """The model that a run begins with.

    Args:
        settings: of the run.
        trajectories: whose words become the tokens of a model from scratch.
        place: directory of a model from scratch, which is made if it is not there.

    Returns:
        The path or the hub name.
    """
    if not is_tiny(settings.model_path):
        return settings.model_path
    if not place.exists():
        texts = (message.content for one in trajectories for message in one.messages)
        make_tiny(settings.model_path, texts, place, settings.seed)
    return str(place)


def imitate(
    model: str,
    trajectories: Sequence[Trajectory],
    recipe: Recipe,
    place: Path,
    title: str,
    settings: ImitationSettings,
) -> "FinishedStage":
    """Train a model to give the answers of trajectories.

    Args:
        model: path or name.
        trajectories: what is imitated.
        recipe: see `imitation_recipe`.
        place: directory of the stage.
        title: what the stage is called.
        settings: of the run.

    Raises:
        NothingToTrainOn: as it says.
        ModelMissing, RunDirectoryError, TrainingDiverged, TrainingInterrupted: see `tuning.training.train_sft`.
    """
    # slow to import
    from tuning.encoding import ChatEncoder, encode_trajectories, with_observations
    from tuning.training import train_sft

    encoder = ChatEncoder(load_tokenizer(model), settings.max_length)
    samples = encode_trajectories(encoder, trajectories)
    echo(f"{title}, trajectories: {samples.describe()}")
    kept = samples.kept
    if settings.loss_on == "all":
        kept = tuple(map(with_observations, kept))
    return train_sft(model, kept, recipe, place, title)


def prefer(
    model: str,
    pairs: Sequence[Pair],
    recipe: Recipe,
    place: Path,
    title: str,
    settings: PreferenceSettings,
) -> "FinishedStage":
    """Train a model to prefer the chosen sides of pairs; the reference is the model itself.

    Args: see `imitate`, and `preference_recipe`.

    Raises: see `imitate`.
    """
    # slow to import
    from tuning.encoding import ChatEncoder, encode_pairs
    from tuning.training import train_dpo

    warn_of_one_answer(title, pairs)
    samples = encode_pairs(ChatEncoder(load_tokenizer(model), settings.max_length), pairs)
    echo(f"{title}, pairs as tokens: {samples.describe()}")
    return train_dpo(model, samples.kept, recipe, place, title)


def imitation_recipe(settings: ImitationSettings) -> Recipe:
    """How a model is trained on trajectories: warm-up and schedule as published."""
    return Recipe(
        learning_rate=settings.sft_lr,
        epochs=settings.sft_epochs,
        batch_size=settings.sft_batch_size,
        schedule="cosine",
        warmup=0.03,
        lora_rank=settings.lora_rank,
        dtype=settings.dtype,
        device=settings.device,
        micro_tokens=settings.micro_tokens,
        num_processes=settings.num_processes,
        seed=settings.seed,
    )


def preference_recipe(settings: PreferenceSettings, iteration: int = 1) -> Recipe:
    """How a model is trained on pairs in an iteration, from 1: warm-up and schedule as published."""
    return Recipe(
        learning_rate=_of(settings.dpo_lr, iteration),
        epochs=settings.dpo_epochs,
        batch_size=settings.dpo_batch_size,
        schedule="constant",
        warmup=0.1,
        beta=_of(settings.beta, iteration),
        sft_weight=_of(settings.sft_weight, iteration),
        lora_rank=settings.lora_rank,
        dtype=settings.dtype,
        device=settings.device,
        micro_tokens=settings.micro_tokens,
        num_processes=settings.num_processes,
        seed=settings.seed,
    )


def _of(values: Sequence[float], iteration: int) -> float:
    """The value of an iteration, from 1; the last one stays."""
    return values[min(iteration, len(values)) - 1]
