"""Settings from flags and from JSON, the values they refuse, and what --help imports."""

import argparse
import json
import re
import subprocess
import sys
from dataclasses import MISSING, fields
from pathlib import Path
from typing import get_args

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

import main
from core.errors import RunDirectoryError, SettingsError
from core.flags import Settings, add_arguments, from_flags, reject_flags, value_type
from core.settings import (
    EvalSettings,
    NetworkSettings,
    ParetoSettings,
    PlannersSettings,
    RunSettings,
    ServeSettings,
    TrainSettings,
    each_seed,
    from_json,
    to_json,
    with_seed,
)
from core.settings.limits import LARGEST_SEED
from core.task import ALL, TASKS

ROOT = Path(__file__).resolve().parents[2]
FEWER = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 4)
"""Examples where each has a value for every field."""
names = st.text("abcXYZ019_", min_size=1, max_size=8)


def any_value(item):
    """Allowed values of a field; [0.01, 1] is within every range."""
    if item.name == "task":
        return st.sampled_from([*TASKS, ALL])
    if item.name == "planner_mode":
        return st.just("generate")  # rank is deterministic: one answer to a question
    if item.name == "overwrite":
        return st.just(False)  # not with --resume
    if item.name == "device":
        return st.sampled_from(["cpu", "cuda", "cuda:1"])
    if item.metadata["choices"] and item.type is str:
        return st.sampled_from(item.metadata["choices"])
    one = {
        bool: st.booleans(),
        int: st.integers(1, min(10**4, item.metadata["at_most"] or 10**4)),
        # at 0 there are no several answers to a question, and no first cost of one
        float: st.floats(0.01, 1),
        str: names,
    }[value_type(item)]
    if item.metadata["nargs"] == 2:
        return st.just(()) | st.tuples(one, one)
    return one if not get_args(item.type) else st.lists(one, max_size=3, unique=True).map(tuple)


def any_settings(kind):
    return st.builds(kind, **{item.name: any_value(item) for item in fields(kind)})


def positional(kind):
    """Names of the positional arguments."""
    return [item.name for item in fields(kind) if item.metadata["is_positional"]]


def flags(settings):
    """The command line of these settings, with every value."""
    line = []
    for item in fields(settings):
        value = getattr(settings, item.name)
        if item.type is bool:
            line += [f"--{item.name}"] if value else []
        elif isinstance(value, tuple):
            line += [f"--{item.name}", *map(str, value)] if value else []
        else:
            line += [f"--{item.name}", str(value)]
    return line


def parse(*line):
    """Settings of a command line, and the names that were given."""
    namespace = main.build_parser().parse_args(line)
    given = {k: v for k, v in vars(namespace).items() if v is not None}
    verb = main.VERBS[given.pop("verb")]
    return from_flags(verb.settings, given, **verb.defaults), set(given)


@pytest.mark.parametrize(("verb", "kind"), [("train", TrainSettings), ("eval", EvalSettings)])
@FEWER
@given(data=st.data())
def test_flags_are_parsed_to_the_settings_they_were_made_of(verb, kind, data):
    settings = data.draw(any_settings(kind))
    line = flags(settings)
    made, given_names = parse(verb, *line)
    assert made == settings
    assert given_names == {word[2:] for word in line if word.startswith("--")}


NEEDED = {"explore": ("model_path",), "dpo": ("model_path", "pairs")}
"""Flags of which some verbs need one or another, so that none of them is required."""


@pytest.mark.parametrize("verb", sorted(main.VERBS))
def test_missing_flags_have_the_default(verb):
    """A given value overrides the default of the verb, which overrides that of the settings."""
    kind = main.VERBS[verb].settings
    flags = {item.name: "x" for item in fields(kind) if item.name == "save_name"}
    flags |= dict.fromkeys(NEEDED.get(verb, ()), "x")
    several = [item.name for item in fields(kind) if get_args(item.type)]
    given = flags | {name: ("y",) if name in several else "y" for name in positional(kind)}
    line = [word for name in flags for word in (f"--{name}", "x")] + ["y"] * len(positional(kind))
    made, given_names = parse(verb, *line)
    assert made == kind(**{**main.VERBS[verb].defaults, **given})
    assert given_names == set(given)


@pytest.mark.parametrize("verb", sorted(main.VERBS))
def test_rules_are_named_after_their_policy_and_other_runs_need_a_name(verb, capsys):
    if verb in ("baseline", "random", "always", "oracle", "planners", "play", "eval_agent"):
        made, given_names = parse(verb)
        assert made.save_name == verb
        assert given_names == set()
    elif verb in ("serve", "table", "pareto", "transfer"):
        assert parse(verb)[1] == set()  # no run, or many
    elif verb == "report":
        assert parse(verb, "some/run")[0].runs == ("some/run",)
    elif verb == "ask":
        with pytest.raises(SystemExit):
            parse(verb)
        assert "observation" in capsys.readouterr().err
    else:
        with pytest.raises(SettingsError, match=r"--save_name.* is missing"):
            parse(verb)


def test_a_flag_that_repeats_the_default_is_explicit():
    """An evaluation takes over settings of the trained run unless they are given."""
    default = TrainSettings(save_name="x").skills
    assert parse("train", "--save_name", "x", "--skills", default)[1] == {"save_name", "skills"}


@pytest.mark.parametrize(("typed", "meant"), [("simpledoorkey", "SimpleDoorKey"), ("ALL", "all")])
def test_the_name_of_a_task_is_case_insensitive(typed, meant):
    settings, given = parse("train", "--save_name", "x", "--task", typed)
    assert settings.task == meant
    assert given == {"save_name", "task"}


def test_seeds_are_a_list_and_switches_need_no_value():
    made, given_names = parse("baseline", "--run_seed_list", "3", "1", "2", "--show")
    assert made.run_seed_list == (3, 1, 2)
    assert made.show is True
    assert made.record is False
    assert given_names == {"run_seed_list", "show"}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (["--run_seed_list"], "--run_seed_list: expected at least one argument"),
        (["--n_it", "5"], "unrecognized arguments: --n_it"),
        (["--resume", "yes"], "unrecognized arguments: yes"),
    ],
)
def test_unreadable_flags_are_a_usage_error(line, complaint, capsys):
    with pytest.raises(SystemExit) as ended:
        parse("train", "--save_name", "x", *line)
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flag", "value", "allowed"),
    [
        ("seed", "-1", f"between 0 and {LARGEST_SEED}"),
        ("seed", str(2**63), f"between 0 and {LARGEST_SEED}"),
        ("run_seed_list", "-2", f"between 0 and {LARGEST_SEED}"),
        ("token_prices", "-1.0", "between 0 and 1000000000"),
        ("num_envs", "0", "between 1 and 65536"),
        ("ask_lambda", "-0.01", "between 0 and 1000"),
        ("ask_lambda", "nan", "between 0 and 1000"),
        ("n_itr", "0", "between 1 and 10000000"),
        ("traj_per_itr", "0", "between 1 and 100000"),
        ("batch_size", "0", "between 1 and 1000000"),
        ("epochs", "0", "between 1 and 1000"),
        ("lr", "-0.001", "between 0 and 1"),
        ("lr", "nan", "between 0 and 1"),
        ("lr", "inf", "between 0 and 1"),
        ("clip_eps", "-0.2", "between 0 and 100"),
        ("max_kl", "-0.5", "between 0 and 1000000"),
        ("entropy_coef", "-0.5", "between 0 and 1000"),
        ("value_coef", "-0.5", "between 0 and 1000"),
        ("max_grad_norm", "-0.5", "between 0 and 1000000"),
        ("eval_every", "-1", "between 0 and 10000000"),
        ("test_num", "0", "between 1 and 100000"),
        ("gamma", "1.5", "between 0 and 1"),
        ("gamma", "-0.5", "between 0 and 1"),
        ("gamma", "nan", "between 0 and 1"),
        ("lam", "1.01", "between 0 and 1"),
        ("lam", "-0.01", "between 0 and 1"),
        ("temperature", "-0.1", "between 0 and 100"),
        ("max_tokens", "0", "between 1 and 1000000"),
        ("llm_timeout", "-0.5", "between 0 and 1000000"),
        ("llm_timeout", "inf", "between 0 and 1000000"),
        ("llm_in_flight", "0", "between 1 and 1024"),
        ("answers_per_question", "0", "between 1 and 1000"),
    ],
)
def test_numbers_out_of_range_are_refused(flag, value, allowed):
    values = [value] * (2 if flag == "token_prices" else 1)
    with pytest.raises(SettingsError) as error:
        parse("train", "--save_name", "x", f"--{flag}", *values)
    assert str(error.value) == f"--{flag} {value}: must be {allowed}"


@pytest.mark.parametrize(
    ("verb", "flag", "allowed"),
    [
        ("baseline", "record_num", "between 1 and 100000"),
        ("serve", "workers", "between 1 and 64"),
        ("serve", "port", "between 1 and 65535"),
    ],
)
def test_other_verbs_have_ranges_of_their_own(verb, flag, allowed):
    with pytest.raises(SettingsError, match=rf"--{flag}\)? 0: must be {allowed}"):
        parse(verb, f"--{flag}", "0")


def all_settings(kind=Settings):
    """Every class of settings."""
    yield kind
    for subclass in kind.__subclasses__():
        yield from all_settings(subclass)


def test_every_number_has_a_range():
    numbers = [
        (kind, item)
        for kind in all_settings()
        for item in fields(kind)
        if value_type(item) in (int, float)
    ]
    assert len({item.name for _, item in numbers}) > 30
    assert not [
        f"{kind.__name__}.{item.name}"
        for kind, item in numbers
        if item.metadata["at_least"] is None
    ]


def test_every_default_is_allowed():
    """Settings check themselves when they are made."""
    needed = {main.VERBS[verb].settings: names for verb, names in NEEDED.items()}
    for kind in set(all_settings()):
        required = [item for item in fields(kind) if item.default is MISSING]
        given = {item.name: ("x",) if get_args(item.type) else "x" for item in required}
        kind(**given, **dict.fromkeys(needed.get(kind, ()), "x"))


@pytest.mark.parametrize(
    "changes", [{"gamma": 2.0}, {"skills": "magic"}, {"task": "Maze"}, {"run_seed_list": (1, -1)}]
)
def test_settings_made_in_python_are_checked_too(changes):
    with pytest.raises(SettingsError):
        TrainSettings(save_name="x", **changes)


def test_a_budget_is_above_0_and_so_is_the_first_cost_of_a_question():
    with pytest.raises(SettingsError, match="--budgets: must be above 0"):
        ParetoSettings(budgets=(2.0, 0.0))
    with pytest.raises(SettingsError, match="--ask_lambda 0: "):
        TrainSettings(save_name="x", ask_budget=3.0, ask_lambda=0.0)


def test_rejected_flags_are_named_with_the_reason():
    with pytest.raises(SettingsError, match="--seed, --stop: no use here"):
        reject_flags({"stop", "task", "seed"}, ["seed", "stop", "lr"], "no use here")
    reject_flags({"task"}, ["seed"], "no use here")


def test_a_flag_that_does_not_exist_is_refused():
    with pytest.raises(SettingsError, match="there is no flag --colour here"):
        from_flags(TrainSettings, {"save_name": "x", "colour": 2})


@pytest.mark.parametrize(
    ("flag", "value", "problem"),
    [
        ("n_itr", "many", "a whole number"),
        ("n_itr", "1.0", "a whole number"),
        ("lr", "fast", "a number"),
        ("skills", "magic", "one of paper, frontier"),
    ],
)
def test_a_value_of_another_kind_is_refused(flag, value, problem):
    with pytest.raises(SettingsError) as error:
        parse("train", "--save_name", "x", f"--{flag}", value)
    assert str(error.value) == f"--{flag} {value}: must be {problem}"


def test_the_objective_has_two_flags():
    made, explicit = parse("train", "--save_name", "x", "--policy", "vpg_logp")
    assert (made.algo, explicit) == ("vpg_logp", {"save_name", "algo"})
    assert parse("train", "--save_name", "x", "--algo", "vpg_logp")[0] == made


def test_several_answers_need_a_temperature():
    with pytest.raises(SettingsError) as error:
        parse("baseline", "--answers_per_question", "2")
    expected = "--answers_per_question 2: at --temperature 0 all answers to a question are the same"
    assert str(error.value) == expected
    made, _ = parse("baseline", "--answers_per_question", "2", "--temperature", "0.7")
    assert (made.answers_per_question, made.temperature) == (2, 0.7)


def test_prices_are_two():
    assert parse("baseline", "--token_prices", "0", "2.5")[0].token_prices == (0.0, 2.5)
    with pytest.raises(SystemExit):
        parse("baseline", "--token_prices", "1")


def test_several_texts_may_stop_an_answer():
    assert parse("baseline", "--stop", "}", "and so on")[0].stop == ("}", "and so on")


@pytest.mark.parametrize(
    "line",
    [
        "--seed 0",
        "--ask_lambda 0",
        "--eval_every 0",
        "--gamma 0",
        "--gamma 1",
        "--lam 0",
        "--lam 1",
    ],
)
def test_ranges_include_their_ends(line):
    flag, value = line.split()
    made, _ = parse("train", "--save_name", "x", flag, value)
    assert getattr(made, flag[2:]) == float(value)


def test_a_repeated_seed_is_refused():
    with pytest.raises(SettingsError, match="--run_seed_list 3 5 3: a seed is repeated"):
        parse("baseline", "--run_seed_list", "3", "5", "3")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/", "../x"])
def test_a_name_of_more_than_one_directory_is_refused(name):
    with pytest.raises(SettingsError) as error:
        RunSettings(save_name=name)
    assert f"--save_name {name!r}: must be the name of one directory" in str(error.value)


@pytest.mark.parametrize("name", ["x", "experiment01", "a b", ".hidden", "...", "lr=1e-3"])
def test_other_names_are_allowed(name):
    assert parse("train", f"--save_name={name}")[0].save_name == name


@pytest.mark.parametrize(
    "kind", [RunSettings, NetworkSettings, TrainSettings, EvalSettings, PlannersSettings]
)
@FEWER
@given(data=st.data())
def test_settings_are_read_back_from_json(kind, data):
    settings = data.draw(any_settings(kind))
    text = json.dumps(to_json(settings))
    assert from_json(kind, json.loads(text)) == settings


def test_unknown_saved_settings_are_ignored():
    """A model file has the settings of the whole run; `NetworkSettings` are read from it."""
    run = TrainSettings(save_name="x", heads="single")
    saved = {**to_json(run), "of_a_later_version": 1}
    assert from_json(NetworkSettings, saved) == NetworkSettings(
        features=run.features, heads="single"
    )


def test_settings_that_were_added_since_have_their_defaults():
    assert from_json(NetworkSettings, {"features": "full_map"}) == NetworkSettings(
        features="full_map"
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"lr": "fast"}, "Expected `float`, got `str` - at `$.lr`"),
        ({"gamma": -1.0}, "--gamma -1.0: must be between 0 and 1"),
        ({"stop": 5}, "Expected `array`, got `int` - at `$.stop`"),
        ({"seed": True}, "Expected `int`, got `bool` - at `$.seed`"),
        ({"task": "Maze"}, "unknown task 'Maze'"),
        ({"save_name": None}, "Expected `str`, got `null` - at `$.save_name`"),
    ],
)
def test_saved_settings_are_checked_as_typed_ones_are(change, problem):
    saved = to_json(TrainSettings(save_name="x"))
    with pytest.raises(RunDirectoryError) as error:
        from_json(TrainSettings, {**saved, **change})
    assert str(error.value).startswith(f"a saved setting is damaged: {problem}")


def test_one_run_of_a_seed_list():
    settings = EvalSettings(save_name="many", run_seed_list=(3, 12), show=True)
    one = with_seed(settings, 12)
    assert one == EvalSettings(save_name="many_seed12", seed=12, show=True)


def test_a_seed_list_is_a_run_for_each_seed_and_no_list_is_one_run():
    many = EvalSettings(save_name="many", seed=5, run_seed_list=(3, 12))
    assert [(one.save_name, one.seed) for one in each_seed(many)] == [
        ("many_seed3", 3),
        ("many_seed12", 12),
    ]
    single = EvalSettings(save_name="single", seed=5)
    assert each_seed(single) == [single]


@pytest.mark.parametrize("kind", [TrainSettings, EvalSettings, PlannersSettings, ServeSettings])
def test_every_field_is_a_flag_with_help_that_shows_its_default(kind):
    """Except for empty texts, empty tuples and switches."""
    parser = argparse.ArgumentParser()
    add_arguments(parser, kind, logdir="mine")
    shown = " ".join(parser.format_help().split())
    for item in fields(kind):
        assert item.metadata["help"], item.name
        assert f"--{item.name}" in shown
        if item.type is not bool and item.default not in (MISSING, "", (), "log"):
            values = item.default if isinstance(item.default, tuple) else [item.default]
            assert f"(default: {' '.join(map(str, values))})" in shown
    assert "(default: mine)" in shown
    assert "MISSING" not in shown


def test_a_percent_sign_in_a_help_text_is_literal():
    """argparse formats help texts with %."""
    parser = argparse.ArgumentParser()
    add_arguments(parser, RunSettings, logdir="100 % full")
    assert "(default: 100 % full)" in " ".join(parser.format_help().split())


ASK_FOR_HELP = """
import contextlib, io, json, sys
import main

asked = {}
for verb in ["", *main.VERBS]:
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
        main.main([*verb.split(), "--help"])
    asked[verb] = out.getvalue(), list(sys.modules)
json.dump(asked, sys.stdout)
"""


@pytest.fixture(scope="module")
def asked():
    """Of each verb, and of none: what --help writes, and what is imported then, in a new process."""
    command = [sys.executable, "-c", ASK_FOR_HELP]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("verb", ["", *sorted(main.VERBS)])
def test_help_imports_nothing_slow(asked, verb):
    text, imported = asked[verb]
    shown = set(re.findall(r"--(\w+)", text))
    if verb:
        kind = main.VERBS[verb].settings
        rejected = set(main.VERBS[verb].unsupported)
        own = [item for item in fields(kind) if item.name not in rejected]
        aliases = {item.metadata["alias"] for item in own} - {None}
        named = {item.name for item in own} - set(positional(kind))
        assert {"help", *named, *aliases} <= shown
        assert not rejected & set(re.findall(r"^ +--(\w+)", text, flags=re.MULTILINE))
        assert all(name in text for name in positional(kind))
    else:
        assert set(main.VERBS) <= set(text.split())
    assert "core.settings" in imported
    slow = {"torch", "numpy", "gymnasium", "minigrid", "requests", "transformers", "sqlite_utils"}
    assert not slow & set(imported)
