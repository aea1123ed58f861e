"""Robotic planning as gymnasium environments."""

from bisect import bisect_left, insort
from typing import Any

import gymnasium

from core.task import PLANNING_TEXTS
from envs.text.arguments import check_known, chosen_case
from envs.text.pddl.language import Attempt, Language, Query
from envs.text.pddl.plain import Plain
from envs.text.pddl.problems import difficulty, find_problem, published_cases
from envs.text.pddl.published import Published
from envs.text.pddl.strips import Operator, State
from envs.text.spaces import text_space

MAX_CHARS = 10_000
"""Length limit of the action and observation spaces."""
SOLVED = " The goal is satisfied."


def make_language(domain: str, texts: str) -> Language:
    """The wording of a domain.

    Args:
        domain: one of `core.task.PLANNING_DOMAINS`.
        texts: one of `core.task.PLANNING_TEXTS`.

    Raises:
        SettingsError: there are no such texts.
    """
    check_known("texts", PLANNING_TEXTS, [texts])
    return Published() if texts == "published" else Plain(domain)


class PlanningEnv(gymnasium.Env[str, str]):
    """A planning problem in text.

    Description:
        Everything that is true can be seen, and every action has one result. The domains are ``gripper`` (a
        robot carries balls between rooms with two grippers), ``blockworld`` (an arm stacks blocks), ``barman``
        (two hands mix drinks) and ``tyreworld`` (wheels are replaced).

    Action Space:
        Text: an action with its objects, for example ``Move from rooma to roomb.``, or
        ``check valid actions`` or ``look around``, which list actions and facts. All of them are steps.

    Observation Space:
        Text: all facts, as sorted sentences, or why an action was not carried out.

    Rewards:
        The increase of the score, which is the largest share of the goal's facts that held so far.

    Termination:
        The episode ends when all facts of the goal hold (terminated). The registered ids are truncated after
        30 actions.

    Info:
        ``goal``, ``case``, ``difficulty`` (length of a plan if nothing ever became false), ``score``,
        ``success`` (all facts of the goal hold) and ``is_valid`` (of the last action). For evaluation only.

    Cases:
        ``reset(options={"case": "gripper/prob01"})`` begins a published problem, ``"generated/7"`` one that
        is made from seed 7; without a case, a published one is drawn.

    Args:
        domain: one of `core.task.PLANNING_DOMAINS`.
        texts: ``plain``, or ``published``: the texts of LearnAct's environment, quirks included.

    Raises:
        SettingsError: there are no such texts.
    """

    def __init__(self, domain: str, *, texts: str = "plain") -> None:
        self._domain = domain
        self._language = make_language(domain, texts)
        self.observation_space = text_space(MAX_CHARS)
        self.action_space = text_space(MAX_CHARS)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Begin the problem of a case, or a published one that is drawn.

        Raises:
            SettingsError: there is no such case.
        """
        super().reset(seed=seed)
        case = chosen_case(options, lambda: published_cases(self._domain), self.np_random)
        self._case = case
        self._problem = find_problem(self._domain, self._case)
        self._goal = self._language.goal(self._problem)
        self._shown = self._language.shown(self._problem)
        self._state = self._problem.init
        self._sentences = sorted(
            [
                *self._language.static_sentences(self._problem),
                *map(self._language.fact, self._problem.true_facts(self._state & self._shown)),
            ]
        )
        self._success = False
        self._score = 0.0
        if self._language.credits_initial_goals:
            self._score = self._problem.progress(self._state)
        text = self._language.introduction(self._problem, self._situation())
        return text, self._info(is_valid=True)

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Carry out an action, or answer a query."""
        before = self._score
        observation, is_valid = self._answer(action)
        reward = self._score - before
        return observation, reward, self._success, False, self._info(is_valid=is_valid)

    def admissible_commands(self) -> list[str]:
        """Every action that can be carried out now, and the queries, sorted."""
        return sorted(self._valid_actions())

    def _valid_actions(self) -> list[str]:
        """The actions, sorted, and after them the queries."""
        actions = sorted(
            self._language.action(operator.name, operator.arguments)
            for operator in self._problem.applicable(self._state)
        )
        return [*actions, *(query.value for query in self._language.queries(self._problem))]

    def _answer(self, action: str) -> tuple[str, bool]:
        """The observation, and whether the action was valid."""
        problem, language = self._problem, self._language
        command = language.read(problem, self._state, action)
        if command is None:
            return language.not_understood(problem), False
        if command is Query.ACTIONS:
            return f"Valid actions are: {', '.join(self._valid_actions())}", True
        if command is Query.FACTS:
            return self._situation(), True
        assert isinstance(command, Attempt)
        operator = problem.operator(command.name, command.arguments)
        if operator is None or not self._carry_out(operator):
            return language.not_possible(problem, self._state, command), False
        return self._situation() + (SOLVED if self._success else ""), True

    def _carry_out(self, operator: Operator) -> bool:
        """Whether the state has changed."""
        if not operator.is_applicable(self._state):
            return False
        before, self._state = self._state, operator.apply(self._state)
        if before == self._state:
            return False
        self._update_sentences(before)
        progress = self._problem.progress(self._state)
        self._score = max(self._score, progress)
        self._success = progress == 1.0
        return True

    def _update_sentences(self, before: State) -> None:
        for fact in self._problem.true_facts(before & ~self._state):
            del self._sentences[bisect_left(self._sentences, self._language.fact(fact))]
        for fact in self._problem.true_facts(self._state & ~before):
            insort(self._sentences, self._language.fact(fact))

    def _situation(self) -> str:
        return " ".join(self._sentences)

    def _info(self, *, is_valid: bool) -> dict[str, Any]:
        return {
            "goal": self._goal,
            "case": self._case,
            "difficulty": difficulty(self._domain, self._case),
            "score": self._score,
            "success": self._success,
            "is_valid": is_valid,
        }
