"""Flags of the evaluation of a model in one task, with a file for each case."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from core.errors import SettingsError
from core.flags import flag
from core.settings.limits import MOST_EPISODES
from core.settings.text import TextSettings
from core.task import TEXT_TASKS

AGENT_CONFIGS: Mapping[str, str] = {
    "fastchat": "a served model, greedy",
    "fastchat_explore": "a served model, sampled at temperature 0.7",
    "openai": "OpenAI's API, greedy; its key is read from OPENAI_API_KEY",
    "local": "a model in this process, greedy",
    "scripted": "rules in place of a model",
}
EXPLORING_TEMPERATURE = 0.7
OPENAI_URL = "https://api.openai.com/v1/chat/completions"
NUM_DEBUGGED = 5
"""Cases of ``--debug``."""
NOT_OF_EVAL_AGENT = (
    "planner", "planner_mode", "no_examples", "llm_template", "temperature", "answers_per_question",
    "record_file", "save_name", "case", "test_num", "resume", "pddl_texts",
)  # fmt: skip
"""Flags of text worlds without effect here."""


@dataclass(frozen=True, kw_only=True)
class EvalAgentSettings(TextSettings):
    """The evaluation of a model, or of a part of the cases."""

    task: str = flag("alfworld", ", ".join(TEXT_TASKS), alias="exp_config")
    save_name: str = flag("eval_agent")
    agent_config: str = flag("fastchat", "which model answers, and how", choices=AGENT_CONFIGS)
    llm_model: str = flag(
        "",
        "name of the model at the server (default: the first one it offers); of --agent_config local its directory",
        alias="model_name",
    )
    split: str = flag(
        "test",
        "cases: in alfworld train, valid_seen and valid_unseen; in robotic planning generated problems (from 1000, "
        "900-999) and the published ones; in rooms the seeds from 10000, 9000-9099, 0-99",
        choices=("train", "dev", "test"),
    )
    part_num: int = flag(
        1,
        "number of parts that the cases are divided into, for several commands side by side",
        at_least=1,
        at_most=MOST_EPISODES,
    )
    part_idx: int = flag(0, "which part this command plays, from 0", at_least=0)
    exp_name: str = flag("", "the files are LOGDIR/MODEL/TASK followed by EXP_NAME")
    logdir: str = flag("outputs", "directory of the files of all evaluations")
    shots: int = flag(
        1,
        "number of worked examples in the prompt; 0 for a model that was tuned without them",
        at_least=0,
    )
    max_tokens: int = flag(
        512, "longest answer of the language model, in tokens", at_least=1, at_most=1_000_000
    )
    stop: tuple[str, ...] = flag(
        ("\nObservation:", "\nTask:", "\n---"), "texts that end an answer", is_free_text=True
    )
    answer_store: str = flag(
        "none",
        "file in LOGDIR that caches the answers of language models, by model and conversation; none for no cache",
    )
    show: bool = flag(False, "print every episode as it ends", alias="verbose")
    overwrite: bool = flag(
        False, "play the cases again that have a file, and replace it", alias="override"
    )
    debug: bool = flag(False, f"only the first {NUM_DEBUGGED} cases of the split")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.part_idx >= self.part_num:
            raise SettingsError(
                f"--part_idx {self.part_idx}: of --part_num {self.part_num} the last is {self.part_num - 1}"
            )

    def with_planner(self) -> Self:
        """The settings with what ``--agent_config`` stands for.

        Raises:
            SettingsError: the model in this process has two directories.
        """
        name = self.agent_config
        if name == "scripted":
            return replace(self, planner="scripted")
        if name == "local":
            if self.llm_model and self.model_path:
                raise SettingsError(
                    "--model_name and --model_path: give the model's directory as one of them"
                )
            return replace(
                self, planner="local", model_path=self.model_path or self.llm_model, llm_model=""
            )
        is_given = self.llm_url != type(self).llm_url
        url = OPENAI_URL if name == "openai" and not is_given else self.llm_url
        temperature = EXPLORING_TEMPERATURE if name == "fastchat_explore" else 0.0
        return replace(self, planner="fastchat", llm_url=url, temperature=temperature)

    @property
    def model(self) -> str:
        """What the directory of the model's evaluations is called."""
        return self.llm_model or self.model_path or self.agent_config
