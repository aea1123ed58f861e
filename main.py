"""Agents that learn when to ask a language model. See README.md, or `python main.py --help`."""

import argparse
import sys
from functools import cache
from typing import Any, NoReturn

from agents.methods import METHODS
from core.console import echo, prepare_streams, warn
from core.errors import SettingsError, WhenToAskError
from core.flags import add_arguments, nearest, no_such_flag, shorten
from core.interrupt import Interrupted, ending_signals, exit_with
from core.secrets import hidden_command
from core.settings import (
    MULTI_RUN_FLAGS,
    NOT_OF_EVAL_AGENT,
    AskSettings,
    EvalAgentSettings,
    ParetoSettings,
    PlannerSettings,
    PlannersSettings,
    PlaySettings,
    ReportSettings,
    ServeSettings,
    TableSettings,
    TransferSettings,
    TunePlannerSettings,
)
from core.verb import Verb
from runner.verbs import run

INTRODUCTION = """\
Learn when to ask a language model for a plan, and measure it against simpler ways of asking.

  python main.py train --task SimpleDoorKey --save_name experiment01
  python main.py eval --task SimpleDoorKey --save_name experiment01 --show --record
  python main.py baseline --task SimpleDoorKey --save_name baseline
  python main.py react --task SimpleDoorKey --save_name react01 --show
  tensorboard --logdir log

Each verb explains its flags: python main.py VERB --help
"""
ONE_RUN = "no effect here, in one run with one answer to a question"
ONE_ROOM_FLAGS = (*MULTI_RUN_FLAGS, "num_envs", "engine")
LOCAL_MODEL_FLAGS = frozenset(PlannerSettings.__dataclass_fields__) - {
    "model_path", "max_tokens", "answer_store",
}  # fmt: skip
ONE_QUESTION_FLAGS = (
    *ONE_ROOM_FLAGS, "rooms", "skills", "ask_cost", "ask_lambda", "algo", "save_name",
)  # fmt: skip
OTHER_VERBS = (
    Verb(
        "ask",
        "put one question to the planner and show the conversation, the answer and the plan",
        AskSettings,
        "experiments.ask_once:ask",
        defaults={"save_name": "ask"},
        unsupported=ONE_QUESTION_FLAGS,
        reason=ONE_RUN,
    ),
    Verb(
        "play",
        "play in the rooms yourself, in the terminal, and ask the planner when you like",
        PlaySettings,
        "agents.human.play:play",
        defaults={"save_name": "play"},
        unsupported=ONE_ROOM_FLAGS,
        reason=ONE_RUN,
    ),
    Verb(
        "planners",
        "put every distinct question of a task to the planner and say how good its plans are",
        PlannersSettings,
        "experiments.planner_quality:planners",
        defaults={"save_name": "planners"},
        unsupported=(*MULTI_RUN_FLAGS, "ask_cost", "ask_lambda"),
        reason=ONE_RUN,
    ),
    Verb(
        "tune_planner",
        "tune a language model to answer the mediator's questions: on the scripted planner's plans, then on outcomes "
        "of episodes (arXiv 2403.02502)",
        TunePlannerSettings,
        "experiments.tune_planner.run:tune_planner",
        defaults={"max_tokens": 48},
        unsupported=(*LOCAL_MODEL_FLAGS, "algo", "run_seed_list"),
        reason="the model that is tuned is in this process, and writes the most likely plan",
    ),
    Verb(
        "table",
        "train and evaluate everything: the paper's table with intervals, as text and figures",
        TableSettings,
        "experiments.table:table",
    ),
    Verb(
        "pareto",
        "train for several budgets of questions: success against questions, as text and figure",
        ParetoSettings,
        "experiments.pareto:pareto",
        defaults={"logdir": "log/pareto", "seeds": (0, 1, 2)},
    ),
    Verb(
        "transfer",
        "evaluate trained mediators in other rooms, with a planner that errs, and with the planner that the "
        "flags name (training is with scripted), as a table",
        TransferSettings,
        "experiments.transfer:transfer",
        defaults={"seeds": (0, 1, 2)},
    ),
    Verb(
        "eval_agent",
        "evaluate a language model in a text world, with a file for each case in the form of ETO's published code",
        EvalAgentSettings,
        "agents.eto.eval_agent:eval_agent",
        unsupported=NOT_OF_EVAL_AGENT,
        reason="no effect in eval_agent: --agent_config says which model answers and how, --split what is played",
    ),
    Verb(
        "report",
        "write one HTML page about some runs: numbers, curves, and an episode player",
        ReportSettings,
        "reports.report:report",
    ),
    Verb(
        "serve",
        "serve a language model on this machine, with FastChat, until Ctrl-C",
        ServeSettings,
        "planner.fastchat:serve",
    ),
)
VERBS = {
    verb.name: verb
    for verb in (*(verb for method in METHODS.values() for verb in method.verbs), *OTHER_VERBS)
}


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong, without the long list of flags."""

    def error(self, message: str) -> NoReturn:
        """End the program with status 2."""
        shown = " ".join(hidden_command(message.split(" ")))
        warn(f"error: {shown}; {self.prog} --help explains the flags")
        self.exit(2)

    def print_help(self, file: Any = None) -> None:  # noqa: ARG002 argparse's signature
        """Print the help on stdout."""
        echo(self.format_help().rstrip("\n"))


@cache
def build_parser() -> Parser:
    """The whole command line."""
    parser = Parser(
        description=INTRODUCTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, verb in VERBS.items():
        sub = verbs.add_parser(name, help=verb.help, description=verb.help, allow_abbrev=False)
        add_arguments(sub, verb.settings, verb.unsupported, **verb.defaults)
    return parser


def parse(arguments: list[str]) -> tuple[Verb, dict[str, Any]]:
    """The verb and the flags that were typed; ``--help`` ends the program.

    Raises:
        SettingsError: there is no such verb or flag.
    """
    if not arguments:
        raise SettingsError("no verb, for example train; main.py --help lists them")
    if arguments[0].startswith("--") and VERBS.keys() & set(arguments[1:]):
        raise SettingsError(
            f"{shorten(arguments[0])}: flags follow the verb, as in main.py train --task KeyInBox"
        )
    name = next((word for word in arguments if not word.startswith("-")), "")
    if name and name not in VERBS:
        raise SettingsError(
            f"there is no verb {shorten(name)}{nearest(name, VERBS)}; main.py --help lists them"
        )
    known, unknown = build_parser().parse_known_args(arguments)
    if unknown:
        flag = unknown[0].partition("=")[0]
        if not flag.startswith("--"):
            raise SettingsError(
                f"{name}: {shorten(flag)} is one argument too many; a text of several words is put in quotation marks, and a value follows its --flag"
            )
        raise SettingsError(
            f"{no_such_flag(flag.removeprefix('--'), VERBS[name].flags)}; main.py {name} --help explains the flags"
        )
    flags = {name: value for name, value in vars(known).items() if value is not None}
    return VERBS[flags.pop("verb")], flags


def run_verb(name: str, **flags: Any) -> Any:
    """Carry out a verb from Python: its flags as keyword arguments (docs/NOTEBOOK.md).

    Raises:
        WhenToAskError: see `core.errors`.
    """
    return run(VERBS[name], flags)


def main(arguments: list[str]) -> int:
    """Run one command.

    Returns:
        The exit status: 0; 2 for everything a user can fix; 128 + N after signal N.
    """
    try:
        with ending_signals():
            run(*parse(arguments))
    except (WhenToAskError, OSError) as error:  # a full disk may show anywhere
        warn(f"error: {error}")
        return 2
    except MemoryError as error:
        warn(f"error: not enough memory; fewer rooms and episodes at a time need less. {error}")
        return 2
    except Interrupted as interrupted:
        warn("interrupted; resume a run with --resume, many runs with the same command")
        return interrupted.status
    return 0


def command() -> NoReturn:
    """The program, as ``python main.py`` and as the installed command ``when-to-ask``."""
    prepare_streams()
    exit_with(main(sys.argv[1:]))


if __name__ == "__main__":
    command()
