"""Outcomes of a planner's answers in episodes, and which answer to a question is better than another one."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from tuning.selected import Selected

MIN_EPISODES = 10
"""An answer with fewer episodes is not compared: the error of its mean return is not known."""
ONE_ANSWER = "questions with one plan only"
TOO_FEW = f"answers with fewer than {MIN_EPISODES} episodes"
NO_DIFFERENCE = "answers without a clear difference"
NOT_FEASIBLE = "answers without a feasible plan"
WORSE = "clearly worse answers"


@dataclass(frozen=True, slots=True)
class CandidateAnswer:
    """An answer to a question that may be played.

    Attributes:
        question, answer: texts.
        plan: the feasible plan in the answer, as text; empty: it holds none, so that it is not played.
        is_own: the tuned model gives this answer itself; otherwise only the expert does.
    """

    question: str
    answer: str
    plan: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """Means over the episodes in which the plan of a candidate was used.

    Attributes:
        candidate: the answer.
        episodes: number of episodes; an episode counts once, however often it asks the question.
        success: share of solved episodes.
        steps, asks: of the whole episode.
        value: return of the episode, that is reward minus ask costs.
        variance: of the return, unbiased; 0 with fewer than two episodes.
    """

    candidate: CandidateAnswer
    episodes: int = 0
    success: float = 0.0
    steps: float = 0.0
    asks: float = 0.0
    value: float = 0.0
    variance: float = 0.0


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two answers to a question, the first one with the clearly better outcome."""

    question: str
    chosen: str
    rejected: str


class Tally:
    """Gathers the episodes in which each answer was used."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], list[npt.NDArray[np.float64]]] = defaultdict(list)

    def add(
        self,
        answers: Mapping[str, str],
        used: Iterable[tuple[int, str]],
        episodes: Mapping[str, npt.NDArray[np.float64]],
    ) -> None:
        """Count episodes that were played with the same answers.

        Args:
            answers: question -> answer.
            used: (episode, question) for each question whose answer's plan was used in an episode.
            episodes: ``(E,)`` each, see `runner.rooms.rollout.Rollout.by_episode`.
        """
        quantities = ("success", "steps", "asks", "return")
        rows = np.stack([episodes[name] for name in quantities], axis=1)  # (E, 4)
        for episode, question in sorted(set(used)):
            if question in answers:
                self._rows[question, answers[question]].append(rows[episode])

    def outcome(self, candidate: CandidateAnswer) -> Outcome:
        """The means over the episodes of a candidate."""
        rows = self._rows.get((candidate.question, candidate.answer), [])
        if not rows:
            return Outcome(candidate)
        success, steps, asks, value = np.mean(rows, axis=0).tolist()
        variance = float(np.var([row[-1] for row in rows], ddof=1)) if len(rows) > 1 else 0.0
        return Outcome(candidate, len(rows), success, steps, asks, value, variance)


def is_clearly_better(one: Outcome, other: Outcome, margin: float) -> bool:
    """Whether an answer has a higher mean return by more than `margin` standard errors of the difference.

    An answer without a feasible plan has failed: each answer with one is better.
    """
    if not one.candidate.plan or not other.candidate.plan:
        return bool(one.candidate.plan)
    error = sqrt(one.variance / one.episodes + other.variance / other.episodes)
    return one.value - other.value > margin * error


def contrasts(outcomes: Sequence[Outcome], margin: float) -> Selected[Contrast]:
    """For each question the answer with the best outcome, against each that is clearly worse.

    Args:
        outcomes: of all candidates; those of a question have different plans or none.
        margin: see `is_clearly_better`.
    """
    kept: list[Contrast] = []
    left_out: Counter[str] = Counter()
    for group in _by_question(outcomes):
        if len(group) == 1:
            left_out[ONE_ANSWER] += 1
            continue
        best = _best(group)
        for other in group:
            if best is None or _is_too_rare(other):
                left_out[TOO_FEW] += 1
            elif other is best:
                continue
            elif is_clearly_better(best, other, margin):
                chosen, rejected = best.candidate, other.candidate
                kept.append(Contrast(chosen.question, chosen.answer, rejected.answer))
            else:
                left_out[NO_DIFFERENCE] += 1
    return Selected(tuple(kept), left_out)


def describe_rejected(pairs: Sequence[Contrast]) -> str:
    """One line about the answer that is rejected most often.

    If most pairs reject the same answer, contrast may unlearn it where it is right, too.
    """
    [(answer, number)] = Counter(pair.rejected for pair in pairs).most_common(1)
    return f"rejected most often, in {number} of {len(pairs)} pairs: {answer}"


def good_answers(outcomes: Sequence[Outcome], margin: float) -> Selected[CandidateAnswer]:
    """The tuned model's own answers that are not clearly worse than the best answer to their question.

    Args:
        outcomes: of all candidates.
        margin: see `is_clearly_better`.
    """
    kept: list[CandidateAnswer] = []
    left_out: Counter[str] = Counter()
    for group in _by_question(outcomes):
        best = _best(group)
        for one in group:
            if not one.candidate.is_own:
                continue
            if not one.candidate.plan:
                left_out[NOT_FEASIBLE] += 1
            elif best is None or _is_too_rare(one):
                left_out[TOO_FEW] += 1
            elif is_clearly_better(best, one, margin):
                left_out[WORSE] += 1
            else:
                kept.append(one.candidate)
    return Selected(tuple(kept), left_out)


def _by_question(outcomes: Sequence[Outcome]) -> Iterator[list[Outcome]]:
    """The outcomes of one question after the other."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.candidate.question].append(outcome)
    yield from groups.values()


def _is_too_rare(outcome: Outcome) -> bool:
    return bool(outcome.candidate.plan) and outcome.episodes < MIN_EPISODES


def _best(group: Sequence[Outcome]) -> Outcome | None:
    """The first answer with the highest mean return; None if none was played often enough."""
    played = [one for one in group if one.candidate.plan and not _is_too_rare(one)]
    return max(played, key=lambda one: one.value, default=None)
