"""Which trajectories become pairs of a better and a worse one (arXiv 2403.02502, section 3.2)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from core.trajectory import Pair, Trajectory, up_to_last_answer
from tuning.selected import Selected

WARNING_SHARE = 0.5
"""If more of the pairs reject one and the same answer, training mostly teaches never to give it."""


@dataclass(frozen=True, slots=True)
class PairRules:
    """How pairs are made; the defaults are those published for WebShop and ScienceWorld.

    Attributes:
        extra_turns: the rejected side is cut to that many answers more than the expert gives (among the agent's own
            trajectories: than the best one has); None: it stays whole, as published for ALFWorld.
        crashed_is_failure: an episode without a reward counts as one with reward 0, as published for ALFWorld;
            otherwise it is left out.
        among_own: the agent's best success in a case is also compared with each of its failures there.
        shared_prefix: the turns that both sides begin with become part of the prompt, so that only turns from the
            first difference on carry loss.
    """

    extra_turns: int | None = 5
    crashed_is_failure: bool = False
    among_own: bool = False
    shared_prefix: bool = False


class Outcomes(NamedTuple):
    """Numbers of explored trajectories that are better than the expert's, as good, and worse."""

    win: int
    tie: int
    lose: int

    def describe(self) -> str:
        """One line."""
        return f"win: {self.win}, tie: {self.tie}, lose: {self.lose}"


class Rejection(NamedTuple):
    """An answer, and the share of the pairs in which it is the first rejected one that differs."""

    answer: str
    share: float


def make_pairs(
    experts: Mapping[str, Trajectory], explored: Sequence[Trajectory], rules: PairRules
) -> Selected[Pair]:
    """The pairs of what an agent has explored.

    Each explored trajectory is compared with the expert's of its case. Of pairs that are the same, one is kept.

    Args:
        experts: by case.
        explored: any number in a case.
        rules: how pairs are made.

    Returns:
        The pairs. As many are kept and left out as were compared; an explored trajectory of a case without an
        expert's counts as compared, too.
    """
    kept: dict[Pair, None] = {}
    left_out, changed = Counter[str](), Counter[str]()
    known = [trajectory for trajectory in explored if trajectory.case in experts]
    left_out["of a case without a demonstration"] = len(explored) - len(known)
    compared = [(experts[trajectory.case], trajectory) for trajectory in known]
    if rules.among_own:
        compared += _successes_and_failures(explored)
    for reference, trajectory in compared:
        whole = compare(reference, trajectory, rules)
        if isinstance(whole, str):
            left_out[whole] += 1
            continue
        cut = cut_rejected(whole, reference, rules)
        if cut.chosen == cut.rejected:
            left_out["with both sides the same"] += 1
            continue
        pair = share_prefix(cut) if rules.shared_prefix else cut
        if pair in kept:
            left_out["the same as an earlier pair"] += 1
            continue
        kept[pair] = None
        changed["with the rejected side cut"] += cut != whole
    return Selected(tuple(kept), +left_out, +changed)


def compare(one: Trajectory, other: Trajectory, rules: PairRules) -> Pair | str:
    """The pair of two trajectories of a case, or the reason why there is none.

    The one with the larger reward is chosen. Observations after the last answers are removed.
    """
    rewards = reward_of(one, rules), reward_of(other, rules)
    if rewards[0] is None or rewards[1] is None:
        return "without a reward"
    if rewards[0] == rewards[1]:
        return "with equal rewards"
    better, worse = (one, other) if rewards[0] > rewards[1] else (other, one)
    chosen, rejected = up_to_last_answer(better.turns), up_to_last_answer(worse.turns)
    if not chosen or not rejected:
        return "without an answer"
    if one.prompt != other.prompt:
        return "with different prompts"
    return Pair(one.case, one.prompt, chosen, rejected)


def reward_of(trajectory: Trajectory, rules: PairRules) -> float | None:
    """The reward that decides; None if the trajectory is left out."""
    if trajectory.reward is None and rules.crashed_is_failure:
        return 0.0
    return trajectory.reward


def cut_rejected(pair: Pair, reference: Trajectory, rules: PairRules) -> Pair:
    """The pair with its rejected side no longer than `PairRules.extra_turns` answers more than the reference."""
    if rules.extra_turns is None:
        return pair
    longest = len(up_to_last_answer(reference.turns)) + 2 * rules.extra_turns
    return replace(pair, rejected=up_to_last_answer(pair.rejected[:longest]))


def share_prefix(pair: Pair) -> Pair:
    """The pair with the turns that both sides begin with in the prompt; each side keeps at least its last answer."""
    num_shared = pair.num_shared
    num_shared -= num_shared % 2  # a side begins with an answer
    return replace(
        pair,
        prompt=(*pair.prompt, *pair.chosen[:num_shared]),
        chosen=pair.chosen[num_shared:],
        rejected=pair.rejected[num_shared:],
    )


def win_tie_lose(
    experts: Mapping[str, Trajectory], explored: Iterable[Trajectory], rules: PairRules
) -> Outcomes:
    """How explored trajectories compare with the expert's; without a reward or an expert's they are not counted."""
    signs = Counter[int]()
    for trajectory in explored:
        reward = reward_of(trajectory, rules)
        expert = experts.get(trajectory.case)
        if reward is not None and expert is not None and expert.reward is not None:
            signs[(reward > expert.reward) - (reward < expert.reward)] += 1
    return Outcomes(signs[1], signs[0], signs[-1])


def most_rejected(pairs: Sequence[Pair]) -> Rejection:
    """The answer that most pairs reject at the first difference of their sides; of equals, the first.

    Without pairs, an empty answer and a share of 0.
    """
    answers = Counter(_first_rejected(pair) for pair in pairs)
    if not answers:
        return Rejection("", 0.0)
    answer, number = answers.most_common(1)[0]
    return Rejection(answer, number / len(pairs))


def _successes_and_failures(explored: Iterable[Trajectory]) -> list[tuple[Trajectory, Trajectory]]:
    """The agent's best success in each case, with each of its failures there."""
    cases: dict[str, list[Trajectory]] = {}
    for trajectory in explored:
        cases.setdefault(trajectory.case, []).append(trajectory)
    compared = []
    for own in cases.values():
        successes = [trajectory for trajectory in own if trajectory.success]
        if successes:
            best = max(successes, key=lambda trajectory: trajectory.reward or 0.0)
            compared += [(best, trajectory) for trajectory in own if not trajectory.success]
    return compared


def _first_rejected(pair: Pair) -> str:
    """The first answer of the rejected side that is not shared; its last one if all are."""
    num_shared = pair.num_shared
    own = pair.rejected[num_shared + num_shared % 2 :] or pair.rejected[-1:]
    return own[0].content
