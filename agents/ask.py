"""One question to the planner, for people who write prompts."""

from rich.console import Console

from core.errors import PlanFormatError
from core.plan import format_plan
from core.scene import Scene
from core.settings import AskSettings
from core.task import find_task
from mediator.choices import choices
from mediator.parse import parse_plan
from planner.build import build_planner
from planner.planner import Question
from planner.prompt import load_prompt
from planner.scripted import read_observation


def ask(settings: AskSettings, given: frozenset[str]) -> None:  # noqa: ARG001 a verb
    """Show the whole conversation, the answer as it came, and the plan that is read in it."""
    console = Console()
    task = find_task(settings.task)
    planner = build_planner(settings, task)
    question = f"observation: {{{settings.observation}}}"
    for message in load_prompt(task, shows_examples=not settings.no_examples).messages:
        _show(console, message.role, message.content)
    _show(console, "user", question)
    possible: tuple[str, ...] = ()
    if settings.planner_mode == "rank":
        in_sight, carried = read_observation(question)
        scene = Scene(tuple(in_sight), carried, frozenset(in_sight))
        possible = choices(scene, names_colors=task.names_colors)
        _show(console, "choices", " ".join(possible))
    [reply] = planner.answer([Question(question, choices=possible)])
    _show(console, planner.name, reply.text)
    try:
        _show(console, "plan", format_plan(parse_plan(reply.text)))
    except PlanFormatError as error:
        _show(console, "no plan", error.reason)
    if reply.llm_calls:
        cost = f"{reply.prompt_tokens} + {reply.completion_tokens} tokens, {reply.seconds:.2f} s"
        _show(console, "cost", cost)
    elif reply.store_hits:
        _show(console, "cost", "none, an earlier run had asked this")


def _show(console: Console, who: str, text: str) -> None:
    console.print(f"{who + ':':12s}{text}", markup=False, highlight=False, soft_wrap=True)
