"""Damage to files, drawn from a seed: for tests, and for longer runs of them (`make fuzz`)."""

import copy
import json
import random

DEEP = "[" * 100_000

HOSTILE_VALUES = (
    None, True, 0, -1, 5, 0.5, 1e308, 10**30, 10**400, float("nan"), float("inf"), "", "x", "5",
    "\ud800", "\x1b[31mred\x1b[0m", "\u202ereversed", "[bold]markup[/bold]", "</script><img src=x onerror=alert(1)>",
    "x" * 100_000, [], {}, [[]], [5], [None], {"": None}, {"x": {"x": {}}},
)  # fmt: skip
"""What a place in a document may hold instead of what it should."""


def damage_bytes(content: bytes, seed: int) -> bytes:
    """The content with one fault of a disk, a transfer or an editor."""
    draw = random.Random(seed)
    place = draw.randrange(len(content) + 1)
    end = min(len(content), place + draw.choice((1, 4, 64, 4096)))
    kind = draw.randrange(8)
    if kind == 0 and place < len(content):
        return flip_bit(content, 8 * place + draw.randrange(8))
    if kind == 1:
        return content[:place]
    if kind == 2:
        return content[place:]
    if kind == 3:
        return content + draw.randbytes(draw.choice((1, 8, 5000)))
    if kind == 4:
        return content[:place] + bytes(end - place) + content[end:]
    if kind == 5:
        return content[:place] + draw.randbytes(end - place) + content[end:]
    if kind == 6:
        return content[:end] + content[place:end] + content[end:]
    return content[:place] + content[end:]


def flip_bit(content: bytes, bit: int) -> bytes:
    """The content with one bit of it changed."""
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def damage_json(document: object, seed: int) -> bytes:
    """A JSON document in which one place holds something else, or is gone, or cannot be JSON."""
    draw = random.Random(seed)
    kind = draw.randrange(8)
    if kind == 0:
        return damage_bytes(json.dumps(document).encode(), seed)
    if kind == 1:
        return draw.choice((b"", b"5", b"null", b"\xff", b"{}", b"[]", b'"x"', DEEP.encode()))
    damaged = damage_document(document, seed)
    if kind == 2:  # a key is there twice
        text = json.dumps(damaged)
        return (text.replace("{", '{"format": 5, ', 1)).encode()
    return json.dumps(damaged).encode()


def damage_document(document, seed: int):
    """A copy of nested lists and dictionaries in which one place holds a hostile value, or is gone."""
    draw = random.Random(seed)
    damaged = copy.deepcopy(document)
    places = list(_places(damaged))
    if not places:
        return draw.choice(HOSTILE_VALUES)
    parent, key = draw.choice(places)
    if draw.random() < 0.15:
        del parent[key]
    elif draw.random() < 0.1 and isinstance(parent, dict):
        parent[f"{key}\x1b"] = parent.pop(key)
    else:
        parent[key] = draw.choice(HOSTILE_VALUES)
    return damaged


def _places(document):
    """Each list or dictionary of a document with each of its keys."""
    keys = (
        document
        if isinstance(document, dict)
        else range(len(document))
        if isinstance(document, list)
        else ()
    )
    for key in list(keys):
        yield document, key
        yield from _places(document[key])
