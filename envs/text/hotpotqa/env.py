"""HotpotQA as a gymnasium environment."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import gymnasium

from core.task import QUESTION_SPLITS
from envs.text.arguments import check_known, chosen_case
from envs.text.hotpotqa.docstore import Found, make_docstore
from envs.text.hotpotqa.questions import find_question, read_questions
from envs.text.hotpotqa.scoring import exact_match, f1
from envs.text.spaces import PrintableText

MAX_CHARS = 20_000
"""Length limit of the action and observation spaces."""
CONTEXT, QUESTION = "Context:", "Question:"
CORRECT, INCORRECT = "Answer is CORRECT", "Answer is INCORRECT"
NO_RESULTS, NO_MORE_RESULTS = "No Results", "No More Results"
_NOTHING = Found("")


class Verb(StrEnum):
    """What can be done; each stands in front of brackets."""

    SEARCH = "Search"
    LOOKUP = "Lookup"
    FINISH = "Finish"


ACTIONS = {
    Verb.SEARCH: "Search[title]",
    Verb.LOOKUP: "Lookup[keyword]",
    Verb.FINISH: "Finish[answer]",
}
_ACTION = re.compile(rf"\W*({'|'.join(Verb)})\s*\[(.*)", re.IGNORECASE | re.DOTALL)


class HotPotQAEnv(gymnasium.Env[str, str]):
    """A question that takes two paragraphs to answer, as in HotpotQA (arXiv 1809.09600) and ReAct (2210.03629).

    Description:
        The agent reads a question, searches for paragraphs and gives one answer.

    Action Space:
        Text: one action; names in upper or lower case.

        | Action          | What comes back                                                                |
        |-----------------|--------------------------------------------------------------------------------|
        | Search[title]   | the paragraph of that title, or the titles of similar ones                     |
        | Lookup[keyword] | the next sentence of the last paragraph that has the keyword: ``(Result 1 / 2) |
        |                 | ...``                                                                          |
        | Finish[answer]  | ``Answer is CORRECT`` or ``Answer is INCORRECT``; the episode ends             |

        Anything else changes nothing, is told why, and is a step all the same.

    Observation Space:
        Text.

    Rewards:
        The answer's F1, 0 to 1, when it is given; 0 before.

    Termination:
        The episode ends with an answer (terminated); until the next reset, nothing changes any more. The
        registered id is truncated after 6 actions.

    Info:
        ``goal`` (the question), ``case``, ``question_type`` (bridge or comparison), ``answer`` (the right one),
        ``success`` (the answer is the right one up to case, punctuation and articles), ``score`` (F1) and
        ``is_valid``. For evaluation only.

    Cases:
        ``reset(options={"case": id})`` begins a question, by HotpotQA's id; without a case, one of the split is
        drawn.

    Args:
        docstore: ``("paragraphs",)``: the ten paragraphs of the question; ``("recorded", FILE)``: recorded
            searches, see `envs.text.hotpotqa.docstore`; ``("none",)``: an answer is the only action.
        context: show the supporting paragraphs with the question.
        split: questions that are drawn: ``published`` (100), or our own ``examples``.

    Raises:
        SettingsError: an argument is unknown, or a file cannot be read.
        RunDirectoryError: a file holds something else.
    """

    def __init__(
        self,
        *,
        docstore: Sequence[str] = ("paragraphs",),
        context: bool = False,
        split: str = "published",
    ) -> None:
        check_known("split", QUESTION_SPLITS, [split])
        self._split = split
        self._docstore = make_docstore(docstore)
        self._shows_context = context
        self._verbs = list(Verb) if self._docstore is not None else [Verb.FINISH]
        self.observation_space = PrintableText(MAX_CHARS)
        self.action_space = PrintableText(MAX_CHARS)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Begin the question of a case, or one that is drawn.

        Raises:
            SettingsError: there is no such case.
        """
        super().reset(seed=seed)
        case = chosen_case(options, lambda: list(read_questions(self._split)), self.np_random)
        self._question = find_question(case)
        self._page = _NOTHING
        self._keyword = ""
        self._results: list[str] = []
        self._num_shown = 0
        self._answer: str | None = None
        self._observation = self._introduction()
        return self._observation, self._info(is_valid=True)

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Search, look up or answer."""
        if self._answer is not None:  # the last result again
            return self._observation, 0.0, True, False, self._info(is_valid=False)
        self._observation, is_valid = self._carry_out(action)
        info = self._info(is_valid=is_valid)
        return self._observation, info["score"], self._answer is not None, False, info

    def admissible_commands(self) -> list[str]:
        """The forms of the actions; what stands in the brackets is free."""
        return [ACTIONS[verb] for verb in self._verbs]

    def _carry_out(self, action: str) -> tuple[str, bool]:
        """The observation, and whether the action was valid."""
        match = _ACTION.match(action)
        verb = Verb(match[1].capitalize()) if match is not None else None
        if match is None or verb not in self._verbs:
            return f"That is not an action. {self._help()}", False
        inside, bracket, _ = match[2].rpartition("]")
        argument = " ".join((inside if bracket else match[2]).split())
        if not argument:
            return f"There is nothing between the brackets. {self._help()}", False
        if verb is Verb.SEARCH:
            return self._search(argument), True
        if verb is Verb.LOOKUP:
            return self._look_up(argument)
        self._answer = argument
        return (CORRECT if self._is_correct else INCORRECT), True

    def _search(self, title: str) -> str:
        assert self._docstore is not None
        self._page = self._docstore.search(self._question, title)
        self._keyword = ""
        return self._page.text

    def _look_up(self, keyword: str) -> tuple[str, bool]:
        if not self._page.sentences:
            return "The last search found no page: a lookup needs one.", False
        if keyword.casefold() != self._keyword:
            self._keyword = keyword.casefold()
            self._results = [one for one in self._page.sentences if self._keyword in one.casefold()]
            self._num_shown = 0
        if not self._results:
            return NO_RESULTS, True
        if self._num_shown == len(self._results):
            return NO_MORE_RESULTS, True
        self._num_shown += 1
        sentence = self._results[self._num_shown - 1]
        return f"(Result {self._num_shown} / {len(self._results)}) {sentence}", True

    @property
    def _is_correct(self) -> bool:
        return self._answer is not None and exact_match(self._answer, self._question.answer)

    def _introduction(self) -> str:
        lines = []
        if self._shows_context:
            context = (f"{one.title}: {one.text}" for one in self._question.context)
            lines = [CONTEXT, *context]
        return "\n".join([*lines, f"{QUESTION} {self._question.text}", self._help()])

    def _help(self) -> str:
        actions = ", ".join(self.admissible_commands())
        return (
            f"The actions are: {actions}." if len(self._verbs) > 1 else f"The action is: {actions}."
        )

    def _info(self, *, is_valid: bool) -> dict[str, Any]:
        score = 0.0 if self._answer is None else f1(self._answer, self._question.answer)
        return {
            "goal": self._question.text,
            "case": self._question.case,
            "question_type": self._question.kind,
            "answer": self._question.answer,
            "score": score,
            "success": self._is_correct,
            "is_valid": is_valid,
        }
