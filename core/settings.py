"""Settings: one frozen dataclass for each kind of verb, with the default, the help and the range of each flag.

Nothing here is slow to import: ``--help`` must be instant.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from core.choices import (
    COST_RULES,
    ENGINES,
    FEATURE_SETS,
    HEADS,
    OBJECTIVES,
    PLANNER_MODES,
    PLANNERS,
    SKILL_SETS,
    TABLE_POLICIES,
    TEMPLATES,
)
from core.errors import SettingsError
from core.flags import Settings, flag, shorten
from core.old_names import translate_settings
from core.secrets import hidden_url
from core.task import (
    ALL,
    PAPER_ROOMS,
    PLANNING_TEXTS,
    ROBOTIC_PLANNING,
    ROOMS,
    TASKS,
    TEXT_TASKS,
    canonical_name,
    find_task,
    is_all_tasks,
)

LONGEST_TIMEOUT = 1_000_000
LARGEST_SEED = 2**63 - 1
LARGEST_PORT = 2**16 - 1
MOST_QUESTIONS = 1000
"""Per episode, which has fewer steps."""
LARGEST_WEIGHT = 1000
"""Of a part of the loss, or of a question against a reward of 1: far above any that learns."""
MOST_ROOMS = 2**16
MOST_EPISODES = 100_000
IN_MEMORY = "all of them are in memory"
MOST_THREADS = 1024
MOST_ITERATIONS = 10_000_000
LONGEST_NAME = 200
"""Bytes of a run's name: file systems allow 255, and ``_seedN`` may follow."""
DEVICE = r"cpu|cuda(:\d{1,3})?"
EVALUATION_SEEDS = range(100)
"""The environment seeds of the paper's evaluation; no training episode has one of them."""


def _episodes(default: int, help: str, *, at_least: int = 1) -> Any:
    """A flag that is a number of episodes."""
    return flag(default, help, at_least=at_least, at_most=MOST_EPISODES, because=IN_MEMORY)


@dataclass(frozen=True, kw_only=True)
class PlannerSettings(Settings):
    """The planner and its language model."""

    planner: str = flag("scripted", "what answers questions", choices=PLANNERS)
    planner_mode: str = flag(
        "generate", "how a language model arrives at a plan", choices=PLANNER_MODES
    )
    no_examples: bool = flag(False, "prompt with the rules only, without worked examples")
    model_path: str = flag(
        "",
        "directory or hub name of the model of --planner local (default: the small model of make install-llm)",
    )
    llm_url: str = flag(
        "http://127.0.0.1:8000/v1/chat/completions",
        "address of the server of --planner fastchat, as http://HOST:PORT, .../v1 or in full; its key is read "
        "from the environment variable "
        "OPENAI_API_KEY",
    )
    llm_model: str = flag(
        "", "name of the server's model (default: the first one it offers when a run begins)"
    )
    llm_timeout: float = flag(
        60.0,
        "seconds until a whole response must have arrived, 0 for no limit; a request is tried up to 5 times",
        at_least=0,
        at_most=LONGEST_TIMEOUT,
    )
    max_answer_bytes: int = flag(
        1_000_000,
        "a response of the server that is longer is a fault, and no more of it is read",
        at_least=1,
        at_most=10**9,
    )
    llm_in_flight: int = flag(
        8,
        "number of concurrent requests to the server",
        at_least=1,
        at_most=MOST_THREADS,
        because="each has a thread",
    )
    llm_template: str = flag(
        "chatml",
        "conversation format of the server's model, for --planner_mode rank",
        choices=TEMPLATES,
    )
    temperature: float = flag(
        0.0, "sampling temperature of the language model; 0 is greedy", at_least=0, at_most=100
    )
    max_tokens: int = flag(
        128, "longest answer of the language model, in tokens", at_least=1, at_most=1_000_000
    )
    stop: tuple[str, ...] = flag((), "texts that end an answer", is_free_text=True)
    answers_per_question: int = flag(
        1,
        "sample this many answers to each question and draw one each time it is asked",
        at_least=1,
        at_most=1000,
    )
    answer_store: str = flag(
        "answers.sqlite",
        "file in LOGDIR that caches the answers of language models for all runs, by model and conversation; "
        "none for no cache",
    )
    token_prices: tuple[float, ...] = flag(
        (),
        "prices of a million prompt tokens and of a million answer tokens",
        nargs=2,
        at_least=0,
        at_most=10**9,
    )
    record_file: str = flag(
        "",
        "JSON lines of questions and answers: written with any planner, read by --planner replay",
    )


@dataclass(frozen=True, kw_only=True)
class BaseRunSettings(PlannerSettings):
    """The run: its task, directory, seed and device."""

    task: str = flag(
        "SimpleDoorKey",
        f"{', '.join(TASKS)}; {ALL}: one mediator for all of them (not for ask, play, planners)",
    )
    save_name: str = flag(
        help="name of the run; its directory is LOGDIR/ALGO/TASK/SAVE_NAME", example="experiment01"
    )
    logdir: str = flag("log", "directory of all runs")
    seed: int = flag(0, "seed of all random numbers of the run", at_least=0, at_most=LARGEST_SEED)
    device: str = flag("cpu", "where the network and --planner local compute: cpu, cuda or cuda:N")

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "task", canonical_name(self.task))
        if self.answers_per_question > 1 and self.temperature == 0:
            raise SettingsError(
                f"--answers_per_question {self.answers_per_question}: at --temperature 0 all answers to a "
                "question are the same"
            )
        if self.answers_per_question > 1 and self.planner_mode == "rank":
            raise SettingsError(
                f"--answers_per_question {self.answers_per_question}: --planner_mode rank is deterministic"
            )
        if not Path(self.answer_store).name:
            raise SettingsError(f"--answer_store {self.answer_store!r}: must be the name of a file")
        if "" in self.stop:
            raise SettingsError("--stop: an empty text would end every answer")
        if not re.fullmatch(DEVICE, self.device):
            raise SettingsError(f"--device {shorten(self.device)}: must be cpu, cuda or cuda:N")
        _check_name(self.save_name)


def _check_name(name: str) -> None:
    """Check that a run's name is the name of one directory, on every system and in every shell.

    Raises:
        SettingsError: it is not.
    """
    is_one = name.strip() == name and name not in ("", ".", "..") and name[0] != "-"
    if not is_one or "/" in name or "\\" in name:
        raise SettingsError(
            f"--save_name {name!r}: must be the name of one directory, without slashes, and no dash or "
            "blank in front"
        )
    if len(name.encode()) > LONGEST_NAME:
        raise SettingsError(
            f"--save_name {shorten(name)}: must have at most {LONGEST_NAME} bytes, because file systems "
            "allow no longer names"
        )


@dataclass(frozen=True, kw_only=True)
class RunSettings(BaseRunSettings):
    """Rooms, skills and ask cost."""

    rooms: str = flag(
        PAPER_ROOMS,
        "smallest and largest side of the rooms, and the agent's view, in cells",
        choices=ROOMS.keys(),
    )
    algo: str = flag(
        "ppo", "objective of the mediator's training", choices=OBJECTIVES, alias="policy"
    )
    run_seed_list: tuple[int, ...] = flag(
        (),
        "several seeds: one run each, in SAVE_NAME_seedN, instead of --seed",
        at_least=0,
        at_most=LARGEST_SEED,
    )
    skills: str = flag("paper", "skill set that carries out plans", choices=SKILL_SETS)
    ask_cost: str = flag("paper", "which questions are charged", choices=COST_RULES)
    ask_lambda: float = flag(
        0.01, "cost of a question, in units of reward", at_least=0, at_most=LARGEST_WEIGHT
    )
    num_envs: int = flag(
        128,
        "number of rooms that are stepped together",
        at_least=1,
        at_most=MOST_ROOMS,
        because=IN_MEMORY,
    )
    engine: str = flag("auto", "what steps the rooms; all give the same numbers", choices=ENGINES)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not is_all_tasks(self.task):
            find_task(self.task)  # text worlds have no rooms
        seeds = self.run_seed_list
        if len(set(seeds)) < len(seeds):
            raise SettingsError(f"--run_seed_list {' '.join(map(str, seeds))}: a seed is repeated")

    @property
    def group(self) -> str:
        """The directory below LOGDIR."""
        return self.algo


def _check_resume(settings: "TrainSettings | TextSettings") -> None:
    """Check that a run is not to be both continued and replaced.

    Raises:
        SettingsError: it is.
    """
    if settings.resume and settings.overwrite:
        raise SettingsError(
            "--resume continues a run and --overwrite replaces it: give only one of them"
        )


@dataclass(frozen=True, kw_only=True)
class TextSettings(BaseRunSettings):
    """Episodes of a language model in a text world."""

    task: str = flag(
        "SimpleDoorKey",
        f"{', '.join(TEXT_TASKS)}; or several, one after the other: {ALL} (the rooms), {ROBOTIC_PLANNING}",
    )
    save_name: str = flag(
        help="name of the run; its directory is LOGDIR/METHOD/TASK/SAVE_NAME",
        example="experiment01",
    )
    split: str = flag(
        "",
        "set of cases: valid_unseen, valid_seen or train in alfworld and its kinds; published, train, test or "
        "generated in robotic planning (default: the first)",
    )
    case: tuple[str, ...] = flag((), "names of cases to play, instead of a split")
    test_num: int = _episodes(
        0, "number of cases, the first of the split; 0: all, in rooms the seeds 0-99", at_least=0
    )
    max_steps: int = flag(
        0,
        "truncate an episode after this many answers of the model; 0: the task's own limit",
        at_least=0,
        at_most=10_000,
        because="each step is a request to the model",
    )
    num_envs: int = flag(
        16,
        "number of active episodes, whose requests are sent together",
        at_least=1,
        at_most=MOST_THREADS,
        because=IN_MEMORY,
    )
    shots: int = flag(
        2,
        "number of worked examples in the prompt, of the case's kind if there are any",
        at_least=0,
    )
    history: int = flag(
        0,
        "number of steps in a request, the last ones; the first observation stays; 0: all",
        at_least=0,
    )
    alfworld_syntax: str = flag(
        "new", "what alfworld says: new, move X to Y; old, put X in/on Y", choices=("new", "old")
    )
    pddl_texts: str = flag("plain", "wording of robotic planning", choices=PLANNING_TEXTS)
    scripted_skill: float = flag(
        1.0,
        "probability that an answer of --planner scripted is the one of its rules; otherwise it errs",
        at_least=0,
        at_most=1,
    )
    show: bool = flag(False, "print every episode: observations, answers and actions")
    resume: bool = flag(False, "keep the finished cases of this run and play the others")
    overwrite: bool = flag(False, "replace a run of the same name")

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_resume(self)


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """The network of a policy; kept in the model file."""

    features: str = flag("counts", "input of the network", choices=FEATURE_SETS)
    heads: str = flag("option", "output heads of the network", choices=HEADS)


@dataclass(frozen=True, kw_only=True)
class NoiseSettings:
    """Noise of the planner."""

    planner_noise: float = flag(
        0.0,
        "fraction of questions that get a different feasible plan instead of the planner's, if there is one; an "
        "evaluation does not take it from the model",
        at_least=0,
        at_most=1,
    )


@dataclass(frozen=True, kw_only=True)
class TrainSettings(NoiseSettings, NetworkSettings, RunSettings):
    """Training."""

    n_itr: int = flag(
        200,
        "number of iterations: collect episodes, then update",
        at_least=1,
        at_most=MOST_ITERATIONS,
    )
    traj_per_itr: int = _episodes(128, "episodes per iteration, of each task")
    ask_budget: float = flag(
        0.0,
        "mean number of questions per episode that is allowed, 0 for no budget. With a budget the cost of a "
        "question is learned, --ask_lambda is only its first value, and every question is charged "
        "(--ask_cost each)",
        at_least=0,
        at_most=MOST_QUESTIONS,
    )
    gamma: float = flag(0.99, "discount factor", at_least=0, at_most=1)
    lam: float = flag(
        0.6,
        "lambda of generalized advantage estimation; 1 is Monte Carlo",
        at_least=0,
        at_most=1,
    )
    lr: float = flag(
        2e-3, "learning rate of Adam, annealed to 0 over the run", at_least=0, at_most=1
    )
    batch_size: int = flag(
        512, "steps in a minibatch", at_least=1, at_most=1_000_000, because=IN_MEMORY
    )
    epochs: int = flag(4, "passes over an iteration's steps (--algo ppo)", at_least=1, at_most=1000)
    clip_eps: float = flag(0.2, "clipping range of PPO", at_least=0, at_most=100)
    max_kl: float = flag(
        0.05,
        "stop a PPO update when its KL divergence from the old policy exceeds this",
        at_least=0,
        at_most=10**6,
    )
    entropy_coef: float = flag(
        0.02,
        "weight of the entropy bonus, annealed to 0 over the run",
        at_least=0,
        at_most=LARGEST_WEIGHT,
    )
    value_coef: float = flag(0.5, "weight of the value loss", at_least=0, at_most=LARGEST_WEIGHT)
    max_grad_norm: float = flag(
        0.5, "largest norm of the gradients; larger ones are scaled", at_least=0, at_most=10**6
    )
    eval_every: int = flag(
        25,
        "iterations between evaluations on the evaluation seeds, 0 for none",
        at_least=0,
        at_most=MOST_ITERATIONS,
    )
    test_num: int = _episodes(100, "episodes of an evaluation: environment seeds 0, 1, ...")
    resume: bool = flag(False, "resume this run from its last checkpoint")
    overwrite: bool = flag(False, "replace a run of the same name")

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_resume(self)
        if self.ask_budget and not self.ask_lambda:
            raise SettingsError("--ask_lambda 0: with --ask_budget its first value must be above 0")


RL_DEFAULTS: Mapping[str, Any] = {"lam": 0.95}
"""Without a planner, the reward arrives up to a hundred decisions after the one that earned it."""

QUICK: Mapping[str, Any] = {
    "n_itr": 60, "epochs": 2, "lr": 8e-3, "entropy_coef": 0.01, "ask_cost": "code", "ask_lambda": 0.015,
}  # fmt: skip
QUICK_RL: Mapping[str, Any] = {**QUICK, "n_itr": 50, "batch_size": 1024, "lam": 0.9}
"""Fewer and larger steps, and an ask cost that separates useful from useless questions more clearly. For one
seed in ten the greedy policy fails in some rooms (docs/ABLATIONS.md, "Short trainings")."""


@dataclass(frozen=True, kw_only=True)
class EvalSettings(NoiseSettings, RunSettings):
    """Evaluation of an asking policy or a trained model."""

    test_num: int = _episodes(
        100, "number of episodes: environment seeds 0, 1, ... (the paper's are 0-99)"
    )
    show: bool = flag(False, "print every question, answer and plan")
    record: bool = flag(False, "write GIF, MP4 and dialogue of the first --record_num episodes")
    record_num: int = flag(
        3, "number of episodes that --record writes", at_least=1, at_most=MOST_EPISODES
    )
    greedy: bool = flag(
        False,
        "a trained policy takes its most probable decision; default: it samples, as in training",
    )


@dataclass(frozen=True, kw_only=True)
class AskSettings(RunSettings):
    """One question to the planner."""

    observation: str = flag(
        help='what is in view and carried, for example "observed a key, observed a door"',
        is_positional=True,
        is_free_text=True,
    )


@dataclass(frozen=True, kw_only=True)
class PlaySettings(RunSettings):
    """Playing by keyboard."""

    env_seed: int = flag(0, "environment seed of the first room", at_least=0, at_most=LARGEST_SEED)


@dataclass(frozen=True, kw_only=True)
class PlannersSettings(RunSettings):
    """Scoring a planner on every distinct question of a task."""

    num_episodes: int = _episodes(200, "number of episodes whose questions are collected")
    show: bool = flag(False, "print every question and answer")


@dataclass(frozen=True, kw_only=True)
class ServeSettings(Settings):
    """A model behind FastChat on this machine."""

    model_path: str = flag(
        "",
        "directory or hub name of the model (default: SmolLM2-135M-Instruct, from make install-llm); FastChat "
        "runs code that comes with a model, so serve only models you trust",
    )
    model_name: str = flag("", "name for clients (default: the last part of --model_path)")
    num_workers: int = flag(
        1,
        "copies of the model, each in its own process",
        at_least=1,
        at_most=64,
        because="each has the model in memory",
    )
    host: str = flag(
        "127.0.0.1", "address to listen on; any other one may open it to other machines"
    )
    port: int = flag(
        8000,
        "port of the OpenAI-style server; the other processes take free ones",
        at_least=1,
        at_most=LARGEST_PORT,
    )
    allowed_origins: tuple[str, ...] = flag(
        (),
        "web pages that may ask the server, for example https://example.com, or * for all (default: none)",
    )
    device: str = flag("cpu", "where the workers compute", choices=("cpu", "cuda", "mps"))
    conv_template: str = flag(
        "", "FastChat's name of the conversation format (default: what it finds for the model)"
    )
    logdir: str = flag("log", "the processes' logs go to LOGDIR/serve/PORT")


@dataclass(frozen=True, kw_only=True)
class ReportSettings(Settings):
    """A page about some runs."""

    runs: tuple[str, ...] = flag(
        help="run directories, for example log/ppo/simpledoorkey/experiment01, or directories above them; several "
        "are compared",
        is_positional=True,
    )
    out: str = flag("", "file to write (default: report.html in the first directory)")

    def __post_init__(self) -> None:
        super().__post_init__()
        if "" in self.runs:
            raise SettingsError("the name of a run is empty: name its directory")


@dataclass(frozen=True, kw_only=True)
class ManySettings(PlannerSettings):
    """Many runs."""

    tasks: tuple[str, ...] = flag(tuple(TASKS), "tasks", choices=TASKS.keys())
    seeds: tuple[int, ...] = flag(
        (0, 1, 2, 3, 4),
        "training seeds, one run each",
        at_least=0,
        at_most=LARGEST_SEED,
    )
    quick: bool = flag(
        False,
        "train in a quarter of the time, with larger steps and, without a budget, the ask cost of the published "
        "code; runs are kept in LOGDIR/quick",
    )
    n_itr: int = flag(
        0,
        "iterations of each training; 0: the default of its verb, or of --quick",
        at_least=0,
        at_most=MOST_ITERATIONS,
    )
    traj_per_itr: int = _episodes(
        0, "episodes per iteration, of each task; 0: the default of its verb", at_least=0
    )
    test_num: int = _episodes(100, "episodes of an evaluation: environment seeds 0, 1, ...")
    processes: int = flag(
        os.cpu_count() or 1,
        "number of runs at a time",
        at_least=1,
        at_most=MOST_THREADS,
        because="each has a process",
    )
    logdir: str = flag("log/table", "directory of the runs; finished runs there are not repeated")
    out: str = flag("", "directory of tables and figures (default: LOGDIR)")


@dataclass(frozen=True, kw_only=True)
class TableSettings(ManySettings):
    """The paper's table."""

    policies: tuple[str, ...] = flag(
        TABLE_POLICIES,
        "asking policies; RL learns to choose skills and never asks",
        choices=TABLE_POLICIES,
    )
    skill_sets: tuple[str, ...] = flag(
        tuple(SKILL_SETS), "skill sets to evaluate", choices=SKILL_SETS
    )


@dataclass(frozen=True, kw_only=True)
class ParetoSettings(ManySettings):
    """Success against questions."""

    budgets: tuple[float, ...] = flag(
        (2.0, 2.5, 3.0, 3.5, 4.5),
        "questions per episode, one training each; above 0",
        at_least=0,
        at_most=MOST_QUESTIONS,
    )
    skills: str = flag("paper", "skill set that carries out plans", choices=SKILL_SETS)

    def __post_init__(self) -> None:
        super().__post_init__()
        if 0 in self.budgets:
            raise SettingsError("--budgets: must be above 0")


@dataclass(frozen=True, kw_only=True)
class TransferSettings(ManySettings):
    """Evaluation in other rooms and with other planners."""

    skill_sets: tuple[str, ...] = flag(
        tuple(SKILL_SETS), "skill sets to evaluate", choices=SKILL_SETS
    )


PLANNER_FLAGS = frozenset(PlannerSettings.__dataclass_fields__) | {
    "ask_cost", "ask_lambda", "ask_budget", "planner_noise",
}  # fmt: skip
"""Flags without effect where no planner is used."""
MULTI_RUN_FLAGS = ("run_seed_list", "answers_per_question")
"""Flags without effect where there is one run, with one answer to a question."""

WITHOUT_EFFECT_ON_ANSWERS = frozenset(
    {"llm_url", "llm_timeout", "max_answer_bytes", "llm_in_flight", "answer_store", "token_prices"}
)
"""Planner settings that change no answer: how the model is reached, cached and paid for."""

DECIDE_ANSWERS = tuple(
    name
    for name in PlannerSettings.__dataclass_fields__
    if name not in WITHOUT_EFFECT_ON_ANSWERS and name != "record_file"
)
"""Planner settings that decide the answers."""
FROM_THE_MODEL = (
    *DECIDE_ANSWERS, "llm_url", "record_file", "seed", "rooms", "skills", "ask_cost", "ask_lambda",
)  # fmt: skip
"""Settings that an evaluation takes from the trained run unless they are typed; --record_file only if the run was
trained with --planner replay."""

R = TypeVar("R", bound=RunSettings)
D = TypeVar("D", bound=Settings | NetworkSettings)


def to_json(settings: Any) -> dict[str, Any]:
    """Plain values, tuples as lists; without the keys that a URL may hold."""
    values = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(settings).items()}
    if "llm_url" in values:
        values["llm_url"] = hidden_url(str(values["llm_url"]))
    return values


def from_json(settings: type[D], data: Mapping[str, Any]) -> D:
    """Read what `to_json` wrote, now or under earlier names; settings added since get their defaults.

    Raises:
        RunDirectoryError: a value is missing, of another type or not allowed.
    """
    from core.decode import convert  # only where files are read: --help is instant

    return convert(translate_settings(data), settings, "a saved setting")


def with_seed(settings: R, seed: int) -> R:
    """The settings of one run of ``--run_seed_list``."""
    return replace(
        settings, seed=seed, run_seed_list=(), save_name=f"{settings.save_name}_seed{seed}"
    )


def each_seed(settings: R) -> list[R]:
    """The settings of each run: one for each seed of ``--run_seed_list``, or the settings themselves."""
    return [with_seed(settings, seed) for seed in settings.run_seed_list] or [settings]


def each_task(settings: R) -> list[R]:
    """The settings for each task: for every one if the task is `ALL`, or the settings themselves."""
    if not is_all_tasks(settings.task):
        return [settings]
    return [replace(settings, task=name) for name in TASKS]
