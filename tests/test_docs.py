"""README and docs agree with the code: commands parse; files, flags, names and links exist; metrics are explained."""

import argparse
import pkgutil
import re
import shlex
from dataclasses import fields
from pathlib import Path

import pytest

import main
from agents import when2ask
from agents.learnact.table import metric_rows
from core.candidate import BASE, Candidate, Proposal, Score
from core.files import read_lines
from core.flags import add_arguments
from core.library import Library
from core.run import METRICS, RunDirectory
from core.settings import TrainSettings
from core.task import TASKS
from runner.training.trainer import Trainer
from tuning.objectives import Imitation, Preference

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
CURRENT_PAGES = [page for page in PAGES if page.name != "CHANGELOG.md"]  # which names what was
COMMAND = re.compile(r"^python main\.py (.+?)(?:\s+#.*)?$", re.MULTILINE)
COMMANDS = sorted({line for page in PAGES for line in COMMAND.findall(page.read_text())})


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_in_the_documents_parses(line):
    namespace = main.build_parser().parse_args(shlex.split(line))
    assert namespace.verb in main.VERBS


def test_the_readme_shows_every_verb():
    shown = {shlex.split(line)[0] for line in COMMANDS}
    assert shown == set(main.VERBS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_images_lead_to_files(page):
    for target in re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_has_a_docstring(package):
    for path in (ROOT / package).rglob("*.py"):
        assert path.read_text().lstrip("r").startswith('"""'), path


def test_every_metric_is_explained(tmp_path):
    settings = TrainSettings(
        save_name="x", logdir=str(tmp_path), n_itr=1, traj_per_itr=2, num_envs=2, test_num=2
    )
    learner = Trainer(settings, when2ask.METHOD)
    with RunDirectory.of(settings) as directory:
        learner.run(directory)
    [row] = read_lines(directory.file(METRICS))
    explained = set(re.findall(r"\b[a-z]+/[a-z_]+", (ROOT / "docs" / "metrics.md").read_text()))
    names = set(row) - {"env_steps"}
    assert names <= explained
    assert {name.split("/")[0] for name in names} == {"rollout", "train", "eval", "planner", "time"}


def test_every_metric_of_tuning_is_explained():
    text = (ROOT / "docs" / "metrics.md").read_text()
    of_step = {"learning_rate", "grad_norm"}
    of_stages = {
        "sft": {*Imitation.always, *Imitation.of_choices},
        "dpo": {*Preference.metrics},
    }
    for group, metrics in of_stages.items():
        names = {f"{group}/{name}" for name in metrics | of_step}
        assert set(re.findall(rf"\b{group}/[a-z_]+", text)) == names


def test_every_metric_of_learning_is_explained():
    tested = Candidate(BASE, "", Proposal("none", Library()), None, Score(1, 0, 0, 0.0))
    [row] = metric_rows([tested], lambda _: 0.0)
    text = (ROOT / "docs" / "metrics.md").read_text()
    assert set(re.findall(r"\blearning/[a-z_]+", text)) == set(row) - {"candidate"}


def test_every_task_is_named_in_the_readme():
    text = (ROOT / "README.md").read_text()
    assert all(f"`{name}`" in text for name in TASKS)


FILE = re.compile(
    r"(?<![\w/.-])((?:[\w-]+/)+[\w-]+\.(?:py|md|json|jsonl|csv|png|svg|gif|txt|toml))\b"
)
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z_]*\w")
NAME = re.compile(rf"`((?:{'|'.join(PACKAGES)})(?:\.\w+)+)")
MADE_BY_EXAMPLES = (
    "envs/clear_door_key.py", "planner/prompts/cleardoorkey.json", "planner/typed.py",
    "agents/reminded.py", "envs/text/number.py", "agents/prompts/number.json",
)  # fmt: skip
RUN_FILES = (
    "log/", "outputs/", "eval/", "LOGDIR/", "trials/", "learn_results/", "eval_results/",
    "expert/", "sft/", "iterations/", "controls/",
)  # fmt: skip
OTHER_PROGRAMS = {"--host", "--port", "--no-deps"}


@pytest.mark.parametrize("page", CURRENT_PAGES, ids=lambda page: page.name)
def test_files_that_the_documents_name_exist(page):
    for name in FILE.findall(page.read_text()):
        exists = (ROOT / name).exists() or (page.parent / name).exists()
        assert exists or name.startswith((*RUN_FILES, *MADE_BY_EXAMPLES)), name


def flags_of(verb):
    parser = argparse.ArgumentParser()
    add_arguments(parser, verb.settings)
    return set(FLAG.findall(parser.format_help()))


def flags_of_scripts():
    """Flags of the programs in benchmarks/, from their source."""
    pattern = re.compile(r'add_argument\(\s*"(--\w[\w-]*)"')
    return {
        flag
        for path in (ROOT / "benchmarks").glob("*.py")
        for flag in pattern.findall(path.read_text())
    }


def choices_of(name):
    """The choices of a flag in all verbs; none if it takes any value."""
    items = [item for verb in main.VERBS.values() for item in fields(verb.settings)]
    return {
        choice for item in items if item.name == name for choice in item.metadata["choices"] or ()
    }


@pytest.mark.parametrize("page", CURRENT_PAGES, ids=lambda page: page.name)
def test_flags_that_the_documents_name_exist(page):
    known = set().union(*map(flags_of, main.VERBS.values()))
    known |= flags_of_scripts() | OTHER_PROGRAMS
    assert set(FLAG.findall(page.read_text())) <= known


@pytest.mark.parametrize("page", CURRENT_PAGES, ids=lambda page: page.name)
def test_values_of_flags_in_the_documents_exist(page):
    """In code: ``--flag value`` and ``--flag value | value | ...``."""
    for code in re.findall(r"`(--[^`]+)`", page.read_text()):
        for part in code.split("--")[1:]:
            name, *values = re.findall(r"[\w.-]+", part)
            choices = choices_of(name)
            assert not choices or set(values) <= choices | {"..."}, code


@pytest.mark.parametrize("page", CURRENT_PAGES, ids=lambda page: page.name)
def test_modules_and_objects_that_the_documents_name_exist(page):
    for name in NAME.findall(page.read_text()):
        pkgutil.resolve_name(name)
