"""The text worlds as an environment of `verifiers`, for trainers that take one: `load_environment`."""

from collections.abc import Mapping, Sequence
from typing import Any

import datasets
import verifiers

from agents.react import ReActPolicy
from agents.text_prompt import load_text_prompt
from core.chat import Reply, Sampling
from core.errors import ActionFormatError, SettingsError
from core.task import TextTask, find_text_tasks
from envs.text.cases import cases_of
from runner.text import History, TextEnv, after_unreadable_answer, make_world

Messages = list[dict[str, str]]


class TextWorldEnv(verifiers.MultiTurnEnv):
    """Each turn of the model is an action in a text world; the reward is the score at the end.

    An answer without an action changes nothing in the world; the next observation says what is missing.

    Args:
        task: the world.
        policy: makes the conversation before an episode, and reads actions in answers.
        cases: one row of the dataset each.
    """

    def __init__(self, task: TextTask, policy: ReActPolicy, cases: Sequence[str]) -> None:
        self._task = task
        self._policy = policy
        rows = [
            {"prompt": self._opening(case), "answer": "", "info": {"case": case}} for case in cases
        ]
        super().__init__(
            dataset=datasets.Dataset.from_list(rows),
            rubric=verifiers.Rubric(funcs=[score, success], weights=[1.0, 0.0]),
            max_turns=task.max_steps,
        )

    async def setup_state(self, state: dict[str, Any]) -> None:
        """Begin the episode of the state's case."""
        state["world"], observation, info = self._begin(state["info"]["case"])
        state["observation"], state["outcome"] = observation, info

    async def env_response(
        self,
        messages: Sequence[Any],
        state: dict[str, Any],
        **kwargs: Any,  # noqa: ARG002 as verifiers calls it
    ) -> Messages:
        """The observation after the action in the last answer."""
        answer = messages[-1].content or ""
        try:
            move = self._policy.read(Reply(answer))
        except ActionFormatError as error:
            text = after_unreadable_answer(error, state["observation"])
            return [{"role": "user", "content": text}]
        world: TextEnv = state["world"]
        observation, _, terminated, truncated, state["outcome"] = world.step(move.action)
        state["observation"] = observation
        response = [{"role": "user", "content": observation}]
        if terminated or truncated:
            state["final_env_response"] = response
        return response

    @verifiers.cleanup
    async def close_world(self, state: dict[str, Any]) -> None:
        """What was played cannot be sent to another process; the outcome stays."""
        del state["world"]

    def _begin(self, case: str) -> tuple[TextEnv, str, Mapping[str, Any]]:
        world = make_world(self._task)
        return world, *world.reset(options={"case": case})

    def _opening(self, case: str) -> Messages:
        _, observation, info = self._begin(case)
        request = self._policy.request(History(case, (), observation, str(info["goal"])))
        return [message.to_json() for message in request.messages]


def score(state: Mapping[str, Any]) -> float:
    """The score at the end of the episode, 0 to 1."""
    return float(state["outcome"]["score"])


def success(state: Mapping[str, Any]) -> float:
    """Whether the goal was reached."""
    return float(state["outcome"]["success"])


def load_environment(
    task: str = "alfworld",
    split: str = "",
    num_cases: int = 0,
    method: str = "react",
    shots: int = 2,
) -> TextWorldEnv:
    """An environment as `verifiers` loads it.

    Args:
        task: a text world, see `core.task.TEXT_TASKS`.
        split: one of the task's; the first if empty.
        num_cases: the first so many cases of the split; 0: all, or 100 where there is no end.
        method: ``react``, a thought and an action; or ``act``.
        shots: number of worked examples in the prompt.

    Raises:
        SettingsError: there is no such task, split or method.
    """
    tasks = find_text_tasks(task)
    if len(tasks) > 1:
        raise SettingsError(f"{task}: one task at a time here")
    prompt = load_text_prompt(tasks[0].world)
    if method not in prompt.answer:
        raise SettingsError(f"unknown method {method!r}: choose one of {', '.join(prompt.answer)}")
    policy = ReActPolicy(prompt, method, Sampling(), shots)
    return TextWorldEnv(tasks[0], policy, cases_of(tasks[0], split, num_cases))
