"""Who attempts the cases of a task, and in which world."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.react import make_policy
from agents.reflexion import question_answering
from core.errors import SettingsError
from core.settings import ReflexionSettings
from core.task import TextTask
from runner.evaluation.text import options_of
from runner.text import TextPolicy


@dataclass(frozen=True, slots=True)
class Agent:
    """Attempts cases.

    Attributes:
        policy: acts; it puts `runner.text.History.told` before the first observation.
        options: of the environment, as `gymnasium.make` takes them.
        max_steps: an attempt is truncated after that many answers.
    """

    policy: TextPolicy
    options: Mapping[str, Any]
    max_steps: int


def make_agent(task: TextTask, settings: ReflexionSettings) -> Agent:
    """The agent that ``--agent`` names.

    Raises:
        SettingsError: it cannot do the task, or the task's world has no prompt.
    """
    name = settings.agent
    if name in question_answering.WORLDS:
        if task.world != "hotpotqa":
            raise SettingsError(f"--agent {name} is for hotpotqa; {task.name} has react, act")
        policy, options = (
            question_answering.make_policy(task, settings),
            question_answering.WORLDS[name],
        )
        return Agent(policy, options, question_answering.MAX_STEPS)
    max_steps = settings.max_steps or task.max_steps
    return Agent(make_policy(name, task, settings), options_of(task, settings), max_steps)
