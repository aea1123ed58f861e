"""The colours of figures, the page and videos, in one place."""

from collections.abc import Mapping, Sequence

SERIES = (
    "#2f7ed8", "#e07b28", "#3a9d5d", "#b04ac4", "#c0392b", "#16a3a3", "#8d6e3f", "#7f8c8d",
)  # fmt: skip
"""Colours of lines and marks; they can be read on a light and on a dark background."""

POLICY_COLORS: Mapping[str, str] = dict(
    zip(
        ("learned", "always", "oracle", "random", "human", "react", "RL", "baseline"),
        SERIES,
        strict=True,
    )
)
"""Asking policy or method -> its colour wherever it is drawn."""

_ALIASES = {"when2ask": "learned", "skill_rl": "RL"}
"""Name of a method in a run's config.json -> its name in tables."""

LIGHT: Mapping[str, str] = {
    "chosen": "#d9730d", "forced": "#2563eb", "good": "#2f8f4e", "bad": "#c53d3d",
}  # fmt: skip
"""A question that the policy chose, a forced one, success and failure, on a light background."""

DARK: Mapping[str, str] = {
    "chosen": "#ff9f40", "forced": "#60a5fa", "good": "#5ec978", "bad": "#eb5e5e",
}  # fmt: skip
"""The same on a dark background."""


def colors_of(names: Sequence[str]) -> list[str]:
    """One colour for each name: a policy has its own, every other name the next that is free.

    A name that occurs again gets a free colour, too; colours repeat when there are more than `SERIES`.
    """
    names = [_ALIASES.get(name, name) for name in names]
    taken = {POLICY_COLORS[name] for name in names if name in POLICY_COLORS}
    free = [color for color in SERIES if color not in taken]
    colors: list[str] = []
    for name in names:
        own = POLICY_COLORS.get(name)
        if own is not None and own not in colors:
            colors.append(own)
        else:
            free = free or list(SERIES)
            colors.append(free.pop(0))
    return colors


def uses_before(colors: Sequence[str]) -> list[int]:
    """For each colour, how often it occurs before: lines of one colour differ in their dashes."""
    return [colors[:number].count(color) for number, color in enumerate(colors)]


def rgb(color: str) -> tuple[int, int, int]:
    """Red, green and blue of ``#rrggbb``, 0..255."""
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue
