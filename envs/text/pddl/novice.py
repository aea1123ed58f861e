"""A scripted beginner in robotic planning: it does not know all that an action needs, and learns it from its notes."""

import random
import re
from collections.abc import Iterator, Sequence

from envs.text.notes import repeated_action
from envs.text.pddl.expert import Expert, Precondition, ground, read_facts
from envs.text.pddl.language import Attempt
from envs.text.pddl.lessons import needs_in, write_lesson
from envs.text.pddl.plain import NOT_TRUE, Plain
from envs.text.pddl.strips import Fact, GroundProblem, State, substitute

MAX_IGNORED = 3
"""Preconditions that it does not know of, at most."""
_QUOTED = re.compile(r"(?<!\w)['\"“‘](.+?)['\"”’](?!\w)")


class Novice(Expert):
    """Plays one episode, knowing only the texts and the notes in front of them.

    It plans as the expert does, but up to `MAX_IGNORED` preconditions, which it draws, are unknown to it. When
    an action is refused for one of them, it insists, and the episode is lost. Its note says what the action
    lacked; who reads that knows of the precondition. Its lesson for other problems says what each action of the
    episode lacked or had (`envs.text.pddl.lessons`).

    Args:
        introduction: the first observation.
        notes: about earlier attempts, in any words.
        rng: draws what it does not know of, the same with notes and without.

    Raises:
        ValueError: it is not a first observation of the plain wording.
    """

    def __init__(self, introduction: str, notes: Sequence[str], rng: random.Random) -> None:
        self._true_problem = ground(introduction)
        ignored = rng.sample(_changeable(self._true_problem), rng.randint(0, MAX_IGNORED))
        domain = self._true_problem.problem.domain.name
        learned = {
            each
            for note in notes
            for each in (*preconditions_in(note, self._true_problem), *needs_in(note, domain))
        }
        super().__init__(introduction, frozenset(ignored) - learned)
        self._steps: list[tuple[str, str]] = []
        self._states: list[State] = []

    def observe(self, action: str, observation: str) -> None:
        """What came of an action."""
        self._states.append(self.state)
        super().observe(action, observation)
        self._steps.append((action, observation))

    def note(self) -> str:
        """For the next attempt: what was reached, and which action was refused and why."""
        reached = [
            self._language.fact(fact)
            for fact in self.problem.true_facts(self.state & self.problem.goal)
        ]
        sentences = [f"I reached this: {' '.join(reached)}" if reached else "I reached nothing."]
        stuck = repeated_action(self._steps)
        _, is_refused, lacking = self._steps[-1][1].partition(NOT_TRUE)
        if is_refused:
            sentences.append(
                f"I repeated '{stuck or self._steps[-1][0]}' and got nowhere, because this was not true: "
                f"{lacking.strip()} Next time I make that true first."
            )
        elif stuck:
            sentences.append(f"I repeated '{stuck}' and got nowhere.")
        else:
            sentences.append("Then I ran out of steps. Next time I try a shorter way.")
        return " ".join(sentences)

    def lesson(self) -> str:
        """For other problems: what the actions of this episode need."""
        steps = [(state, *step) for state, step in zip(self._states, self._steps, strict=True)]
        return write_lesson(self.problem, steps)


def preconditions_in(note: str, problem: GroundProblem) -> Iterator[Precondition]:
    """What a note says that actions need: preconditions that it states after the action, which is in quotes."""
    language = Plain(problem.problem.domain.name)
    for quoted in _QUOTED.finditer(note):
        attempt = language.read(problem, problem.init, quoted[1])
        if isinstance(attempt, Attempt):
            facts = set(read_facts(note[quoted.end() :].partition(":")[2], problem.problem))
            for number, needed in enumerate(_needs(attempt, problem)):
                if needed in facts:
                    yield attempt.name, number


def _needs(attempt: Attempt, problem: GroundProblem) -> list[Fact]:
    action = problem.problem.domain.actions[attempt.name]
    binding = dict(zip((name for name, _ in action.parameters), attempt.arguments, strict=True))
    return [substitute(fact, binding) for fact in action.preconditions]


def _changeable(problem: GroundProblem) -> list[Precondition]:
    """The preconditions over facts that actions change."""
    domain = problem.problem.domain
    return [
        (name, number)
        for name, action in domain.actions.items()
        for number, fact in enumerate(action.preconditions)
        if fact[0] not in domain.static_predicates
    ]
