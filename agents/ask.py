"""One question to the planner, for people who write prompts."""

from rich.console import Console

from core.errors import PlanFormatError
from core.plan import format_plan
from core.settings import AskSettings
from core.task import find_task
from mediator.parse import parse_plan
from planner.build import build_planner
from planner.prompt import load_prompt


def ask(settings: AskSettings, given: frozenset[str]) -> None:  # noqa: ARG001 a verb
    """Show the whole conversation, the answer as it came, and the plan that is read in it."""
    console = Console()
    task = find_task(settings.task)
    planner = build_planner(settings, task)
    question = f"observation: {{{settings.observation}}}"
    for message in load_prompt(task).messages:
        _show(console, message.role, message.content)
    _show(console, "user", question)
    reply = planner.answer(question)
    _show(console, planner.name, reply.text)
    try:
        _show(console, "plan", format_plan(parse_plan(reply.text)))
    except PlanFormatError as error:
        _show(console, "no plan", error.reason)
    if reply.llm_calls:
        cost = f"{reply.prompt_tokens} + {reply.completion_tokens} tokens, {reply.seconds:.2f} s"
        _show(console, "cost", cost)


def _show(console: Console, who: str, text: str) -> None:
    console.print(f"{who + ':':12s}{text}", markup=False, highlight=False, soft_wrap=True)
