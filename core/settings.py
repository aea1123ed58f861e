"""Settings: one frozen dataclass a verb; names, defaults and help stand here and nowhere else.

`add_arguments` turns the fields of a dataclass into command-line flags and `from_flags` turns
what was given back into the dataclass. Nothing here is slow to import: `--help` must be instant.
"""

import argparse
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from core.errors import SettingsError
from core.task import ALL, PAPER_ROOMS, ROOMS, TASKS, canonical_name, is_all_tasks

SKILL_SETS = ("paper", "frontier")
TABLE_POLICIES = ("baseline", "always", "random", "oracle", "learned", "RL")
POLICIES = ("ppo", "vpg_ratio", "vpg_logp")
LONGEST_TIMEOUT = 1e6
EVALUATION_SEEDS = range(100)
"""The paper's test layouts; no training layout comes from them (docs/DEVIATIONS.md)."""


def flag(
    default: Any = MISSING, help: str = "", *, choices: tuple[str, ...] | None = None, **meta: Any
) -> Any:
    """A field of a settings dataclass that is also a flag; extra metadata goes to argparse."""
    metadata = {"help": help, "choices": choices, **meta}
    return (
        field(metadata=metadata)
        if default is MISSING
        else field(default=default, metadata=metadata)
    )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a verb takes from the command line."""


@dataclass(frozen=True, kw_only=True)
class PlannerSettings(Settings):
    """Who is asked, and how."""

    planner: str = flag(
        "scripted",
        "scripted answers by rules without a server; fastchat is any server with an OpenAI-style API; local "
        "is a model in this process (make install-llm); replay answers from --record_file",
        choices=("scripted", "fastchat", "local", "replay"),
    )
    planner_mode: str = flag(
        "generate",
        "generate: the language model writes its plan; rank: it chooses the likeliest of those that can be "
        "carried out (--planner local, or a server that gives log-probabilities)",
        choices=("generate", "rank"),
    )
    no_examples: bool = flag(False, "show the language model the rules, but no worked examples")
    model_path: str = flag(
        "",
        "directory or hub name of --planner local (default: the small model of make install-llm)",
    )
    llm_url: str = flag(
        "http://127.0.0.1:8000/v1/chat/completions",
        "where --planner fastchat asks; a key is taken from the environment variable OPENAI_API_KEY",
    )
    llm_model: str = flag(
        "", "the model's name there (default: the first one the server offers when a run begins)"
    )
    llm_timeout: float = flag(
        60.0, "seconds to wait for the server, 0: for ever; it is asked up to 5 times"
    )
    llm_in_flight: int = flag(8, "so many questions are put to the server at a time")
    llm_template: str = flag(
        "chatml",
        "how a server's model writes a conversation; for --planner_mode rank",
        choices=("chatml", "vicuna"),
    )
    temperature: float = flag(0.0, "of the language model; 0 is always the same answer")
    max_tokens: int = flag(128, "the longest answer the language model may give")
    stop: tuple[str, ...] = flag((), "an answer ends before any of these", nargs="+", type=str)
    answers_per_question: int = flag(
        1, "so many answers are had to each question, and one is drawn at every asking"
    )
    answer_store: str = flag(
        "answers.sqlite",
        "file in LOGDIR that keeps the answers of language models for all runs; none keeps nothing. Served "
        "models are told apart by their names",
    )
    token_prices: tuple[float, ...] = flag(
        (), "what a million tokens cost, of prompts and of answers", nargs=2, type=float
    )
    record_file: str = flag(
        "", "JSONL of questions and answers: written by any planner, read by --planner replay"
    )


@dataclass(frozen=True, kw_only=True)
class BaseRunSettings(PlannerSettings):
    """What every run with a language model needs: which task, and where the run is kept."""

    task: str = flag(
        "SimpleDoorKey",
        f"{', '.join(TASKS)}; {ALL}: one mediator for all of them together (not ask, play, planners)",
    )
    save_name: str = flag(help="name of the run: its directory is LOGDIR/POLICY/TASK/SAVE_NAME")
    logdir: str = flag("log", "where runs are kept")
    seed: int = flag(0, "fixes every random draw of the run")
    device: str = flag("cpu", "cpu, cuda or cuda:N: where the network and --planner local compute")


@dataclass(frozen=True, kw_only=True)
class RunSettings(BaseRunSettings):
    """A run in door rooms."""

    rooms: str = flag(
        PAPER_ROOMS,
        "rooms of 5 to so many cells a side, and a view of so many",
        choices=tuple(ROOMS),
    )
    policy: str = flag("ppo", "objective the mediator learns by", choices=POLICIES)
    run_seed_list: tuple[int, ...] = flag(
        (), "several seeds, one run each in SAVE_NAME_seedN; overrides --seed", nargs="+", type=int
    )
    skills: str = flag(
        "paper",
        "paper: the reference's own; frontier: explore round obstacles",
        choices=SKILL_SETS,
    )
    ask_cost: str = flag(
        "paper",
        "paper: only a question that changes nothing is charged; code: the public code's rule; each: every "
        "question is charged alike",
        choices=("paper", "code", "each"),
    )
    ask_lambda: float = flag(0.01, "price of a question, in units of reward")
    num_envs: int = flag(128, "rooms that are stepped together")
    engine: str = flag(
        "auto",
        "batched: all rooms at once by compiled code, made once in half a minute; readable: one room "
        "after the other through gymnasium. The numbers are the same; auto takes what is there",
        choices=("auto", "batched", "readable"),
    )

    @property
    def group(self) -> str:
        """The directory below LOGDIR."""
        return self.policy


@dataclass(frozen=True, kw_only=True)
class TextSettings(BaseRunSettings):
    """An agent that acts in a text world through a language model."""

    task: str = flag("SimpleDoorKey", f"{', '.join(TASKS)}; {ALL}: one after the other")
    save_name: str = flag(help="name of the run: its directory is LOGDIR/METHOD/TASK/SAVE_NAME")
    test_num: int = flag(100, "number of cases: the evaluation seeds 0, 1, ...")
    max_steps: int = flag(
        0, "an episode is cut off after this number of the model's answers; 0: the task's own limit"
    )
    num_envs: int = flag(
        16, "episodes under way at the same time; their requests are sent together"
    )
    show: bool = flag(False, "print every episode: observations, answers and actions")
    resume: bool = flag(False, "keep the finished cases of this run and play the others")
    overwrite: bool = flag(False, "replace a run of the same name")


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """What rebuilds a network; kept in the model file."""

    features: str = flag(
        "news",
        "what the network sees. news: how many things of each kind came and went, what is carried and what "
        "kinds of thing are in sight, without places; planes: this image less the last, a plane for each "
        "kind of thing; hand: the same and what is carried; scene: the same and what kinds of thing are "
        "in sight; map: this image and what is carried; difference: of codes, the paper's; frames: both "
        "images",
        choices=("news", "scene", "hand", "map", "planes", "difference", "frames"),
    )
    heads: str = flag(
        "option",
        "single: one head; option: one for each kind of sub-goal that may be under way (the paper's 2 x K)",
        choices=("single", "option"),
    )


@dataclass(frozen=True, kw_only=True)
class NoiseSettings:
    """How often a planner is wrong."""

    planner_noise: float = flag(
        0.0,
        "share of askings that are misled: the answer is another plan than the planner's, if another can be "
        "carried out. An evaluation does not take it from the model",
    )


@dataclass(frozen=True, kw_only=True)
class TrainSettings(RunSettings, NetworkSettings, NoiseSettings):
    """Learning."""

    n_itr: int = flag(200, "iterations: collect episodes, then update")
    traj_per_itr: int = flag(128, "episodes an iteration, of each task")
    ask_budget: float = flag(
        0.0,
        "questions an episode may put on average: --ask_lambda is only the first price then, every question "
        "costs it (--ask_cost each), and it is learned; 0: no budget",
    )
    gamma: float = flag(0.99, "discount")
    lam: float = flag(0.6, "lambda of generalized advantage estimation; 1 is Monte Carlo")
    lr: float = flag(2e-3, "Adam's learning rate, annealed to 0 over the run")
    batch_size: int = flag(512, "steps in a minibatch")
    epochs: int = flag(4, "passes over a batch (ppo; the vpg objectives make one)")
    clip_eps: float = flag(0.2, "PPO's clipping range")
    max_kl: float = flag(0.05, "a PPO update ends where it has moved the policy so far")
    entropy_coef: float = flag(0.02, "weight of the entropy bonus, annealed to 0 over the run")
    value_coef: float = flag(0.5, "weight of the value loss")
    max_grad_norm: float = flag(0.5, "gradients are clipped to this norm")
    eval_every: int = flag(25, "iterations between evaluations on held-out layouts; 0: never")
    test_num: int = flag(100, "held-out layouts of an evaluation: seeds 0, 1, ...")
    resume: bool = flag(False, "go on from the last checkpoint of this run")
    overwrite: bool = flag(False, "replace a run of the same name")


RL_DEFAULTS: Mapping[str, Any] = {"lam": 0.95}
"""Without a planner the reward comes late: what led to it is a hundred decisions away."""

QUICK: Mapping[str, Any] = {
    "n_itr": 60, "epochs": 2, "lr": 8e-3, "entropy_coef": 0.01, "ask_cost": "code", "ask_lambda": 0.015,
}  # fmt: skip
QUICK_RL: Mapping[str, Any] = {**QUICK, "n_itr": 50, "batch_size": 1024, "lam": 0.9}
"""Few and large steps, and a price that tells useless questions well apart; one seed in ten is not certain by
argmax then (docs/ABLATIONS.md, "How short a training")."""


@dataclass(frozen=True, kw_only=True)
class EvalSettings(RunSettings, NoiseSettings):
    """Evaluation of a way of asking, or of a trained model."""

    test_num: int = flag(100, "layouts: seeds 0, 1, ... (0-99 are the paper's test layouts)")
    show: bool = flag(False, "print every question, answer and plan")
    record: bool = flag(False, "write GIF, MP4 and dialogue of the first --record_num episodes")
    record_num: int = flag(3, "how many episodes --record films")
    decide: str = flag(
        "sample",
        "how a trained policy decides: sample as in training, or argmax",
        choices=("sample", "argmax"),
    )


@dataclass(frozen=True, kw_only=True)
class AskSettings(RunSettings):
    """One question to the planner."""

    observation: str = flag(
        help='what is in sight and in hand, for example "observed a key, observed a door"',
        positional=True,
    )


@dataclass(frozen=True, kw_only=True)
class PlaySettings(RunSettings):
    """A person at the keyboard."""

    layout: int = flag(0, "seed of the first layout")


@dataclass(frozen=True, kw_only=True)
class PlannersSettings(RunSettings):
    """A planner, measured on every distinct question of a task."""

    num_layouts: int = flag(200, "episodes in which questions are gathered")
    show: bool = flag(False, "print every question and answer")


@dataclass(frozen=True, kw_only=True)
class ServeSettings(Settings):
    """A model behind FastChat on this machine."""

    model_path: str = flag(
        "",
        "model directory or hub name (default: SmolLM2-135M-Instruct, from make install-llm); FastChat runs "
        "code that comes with a model, so serve only what you trust",
    )
    model_name: str = flag("", "what clients call it (default: the last part of --model_path)")
    num_workers: int = flag(1, "copies of the model, each in a process of its own")
    host: str = flag("127.0.0.1", "address to listen at; other than this one, others can reach it")
    port: int = flag(8000, "port of the OpenAI-style server; the other processes take free ones")
    device: str = flag("cpu", "cpu, cuda, mps: where the workers compute")
    conv_template: str = flag(
        "", "FastChat's name of the conversation format (default: what it finds for the model)"
    )
    logdir: str = flag("log", "the processes' logs go to LOGDIR/serve/PORT")


@dataclass(frozen=True, kw_only=True)
class ReportSettings(Settings):
    """A page about some runs."""

    runs: tuple[str, ...] = flag(
        help="run directories, for example log/ppo/simpledoorkey/experiment01; several are compared",
        positional=True,
        nargs="+",
    )
    out: str = flag("", "the page (default: report.html in the first run's directory)")


@dataclass(frozen=True, kw_only=True)
class ManySettings(PlannerSettings):
    """Many runs."""

    tasks: tuple[str, ...] = flag(
        tuple(TASKS), "which tasks", nargs="+", type=str, choices=tuple(TASKS)
    )
    seeds: tuple[int, ...] = flag(
        (0, 1, 2, 3, 4), "training seeds, one run each", nargs="+", type=int
    )
    quick: bool = flag(
        False,
        "trainings of a quarter of the time, in LOGDIR/quick: larger steps and, where there is no budget, the public "
        "code's price of a question",
    )
    n_itr: int = flag(0, "iterations of each training; 0: those of its verb, or of --quick")
    traj_per_itr: int = flag(0, "episodes an iteration, of each task; 0: those of its verb")
    test_num: int = flag(100, "held-out layouts: seeds 0, 1, ...")
    processes: int = flag(os.cpu_count() or 1, "runs at a time")
    logdir: str = flag("log/table", "where runs are kept; what is finished there is not done again")
    out: str = flag("", "where tables and pictures go (default: LOGDIR)")


@dataclass(frozen=True, kw_only=True)
class TableSettings(ManySettings):
    """The paper's table."""

    policies: tuple[str, ...] = flag(
        TABLE_POLICIES,
        "asking policies; RL learns to choose skills and never asks",
        nargs="+",
        type=str,
        choices=TABLE_POLICIES,
    )
    skill_sets: tuple[str, ...] = flag(
        SKILL_SETS, "the skills that train knows, too", nargs="+", type=str, choices=SKILL_SETS
    )


@dataclass(frozen=True, kw_only=True)
class ParetoSettings(ManySettings):
    """Success for questions."""

    budgets: tuple[float, ...] = flag(
        (2.0, 2.5, 3.0, 3.5, 4.5), "questions an episode", nargs="+", type=float
    )
    skills: str = flag("paper", "as for train", choices=SKILL_SETS)


@dataclass(frozen=True, kw_only=True)
class TransferSettings(ManySettings):
    """What survives elsewhere."""

    skill_sets: tuple[str, ...] = flag(
        SKILL_SETS, "the skills that train knows, too", nargs="+", type=str, choices=SKILL_SETS
    )


PLANNER_FLAGS = frozenset(PlannerSettings.__dataclass_fields__) | {
    "ask_cost", "ask_lambda", "ask_budget", "planner_noise",
}  # fmt: skip
"""Flags that mean nothing where nobody is asked."""
MANY = ("run_seed_list", "answers_per_question")
"""Flags that mean nothing where there is one run, and one answer to a question."""

S = TypeVar("S", bound=Settings)
R = TypeVar("R", bound=RunSettings)

FROM_THE_MODEL = ("rooms", "skills", "ask_cost", "ask_lambda")
"""Settings an evaluation takes from the trained run unless they are given."""


def add_arguments(parser: argparse.ArgumentParser, settings: type[S], **defaults: Any) -> None:
    """One flag for each field; `defaults` override the fields' own."""
    for item in fields(settings):
        meta = dict(item.metadata)
        choices, text = meta.pop("choices"), meta.pop("help")
        default = defaults.get(item.name, item.default)
        if item.type is bool:
            parser.add_argument(f"--{item.name}", action="store_true", default=None, help=text)
            continue
        if meta.pop("positional", False):
            parser.add_argument(item.name, help=text, **meta)
            continue
        required = default is MISSING
        shown = "" if required or default in ("", ()) else f" (default: {default})"
        parser.add_argument(
            f"--{item.name}",
            type=meta.pop("type", item.type),
            required=required,
            default=None,
            choices=choices,
            metavar=None if choices else item.name.upper(),
            help=(text + shown).replace("%", "%%"),
            **meta,
        )


def from_flags(settings: type[S], flags: Mapping[str, Any], **defaults: Any) -> S:
    """The dataclass of the flags that were given; `defaults` override the fields' own.

    Raises:
        SettingsError: there is no such flag or task, or a value is out of its range.
    """
    unknown = flags.keys() - {item.name for item in fields(settings)}
    if unknown:
        raise SettingsError(f"unknown settings: {', '.join(sorted(unknown))}")
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in flags.items()}
    if "task" in given:
        given["task"] = canonical_name(given["task"])
    made = settings(**{**defaults, **given})
    check_ranges(made)
    return made


def check_ranges(settings: Settings) -> None:
    """Refuse numbers that make no sense.

    Raises:
        SettingsError: naming the flag, the value and what is allowed.
    """
    of_training = 0 if isinstance(settings, ManySettings) else 1
    at_least: Mapping[str, float] = {
        "seed": 0, "num_envs": 1, "ask_lambda": 0, "ask_budget": 0, "n_itr": of_training, "traj_per_itr": of_training, "batch_size": 1,
        "epochs": 1, "lr": 0, "clip_eps": 0, "max_kl": 0, "entropy_coef": 0, "value_coef": 0, "max_grad_norm": 0,
        "eval_every": 0, "test_num": 1, "temperature": 0, "max_tokens": 1, "llm_timeout": 0, "llm_in_flight": 1,
        "answers_per_question": 1, "record_num": 1, "num_workers": 1, "port": 1, "num_layouts": 1, "max_steps": 0, "layout": 0, "processes": 1,
    }  # fmt: skip
    for name, low in at_least.items():
        value = getattr(settings, name, low)
        if not value >= low:
            raise SettingsError(f"--{name} {value}: must be at least {low:g}")
        if value == math.inf:
            raise SettingsError(f"--{name} {value}: must be finite")
    for name in ("gamma", "lam", "planner_noise"):
        value = getattr(settings, name, 1)
        if not 0 <= value <= 1:
            raise SettingsError(f"--{name} {value}: must be between 0 and 1")
    if isinstance(settings, ParetoSettings) and any(not b > 0 for b in settings.budgets):
        raise SettingsError("--budgets: must be above 0")
    if isinstance(settings, TrainSettings) and settings.ask_budget and not settings.ask_lambda:
        raise SettingsError("--ask_lambda 0: with --ask_budget it is the first price, above 0")
    if isinstance(settings, BaseRunSettings):
        _check_run(settings)


def _check_run(settings: BaseRunSettings) -> None:
    seeds = settings.run_seed_list if isinstance(settings, RunSettings) else ()
    if any(not 0 <= seed < 2**63 for seed in (*seeds, settings.seed)):
        raise SettingsError("--seed and --run_seed_list: seeds are between 0 and 2**63 - 1")
    if len(set(seeds)) < len(seeds):
        raise SettingsError(
            f"--run_seed_list {' '.join(map(str, seeds))}: a seed stands there twice"
        )
    if settings.answers_per_question > 1 and settings.temperature == 0:
        raise SettingsError(
            f"--answers_per_question {settings.answers_per_question}: at --temperature 0 all answers "
            "to a question are the same"
        )
    if not Path(settings.answer_store).name:
        raise SettingsError(f"--answer_store {settings.answer_store!r}: must be the name of a file")
    if settings.answers_per_question > 1 and settings.planner_mode == "rank":
        raise SettingsError("--answers_per_question: --planner_mode rank leaves nothing to chance")
    if "" in settings.stop:
        raise SettingsError("--stop: nothing stands in every answer")
    if not settings.llm_timeout <= LONGEST_TIMEOUT:
        raise SettingsError(f"--llm_timeout {settings.llm_timeout}: at most {LONGEST_TIMEOUT:g} s")
    if any(not price >= 0 for price in settings.token_prices):
        raise SettingsError("--token_prices: must be at least 0")
    if not settings.save_name or settings.save_name in (".", "..") or "/" in settings.save_name:
        raise SettingsError(
            f"--save_name {settings.save_name!r}: must be the name of one directory"
        )


def to_json(settings: Any) -> dict[str, Any]:
    """Plain values, tuples as lists."""
    return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(settings).items()}


def from_json(settings: type[Any], data: Mapping[str, Any]) -> Any:
    """Read what `to_json` wrote, ignoring what is not a field.

    Raises:
        SettingsError: a field is missing.
    """
    values = {}
    for item in fields(settings):
        if item.name not in data:
            raise SettingsError(f"saved settings lack {item.name!r}")
        value = data[item.name]
        values[item.name] = tuple(value) if isinstance(value, list) else value
    return settings(**values)


def with_seed(settings: R, seed: int) -> R:
    """The settings of one run of a `--run_seed_list`."""
    return replace(
        settings, seed=seed, run_seed_list=(), save_name=f"{settings.save_name}_seed{seed}"
    )


def reject_flags(explicit: frozenset[str], unsupported: Iterable[str], reason: str) -> None:
    """Reject flags that a verb has, but that have no effect there.

    Raises:
        SettingsError: one of them was given.
    """
    rejected = sorted(explicit.intersection(unsupported))
    if rejected:
        raise SettingsError(f"{', '.join(f'--{name}' for name in rejected)}: {reason}")


def each_seed(settings: R) -> list[R]:
    """The settings of each run: one a seed of the list, or the settings as they are."""
    return [with_seed(settings, seed) for seed in settings.run_seed_list] or [settings]


def each_task(settings: R) -> list[R]:
    """The settings of each task that is meant: of every one there is, or as they are."""
    if not is_all_tasks(settings.task):
        return [settings]
    return [replace(settings, task=name) for name in TASKS]
