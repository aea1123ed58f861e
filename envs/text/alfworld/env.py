"""ALFWorld's text games as a gymnasium environment."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import gymnasium

from envs.text.alfworld.cases import find_game
from envs.text.alfworld.games import SPLITS, TaskType, read_games
from envs.text.alfworld.rules import admissible, carry_out, is_admissible
from envs.text.alfworld.state import State
from envs.text.alfworld.text import (
    NOTHING_HAPPENS,
    Syntax,
    command_texts,
    introduction,
    outcome,
    read_command,
)
from envs.text.arguments import check_known, chosen_case
from envs.text.spaces import text_space

MAX_CHARS = 2000
"""Length limit of the action and observation spaces."""


class ALFWorldEnv(gymnasium.Env[str, str]):
    """A household task in text, as in ALFWorld (arXiv 2010.03768).

    Description:
        A room with receptacles (drawers, a fridge, a desk) and objects in them. The agent knows the
        receptacles from the beginning and has to find the objects. Observations, admissible commands and
        results are those of ALFWorld 0.4.2 with TextWorld 1.7.0.

    Action Space:
        Text: a command.

        | Command                                   | Possible                                           |
        |-------------------------------------------|----------------------------------------------------|
        | look, inventory, help                     | always                                             |
        | go to R                                   | R is not where the agent stands                    |
        | open R, close R                           | R is here and has a door, a lid or a drawer        |
        | examine R                                 | R is here                                          |
        | examine O                                 | O is held                                          |
        | take O from R                             | O is in R, R is here and not closed, nothing is    |
        |                                           | held                                               |
        | move O to R                               | O is held and fits, R is here and not closed       |
        | clean O with R, heat O with R,            | O is held, R is a sink, a microwave or a fridge,   |
        | cool O with R                             | and is here                                        |
        | use O                                     | O is a lamp here                                   |
        | slice O with K                            | a knife is held, O is here                         |

        Anything else is answered ``Nothing happens.`` and is a step all the same.

    Observation Space:
        Text: what happened, and what is seen of the receptacle in front of the agent.

    Rewards:
        1 for the command that reaches the goal, 0 otherwise.

    Termination:
        The episode ends when the goal is reached (terminated); until the next reset, nothing changes any
        more. The registered id is truncated after 50 commands.

    Info:
        ``goal``, ``case``, ``task_type``, ``score`` and ``success`` (both 1 when the goal is reached) and
        ``is_valid`` (whether the last command was carried out). For evaluation only.

    Cases:
        ``reset(options={"case": "valid_unseen/<task directory>/<trial directory>"})`` begins a published
        game of any split, ``generated/<task type>/<seed>`` a training game's rooms with another goal; without a
        case, a game of the split is drawn.

    Args:
        split: games that are drawn: ``valid_unseen`` (134), ``valid_seen`` (140) or ``train`` (3,553).
        task_types: draw only games of these types; of all six if empty.
        strict: accept a command only in the very spelling of `admissible_commands`, as the original does.
            Otherwise upper case, more blanks, a final period and both syntaxes are accepted.
        syntax: ``new`` (``move X to Y``) or ``old`` (``put X in/on Y``, as in most published prompts).

    Raises:
        SettingsError: an argument is unknown.
    """

    def __init__(
        self,
        *,
        split: str = "train",
        task_types: Sequence[str] = (),
        strict: bool = False,
        syntax: str = "new",
    ) -> None:
        check_known("split", SPLITS, [split])
        check_known("task type", list(TaskType), task_types)
        check_known("syntax", list(Syntax), [syntax])
        self._split = split
        self._task_types = task_types
        self._strict = strict
        self._syntax = Syntax(syntax)
        self.observation_space = text_space(MAX_CHARS)
        self.action_space = text_space(MAX_CHARS)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Begin the game of a case, or one that is drawn.

        Raises:
            SettingsError: there is no such case.
        """
        super().reset(seed=seed)
        case = chosen_case(options, lambda: self._cases, self.np_random)
        self._state = State.of(find_game(case))
        self._is_won = self._state.is_won()
        self._observation = introduction(self._state.game)
        return self._observation, self._info(is_valid=True)

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Carry out a command."""
        if self._is_won:  # the last result again, as in the original
            return self._observation, 1.0, True, False, self._info(is_valid=False)
        state = self._state
        command = read_command(state.game, action, self._syntax, strict=self._strict)
        is_valid = False
        self._observation = NOTHING_HAPPENS
        if command is not None and is_admissible(state, command):
            is_valid = True
            carry_out(state, command)
            self._observation = outcome(state, command, self._syntax)
        self._is_won = state.is_won()
        reward = float(self._is_won)
        return self._observation, reward, self._is_won, False, self._info(is_valid=is_valid)

    def admissible_commands(self) -> list[str]:
        """Every command that can be carried out now, sorted."""
        return command_texts(self._state.game, admissible(self._state), self._syntax)

    @cached_property
    def _cases(self) -> list[str]:
        """What `reset` draws from; read when it first draws."""
        games = read_games(self._split).values()
        types = self._task_types or list(TaskType)
        return [game.case for game in games if game.goal.task_type in types]

    def _info(self, *, is_valid: bool) -> dict[str, Any]:
        game = self._state.game
        return {
            "goal": game.task.removesuffix("."),
            "case": game.case,
            "task_type": game.goal.task_type.value,
            "score": float(self._is_won),
            "success": self._is_won,
            "is_valid": is_valid,
        }
