"""Actions in an answer that is, or holds, one JSON document."""

import json
import re
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

MAX_ITEMS = 100
"""Texts that are read."""
_ACTIONS = {"plan", "action", "step", "goal", "subgoal", "answer", "task", "output", "response", "result"}  # fmt: skip
_CALLS = {"name", "skill", "function", "tool", "command"}
_TARGETS = {"object", "target", "item", "argument", "arg", "parameter", "input"}
_NOTHING = {"", "none", "null", "nothing", "n/a"}
_START = re.compile(r"[\[{]\s{0,99}[\[{\"]")
_WORD = re.compile(r"[a-z]+")


def json_items(text: str) -> list[str]:
    """The texts of the actions in a document, in order; none if there is no document.

    Read are lists, and of objects what a key such as ``plan``, ``actions`` or ``action`` names, followed by its
    target where that is named separately: ``{"action": "go to", "object": "key"}``.
    """
    start = _START.search(text)
    if start is None:
        return []
    end = max(text.rfind("]"), text.rfind("}")) + 1
    try:
        return list(islice(_items(json.loads(text[start.start() : end])), MAX_ITEMS))
    except (ValueError, RecursionError):
        return []


def _items(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _items(one)
    elif isinstance(value, dict):
        found = _named(value, _ACTIONS) or _named(value, _CALLS)
        if not found:
            yield from _items([one for one in value.values() if isinstance(one, list | dict)])
        elif targets := [
            one for one in _texts(_named(value, _TARGETS)) if one.lower() not in _NOTHING
        ]:
            action = " ".join(_texts(found))
            yield action if targets[0] in action else f"{action} {targets[0]}"
        else:
            yield from _items(found)


def _named(value: dict[str, Any], names: Collection[str]) -> list[Any]:
    """The values under keys that have one of some words, ``next_actions`` for example."""
    return [
        one
        for key, one in value.items()
        if any(word.removesuffix("s") in names for word in _WORD.findall(key.lower()))
    ]


def _texts(value: Any) -> list[str]:
    """All texts in a value, the actions of which are one."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []
