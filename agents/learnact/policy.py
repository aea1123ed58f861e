"""The agent that acts with learned functions: one call of an action or of a function for each decision."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from agents.code_as_policy import CodePolicy
from agents.react import policy_with
from agents.text_prompt import Example, TextPrompt, Turn, load_text_prompt, read_prompt
from core.learning_text import library_text
from core.library import ONE_CALL, Library
from core.settings import CodeSettings
from core.task import TextTask
from envs.text.code import CodeEnv, describe
from envs.text.functions import Function, find_call, functions_of
from runner.text import TextEnv
from sandbox.action import Call
from sandbox.run import Ran


@dataclass(frozen=True, slots=True)
class ActingPrompt:
    """What the method adds to the prompts of the worlds, ``agents/prompts/learnact_acting.json``.

    Attributes:
        functions: what can be called, in sentences; ``{functions}`` stands for the world's actions.
        answer: the form of an answer, in sentences, after the learned functions and `ONE_CALL`.
    """

    functions: tuple[str, ...]
    answer: tuple[str, ...]

    def form(self, functions: Sequence[Function], library: Library) -> str:
        """What can be called, and how."""
        actions = " ".join(self.functions).format(functions="; ".join(map(str, functions)))
        parts = (actions, library_text(library), " ".join((ONE_CALL, *self.answer)))
        return "\n".join(part for part in parts if part)


def make_policy(
    task: TextTask, functions: Sequence[Function], library: Library, settings: CodeSettings
) -> CodePolicy:
    """The policy for a task.

    Args:
        task: what is played.
        functions: the actions of its world.
        library: the learned functions; may be empty.
        settings: of the run.
    """
    prompt = load_text_prompt(task.world, settings.alfworld_syntax)
    # the worked examples of robotic planning are in the plain wording
    of_examples = functions_of(task, syntax=settings.alfworld_syntax)
    prompt = TextPrompt(
        prompt.system,
        {"act": read_prompt("learnact_acting", ActingPrompt).form(functions, library)},
        tuple(
            _in_calls(example, of_examples, repeats_all=task.is_planning)
            for example in prompt.examples
        ),
        prompt.kinds,
    )
    return CodePolicy(policy_with(prompt, "act", task, settings))


def make_wrapper(
    task: TextTask, functions: Sequence[Function], library: Library, settings: CodeSettings
) -> Callable[[TextEnv], TextEnv]:
    """What makes a world one that is played by code; see `make_policy`."""
    return partial(
        CodeEnv,
        functions=functions,
        max_primitives=settings.max_primitives,
        library=library,
        repeats_all=task.is_planning,
    )


def _in_calls(example: Example, functions: Sequence[Function], *, repeats_all: bool) -> Example:
    """A worked episode of `act` in calls, with the observations of `CodeEnv`."""
    turns = []
    call = None
    for turn in example.turns:
        observation = turn.observation
        if call is not None:
            ran = Ran("", 0, "", "", (replace(call, result=observation),))
            observation = describe(ran, observation, repeats_all=repeats_all)
        function, arguments = find_call(functions, turn.action)
        call = Call(function.name, arguments, "", 1)
        turns.append(Turn(observation, turn.thought, str(call)))
    return replace(example, turns=tuple(turns))
