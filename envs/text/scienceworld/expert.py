"""A player that knows paths to the end of many published cases, and tells them apart by their first observations.

Unlike other scripted players it has what it does not read: the paths are the simulator's. In other cases it looks around.
"""

import random
import re
from collections.abc import Sequence

from envs.text.scienceworld.paths import digest, known_paths

_FIRST = re.compile(
    r"Your task is to [^\n]+\n(?:This room|This outside location) is called the (?P<place>[^\n.]+)\."
)
_ARRIVED = re.compile(r"You (?:move|teleport) to the (?P<place>[^\n.]+)\.")
PLACES = (
    "kitchen", "bathroom", "living room", "bedroom", "workshop", "art studio", "greenhouse", "hallway",
    "foundry", "outside",
)  # fmt: skip
_WHERE = f"(?: in (?:inventory|{'|'.join(PLACES)}))?"
LOOK = "look around"
_HARMLESS = (LOOK, "inventory", "task", "wait1")
_THOUGHTS = (
    (r"look around", "I want to know what is here."),
    (r"(?:go|teleport) to (.+)", "The next thing to do is in another place: {}."),
    (r"focus on (.+)", "The task asks me to focus on the {}."),
    (r"pick up (.+)", "I will need the {}, so I take it with me."),
    (r"drop (.+)|put down (.+)", "My hands must be free of the {}."),
    (r"use thermometer in inventory on (.+)", "I measure how warm the {} is."),
    (r"use (.+) on (.+)", "The {} may change or show something about the {}."),
    (rf"move (.+?){_WHERE} to (.+)", "The {} has to be in the {}."),
    (rf"pour (.+?){_WHERE} (?:in|into) (.+)", "What is in the {} has to get into the {}."),
    (r"connect (.+) to (.+)", "For the circuit, the {} must touch the {}."),
    (r"disconnect (.+)", "The {} must not be in the circuit."),
    (r"mix (.+)", "What is in the {} reacts when it is mixed."),
    (r"open (.+)", "The {} may hold something that I need."),
    (r"close (.+)", "The {} has to be closed."),
    (r"activate (.+)", "Now the {} has to run."),
    (r"deactivate (.+)", "The {} is not needed any more."),
    (r"(?:examine|look at|look in) (.+)", "I check how the {} is now."),
    (r"read (.+)", "The {} may tell me how to go on."),
    (r"wait1?", "This takes some time."),
)
_DEFAULT_THOUGHT = "This is the next thing to do."


class Expert:
    """Plays one case; see `envs.text.scripted.Expert`.

    Several cases may begin alike. Where their paths part, it looks around, and follows one that names what is here.

    Args:
        introduction: the first observation.
        notes: about earlier attempts; it does not need them.

    Raises:
        ValueError: it is not one of `envs.text.scienceworld.env`.
    """

    def __init__(self, introduction: str, notes: Sequence[str] = ()) -> None:
        match = _FIRST.match(introduction)
        if match is None:
            raise ValueError(f"not the first observation of ScienceWorld: {introduction!r}")
        self._notes = notes
        self._paths = known_paths().get(digest(introduction), ())
        self._num_done = 0
        self._seen = ""
        self._place = self._place_on_path = match["place"]

    def act(self) -> str:
        """The next action of the path, after a way back to where it goes on."""
        following = self._following()
        if not following:
            return LOOK
        is_back = self._place == self._place_on_path
        if len(following) > 1 and is_back and not self._seen:
            return LOOK
        action = next((one for one in following if self._names_what_is_here(one)), following[0])
        if not is_back and not action.startswith("teleport to "):
            return f"teleport to {self._place_on_path}"
        return action

    def thought(self) -> str:
        """Why `act` chooses it, in words of its kind of action."""
        action = self.act()
        for form, thought in _THOUGHTS:
            match = re.fullmatch(form, action)
            if match is not None:
                return thought.format(*filter(None, match.groups()))
        return _DEFAULT_THOUGHT

    def other_action(self, rng: random.Random) -> str:
        """An action that is possible everywhere and of no use: it takes a step, and perhaps another one to go back."""
        return rng.choice([*_HARMLESS, f"teleport to {rng.choice(PLACES)}"])

    def observe(self, action: str, observation: str) -> None:
        """What came of an action."""
        is_on_path = action == self.act() and action in self._following()
        arrived = _ARRIVED.match(observation)
        if arrived is not None:
            self._place = arrived["place"]
        self._seen = observation if action == LOOK else ""
        if is_on_path:
            done = self._num_done
            self._paths = tuple(path for path in self._paths if path[done : done + 1] == (action,))
            self._num_done += 1
            self._place_on_path = self._place

    def _following(self) -> list[str]:
        """The next action of each path that is still possible, each once; none at their ends."""
        done = self._num_done
        return list(dict.fromkeys(path[done] for path in self._paths if len(path) > done))

    def _names_what_is_here(self, action: str) -> bool:
        focused = re.fullmatch(
            r"focus on (?:baby (?P<baby>.+)|egg (?P<egg>.+)|(?P<other>.+))", action
        )
        if focused is None:
            return False
        # an egg and a young animal have their age in front where they are named, and elsewhere where they are seen
        name = focused["baby"] or focused["other"] or f"{focused['egg']} egg"
        return re.search(rf"^\s*an? {re.escape(name)}$", self._seen, re.MULTILINE) is not None

    def note(self) -> str:
        """What the next attempt should know, in words."""
        told = (
            "Next time I will lose no step." if self._paths else "I do not know what else to try."
        )
        return f"{told} This was attempt {len(self._notes) + 1}."

    def lesson(self) -> str:
        """What it does anyway: nothing that it reads about a case helps with another one."""
        return "Go straight to where the things are, and focus only on what the task names."
