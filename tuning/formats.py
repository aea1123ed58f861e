"""Files of trajectories and of pairs, in the form of ETO's published data (arXiv 2403.02502).

A file is one JSON list. A trajectory has an ``id`` and ``conversations``, a list of ``{"from": "human" | "gpt",
"value": text}``; a pair has ``prompt``, ``chosen`` and ``rejected``, lists of the same kind. The instruction is the
first human message, and "OK" the answer to it. In memory it is a system message. A file may also have a first message
``{"from": "system"}``; any other beginning is kept as turns of user and assistant. Unknown keys are ignored.

A directory of `eval_agent` (`agents.eto.outputs`) is read as trajectories, too: a file for each, with its reward and
success in ``meta``.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from core.chat import Message, Role
from core.decode import convert, damaged, decode
from core.errors import RunDirectoryError
from core.files import read_bytes, write_bytes
from core.trajectory import Pair, Trajectory, up_to_last_answer

ACCEPTED = "OK"
"""The answer to the instruction in the published files."""
_ROLES: Mapping[str, Role] = {"system": "system", "human": "user", "gpt": "assistant"}
_SPEAKERS = {role: speaker for speaker, role in _ROLES.items()}
_GAME_PARTS = 3
"""Directories that name a game of ALFWorld: its split, its task and its trial."""
_GAME = re.compile(r"[^/]+/[^/]+/trial_[^/]+")


class _Said(msgspec.Struct, frozen=True):
    speaker: Literal["system", "human", "gpt"] = msgspec.field(name="from")
    value: str


class _TrajectoryItem(msgspec.Struct, frozen=True):
    id: str | int
    conversations: list[_Said]
    reward: float | None = 1.0  # demonstrations without a reward are solutions
    success: bool | None = None
    game_file: str = ""


class _Ended(msgspec.Struct, frozen=True):
    reward: float | None
    success: bool


class _OutputItem(msgspec.Struct, frozen=True):
    meta: _Ended
    conversations: list[_Said]
    id: str


class _PairItem(msgspec.Struct, frozen=True):
    id: str | int
    prompt: list[_Said]
    chosen: list[_Said]
    rejected: list[_Said]


_Item = TypeVar("_Item", _TrajectoryItem, _PairItem)


def read_trajectories(path: Path) -> list[Trajectory]:
    """Read a file of trajectories, or a directory of `eval_agent`.

    Observations after the last answer are removed, as published; a conversation without an answer is kept, and counted
    where it is used. The case is the ``id``; where there is a ``game_file``, as in the published data of ALFWorld, it is
    ``SPLIT/TASK/TRIAL`` of that. Without a ``reward`` it is 1; without a ``success`` it is whether the reward is 1.

    Raises:
        RunDirectoryError: the file is missing or damaged, or a directory holds no files; the message names the item.
    """
    if path.is_dir():
        return _read_outputs(path)
    return [_trajectory(item, where) for item, where in _read_items(path, _TrajectoryItem)]


def _read_outputs(directory: Path) -> list[Trajectory]:
    """The trajectories of a directory, in the order of its files' names."""
    files = sorted(directory.glob("*.json"))
    if not files:
        raise RunDirectoryError(f"{directory} cannot be read: there are no files *.json in it")
    trajectories = []
    for file in files:
        item = decode(read_bytes(file), _OutputItem, str(file))
        ended = item.meta
        said = _TrajectoryItem(item.id, item.conversations, ended.reward, ended.success)
        trajectories.append(_trajectory(said, str(file)))
    return trajectories


def _trajectory(item: _TrajectoryItem, where: str) -> Trajectory:
    messages = _messages(item.conversations, where)
    success = item.success if item.success is not None else (item.reward or 0.0) >= 1.0
    return Trajectory(_case(item), up_to_last_answer(messages) or messages, item.reward, success)


def write_trajectories(path: Path, trajectories: Iterable[Trajectory]) -> None:
    """Write a file of trajectories, as a whole; games of ALFWorld with a ``game_file``, by which ETO's code finds them.

    A conversation without a system message whose first answer is "OK" would be read with one.

    Raises:
        RunDirectoryError: the file cannot be written.
    """
    _write_items(
        path,
        (
            {
                "id": trajectory.case,
                **({"game_file": trajectory.case} if _GAME.fullmatch(trajectory.case) else {}),
                "conversations": published_turns(trajectory.messages),
                "reward": trajectory.reward,
                "success": trajectory.success,
            }
            for trajectory in trajectories
        ),
    )


def read_pairs(path: Path) -> list[Pair]:
    """Read a file of pairs; observations after the last answers are removed.

    Raises:
        RunDirectoryError: the file is missing or damaged, or a side does not begin with an answer; the message names
            the item.
    """
    pairs = []
    for item, where in _read_items(path, _PairItem):
        prompt = _messages(item.prompt, where)
        sides = []
        for name, said in (("chosen", item.chosen), ("rejected", item.rejected)):
            side = up_to_last_answer(tuple(map(_message, said)))
            if not side or side[0].role != "assistant":
                raise damaged(where, f"{name} does not begin with an answer")
            _check_turns((*prompt, *side), where)
            sides.append(side)
        pairs.append(Pair(str(item.id), prompt, sides[0], sides[1]))
    return pairs


def write_pairs(path: Path, pairs: Iterable[Pair]) -> None:
    """Write a file of pairs, as a whole.

    Raises:
        RunDirectoryError: the file cannot be written.
    """
    _write_items(
        path,
        (
            {
                "id": pair.case,
                "prompt": published_turns(pair.prompt),
                "chosen": published_turns(pair.chosen),
                "rejected": published_turns(pair.rejected),
            }
            for pair in pairs
        ),
    )


def _read_items(path: Path, kind: type[_Item]) -> list[tuple[_Item, str]]:
    """The items of a file, each with its place for errors."""
    items = []
    for number, plain in enumerate(decode(read_bytes(path), list[Any], str(path)), start=1):
        where = f"{path}, item {number}"
        items.append((convert(plain, kind, where), where))
    return items


def _write_items(path: Path, items: Iterable[Mapping[str, Any]]) -> None:
    write_bytes(path, (json.dumps(list(items), indent=2) + "\n").encode())


def _case(item: _TrajectoryItem) -> str:
    directories = item.game_file.removesuffix("/game.tw-pddl").split("/")
    return "/".join(directories[-_GAME_PARTS:]) or str(item.id)


def _messages(said: Sequence[_Said], where: str) -> tuple[Message, ...]:
    """A conversation from its beginning.

    Raises:
        RunDirectoryError: user and assistant do not take turns, or there is a later system message.
    """
    messages = tuple(map(_message, said))
    roles = [message.role for message in messages[:3]]
    if roles[:2] == ["user", "assistant"] and messages[1].content.strip() == ACCEPTED:
        messages = (Message("system", messages[0].content), *messages[2:])
    _check_turns(messages, where)
    return messages


def _check_turns(messages: Sequence[Message], where: str) -> None:
    turns = messages[1:] if messages and messages[0].role == "system" else messages
    if turns and turns[0].role != "user":
        raise damaged(where, f"its first turn is of {_SPEAKERS[turns[0].role]}, not of human")
    for before, after in pairwise(turns):
        if {before.role, after.role} != {"user", "assistant"}:
            raise damaged(where, "human and gpt do not take turns")


def _message(said: _Said) -> Message:
    return Message(_ROLES[said.speaker], said.value)


def published_turns(messages: Iterable[Message]) -> list[dict[str, str]]:
    """A conversation as it stands in a file; a system message becomes the instruction and its answer "OK"."""
    said = []
    for message in messages:
        if message.role == "system":
            said += [_one("human", message.content), _one("gpt", ACCEPTED)]
        else:
            said.append(_one(_SPEAKERS[message.role], message.content))
    return said


def _one(speaker: str, value: str) -> dict[str, str]:
    return {"from": speaker, "value": value}
