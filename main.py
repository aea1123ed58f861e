"""Agents that learn when to ask a language model. See README.md, or `python main.py --help`."""

import argparse
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from core.errors import WhenToAskError
from core.settings import (
    MANY,
    PLANNER_FLAGS,
    RL_DEFAULTS,
    AskSettings,
    EvalSettings,
    ParetoSettings,
    PlannerSettings,
    PlannersSettings,
    PlaySettings,
    ReportSettings,
    ServeSettings,
    Settings,
    TableSettings,
    TrainSettings,
    TransferSettings,
    add_arguments,
    from_namespace,
    refuse,
)

INTRODUCTION = """\
Learn when to ask a language model for a plan, and measure it against simpler ways of asking.

  python main.py train --task SimpleDoorKey --save_name experiment01
  python main.py eval --task SimpleDoorKey --save_name experiment01 --show --record
  python main.py baseline --task SimpleDoorKey --save_name baseline
  tensorboard --logdir log

Each verb explains its flags: python main.py VERB --help
"""


@dataclass(frozen=True)
class Verb:
    """A verb of the command line.

    Attributes:
        help: one line.
        settings: its flags.
        run: ``module:function`` or ``module:function:first argument``, imported when it is needed.
        defaults: defaults that differ from the settings' own.
        useless: flags that it can do nothing with.
        why: the reason, for people.
    """

    help: str
    settings: type[Settings]
    run: str
    defaults: Mapping[str, Any] = field(default_factory=dict)
    useless: Collection[str] = ()
    why: str = ""


def _way(name: str, help: str) -> Verb:
    return Verb(help, EvalSettings, f"agents.when2ask:evaluate_policy:{name}", {"save_name": name})


NOBODY = "without a planner nobody is asked"
VERBS = {
    "train": Verb("learn when to ask", TrainSettings, "agents.when2ask:train"),
    "eval": Verb("evaluate a trained mediator", EvalSettings, "agents.when2ask:evaluate_trained"),
    "baseline": _way("baseline", "ask when the plan is through, or after 100 steps in one skill"),
    "random": _way("random", "toss a coin at every step"),
    "always": _way("always", "ask at every step"),
    "oracle": _way("oracle", "ask exactly when the answer would differ: no news is missed"),
    "ask": Verb(
        "put one question to the planner and show the conversation, the answer and the plan",
        AskSettings,
        "experiments.ask_once:ask",
        {"save_name": "ask"},
        MANY,
        "one question is put once",
    ),
    "play": Verb(
        "drive through the rooms yourself, in the terminal, and ask the planner when you like",
        PlaySettings,
        "agents.human:play_by_hand",
        {"save_name": "play"},
        MANY,
        "a person plays one run, and gets one answer to a question",
    ),
    "planners": Verb(
        "put every distinct question of a task to the planner and say how good its plans are",
        PlannersSettings,
        "experiments.planner_quality:planners",
        {"save_name": "planners"},
        MANY,
        "every question is put once",
    ),
    "table": Verb(
        "train and evaluate everything: the paper's table with intervals, as text and pictures",
        TableSettings,
        "experiments.table:table",
    ),
    "pareto": Verb(
        "train for several budgets of questions: what success costs, as text and picture",
        ParetoSettings,
        "experiments.pareto:pareto",
        {"logdir": "log/pareto", "seeds": (0, 1, 2)},
    ),
    "transfer": Verb(
        "what survives where a mediator was not trained: in other rooms, misled, and with the planner that the "
        "flags name (training is with scripted), as a table",
        TransferSettings,
        "experiments.transfer:transfer",
        {"seeds": (0, 1, 2)},
    ),
    "report": Verb(
        "write one HTML page about some runs: numbers, curves, and an episode player",
        ReportSettings,
        "reports.report:report",
    ),
    "serve": Verb(
        "serve a language model on this machine, with FastChat, until Ctrl-C",
        ServeSettings,
        "planner.fastchat:serve",
    ),
    "train_RL": Verb(
        "learn to choose skills without a planner",
        TrainSettings,
        "agents.skill_rl:train",
        RL_DEFAULTS,
        PLANNER_FLAGS,
        NOBODY,
    ),
    "eval_RL": Verb(
        "evaluate what train_RL learned",
        EvalSettings,
        "agents.skill_rl:evaluate_trained",
        useless=PLANNER_FLAGS,
        why=NOBODY,
    ),
}


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="main.py",
        description=INTRODUCTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, verb in VERBS.items():
        sub = verbs.add_parser(name, help=verb.help, description=verb.help, allow_abbrev=False)
        add_arguments(sub, verb.settings, **verb.defaults)
    return parser


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit status: 0, or 2 for everything a user can mend."""
    namespace = build_parser().parse_args(arguments)
    verb = VERBS[namespace.verb]
    try:
        settings, given = from_namespace(verb.settings, namespace, **verb.defaults)
        refuse(given, verb.useless, verb.why)
        if isinstance(settings, PlannerSettings) and "planner" in given:
            # slow to import, and the default planner is no server
            from planner.build import with_model_name

            settings = with_model_name(settings)
        module, function, *first = verb.run.split(":")
        run: Callable[..., None] = getattr(import_module(module), function)
        run(*first, settings, given)
    except (WhenToAskError, OSError) as error:  # a full disk may show anywhere
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            "\ninterrupted; a training run goes on with --resume, many runs with the same command",
            file=sys.stderr,
        )
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
