"""What the page reads about a run that tuned a language model: rows of the table, curves, and pairs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.chat import Message, earlier_answer
from core.choices import CONTROLS
from core.console import count
from core.episode import Episode
from core.spread import spread
from core.trajectory import Pair
from reports.episode_data import TextEpisode, text_episode
from reports.palette import SERIES
from reports.statistics import Estimate
from reports.tuned import Agent, PairSet, Role, Stage, Tuned

MOST_PAIRS = 200
"""Pairs of a round that the page holds, spread evenly over all."""
CURVES = (
    "sft/loss", "dpo/loss", "dpo/margin", "dpo/accuracy", "dpo/chosen_change", "dpo/rejected_change",
)  # fmt: skip
"""Metrics of a training that are drawn (docs/metrics.md)."""
_ABOUT = {
    "untuned": "the model before any training",
    "expert": "gave the demonstrations",
    "SFT": "imitates the expert",
    "DPO": "trained on pairs",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRow:
    """A line of the table.

    Attributes:
        role: see `reports.tuned.Role`.
        about: how it came to be.
        color: of its lines.
        is_best: whether it is the best round on the dev cases.
        test: quantity -> its mean with an interval; empty until all test cases are played.
        dev_score: on the dev cases; None without any.
        num_episodes: test cases that were played.
        steps: gradient steps, those of supervised training first; empty without any.
        episode: number of its first episode among the run's episodes; None without one.
    """

    name: str
    role: Role
    about: str
    color: str
    is_best: bool
    test: dict[str, Estimate]
    dev_score: Estimate | None
    num_episodes: int
    steps: str
    episode: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundPoint:
    """The means of a round, for the charts; an evaluation that is not finished is empty."""

    name: str
    dev: dict[str, Estimate]
    test: dict[str, Estimate]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCurves:
    """A training; curves: metric -> gradient steps, counted from the run's first one, and values."""

    agent: str
    color: str
    first_step: int
    curves: dict[str, tuple[list[float], list[float]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a pair, from the first difference on; origin: who played it, with the score of the whole episode, if that is known."""

    origin: str
    turns: list[Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRow:
    """A pair; common: the prompt, and the turns that both sides begin with."""

    case: str
    common: list[Message]
    chosen: Side
    rejected: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSetRow:
    """The pairs of a round; facts: what is known of them in words."""

    agent: str
    facts: str
    pairs: list[PairRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class TunedData:
    """A run that tuned a language model."""

    agents: list[AgentRow]
    rounds: list[RoundPoint]
    stages: list[StageCurves]
    pair_sets: list[PairSetRow]


def tested_episodes(tuned: Tuned) -> list[TextEpisode]:
    """The test episodes of each agent, under its name; those of a round without pairs are not repeated."""
    return [
        text_episode(f"{agent.name}: {episode.case}", episode, (), f"{agent.name}, test cases")
        for agent in tuned.agents
        if not agent.same_as
        for episode in agent.test.episodes
    ]


def tuned_data(tuned: Tuned) -> TunedData:
    """All that the page reads, besides the episodes."""
    colors = _colors(tuned.agents)
    return TunedData(
        agents=agent_rows(tuned),
        rounds=[
            RoundPoint(name=one.name, dev=one.dev.summary, test=one.test.summary)
            for one in tuned.rounds
        ],
        stages=[
            _curves(agent.name, colors[agent.name], sum(tuned.steps_before(agent)), agent.stage)
            for agent in tuned.agents
            if agent.stage is not None and agent.stage.rows
        ],
        pair_sets=[_pair_set(one, tuned.demonstrations) for one in tuned.pair_sets],
    )


def agent_rows(tuned: Tuned) -> list[AgentRow]:
    """The lines of the table."""
    rows, num_before = [], 0
    colors, firsts = _colors(tuned.agents), dict[str, int]()
    for agent in tuned.agents:
        num_own = 0 if agent.same_as else len(agent.test.episodes)
        firsts[agent.name] = firsts.get(agent.same_as, num_before)
        rows.append(
            AgentRow(
                name=agent.name,
                role=agent.role,
                about=_about(agent),
                color=colors[agent.name],
                is_best=agent.name == tuned.best,
                test=agent.test.summary,
                dev_score=agent.dev.summary.get("score"),
                num_episodes=len(agent.test.episodes),
                steps=_steps(agent, tuned),
                episode=firsts[agent.name] if agent.test.episodes else None,
            )
        )
        num_before += num_own
    return rows


def _about(agent: Agent) -> str:
    if agent.same_as:
        return f"no pairs, so it is still {agent.same_as}"
    if agent.role == "round" and agent.name not in _ABOUT:
        return "trained on the pairs of this round"
    return _ABOUT.get(agent.name, CONTROLS.get(agent.name, ""))


def _colors(agents: Sequence[Agent]) -> dict[str, str]:
    """Each agent's colour; all rounds share one."""
    own = dict.fromkeys("ETO" if agent.role == "round" else agent.name for agent in agents)
    colors = {name: SERIES[number % len(SERIES)] for number, name in enumerate(own)}
    return {agent.name: colors["ETO" if agent.role == "round" else agent.name] for agent in agents}


def _steps(agent: Agent, tuned: Tuned) -> str:
    """Gradient steps as a sum: of supervised training, then of all that came after."""
    if agent.stage is None and not agent.same_as:
        return ""
    supervised, in_rounds = tuned.steps_before(agent)
    own = in_rounds + (agent.stage.num_steps if agent.stage else 0)
    total = f"{supervised} + {own}" if supervised else f"{own}"
    return total if agent.stage is None or agent.stage.is_finished else f"{total} so far"


def _curves(name: str, color: str, first_step: int, stage: Stage) -> StageCurves:
    curves = {}
    for metric in CURVES:
        rows = [row for row in stage.rows if metric in row]
        if rows:
            steps = [first_step + row["step"] for row in rows]
            curves[metric] = steps, [row[metric] for row in rows]
    return StageCurves(agent=name, color=color, first_step=first_step, curves=curves)


def _pair_set(pair_set: PairSet, demonstrations: Sequence[Episode]) -> PairSetRow:
    shown = spread(pair_set.pairs, MOST_PAIRS)
    episodes = _Origins(demonstrations, pair_set.explored)
    return PairSetRow(
        agent=pair_set.agent,
        facts=_facts(pair_set, len(shown)),
        pairs=[_pair(pair, episodes) for pair in shown],
    )


def _facts(pair_set: PairSet, num_shown: int) -> str:
    """Numbers of pairs and of explored trajectories."""
    counted, num = pair_set.counted, len(pair_set.pairs)
    facts = [count(num, "pair") + (f", {num_shown} of them here" if num_shown < num else "")]
    if "pairs/left_out" in counted:
        facts.append(f"{counted['pairs/left_out']:.0f} compared trajectories without a pair")
    if all(f"explore/{name}" in counted for name in ("win", "tie", "lose")):
        better, same, worse = (counted[f"explore/{name}"] for name in ("win", "tie", "lose"))
        facts.append(
            f"explored beside the demonstrations: {better:.0f} better, {same:.0f} as good, {worse:.0f} worse"
        )
    return "; ".join(facts)


class _Origins:
    """Finds who played a side of a pair.

    Args:
        demonstrations: the expert's episodes.
        explored: the agent's own.
    """

    def __init__(self, demonstrations: Iterable[Episode], explored: Iterable[Episode]) -> None:
        self._known = {"the expert": _by_case(demonstrations), "the agent": _by_case(explored)}

    def find(self, case: str, answers: list[str], names: Sequence[str]) -> str:
        """Who gave these answers first of all in an episode of the case, and its score; empty if unknown.

        Args:
            case: of the pair.
            answers: of its prompt and the side.
            names: who is searched first.
        """
        for name in names:
            for episode in self._known[name].get(case, ()):
                given = [earlier_answer(step.answer).content for step in episode.steps]
                if given[: len(answers)] == answers:
                    return f"{name}, score {episode.score:.3g}"
        return ""


def _by_case(episodes: Iterable[Episode]) -> dict[str, list[Episode]]:
    cases: dict[str, list[Episode]] = {}
    for episode in episodes:
        cases.setdefault(episode.case, []).append(episode)
    return cases


def _pair(pair: Pair, origins: _Origins) -> PairRow:
    num_shared = pair.num_shared

    def side(turns: Sequence[Message], names: Sequence[str]) -> Side:
        answers = [one.content for one in (*pair.prompt, *turns) if one.role == "assistant"]
        origin = origins.find(pair.case, answers, names)
        return Side(origin=origin, turns=list(turns[num_shared:]))

    return PairRow(
        case=pair.case,
        common=[*pair.prompt, *pair.chosen[:num_shared]],
        chosen=side(pair.chosen, ("the expert", "the agent")),
        rejected=side(pair.rejected, ("the agent", "the expert")),
    )
