"""ScienceWorld as a gymnasium environment."""

from typing import Any

import gymnasium

from core.task import SCIENCE_SPLITS
from envs.text.arguments import chosen_case
from envs.text.scienceworld.cases import find_variation, read_cases
from envs.text.scienceworld.simulator import Game, check_installed
from envs.text.spaces import PrintableText

MAX_CHARS = 100_000
"""Length limit of the action and observation spaces."""
LOOK = "look around"
NO_ACTION = "No known action matches that input."
"""What the simulator says to anything else than an action."""


class ScienceWorldEnv(gymnasium.Env[str, str]):
    """Tasks of school science in a house of ten places: ScienceWorld (arXiv 2203.07540), played by its own simulator.

    Description:
        The agent reads its task, and looks for things, moves them, heats, mixes, connects, plants and measures them.

    Action Space:
        Text, for example ``look around``, ``go to kitchen``, ``teleport to kitchen``, ``pick up metal pot``,
        ``focus on lead``, ``move lead to metal pot``, ``activate stove``, ``use thermometer in inventory on lead``,
        ``wait``. To an ambiguous one the simulator lists what can be meant, and the next action is a number.

        Anything else changes nothing, is told so, and is a step all the same.

    Observation Space:
        Text: at first the task and what is seen; then what the simulator says.

    Rewards:
        The increase of the score, which is the best one so far: 0 to 1.

    Termination:
        The episode ends when the task is completed, and when what must not be focused on is focused on
        (terminated), and after the published number of actions of its task type (truncated).

    Info:
        ``goal`` (the task), ``case``, ``score``, ``success`` (the task is completed, and not by a wrong focus),
        ``max_steps`` (the limit of actions) and ``is_valid`` (the simulator knows such an action). For evaluation only.

    Cases:
        ``reset(options={"case": "boil/21"})`` begins variation 21 of the task type ``boil``; without a case, one of
        the split is drawn. All 7,207 variations can be named.

    All environments of a process share one virtual machine of Java, which the first `reset` starts, and which ends
    when the last of them is closed.

    Args:
        split: cases that are drawn.
        max_steps: limit of actions; 0: the published one of the task type.

    Raises:
        WorldError: ScienceWorld or Java is not installed.
        SettingsError: there is no such split.
    """

    def __init__(self, *, split: str = SCIENCE_SPLITS[0], max_steps: int = 0) -> None:
        self._cases = read_cases(split)
        check_installed()
        self._max_steps = max_steps
        self._game: Game | None = None
        self.observation_space = PrintableText(MAX_CHARS)
        self.action_space = PrintableText(MAX_CHARS)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Begin a case, or one that is drawn.

        Raises:
            SettingsError: there is no such case.
            WorldError: the simulator does not start.
        """
        super().reset(seed=seed)
        self._case = chosen_case(options, lambda: self._cases, self.np_random)
        self._variation = find_variation(self._case)
        if self._game is None:
            self._game = Game()
        self._game.load(self._variation.task_type, self._variation.number)
        self._num_steps = 0
        self._best = 0
        self._is_over = self._success = False
        # ScienceWorldEnv.reset looks around, too, which can score
        look, score, _ = self._game.step(LOOK)
        self._best = max(0, score)
        self._last = f"{self._game.description}\n{look}"
        return self._last, self._info(is_valid=True)

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Carry out an action; after the end nothing changes any more.

        Raises:
            WorldError: the simulator has stopped.
        """
        if self._is_over:
            return self._last, 0.0, True, False, self._info(is_valid=False)
        assert self._game is not None, "reset it first"
        observation, score, is_completed = self._game.step(action)
        self._num_steps += 1
        increase = max(0, score - self._best)
        self._best += increase
        self._last = observation
        self._is_over = is_completed or score < 0
        self._success = is_completed and score > 0
        is_late = not self._is_over and self._num_steps >= self._limit
        info = self._info(is_valid=observation != NO_ACTION)
        return observation, increase / 100, self._is_over, is_late, info

    def admissible_commands(self) -> list[str]:
        """The actions that are possible now, sorted. Listing them takes longer than an action: tens of milliseconds.

        The simulator names a thing by a random one of the names that mean only it.
        """
        if self._is_over:
            return []
        assert self._game is not None, "reset it first"
        return self._game.valid_actions()

    def close(self) -> None:
        """Leave the virtual machine, which ends if no other environment uses it."""
        self._game = None
        super().close()

    @property
    def _limit(self) -> int:
        return self._max_steps or self._variation.max_steps

    def _info(self, *, is_valid: bool) -> dict[str, Any]:
        assert self._game is not None
        return {
            "goal": self._game.description,
            "case": self._case,
            "max_steps": self._limit,
            "score": self._best / 100,
            "success": self._success,
            "is_valid": is_valid,
        }
