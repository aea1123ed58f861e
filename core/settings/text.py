"""Flags of language models that act in text worlds."""

from dataclasses import dataclass, replace
from typing import Self

from core.choices import DOCSTORES
from core.errors import SettingsError
from core.flags import flag
from core.settings.limits import IN_MEMORY, LARGEST_SEED, MOST_THREADS, episodes
from core.settings.run import BaseRunSettings, check_resume
from core.task import ALL, PLANNING_TEXTS, ROBOTIC_PLANNING, TEXT_TASKS


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
        "generated in robotic planning; published or examples in hotpotqa; test, dev or train in webshop and sciworld (default: the first)",
    )
    case: tuple[str, ...] = flag((), "names of cases to play, instead of a split")
    test_num: int = episodes(
        0, "number of cases, the first of the split; 0: all, in rooms the seeds 0-99", at_least=0
    )
    max_steps: int = flag(
        0,
        "truncate an episode after this many answers of the model; 0: the task's own limit",
        at_least=0,
        at_most=10_000,
        because="each step is a request to the model",
    )
    num_active: int = flag(
        16,
        "number of active episodes, whose requests are sent together",
        at_least=1,
        at_most=MOST_THREADS,
        because=IN_MEMORY,
        alias="num_envs",
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
    docstore: tuple[str, ...] = flag(
        ("paragraphs",),
        "what hotpotqa searches. "
        + "; ".join(f"{name}: {meaning}" for name, meaning in DOCSTORES.items()),
    )
    webshop_data: str = flag(
        "", "directory of WebShop's own products, which webshop sells instead of our catalogue"
    )
    pddl_texts: str = flag("plain", "wording of robotic planning", choices=PLANNING_TEXTS)
    scripted_skill: float = flag(
        1.0,
        "probability that an answer of the scripted player is the one of its rules; otherwise it errs",
        at_least=0,
        at_most=1,
    )
    no_rules: bool = flag(
        False,
        "leave the rules of the world out of the prompt, for a model that learns them from episodes",
    )
    constrained: bool = flag(
        False,
        "the model chooses the most likely of the actions that the world lists as possible, instead of writing one "
        "freely: it is told more than other agents, so its scores are marked; not with a model behind a server",
    )
    show: bool = flag(False, "print every episode: observations, answers and actions")
    resume: bool = flag(
        False,
        "keep the finished cases of this run and play the others; without such a run, begin it",
    )
    overwrite: bool = flag(False, "replace a run of the same name")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_resume(resume=self.resume, overwrite=self.overwrite)
        if self.constrained and self.planner == "fastchat":
            raise SettingsError(
                "--constrained compares all possible actions at each step, which would be a request to the server "
                "for each: use --planner local with --model_path"
            )


@dataclass(frozen=True, kw_only=True)
class ExperimentSettings(TextSettings):
    """Experiments: the same run with other random numbers."""

    exp_id: tuple[int, ...] = flag(
        (),
        "several experiments: one run each, in SAVE_NAME_expN with the seed N, instead of --seed",
        at_least=0,
        at_most=LARGEST_SEED,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        numbers = self.exp_id
        if len(set(numbers)) < len(numbers):
            raise SettingsError(f"--exp_id {' '.join(map(str, numbers))}: a number is repeated")
        if numbers and self.seed:
            raise SettingsError(
                f"--exp_id: the seed of an experiment is its number; leave out --seed {self.seed}"
            )

    def experiment(self, number: int) -> Self:
        """The settings of one of the experiments."""
        name = f"{self.save_name}_exp{number}"
        return replace(self, seed=number, exp_id=(), save_name=name)

    def experiments(self) -> list[Self]:
        """The settings of each run: one for each number of ``--exp_id``, or these settings themselves."""
        return [self.experiment(number) for number in self.exp_id] or [self]


@dataclass(frozen=True, kw_only=True)
class CodeSettings(ExperimentSettings):
    """Episodes of a language model that writes code in a text world."""

    task: str = flag(
        "SimpleDoorKey",
        f"{', '.join(name for name in TEXT_TASKS if name not in ('hotpotqa', 'webshop', 'sciworld'))}; or several, one after the other: {ALL} "
        f"(the rooms), {ROBOTIC_PLANNING}",
    )
    max_primitives: int = flag(
        200,
        "truncate an episode after this many actions of its world, in all its pieces of code together",
        at_least=1,
        at_most=10_000,
        because="a piece of code may call an action without end",
    )
