"""The registry of methods agrees with the files, the verbs, and the choices of flags."""

import subprocess
import sys
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pytest

import main
from agents.methods import METHODS, TRAINED, MethodEntry
from core.settings import TableSettings
from mediator.cost import COSTS
from mediator.features import FEATURES
from mediator.policies import ASK_POLICIES
from planner.build import MODELS
from skills import SKILL_SETS

ROOT = Path(__file__).resolve().parents[2]
VERBS = list(main.VERBS.values())


def choices(settings, name):
    [item] = [item for item in fields(settings) if item.name == name]
    return set(item.metadata["choices"])


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_a_verb_has_a_function_and_its_flags(verb):
    module, _, name = verb.function.partition(":")
    assert callable(getattr(import_module(module), name))
    names = {item.name for item in fields(verb.settings)}
    assert set(verb.defaults) <= names
    assert set(verb.unsupported) & names or not verb.unsupported
    assert bool(verb.reason) == bool(verb.unsupported)


def test_verbs_have_different_names():
    methods = [verb for method in METHODS.values() for verb in method.verbs]
    assert len(main.VERBS) == len(methods) + len(main.OTHER_VERBS)


@pytest.mark.parametrize("method", TRAINED.values(), ids=lambda method: method.name)
def test_a_method_of_rooms_is_found_in_its_file(method):
    assert isinstance(method, MethodEntry)
    loaded = method.load()
    assert loaded.name == method.name
    assert METHODS[loaded.name] is method


def test_asking_policies_that_need_no_training_are_verbs():
    rules = {verb.name for method in TRAINED.values() for verb in method.rules}
    assert rules == set(ASK_POLICIES)


@pytest.mark.parametrize(
    ("name", "registry"),
    [
        ("features", FEATURES),
        ("ask_cost", COSTS),
        ("planner", MODELS),
        ("skills", SKILL_SETS),
    ],
)
def test_the_choices_of_a_flag_are_the_names_of_its_registry(name, registry):
    verbs = [verb for verb in VERBS if name in {item.name for item in fields(verb.settings)}]
    assert verbs
    for verb in verbs:
        assert choices(verb.settings, name) == set(registry), verb.name


def test_the_table_has_every_asking_policy_and_every_trained_one():
    assert choices(TableSettings, "policies") == {*ASK_POLICIES, *TRAINED}


def test_the_registry_is_fast_to_import():
    slow = ("torch", "numba", "gymnasium", "numpy", "requests")
    code = f"import sys, main; print([name for name in {slow} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
