"""Nasty command lines, drawn by hypothesis from the flags of every verb."""

import math
from dataclasses import astuple, fields
from numbers import Real

from hypothesis import strategies as st

import main
from core.errors import SettingsError
from core.flags import Settings, from_flags, reject_flags, value_type

NUMBERS = (
    *("0", "1", "2", "-1", "-0", "-0.0", "0.5", "1e3", "1e30", "1e308", "1e309", "1e-400", "0x10", "1_000"),
    *("nan", "-nan", "inf", "-inf", "Infinity", "1" + "0" * 400, "9" * 5000, "-" + "9" * 400),
    *(str(2**31), str(2**63 - 1), str(2**63), str(2**64), str(10**12), "1000000000"),
    *("٣", "１２", "½", "1,5", " 1 ", "1 000", "+1", "--1", "1e", ".", "1j", "True", "None"),
)  # fmt: skip
TEXTS = (
    *("", " ", "-", "--", "---", "-x", "--x", "=", "a=b", ".", "..", "../..", "/", "a/b", "a\\b", "~", "."),
    *("a\nb", "a\rb", "\x1b[2J", "a\x00b", "\x7f", "\u202eabc", "\u2028", "\udcff", "\ud800", "a" * 300),
    *("[bold]", "{0}", "%s", "%(prog)s", "$HOME", "`id`", "'", '"', ";", "*", "|", "&", "→", "🔑", "é" * 130),
    *("all", "ALL", "simpledoorkey", "SimpleDoorKey", "none", "cuda:99", "cuda:-1", "meta", "cpu", "/dev/null"),
)  # fmt: skip

QUICK_VERBS = ("baseline", "eval", "eval_RL", "act", "ask", "report")
SLOW_FLAGS = ("planner", "run_seed_list", "test_num", "rooms", "task", "skills", "record")
"""The verbs that can be carried out in large numbers, if without these flags."""


@st.composite
def command_lines(draw, verbs=tuple(main.VERBS), without=()):
    """The arguments of a command: a verb and up to four flags with values, many of them nonsense.

    Args:
        verbs: to choose from.
        without: names of flags that are not drawn.
    """
    verb = main.VERBS[draw(st.sampled_from(verbs))]
    items = [item for item in fields(verb.settings) if item.name not in without]
    line = [verb.name]
    for item in draw(st.lists(st.sampled_from(items), max_size=4)):
        line += draw(_flag(item))
    named = {word.partition("=")[0] for word in line}
    if "save_name" in (item.name for item in items) and "--save_name" not in named:
        line += ["--save_name", "x"]
    return draw(st.just(line) | _mistyped(line)) if len(line) > 1 else line


@st.composite
def _flag(draw, item):
    """A flag as it is typed, with as many values as its field takes, or another number."""
    if value_type(item) is bool:
        return [f"--{item.name}"]
    right = item.metadata["choices"] or ("1", "x")
    nasty = TEXTS if value_type(item) is str else NUMBERS
    value = (
        st.sampled_from(right)
        | st.sampled_from(nasty)
        | st.sampled_from(TEXTS)
        | st.text(max_size=5)
    )
    several = item.type is not value_type(item)
    values = draw(st.lists(value, min_size=0 if several else 1, max_size=3 if several else 1))
    if item.metadata["is_positional"]:
        return values
    if len(values) == 1 and draw(st.booleans()):
        return [f"--{item.name}={values[0]}"]
    return [f"--{item.name}", *values]


@st.composite
def _mistyped(draw, line):
    """A word after the verb is left out, doubled, cut, or another one is put in."""
    at = draw(st.integers(1, len(line) - 1))
    word = line[at]
    put = draw(
        st.sampled_from(
            [[], [word, word], [word[:-1]], [word, "--"], [word, draw(st.text(max_size=5))]]
        )
    )
    return [*line[:at], *put, *line[at + 1 :]]


def settings_of(arguments: list[str]) -> Settings | None:
    """The settings that a command line makes; None where it is refused, or only asks for help."""
    try:
        verb, flags = main.parse(arguments)
        settings = from_flags(verb.settings, flags, **verb.defaults)
        reject_flags(flags, verb.unsupported, verb.reason)
    except (SettingsError, SystemExit):
        return None
    return settings


def numbers_of(settings):
    """All numbers in settings, those of tuples included."""
    for value in astuple(settings):
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Real):
                yield one


def are_finite(settings: Settings) -> bool:
    """Whether all numbers of settings are finite, and none is a negative zero."""
    return all(math.isfinite(one) and str(one) != "-0.0" for one in numbers_of(settings))
