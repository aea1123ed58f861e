"""One question to the planner, to try out prompts."""

from core.console import echo
from core.errors import PlanFormatError
from core.rooms.parse import read_reply
from core.rooms.plan import format_plan
from core.rooms.scene import Scene
from core.settings import AskSettings
from core.task import find_task
from mediator.candidate_plans import choices
from planner.build import build_planner
from planner.planner import Question
from planner.prompt import load_prompt
from planner.scripted import read_observation


def ask(settings: AskSettings) -> None:
    """Print the whole conversation, the raw answer, and the plan parsed from it."""
    task = find_task(settings.task)
    planner = build_planner(settings, task)
    question = f"observation: {{{settings.observation}}}"
    for message in load_prompt(task, shows_examples=not settings.no_examples).messages:
        _show(message.role, message.content)
    _show("user", question)
    possible: tuple[str, ...] = ()
    if settings.planner_mode == "rank":
        in_sight, carried = read_observation(question)
        scene = Scene(tuple(in_sight), carried, frozenset(in_sight))
        possible = choices(scene, names_colors=task.names_colors)
        _show("choices", " ".join(possible))
    [reply] = planner.model.chat([planner.request(Question(question, choices=possible))])
    _show(planner.name, reply.text)
    try:
        _show("plan", format_plan(read_reply(reply)))
    except PlanFormatError as error:
        _show("no plan", error.reason)
    usage = reply.usage
    if usage.llm_calls:
        cost = f"{usage.prompt_tokens} + {usage.completion_tokens} tokens, {usage.seconds:.2f} s"
        _show("cost", cost)
    elif usage.cache_hits:
        _show("cost", "none: the answer of an earlier run was in the cache")


def _show(speaker: str, text: str) -> None:
    echo(f"{speaker + ':':11s} {text}")
