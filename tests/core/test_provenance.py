"""The digest of the code changes with the code, and with nothing else."""

import subprocess
import tomllib

import pytest

from core.provenance import PACKAGES, ROOT, code_digest, commit, kept_digest

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
    """A package beside others that do not count."""
    for name in ("counting", "tests", "torch"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "numbers.py").write_text(SOURCE)
        (tmp_path / name / "__init__.py").write_text("")
    return tmp_path


def digest_of(root):
    return code_digest(root, ["counting"])


def test_every_package_but_tests_and_benchmarks_counts_and_is_in_the_wheel():
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert set(PACKAGES) == folders
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    included = project["tool"]["setuptools"]["packages"]["find"]["include"]
    assert included == [f"{name}*" for name in PACKAGES]


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
    before = digest_of(root)
    assert old in SOURCE
    (root / "counting" / "numbers.py").write_text(SOURCE.replace(old, new))
    assert digest_of(root) == before


@pytest.mark.parametrize(
    ("old", "new"), [("START = 1", "START = 2"), ("START + n", "n + START"), ("count(n)", "add(n)")]
)
def test_code_changes_the_digest(root, old, new):
    before = digest_of(root)
    (root / "counting" / "numbers.py").write_text(SOURCE.replace(old, new))
    assert digest_of(root) != before


@pytest.mark.parametrize(
    "path",
    [
        "counting/data/prompt.json",
        "counting/more.py",
        "counting/deep/er.py",
    ],
)
def test_a_new_file_changes_the_digest(root, path):
    before = digest_of(root)
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text("1")
    with_it = digest_of(root)
    assert with_it != before
    (root / path).write_text("2")
    assert digest_of(root) != with_it


@pytest.mark.parametrize(
    "path",
    [
        "tests/test_more.py",
        "torch/more.py",
        "counting/__pycache__/n.pyc",
        "counting/.numbers.py.swp",
    ],
)
def test_other_packages_and_files_of_tools_do_not_change_the_digest(root, path):
    before = digest_of(root)
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text("1")
    assert digest_of(root) == before


def test_a_moved_file_changes_the_digest(root):
    before = digest_of(root)
    (root / "counting" / "numbers.py").rename(root / "counting" / "other.py")
    assert digest_of(root) != before


def test_a_file_that_is_not_yet_python_is_taken_as_it_is(root):
    before = digest_of(root)
    (root / "counting" / "numbers.py").write_text("def count(")
    assert digest_of(root) != before


def test_a_kept_digest_is_that_of_the_files_as_they_are_now(root):
    """The file is not believed after a change, nor if it is damaged; it is read otherwise."""
    kept_in = root / "counting" / "__pycache__" / "digest.txt"

    def kept():
        return kept_digest(root, ["counting"], kept_in)

    assert kept() == kept() == digest_of(root)
    written = kept_in.read_text()
    (root / "counting" / "numbers.py").write_text(SOURCE.replace("START = 1", "START = 2"))
    assert kept() == digest_of(root) != written.split()[1]
    (root / "counting" / "numbers.py").write_text(SOURCE)
    kept_in.write_text("x")
    assert kept() == digest_of(root)
    assert kept_in.read_text() == written
    kept_in.write_text(written.replace(digest_of(root), "known"))
    assert kept() == "known"


def test_a_digest_that_cannot_be_kept_is_computed(root):
    assert kept_digest(root, ["counting"], root / "counting" / "numbers.py" / "x") == digest_of(
        root
    )


def test_without_git_there_is_no_commit(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit(ROOT) is None


def test_an_installed_copy_does_not_take_the_commit_of_a_repository_around_it(tmp_path):
    """As in ``.venv/lib/python3.13/site-packages`` of a user's own project."""
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b.example"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "theirs"], check=True)
    site = tmp_path / ".venv" / "site-packages"
    site.mkdir(parents=True)
    assert commit(tmp_path) is not None
    assert commit(site) is None
