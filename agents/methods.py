"""The one registry of methods: a new method is a file or folder in agents/ and an entry here.

Nothing here is slow to import: `main.py --help` reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from core.settings import (
    PLANNER_FLAGS,
    QUICK,
    QUICK_RL,
    RL_DEFAULTS,
    CodeSettings,
    DpoSettings,
    EtoSettings,
    EvalSettings,
    ExperimentSettings,
    ExploreSettings,
    LearnActSettings,
    LessonSettings,
    ReflexionSettings,
    SftSettings,
    TrainSettings,
)
from core.verb import Verb
from runner.verbs import run

if TYPE_CHECKING:
    from runner.evaluation.evaluate import Evaluation
    from runner.rooms.build import RoomMethod
    from runner.training.train import Training


@dataclass(frozen=True, slots=True)
class MethodEntry:
    """The entry of a method that learns in rooms: its file, and the verbs that train and evaluate it.

    Attributes:
        name: in model files and configurations.
        module: its file, which holds ``METHOD``, a `runner.rooms.build.RoomMethod`.
        asks: whether its policy decides when to ask a planner; otherwise there is no planner.
        trained_policy: what tables call the policy that it trains.
        training, evaluation: the verbs that train it, and that evaluate what was trained.
        quick: training settings of ``table --quick`` that differ from the defaults.
        rules: verbs that evaluate policies which need no training.
    """

    name: str
    module: str
    asks: bool
    trained_policy: str
    training: Verb
    evaluation: Verb
    quick: Mapping[str, Any]
    rules: tuple[Verb, ...] = ()

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """All its verbs, as --help lists them."""
        return (self.training, self.evaluation, *self.rules)

    def load(self) -> "RoomMethod":
        """Import the method's file."""
        method: RoomMethod = import_module(self.module).METHOD
        return method

    def train(self, **flags: Any) -> "list[Training]":
        """Train from Python: the flags of the verb as keyword arguments (docs/NOTEBOOK.md).

        Returns:
            One `runner.training.train.Training` per seed.
        """
        trainings: list[Training] = run(self.training, flags)
        return trainings

    def evaluate(self, **flags: Any) -> "list[Evaluation]":
        """Evaluate what was trained, from Python: the flags of the verb as keyword arguments.

        Returns:
            One `runner.evaluation.evaluate.Evaluation` per seed.
        """
        evaluations: list[Evaluation] = run(self.evaluation, flags)
        return evaluations


@dataclass(frozen=True, slots=True)
class TextMethodEntry:
    """The entry of a method that acts in text worlds: the verb that evaluates it.

    Attributes:
        name: in run directories and configurations.
        evaluation: plays the evaluation cases.
    """

    name: str
    evaluation: Verb

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """All its verbs, as --help lists them."""
        return (self.evaluation,)

    def evaluate(self, **flags: Any) -> list[Any]:
        """Evaluate from Python: the flags of the verb as keyword arguments (docs/NOTEBOOK.md).

        Returns:
            One `runner.evaluation.evaluate.Evaluation` per experiment and task; of reflexion an
            `agents.reflexion.trial_loop.ReflexionRun` per task.
        """
        results: list[Any] = run(self.evaluation, flags)
        return results


def _rule(name: str, help: str) -> Verb:
    """The verb of an asking policy that needs no training."""
    return Verb(
        name,
        help,
        EvalSettings,
        "agents.when2ask:evaluate_rule",
        (name,),
        defaults={"save_name": name},
    )


NO_PLANNER = "this method uses no planner"

WHEN2ASK = MethodEntry(
    name="when2ask",
    module="agents.when2ask",
    asks=True,
    trained_policy="learned",
    training=Verb(
        "train", "learn when to ask", TrainSettings, "agents.when2ask:train", takes_explicit=True
    ),
    evaluation=Verb(
        "eval",
        "evaluate a trained mediator; planner, skills, rooms, ask cost and seed are those of its training unless "
        "others are given",
        EvalSettings,
        "agents.trained:evaluate",
        ("agents.when2ask",),
        takes_explicit=True,
    ),
    rules=(
        _rule("baseline", "ask when the plan is finished, or after 100 steps in one skill"),
        _rule("random", "ask with probability 1/2 at every step"),
        _rule("always", "ask at every step"),
        _rule("oracle", "ask exactly when the answer would differ from the current plan"),
    ),
    quick=QUICK,
)
SKILL_RL = MethodEntry(
    name="skill_rl",
    module="agents.skill_rl",
    asks=False,
    trained_policy="RL",
    training=Verb(
        "train_RL",
        "learn to choose skills without a planner",
        TrainSettings,
        "agents.skill_rl:train",
        defaults=RL_DEFAULTS,
        unsupported=PLANNER_FLAGS,
        reason=NO_PLANNER,
    ),
    evaluation=Verb(
        "eval_RL",
        "evaluate what train_RL learned",
        EvalSettings,
        "agents.trained:evaluate",
        ("agents.skill_rl",),
        takes_explicit=True,
        unsupported=PLANNER_FLAGS,
        reason=NO_PLANNER,
    ),
    quick=QUICK_RL,
)
UNRANKED = ("planner_mode", "llm_template", "answers_per_question")
UNCONSTRAINED = (*UNRANKED, "constrained", "no_rules")
ONE_ANSWER = "the language model writes one answer for each action"
ACT, REACT = (
    TextMethodEntry(
        name,
        Verb(
            name,
            help,
            ExperimentSettings,
            "agents.react:play",
            (name,),
            unsupported=UNRANKED,
            reason=f"{ONE_ANSWER} of act and react",
        ),
    )
    for name, help in (
        ("act", "let a language model act in a text world: an answer is the next action"),
        (
            "react",
            "let a language model reason and act in a text world: a thought, then an action (arXiv 2210.03629)",
        ),
    )
)
REFLEXION = TextMethodEntry(
    "reflexion",
    Verb(
        "reflexion",
        "let a language model attempt failed tasks again, and read its own notes about the failures (arXiv 2303.11366)",
        ReflexionSettings,
        "agents.reflexion.run:play",
        takes_explicit=True,
        unsupported=UNCONSTRAINED,
        reason=f"{ONE_ANSWER} of reflexion",
    ),
)
CODE_AS_POLICY = TextMethodEntry(
    "code_as_policy",
    Verb(
        "code_as_policy",
        "let a language model write code that acts in a text world, one piece after the other (arXiv 2209.07753)",
        CodeSettings,
        "agents.code_as_policy:play",
        defaults={"max_tokens": 512, "shots": 1},
        unsupported=UNCONSTRAINED,
        reason="the language model writes one answer for each piece of code of code_as_policy",
    ),
)
LEARNACT = TextMethodEntry(
    "learnact",
    Verb(
        "learnact",
        "let a language model write functions over the actions of a text world, test and improve them in training "
        "cases, and act with them (arXiv 2402.15809)",
        LearnActSettings,
        "agents.learnact.run:play",
        defaults={"max_tokens": 512, "shots": 1},
        unsupported=UNCONSTRAINED,
        reason=f"{ONE_ANSWER} of learnact",
    ),
)
ACT_REFLEXION, REACT_REFLEXION = (
    TextMethodEntry(
        f"{agent}_reflexion",
        Verb(
            f"{agent}_reflexion",
            f"let a language model write lessons about failed training cases, and {agent} with them "
            "(LearnAct's baseline)",
            LessonSettings,
            "agents.learnact.lessons:play",
            (agent,),
            unsupported=UNCONSTRAINED,
            reason=f"{ONE_ANSWER} of {agent}_reflexion",
        ),
    )
    for agent in ("act", "react")
)
NOT_OF_TUNING = (
    *("split", "case", "shots", "history", "no_examples", "answers_per_question", "token_prices"),
    *("planner_mode", "llm_template"),
)
"""Flags of text worlds without effect where a model is tuned."""
NO_PLANNER_TO_TUNE = (
    *("planner", "llm_url", "llm_model", "llm_timeout", "max_answer_bytes", "llm_in_flight"),
    *("answer_store", "record_file"),
)
FOR_TUNING = (
    "no effect where a model is tuned: --model_path names it, and it plays in this process; the task says which cases "
    "are for training, choosing and testing; the prompt has all steps and no worked examples"
)
TUNING: Mapping[str, Any] = {"planner": "local", "shots": 0, "answer_store": "none"}
SFT, DPO, ETO = (
    TextMethodEntry(
        name,
        Verb(
            name,
            help,
            settings,
            f"agents.eto.{module}:{name}",
            defaults=TUNING,
            unsupported=(*NOT_OF_TUNING, *NO_PLANNER_TO_TUNE),
            reason=FOR_TUNING,
        ),
    )
    for name, help, settings, module in (
        (
            "sft",
            "train a language model on an expert's episodes in a text world, or on trajectories of a file",
            SftSettings,
            "sft",
        ),
        (
            "dpo",
            "train a language model on pairs of better and worse trajectories (arXiv 2305.18290)",
            DpoSettings,
            "dpo",
        ),
        (
            "eto",
            "train a language model on an expert's episodes, and then on pairs of these and its own failures "
            "(arXiv 2403.02502)",
            EtoSettings,
            "run",
        ),
    )
)
EXPLORE = TextMethodEntry(
    "explore",
    Verb(
        "explore",
        "let a language model play the training cases of a text world, and keep its trajectories for dpo",
        ExploreSettings,
        "agents.eto.explore:explore",
        defaults={"planner": "local", "shots": 0},
        unsupported=(*NOT_OF_TUNING, "test_num"),
        reason="no effect in explore: the training cases are played, and the prompt has all steps and no worked examples",
    ),
)
METHODS: Mapping[str, MethodEntry | TextMethodEntry] = {
    method.name: method
    for method in (
        WHEN2ASK,
        SKILL_RL,
        ACT,
        REACT,
        REFLEXION,
        CODE_AS_POLICY,
        LEARNACT,
        ACT_REFLEXION,
        REACT_REFLEXION,
        SFT,
        EXPLORE,
        DPO,
        ETO,
    )
}
"""All methods, by name."""
TRAINED: Mapping[str, MethodEntry] = {
    method.trained_policy: method for method in (WHEN2ASK, SKILL_RL)
}
"""Those that train a policy for rooms, by what tables call the policy."""
