"""Question answering in one answer (arXiv 2303.11366, section 4.2): a thought and Finish, without searches.

The agents ``react`` and ``act`` search before they answer, as in any text world; these do not.
"""

from collections.abc import Mapping
from typing import Any

from agents.react import ReActPolicy, policy_with
from agents.text_prompt import load_text_prompt
from core.settings import TextSettings
from core.task import TextTask

WORLDS: Mapping[str, Mapping[str, Any]] = {
    "cot_context": {"docstore": ("none",), "context": True},
    "cot_no_context": {"docstore": ("none",)},
}
"""The agents, and the options of `envs.text.hotpotqa.env` with which each plays."""
MAX_STEPS = 1
"""An attempt is one answer."""


def make_policy(task: TextTask, settings: TextSettings) -> ReActPolicy:
    """The policy of both agents: whether there is a context is in what it reads."""
    return policy_with(load_text_prompt("hotpotqa_cot"), "react", task, settings)
