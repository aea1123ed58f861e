"""The actions of text worlds as functions of a program: made from each world's own forms of commands."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from core.errors import SettingsError
from core.rooms.plan import Skill
from core.task import PLANNING_DOMAINS, TextTask
from envs.text.alfworld.text import Syntax, command_forms
from envs.text.pddl.env import make_language
from envs.text.pddl.problems import find_domain, find_problem, published_cases


@dataclass(frozen=True, slots=True)
class Function:
    """An action as a function.

    Attributes:
        name: an identifier.
        parameters: their names.
        template: the command, with ``{}`` for each argument in order.
    """

    name: str
    parameters: tuple[str, ...]
    template: str

    def command(self, *arguments: object) -> str:
        """The command of a call."""
        return self.template.format(*arguments)

    def read(self, command: str) -> tuple[str, ...] | None:
        """The arguments with which a call has this command; None if there are none."""
        form = re.escape(self.template).replace(r"\{\}", "(.+)")
        match = re.fullmatch(form, command)
        return None if match is None else match.groups()

    def __str__(self) -> str:
        """How it is called, for example ``take(thing, receptacle)``."""
        return f"{self.name}({', '.join(self.parameters)})"


def functions_of(
    task: TextTask, *, syntax: str = "new", texts: str = "plain"
) -> tuple[Function, ...]:
    """The functions of a world.

    Args:
        task: the world.
        syntax: of ALFWorld.
        texts: wording of robotic planning.

    Raises:
        SettingsError: its actions are no functions.
    """
    if task.world not in FUNCTIONS:
        raise SettingsError(
            f"--task {task.name}: its actions are not functions that code can call; choose act, react or reflexion"
        )
    return tuple(FUNCTIONS[task.world](syntax, texts))


def find_call(functions: Iterable[Function], command: str) -> tuple[Function, tuple[str, ...]]:
    """The function whose call has a command, and its arguments.

    Raises:
        ValueError: there is none.
    """
    for function in functions:
        arguments = function.read(command)
        if arguments is not None:
            return function, arguments
    raise ValueError(f"no function has the command {command!r}")


def _rooms(_syntax: str, _texts: str) -> Iterator[Function]:
    for skill in Skill:
        has_target = skill is not Skill.EXPLORE
        name = identifier(skill.phrase)
        yield Function(
            name,
            ("thing",) if has_target else (),
            f"{skill.phrase} the {{}}" if has_target else skill.phrase,
        )


def _household(syntax: str, _texts: str) -> Iterator[Function]:
    for template, parameters in command_forms(Syntax(syntax)):
        yield Function(identifier(template.partition(" {")[0]), parameters, template)


def _planning(domain: str, _syntax: str, texts: str) -> Iterator[Function]:
    language = make_language(domain, texts)
    for action in find_domain(domain).actions.values():
        parameters = tuple(action.kinds)
        template = language.action(action.name, ["{}"] * len(parameters)).strip()
        yield Function(identifier(action.name), parameters, template)
    for query in language.queries(find_problem(domain, published_cases(domain)[0])):
        yield Function(identifier(query.value), (), query.value)


def identifier(words: str) -> str:
    """The name of an action, as code calls it."""
    return words.replace(" ", "_").replace("-", "_")


FUNCTIONS: Mapping[str, Callable[[str, str], Iterable[Function]]] = {
    "rooms": _rooms,
    "alfworld": _household,
    **{domain: partial(_planning, domain) for domain in PLANNING_DOMAINS},
}
"""Of each world that code can play: its functions, for the syntax and the texts as in `functions_of`."""
