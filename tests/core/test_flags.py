"""Flags made of the fields of a small class of settings, by hand."""

import argparse
from dataclasses import dataclass, fields

import pytest

from core.errors import SettingsError
from core.flags import Settings, add_arguments, check_fields, flag, from_flags, value_type

SHAPES = {"round": "without corners", "square": "with four"}


@dataclass(frozen=True, kw_only=True)
class Cake(Settings):
    """A cake. Not for eating."""

    name: str = flag(help="what it is called")
    shape: str = flag("round", "its outline", choices=SHAPES, alias="form")
    layers: int = flag(2, "number of layers", at_least=1, at_most=5)
    sugar: float = flag(0.5, "kilograms", at_least=0)
    candles: tuple[int, ...] = flag((), "heights", at_least=1)
    fillings: tuple[str, ...] = flag(("jam", "cream"), "one a layer", choices=("jam", "cream"))
    is_iced: bool = flag(False, "white on top")


def parse(*line, **defaults):
    parser = argparse.ArgumentParser()
    add_arguments(parser, Cake, **defaults)
    given = vars(parser.parse_args(line))
    return from_flags(Cake, {name: v for name, v in given.items() if v is not None}, **defaults)


def shown(**defaults):
    """The help, without line breaks."""
    parser = argparse.ArgumentParser()
    add_arguments(parser, Cake, **defaults)
    return " ".join(parser.format_help().split())


def test_values_have_the_type_of_their_field():
    line = "--name x --form square --layers 3 --sugar 1 --candles 5 6 --fillings jam --is_iced"
    assert parse(*line.split()) == Cake(
        name="x",
        shape="square",
        layers=3,
        sugar=1.0,
        candles=(5, 6),
        fillings=("jam",),
        is_iced=True,
    )
    assert [value_type(item) for item in fields(Cake)] == [str, str, int, float, int, str, bool]


def test_the_help_shows_group_choices_and_default():
    text = shown(layers=4)
    assert "A cake: " in text
    assert "Not for eating" not in text
    assert "its outline. round: without corners; square: with four (default: round)" in text
    assert "number of layers (default: 4)" in text
    assert "one a layer (default: jam cream)" in text
    assert "heights -" in text  # an empty default is not shown


def test_a_hidden_flag_is_parsed_but_not_in_the_help():
    parser = argparse.ArgumentParser()
    add_arguments(parser, Cake, ["layers"])
    assert "--layers" not in parser.format_help()
    assert "--candles" in parser.format_help()
    assert parser.parse_args(["--name", "x", "--layers", "3"]).layers == 3


def test_a_verb_may_have_its_own_default():
    assert parse("--name", "x", layers=4).layers == 4
    assert parse("--name", "x", "--layers", "3", layers=4).layers == 3


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"layers": 0}, "--layers 0: must be between 1 and 5"),
        ({"layers": 6}, "--layers 6: must be between 1 and 5"),
        ({"sugar": -0.5}, "--sugar -0.5: must be at least 0"),
        ({"sugar": float("nan")}, "--sugar nan: must be at least 0"),
        ({"sugar": float("inf")}, "--sugar inf: must be finite"),
        ({"candles": (3, 0)}, "--candles 0: must be at least 1"),
        ({"candles": 3}, "--candles 3: must be a list"),
        ({"fillings": "jam"}, "--fillings jam: must be a list"),
        ({"shape": "flat"}, "--shape (--form) flat: must be one of round, square"),
        (
            {"fillings": ("jam", "ham")},
            "--fillings ham: must be one of jam, cream; did you mean jam?",
        ),
    ],
)
def test_values_that_are_not_allowed_are_refused(changes, problem):
    with pytest.raises(SettingsError) as error:
        Cake(name="x", **changes)
    assert str(error.value) == problem


@pytest.mark.parametrize("changes", [{"layers": 1}, {"layers": 5}, {"sugar": 0.0}, {"candles": ()}])
def test_the_ends_of_ranges_are_allowed(changes):
    check_fields(Cake(name="x", **changes))
