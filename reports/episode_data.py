"""What the page's script reads about an episode, in a room or in a text world."""

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass

import numpy as np

from core.episode import Episode, PolicyTrace
from core.rooms.object_memory import ObjectMemory
from core.rooms.view import GridView
from envs.text.coding.python_text import called_in
from mediator.policies import ASK
from reports.replay import replay

_NO_TRACE = PolicyTrace(decision=ASK, probability=1.0, value=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What changed in the agent's view of a room since the frame before.

    Attributes:
        cells: ``[x, y, object, colour, state]`` of changed cells, in MiniGrid's codes.
        agent: x, y and direction.
        carried: the object that the agent carries.
        object_memory: every remembered object with its place; None where nothing changed.
    """

    cells: list[list[int]]
    agent: tuple[int, int, int]
    carried: str | None
    object_memory: list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuestion:
    """A question before a step, and its answer."""

    step: int
    question: str
    answer: str
    plan: str
    is_forced: bool
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomEpisode:
    """An episode in a room, column by column; frame n is the room before step n.

    Attributes:
        name: what the page calls it.
        probabilities: of asking, or of the chosen skill for a method without a planner.
        values: the critic's; all 0 without one.
    """

    name: str
    success: bool
    total_return: float
    size: int
    frames: list[Frame]
    skills: list[str]
    actions: list[str]
    values: list[float]
    probabilities: list[float]
    plans: list[str]
    questions: list[AskedQuestion]
    kind: str = "room"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextStep:
    """A step in a text world, with what its answer cost; an unreadable answer has no action.

    Attributes:
        functions: names of the learned functions that its code calls.
    """

    observation: str
    thought: str
    action: str
    answer: str
    is_valid: bool
    functions: list[str]
    reward: float
    primitive_steps: int
    llm_calls: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    cache_hits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEpisode:
    """An episode in a text world.

    Attributes:
        name: what the page calls it.
        group: heading of the episodes among which it stands; empty for those of the evaluation.
    """

    name: str
    success: bool
    looped: bool
    score: float
    goal: str
    steps: list[TextStep]
    final_observation: str
    group: str = ""
    kind: str = "text"


def text_episode(
    name: str, episode: Episode, functions: Collection[str] = (), group: str = ""
) -> TextEpisode:
    """An episode in a text world.

    Args:
        name: what the page calls it.
        episode: as it was played.
        functions: names of the learned functions that its code may call.
        group: heading of the episodes among which it stands.
    """
    return TextEpisode(
        name=name,
        success=episode.success,
        looped=episode.looped,
        score=episode.score,
        goal=episode.goal,
        steps=[
            TextStep(
                observation=step.observation,
                thought=step.thought,
                action=step.action,
                answer=step.answer,
                is_valid=step.is_valid,
                functions=sorted(called_in(step.action).intersection(functions))
                if functions
                else [],
                reward=step.reward,
                primitive_steps=step.primitive_steps,
                **asdict(step.usage),
            )
            for step in episode.steps
        ],
        final_observation=episode.final_observation,
        group=group,
    )


def room_episode(name: str, episode: Episode, *, uses_planner: bool) -> RoomEpisode:
    """An episode in a room; uses_planner: whether the method may ask one."""
    frames = list(_frames(episode))
    traces = [step.policy or _NO_TRACE for step in episode.steps]
    return RoomEpisode(
        name=name,
        success=episode.success,
        total_return=episode.total_return,
        size=1 + max(x for x, *_ in frames[0].cells),
        frames=frames,
        skills=[step.skill for step in episode.steps],
        actions=[step.action for step in episode.steps],
        values=[trace.value for trace in traces],
        probabilities=[
            1 - trace.probability if uses_planner and trace.decision != ASK else trace.probability
            for trace in traces
        ],
        plans=episode.plans,
        questions=[
            AskedQuestion(
                step=number,
                question=asked.question,
                answer=asked.answer,
                plan=asked.plan,
                is_forced=asked.is_forced,
                cost=asked.cost,
            )
            for number, step in enumerate(episode.steps)
            if (asked := step.consultation) is not None
        ],
    )


def _frames(episode: Episode) -> Iterator[Frame]:
    memory, remembered = ObjectMemory(), None
    before = None
    for env in replay(episode):
        image = env.gen_obs()["image"]
        view = GridView(image)
        memory.update(view)
        is_changed = (
            np.ones(image.shape[:2], dtype=bool)
            if before is None
            else (image[..., :3] != before[..., :3]).any(axis=-1)
        )
        objects = [
            f"{name} at {tuple(memory.locate(name) or ())}"
            for name in sorted(memory.known, key=str)
        ]
        x, y = view.agent_position
        yield Frame(
            cells=[[int(x), int(y), *image[x, y, :3].tolist()] for x, y in np.argwhere(is_changed)],
            agent=(int(x), int(y), int(view.agent_direction)),
            carried=None if view.carried is None else str(view.carried),
            object_memory=None if objects == remembered else objects,
        )
        before, remembered = image, objects
