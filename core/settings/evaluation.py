"""Flags of evaluation in rooms."""

from dataclasses import dataclass

from core.flags import flag
from core.settings.limits import MOST_EPISODES, episodes
from core.settings.planner import DECIDE_ANSWERS
from core.settings.run import RunSettings
from core.settings.train import NoiseSettings

EVALUATION_SEEDS = range(100)
"""The environment seeds of the paper's evaluation; no training episode has one of them."""


@dataclass(frozen=True, kw_only=True)
class EvalSettings(NoiseSettings, RunSettings):
    """Evaluation of an asking policy or a trained model."""

    test_num: int = episodes(
        100, "number of episodes: environment seeds 0, 1, ... (the paper's are 0-99)"
    )
    show: bool = flag(False, "print every question, answer and plan")
    record: bool = flag(False, "write GIF, MP4 and dialogue of the first --record_num episodes")
    record_num: int = flag(
        3, "number of episodes that --record writes", at_least=1, at_most=MOST_EPISODES
    )
    greedy: bool = flag(
        False,
        "a trained policy takes its most probable decision; default: it samples, as in training",
    )


FROM_THE_MODEL = (
    *DECIDE_ANSWERS, "llm_url", "record_file", "seed", "rooms", "skills", "ask_cost", "ask_lambda",
)  # fmt: skip
"""Settings that an evaluation takes from the trained run unless they are typed; --record_file only if the run was
trained with --planner replay."""
