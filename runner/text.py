"""The episode loop of text worlds: many active episodes, whose requests are answered together."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, repeat
from typing import Any, Protocol, cast

import gymnasium

import envs  # noqa: F401 registers the worlds
from core.chat import Reply, Request
from core.console import Progress
from core.episode import Episode, Step
from core.errors import ActionFormatError, ModelRefused
from core.task import TextTask, find_text_tasks
from planner.chat import ChatModel
from planner.dispatch import Dispatcher
from runner.player import Case

TextEnv = gymnasium.Env[str, str]
REFUSED = "The model refused the conversation"
"""How the last observation of such an episode begins."""


@dataclass(frozen=True, slots=True)
class Move:
    """What an agent does next, and the reasoning that the model wrote before it."""

    action: str
    thought: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One step as the agent knows it.

    Attributes:
        observation: what the agent read before it acted.
        answer: the model's, as it came.
        move: what was read from it; None if nothing could be.
    """

    observation: str
    answer: str
    move: Move | None


@dataclass(frozen=True, slots=True)
class History:
    """All that an agent knows; it never sees `info`.

    Attributes:
        case: which case is played.
        turns: the steps so far.
        observation: the current one.
        goal: what shall be reached; most worlds say it in the first observation, too.
        told: what stands before the first observation, for example notes about earlier attempts; may be empty.
        admissible: every action that can be carried out now; empty where the agent is not shown them.
    """

    case: Case
    turns: tuple[Turn, ...]
    observation: str
    goal: str = ""
    told: str = ""
    admissible: tuple[str, ...] = ()

    @property
    def results(self) -> list[tuple[str, str]]:
        """Each action so far with the observation after it; of an unreadable answer the action is empty."""
        observations = [*(turn.observation for turn in self.turns[1:]), self.observation]
        actions = [turn.move.action if turn.move is not None else "" for turn in self.turns]
        return list(zip(actions, observations, strict=False))


def never(_: History) -> bool:
    """The rule by which no history repeats itself."""
    return False


def make_world(task: TextTask, **options: Any) -> TextEnv:
    """The environment of a task without its limit of steps, which is the loop's.

    Args:
        task: the world.
        options: of the environment, as `gymnasium.make` takes them.
    """
    return gymnasium.make(task.env_id, max_episode_steps=-1, disable_env_checker=True, **options)


def after_unreadable_answer(error: ActionFormatError, last_observation: str) -> str:
    """The observation after an answer without an action, which has changed nothing in the world."""
    return f"Your answer could not be read: {error.reason}.\n{last_observation}"


class TextPolicy(Protocol):
    """Acts through a language model. It keeps no state, so episodes can be played in any order."""

    def request(self, history: History) -> Request:
        """What the model is asked for the next step."""
        ...

    def read(self, reply: Reply) -> Move:
        """The move in the model's answer.

        Raises:
            ActionFormatError: there is none; its reason becomes the next observation.
        """
        ...


def play_text(
    make_env: Callable[[], TextEnv],
    cases: Iterable[Case],
    policy: TextPolicy,
    model: ChatModel,
    *,
    task: str,
    num_envs: int,
    max_steps: int,
    is_loop: Callable[[History], bool] = never,
    keeps_refused: bool = False,
    shows_admissible: bool = False,
) -> Iterator[Episode]:
    """Play one episode of each case, and yield each as soon as it has ended.

    An episode depends only on its case and on the model's answers, not on the other active episodes.

    Args:
        make_env: makes a world; ``reset(options={"case": ...})`` begins an episode.
        cases: begun in this order.
        policy: makes a request of a history, and a move of a reply.
        model: answers the requests.
        task: name of the task, for the record.
        num_envs: number of episodes that are active at the same time.
        max_steps: an episode is truncated after that many answers, or after fewer if ``info["max_steps"]`` says so.
        is_loop: whether an agent repeats itself, after which its episode is truncated, too.
        keeps_refused: an episode whose first request is refused is kept as one without steps.
        shows_admissible: histories have the admissible actions, which take time to find.

    Raises:
        ModelError: a request has no answer. (A conversation that is refused after its first answer, for
            example because it is too long for the model, truncates its own episode only; with
            `keeps_refused` before it, too.)
    """
    pending = iter(cases)
    num_active = 0
    with Dispatcher[_Game](model) as dispatcher:
        for case in islice(pending, num_envs):
            game = _Game(make_env(), case, shows_admissible=shows_admissible)
            dispatcher.send(game, policy.request(game.history))
            num_active += 1
        while num_active:
            for game, reply in dispatcher.receive():
                if isinstance(reply, ModelRefused):
                    game.end(reply, keeps_refused)
                else:
                    game.step(policy, reply, max_steps)
                    game.end_if(is_loop)
                if game.is_over:
                    yield game.episode(task)
                    next_case = next(pending, None)
                    if next_case is None:
                        game.env.close()
                        num_active -= 1
                        continue
                    game.reset(next_case)
                dispatcher.send(game, policy.request(game.history))


def count_refused(episodes: Iterable[Episode]) -> int:
    """Number of episodes that ended because the model refused their conversation."""
    return sum(map(is_refused, episodes))


def is_refused(episode: Episode) -> bool:
    """Whether an episode ended because the model refused its conversation."""
    return episode.final_observation.startswith(REFUSED)


def reward_of(episode: Episode) -> float | None:
    """How much of the task an episode has solved, 0 to 1.

    None if the model refused to go on before the world gave a score: in worlds that score what has been reached so far
    before the first answer, in others at any time. So it is in ETO's code (arXiv 2403.02502).
    """
    [task] = find_text_tasks(episode.task)
    if is_refused(episode) and not (task.scores_progress and episode.steps):
        return None
    return episode.score


def history_at_end(episode: Episode) -> History:
    """All that the agent of an episode knew at its end."""
    turns = tuple(
        Turn(
            step.observation, step.answer, Move(step.action, step.thought) if step.action else None
        )
        for step in episode.steps
    )
    return History(episode.case, turns, episode.final_observation, episode.goal)


def paid_requests(
    episode: Episode, policy: TextPolicy, make_env: Callable[[], TextEnv] | None = None
) -> Iterator[Request]:
    """The requests of an episode that were sent to the model, as its policy has made them.

    Args:
        episode: that was played.
        policy: that has made them.
        make_env: makes its world, where the policy was shown the admissible actions: they are in no record, so the
            episode is played again.
    """
    end = history_at_end(episode)
    listed = admissible_in(episode, make_env()) if make_env is not None else repeat(())
    for number, (step, actions) in enumerate(zip(episode.steps, listed, strict=False)):
        if step.usage.llm_calls:
            yield policy.request(
                replace(
                    end,
                    turns=end.turns[:number],
                    observation=step.observation,
                    admissible=actions,
                )
            )


def admissible_actions(env: TextEnv) -> tuple[str, ...]:
    """Every action that can be carried out now in a world, which may be wrapped."""
    return tuple(cast(_ListsActions, env.unwrapped).admissible_commands())


def admissible_in(episode: Episode, env: TextEnv) -> Iterator[tuple[str, ...]]:
    """The admissible actions before each step of an episode, found by playing it again."""
    env.reset(options={"case": episode.case})
    for step in episode.steps:
        yield admissible_actions(env)
        if not step.is_unreadable:
            env.step(step.action)


class _ListsActions(Protocol):
    def admissible_commands(self) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class TextPlayer:
    """Plays the cases of a text world; see `runner.player.Player`.

    Attributes:
        title: what tables call it.
        task: the world.
        policy, model, num_envs, max_steps, is_loop, keeps_refused, shows_admissible: see `play_text`.
        options: of the environment, as `gymnasium.make` takes them.
        wrap: what is played in place of the world itself.
    """

    title: str
    task: TextTask
    policy: TextPolicy
    model: ChatModel
    num_envs: int
    max_steps: int
    options: Mapping[str, Any] = field(default_factory=dict)
    is_loop: Callable[[History], bool] = never
    keeps_refused: bool = False
    wrap: Callable[[TextEnv], TextEnv] | None = None
    shows_admissible: bool = False

    def play(self, cases: Sequence[Case]) -> Iterator[Episode]:
        """The episode of each case as soon as it has ended, with a progress bar."""
        with Progress(self.title, len(cases), "episode") as progress:
            for episode in self.episodes(cases):
                progress.advance()
                yield episode

    def episodes(self, cases: Sequence[Case]) -> Iterator[Episode]:
        """The episode of each case as soon as it has ended."""
        return play_text(
            self.make_env,
            cases,
            self.policy,
            self.model,
            task=self.task.name,
            num_envs=self.num_envs,
            max_steps=self.max_steps,
            is_loop=self.is_loop,
            keeps_refused=self.keeps_refused,
            shows_admissible=self.shows_admissible,
        )

    def make_env(self) -> TextEnv:
        """A new world, before its first episode."""
        world = make_world(self.task, **self.options)
        return self.wrap(world) if self.wrap is not None else world


class _Game:
    """A world and its current episode."""

    def __init__(self, env: TextEnv, case: Case, *, shows_admissible: bool) -> None:
        self.env = env
        self._shows_admissible = shows_admissible
        self.reset(case)

    def reset(self, case: Case) -> None:
        """Begin the episode of a case."""
        self._world_text, self._info = self.env.reset(options={"case": case})
        self._steps: list[Step] = []
        self._terminated = self._truncated = self._looped = False
        self.history = History(
            case, (), self._world_text, str(self._info["goal"]), admissible=self._admissible()
        )

    @property
    def is_over(self) -> bool:
        """Whether the episode has ended."""
        return self._terminated or self._truncated

    def end(self, error: ModelRefused, keeps_refused: bool) -> None:
        """Truncate an episode whose conversation the model does not accept any more.

        Raises:
            ModelRefused: it does not accept the first request either, and this is not to be kept.
        """
        if not self._steps and not keeps_refused:
            raise error
        self._truncated = True
        self.history = replace(self.history, observation=f"{REFUSED}: {error}")

    def end_if(self, is_loop: Callable[[History], bool]) -> None:
        """Truncate an episode that has not ended, and whose agent repeats itself."""
        if not self.is_over and is_loop(self.history):
            self._truncated = self._looped = True

    def step(self, policy: TextPolicy, reply: Reply, max_steps: int) -> None:
        """Act on a reply; one without a move changes nothing in the world, and costs a step."""
        step = Step(
            "",
            0.0,
            observation=self.history.observation,
            answer=reply.text,
            cut=reply.cut,
            is_valid=False,
            primitive_steps=0,
            usage=reply.usage,
        )
        move = None
        try:
            move = policy.read(reply)
        except ActionFormatError as error:
            observation = after_unreadable_answer(error, self._world_text)
        else:
            observation, reward, self._terminated, self._truncated, self._info = self.env.step(
                move.action
            )
            self._world_text = observation
            step = replace(
                step,
                action=move.action,
                thought=move.thought,
                reward=float(reward),
                is_valid=bool(self._info["is_valid"]),
                primitive_steps=int(self._info.get("primitive_steps", 1)),
            )
        self._steps.append(step)
        # a case may have a limit of its own
        limit = min(max_steps, int(self._info.get("max_steps", max_steps)))
        self._truncated |= not self._terminated and len(self._steps) >= limit
        turn = Turn(step.observation, step.answer, move)
        turns = (*self.history.turns, turn)
        self.history = replace(
            self.history, turns=turns, observation=observation, admissible=self._admissible()
        )

    def _admissible(self) -> tuple[str, ...]:
        """The admissible actions if the agent is shown them, and there is a next step."""
        if not self._shows_admissible or self.is_over:
            return ()
        return admissible_actions(self.env)

    def episode(self, task: str) -> Episode:
        """The record of the episode so far."""
        return Episode(
            task,
            self.history.case,
            success=bool(self._info["success"]),
            score=float(self._info["score"]),
            terminated=self._terminated,
            truncated=self._truncated,
            steps=tuple(self._steps),
            goal=str(self._info["goal"]),
            final_observation=self.history.observation,
            looped=self._looped,
        )
