"""The questions of a task with the scripted planner's plans: those that are trained on, and those that are held out."""

from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np

from core.chat import Message
from core.errors import SettingsError
from core.rooms.describe import describe
from core.rooms.plan import Plan
from core.rooms.scene import Scene
from core.settings import PlannersSettings, RunSettings, TunePlannerSettings
from core.task import find_task
from experiments.planner_quality import ask_all, distinct_scenes, scripted
from planner.prompt import Prompt

R = TypeVar("R", bound=RunSettings)
HOLD_OUT_STREAM = 10
"""Keeps the generator that draws the held-out questions apart from others of the same seed."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """The scripted planner's plan for a question.

    Attributes:
        scene: one of the situations that the question describes.
        question, answer: texts.
        plan: in the answer.
        is_held_out: it is used to test plans, and never to train.
    """

    scene: Scene
    question: str
    answer: str
    plan: Plan
    is_held_out: bool


def asked(prompt: Prompt, question: str) -> tuple[Message, ...]:
    """The conversation up to the answer, as `planner.planner.Planner` begins it."""
    return (*prompt.messages, Message("user", question))


def demonstrate(settings: TunePlannerSettings) -> list[Demonstration]:
    """Each distinct question that episodes with training seeds meet, ordered by its text.

    Raises:
        SettingsError: there are too few to hold some out.
    """
    names_colors = find_task(settings.task).names_colors
    reference = scripted(
        with_planner(PlannersSettings, settings, num_episodes=settings.num_episodes)
    )
    scenes = distinct_scenes(reference)
    answers, _, _ = ask_all(reference, scenes)
    held_out = hold_out(len(scenes), settings.train_share, settings.seed)
    return [
        Demonstration(
            scene,
            describe(scene, names_colors=names_colors),
            answer.text,
            answer.plan,
            n in held_out,
        )
        for n, (scene, answer) in enumerate(zip(scenes, answers, strict=True))
    ]


def hold_out(number: int, train_share: float, seed: int) -> frozenset[int]:
    """Which of some questions are held out: a drawn share; at least one is, and one is not.

    Raises:
        SettingsError: there are fewer than two.
    """
    if number < 2:
        raise SettingsError(
            "there is one question only, and none to hold out: raise --num_episodes"
        )
    num_trained = min(max(round(train_share * number), 1), number - 1)
    order = np.random.default_rng((seed, HOLD_OUT_STREAM)).permutation(number)
    return frozenset(order[num_trained:].tolist())


def with_planner(
    kind: type[R],
    settings: TunePlannerSettings,
    model_path: str = "",
    *,
    shows_examples: bool = False,
    **more: object,
) -> R:
    """The settings of another verb for the same rooms.

    Args:
        kind: of settings.
        settings: of the run.
        model_path: of the model that answers; empty: the scripted planner does.
        shows_examples: whether the prompt has worked examples.
        more: settings that only the other verb has, or that differ.
    """
    values = {item.name: getattr(settings, item.name) for item in fields(RunSettings)}
    values["planner"] = "local" if model_path else "scripted"
    values |= {"model_path": model_path, "no_examples": not shows_examples}
    return kind(**{**values, **more})
