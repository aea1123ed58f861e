"""WebShop as a gymnasium environment."""

import re
from typing import Any

import gymnasium

from core.task import SHOP_SPLITS
from envs.text.arguments import check_known, chosen_case
from envs.text.spaces import PrintableText
from envs.text.webshop.pages import INSTRUCTION, SCORE, SEPARATOR, THANKS, TITLE, Place
from envs.text.webshop.reward import reward
from envs.text.webshop.search import find_in
from envs.text.webshop.shop import open_shop

MAX_CHARS = 100_000
"""Length limit of the action and observation spaces."""
INVALID = "Invalid action!"
KEYWORDS = "search[keywords]"
_ACTION = re.compile(r"\s*(search|click)\s*\[(.*)\]", re.IGNORECASE | re.DOTALL)


class WebShopEnv(gymnasium.Env[str, str]):
    """A shop in which one product is to be bought, as WebShop (arXiv 2207.01206).

    Description:
        The agent reads what a customer wants, searches, opens products, chooses options and buys one.

    Action Space:
        Text: one action, in upper or lower case.

        | Action           | What comes back                                                        |
        |------------------|------------------------------------------------------------------------|
        | search[keywords] | the first of the results; possible where the page has ``Search``       |
        | click[button]    | the page behind a button of this page, or the same one with an option  |

        Anything else changes nothing, is told why, and is a step all the same.

    Observation Space:
        Text: the parts of a page, joined by `` [SEP] ``.

    Rewards:
        `envs.text.webshop.reward.reward` of what is bought, 0 to 1, after ``click[buy now]``; 0 before.

    Termination:
        The episode ends with a purchase (terminated); until the next reset, nothing changes any more. The
        registered id is truncated after 10 actions, without a reward.

    Info:
        ``goal`` (the instruction), ``case``, ``product`` (one that is all that is wanted), ``score`` (the reward),
        ``success`` (it is 1) and ``is_valid``. For evaluation only.

    Cases:
        ``reset(options={"case": "test/12"})`` begins a goal; without a case, one of the split is drawn. All goals of
        a product are in one split.

    Args:
        data: directory of WebShop's own files, see `envs.text.webshop.files`; our own shop if empty.
        split: goals that are drawn.

    Raises:
        SettingsError: an argument is unknown, or a file cannot be read.
        RunDirectoryError: a file holds something else.
    """

    def __init__(self, *, data: str = "", split: str = SHOP_SPLITS[0]) -> None:
        check_known("split", SHOP_SPLITS, [split])
        self._shop = open_shop(data)
        self._search = find_in(data)
        self._cases = self._shop.cases(split)
        self.observation_space = PrintableText(MAX_CHARS)
        self.action_space = PrintableText(MAX_CHARS)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Begin the goal of a case, or one that is drawn.

        Raises:
            SettingsError: there is no such case.
        """
        super().reset(seed=seed)
        self._case = chosen_case(options, lambda: self._cases, self.np_random)
        self._goal = self._shop.find(self._case)
        self._place = Place()
        self._score = 0.0
        return SEPARATOR.join((TITLE, self._page())), self._info(is_valid=True)

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Search or click."""
        if self._place.is_bought:
            return self._page(), 0.0, True, False, self._info(is_valid=False)
        place, told = self._after(action)
        if place is None:
            return told, 0.0, False, False, self._info(is_valid=False)
        self._place = place
        if place.is_bought:
            assert place.product is not None
            self._score = reward(place.product, place.chosen, self._goal)
        observation = SEPARATOR.join((*filter(None, [told]), self._page()))
        return observation, self._score, place.is_bought, False, self._info(is_valid=True)

    def admissible_commands(self) -> list[str]:
        """The buttons of this page, or the form of a search."""
        if self._place.is_bought:
            return []
        searches = [KEYWORDS] if self._place.can_search else []
        return searches + [f"click[{button}]" for button in self._place.buttons()]

    def _after(self, action: str) -> tuple[Place | None, str]:
        """Where an action leads to, and what is told in front of the page; None if it is not possible here."""
        match = _ACTION.match(action)
        verb, argument = (match[1].lower(), " ".join(match[2].split())) if match else ("", "")
        if verb == "search" and argument and self._place.can_search:
            return Place(self._search(argument)), ""
        place = self._place.after(argument) if verb == "click" else None
        if place is None:
            return None, f"{INVALID} Possible here: {', '.join(self.admissible_commands())}."
        chooses = bool(place.chosen) and place.chosen != self._place.chosen
        return place, f"You have clicked {argument.lower()}." if chooses else ""

    def _page(self) -> str:
        if self._place.is_bought:
            return SEPARATOR.join((THANKS, SCORE, f"{self._score:.4g}"))
        parts = (part.text for part in self._place.parts())
        return SEPARATOR.join((INSTRUCTION, self._goal.instruction, *parts))

    def _info(self, *, is_valid: bool) -> dict[str, Any]:
        return {
            "goal": self._goal.instruction,
            "case": self._case,
            "product": self._goal.product.asin,
            "score": self._score,
            "success": self._score == 1,
            "is_valid": is_valid,
        }
