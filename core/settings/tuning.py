"""Flags of verbs that tune a language model on trajectories: sft, explore, dpo and eto."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from core.choices import CONTROLS, DTYPES, EXPERTS, LOSS_ON, TEXT_AGENTS
from core.errors import SettingsError
from core.flags import flag
from core.settings.limits import LARGEST_WEIGHT, episodes
from core.settings.text import ExperimentSettings, TextSettings
from core.task import TEXT_TASKS, find_text_tasks

TINY = "tiny"
"""A model path that begins so is a small model from scratch (`tuning.tiny`)."""
PUBLISHED_VALUES: Mapping[str, Any] = {
    "sft_lr": 2e-5,
    "sft_epochs": 3,
    "sft_batch_size": 64,
    "dpo_lr": (1e-6, 5e-7),
    "dpo_epochs": 3,
    "dpo_batch_size": 32,
    "beta": (0.1, 0.5),
    "sft_weight": (0.0,),
}
"""Those of ETO's code for models of seven billion parameters."""
TINY_VALUES: Mapping[str, Any] = {
    "sft_lr": 3e-3,
    "sft_epochs": 10,
    "sft_batch_size": 8,
    "dpo_lr": (1e-4,),
    "dpo_epochs": 2,
    "dpo_batch_size": 8,
    "beta": (0.1,),
    "sft_weight": (1.0,),
}
"""Those for a tiny model from scratch, and for one that was tuned before."""
TINY_MARK = "from_scratch"
"""The entry of a tiny model's ``config.json`` that tells what it is."""
BETA = "beta of the DPO loss: the larger, the closer the model stays to the one it begins with"
SFT_WEIGHT = "weight of the chosen side's negative log-likelihood, which is added to the DPO loss"
EACH_ITERATION = "several: one for each iteration, the last one stays"


def is_tiny(model_path: str) -> bool:
    """Whether a model path names a model from scratch, and no directory; a directory can be written as ``./tiny``."""
    return model_path.partition(":")[0] == TINY


def was_tiny(model_path: str) -> bool:
    """Whether a directory holds a tiny model that was tuned before (`TINY_MARK`)."""
    config = Path(model_path) / "config.json"
    try:
        return json.loads(config.read_text("utf-8")).get(TINY_MARK) is True
    # loading the model says what is wrong
    except (OSError, ValueError, AttributeError, RecursionError):
        return False


def default_values(model_path: str) -> Mapping[str, Any]:
    """Values of the flags of training that were not given."""
    is_small = is_tiny(model_path) or was_tiny(model_path)
    return TINY_VALUES if is_small else PUBLISHED_VALUES


def as_typed(value: float | tuple[float, ...]) -> str:
    """A value of a flag as it is typed."""
    return " ".join(f"{one:g}" for one in (value if isinstance(value, tuple) else (value,)))


def _defaults(name: str) -> str:
    published, tiny = (as_typed(values[name]) for values in (PUBLISHED_VALUES, TINY_VALUES))
    return f"{published} as published, {tiny} for tiny"


def dtype_flag() -> Any:
    """The flag --dtype of everything that trains a language model; see `dtype_on`."""
    return flag("auto", "type of the numbers in the forward pass of training", choices=DTYPES)


def processes_flag() -> Any:
    """The flag --num_processes of everything that trains a language model."""
    return flag(
        1,
        "processes that train together, each with the whole model: with --device cuda each has a GPU of its own, on a "
        "CPU they share the cores",
        at_least=1,
        at_most=64,
    )


def dtype_on(device: str, dtype: str) -> str:
    """A value of --dtype; on a device, of ``auto``."""
    if dtype != "auto":
        return dtype
    return "bfloat16" if device.startswith("cuda") else "float32"


def _epochs(name: str, help: str) -> Any:
    return flag(
        0,
        f"{help}; 0: {_defaults(name)}",
        at_least=0,
        at_most=10_000,
        because="each passes over all data",
    )


def _train_num() -> Any:
    return episodes(
        0,
        "number of training cases, spread evenly over all; 0: all, or 100 where there is no end; in ALFWorld, games "
        "with other goals in the same rooms follow the published ones",
        at_least=0,
    )


def _batch_size(name: str, help: str) -> Any:
    return flag(0, f"{help}; 0: {_defaults(name)}", at_least=0, at_most=2**16)


@dataclass(frozen=True, kw_only=True)
class TuningSettings(TextSettings):
    """The model that is tuned, and how it plays."""

    task: str = flag("SimpleDoorKey", ", ".join(TEXT_TASKS))
    model_path: str = flag(
        TINY,
        "the model: a directory or hub name, or tiny, a small one from scratch (tiny:256x4: width and layers)",
    )
    agent: str = flag("react", "what an answer is", choices=TEXT_AGENTS)
    test_num: int = episodes(
        0, "number of test cases, the first ones; 0: all, or 100 where there is no end", at_least=0
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(find_text_tasks(self.task)) > 1:
            raise SettingsError(
                f"--task {self.task}: a model is tuned for one task; choose one of {', '.join(TEXT_TASKS)}"
            )
        for name, value in default_values(self.model_path).items():
            if getattr(self, name, True) in (0, ()):
                object.__setattr__(self, name, value)


@dataclass(frozen=True, kw_only=True)
class TrainingSettings(TuningSettings):
    """Training of any kind."""

    lora_rank: int = flag(
        0,
        "rank of a low-rank update of all linear layers; 0: all weights are trained",
        at_least=0,
        at_most=4096,
    )
    dtype: str = dtype_flag()
    max_length: int = flag(
        4096,
        "longest trajectory in tokens; a longer one ends after the last answer that fits",
        at_least=16,
        at_most=2**20,
    )
    micro_tokens: int = flag(
        16384,
        "most tokens in memory at once; a batch is computed in such parts",
        at_least=16,
        at_most=2**24,
    )
    num_processes: int = processes_flag()

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "dtype", dtype_on(self.device, self.dtype))


@dataclass(frozen=True, kw_only=True)
class ExpertSettings(TuningSettings):
    """Demonstrations."""

    expert: str = flag("scripted", "who demonstrates the training cases", choices=EXPERTS)
    train_num: int = _train_num()
    other_actions: int = flag(
        0,
        "supervised training also makes each of the expert's actions more likely than this many others that were "
        "possible (with --constrained and --agent act); 0: none",
        at_least=0,
        at_most=100,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.other_actions and not (self.constrained and self.agent == "act"):
            raise SettingsError("--other_actions: give --constrained and --agent act, too")


@dataclass(frozen=True, kw_only=True)
class ImitationSettings(TrainingSettings):
    """Supervised training."""

    sft_epochs: int = _epochs("sft_epochs", "passes over the trajectories")
    sft_lr: float = flag(
        0.0,
        f"largest learning rate, falling as a cosine; 0: {_defaults('sft_lr')}",
        at_least=0,
        at_most=1,
    )
    sft_batch_size: int = _batch_size("sft_batch_size", "trajectories in a gradient step")
    loss_on: str = flag(
        "answers", "which tokens carry loss in supervised training", choices=LOSS_ON
    )


@dataclass(frozen=True, kw_only=True)
class PreferenceSettings(TrainingSettings):
    """Training on pairs."""

    dpo_epochs: int = _epochs("dpo_epochs", "passes over the pairs")
    dpo_lr: tuple[float, ...] = flag(
        (),
        f"learning rate; {EACH_ITERATION} (default: {_defaults('dpo_lr')})",
        at_least=0,
        at_most=1,
    )
    dpo_batch_size: int = _batch_size("dpo_batch_size", "pairs in a gradient step")
    beta: tuple[float, ...] = flag(
        (),
        f"{BETA}; {EACH_ITERATION} (default: {_defaults('beta')})",
        at_least=0,
        at_most=LARGEST_WEIGHT,
    )
    sft_weight: tuple[float, ...] = flag(
        (),
        f"{SFT_WEIGHT}; {EACH_ITERATION} (default: {_defaults('sft_weight')})",
        at_least=0,
        at_most=LARGEST_WEIGHT,
    )
    among_own: bool = flag(
        False, "also pairs of an explored success and an explored failure of the same case"
    )
    shared_prefix: bool = flag(
        False, "the turns that both sides of a pair begin with become prompt, and carry no loss"
    )


@dataclass(frozen=True, kw_only=True)
class ExplorationSettings(TuningSettings):
    """Exploration."""

    explorations: int = flag(
        1,
        "number of times each training case is explored, in each iteration",
        at_least=1,
        at_most=100,
        because="each plays all training cases",
    )


@dataclass(frozen=True, kw_only=True)
class SftSettings(ImitationSettings, ExpertSettings):
    """Supervised training on demonstrations."""

    data: str = flag(
        "", "JSON file of trajectories in the published form, instead of an expert's episodes"
    )
    no_eval: bool = flag(False, "end after training, without playing the test cases")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.other_actions and self.data:
            raise SettingsError(
                "--other_actions: leave out --data, which does not say which other actions were possible"
            )


@dataclass(frozen=True, kw_only=True)
class ExploreSettings(ExplorationSettings):
    """Exploration of training cases."""

    model_path: str = flag(
        "", "the model of --planner local: a directory, for example that of sft, or a hub name"
    )
    train_num: int = _train_num()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.planner == "local":
            refuse_untrained(self.model_path)
        if self.explorations > 1 and self.temperature == 0:
            raise SettingsError(
                f"--explorations {self.explorations}: at --temperature 0 all are the same"
            )


@dataclass(frozen=True, kw_only=True)
class DpoSettings(PreferenceSettings):
    """Training on pairs, or on trajectories of which pairs are made."""

    model_path: str = flag("", "the model: a directory, for example that of sft, or a hub name")
    pairs: str = flag("", "JSON file of pairs in the published form")
    experts: str = flag("", "JSON file of an expert's trajectories, to be paired with --explored")
    explored: str = flag(
        "",
        "JSON file of the model's own trajectories, with their rewards; or a directory of eval_agent's files",
    )
    no_eval: bool = flag(False, "end after training, without playing the test cases")

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_untrained(self.model_path)
        if bool(self.pairs) == bool(self.explored) or (self.experts and not self.explored):
            raise SettingsError("give --pairs FILE, or --explored FILE with --experts FILE")
        if self.explored and not (self.experts or self.among_own):
            raise SettingsError(
                "--explored: give --experts FILE, too, or --among_own for pairs of these trajectories alone"
            )


@dataclass(frozen=True, kw_only=True)
class EtoSettings(
    ExplorationSettings, PreferenceSettings, ImitationSettings, ExpertSettings, ExperimentSettings
):
    """Exploration-based trajectory optimization."""

    num_iterations: int = flag(
        3,
        "number of iterations: exploration, then training on pairs",
        at_least=1,
        at_most=99,
        because="each plays all cases",
    )
    explore_num: int = episodes(
        0, "number of training cases that are explored, spread evenly; 0: all", at_least=0
    )
    explore_temperature: float = flag(
        0.0, "sampling temperature of exploration; 0 is greedy", at_least=0, at_most=100
    )
    dev_num: int = episodes(
        0, "number of dev cases, which choose the best iteration, spread evenly; 0: all", at_least=0
    )
    controls: tuple[str, ...] = flag(
        tuple(name for name in CONTROLS if name != "none"),
        "other trainings with as many gradient steps, for comparison",
        choices=CONTROLS,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if "none" in self.controls and len(self.controls) > 1:
            raise SettingsError("--controls none: give no other control beside it")
        if self.explorations > 1 and self.explore_temperature == 0:
            raise SettingsError(
                f"--explorations {self.explorations}: at --explore_temperature 0 all are the same"
            )

    def exploring(self) -> Self:
        """The settings for exploration: with its own temperature."""
        return replace(self, temperature=self.explore_temperature)


def refuse_untrained(model_path: str) -> None:
    """Check that a trained model is named.

    Raises:
        SettingsError: no model is named, or one from scratch.
    """
    if not model_path:
        raise SettingsError("--model_path is missing: a directory of a model, such as that of sft")
    if is_tiny(model_path):
        raise SettingsError(
            f"--model_path {model_path} is a model from scratch, which has learned nothing: tune it with sft first, "
            "and give the directory that sft names"
        )
