"""The digest of the code changes with the code, and with nothing else."""

import pytest

from core.provenance import REPOSITORY, code_digest, commit, packages

SOURCE = '''"""Counts."""

START = 1
"""Where counting starts."""


def count(n):
    """Count."""
    # upwards
    return START + n
'''


@pytest.fixture
def root(tmp_path):
    """A repository with one package and its tests."""
    for name in ("counting", "tests", "benchmarks", "docs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "numbers.py").write_text(SOURCE)
        if name != "docs":
            (tmp_path / name / "__init__.py").write_text("")
    return tmp_path


def test_every_package_but_tests_and_benchmarks_counts(root):
    assert packages(root) == ["counting"]
    ours = packages(REPOSITORY)
    assert {"agents", "core", "envs", "experiments", "planner", "runner"} <= set(ours)
    assert not {"tests", "benchmarks", "docs", "log"} & set(ours)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Counts.", "It counts."),
        ('    """Count."""\n', ""),
        ("Where counting starts.", "The first number."),
        ("    # upwards\n", ""),
        ("START + n", "(START\n            + n)"),
    ],
)
def test_comments_docstrings_and_formatting_do_not_change_the_digest(root, old, new):
    before = code_digest(root)
    assert old in SOURCE
    (root / "counting" / "numbers.py").write_text(SOURCE.replace(old, new))
    assert code_digest(root) == before


@pytest.mark.parametrize(
    ("old", "new"), [("START = 1", "START = 2"), ("START + n", "n + START"), ("count(n)", "add(n)")]
)
def test_code_changes_the_digest(root, old, new):
    before = code_digest(root)
    (root / "counting" / "numbers.py").write_text(SOURCE.replace(old, new))
    assert code_digest(root) != before


@pytest.mark.parametrize(
    "path",
    [
        "counting/data/prompt.json",
        "counting/more.py",
        "counting/deep/er.py",
        "learning/__init__.py",
    ],
)
def test_a_new_file_or_package_changes_the_digest(root, path):
    before = code_digest(root)
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text("1")
    with_it = code_digest(root)
    assert with_it != before
    (root / path).write_text("2")
    assert code_digest(root) != with_it


@pytest.mark.parametrize(
    "path",
    [
        "tests/test_more.py",
        "benchmarks/more.py",
        "docs/more.md",
        "counting/__pycache__/n.pyc",
        "counting/.numbers.py.swp",
    ],
)
def test_tests_benchmarks_documents_and_files_of_tools_do_not_change_the_digest(root, path):
    before = code_digest(root)
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text("1")
    assert code_digest(root) == before


def test_a_moved_file_changes_the_digest(root):
    before = code_digest(root)
    (root / "counting" / "numbers.py").rename(root / "counting" / "other.py")
    assert code_digest(root) != before


def test_a_file_that_is_not_yet_python_is_taken_as_it_is(root):
    before = code_digest(root)
    (root / "counting" / "numbers.py").write_text("def count(")
    assert code_digest(root) != before


def test_without_git_there_is_no_commit(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit() is None
