"""Which code and which versions produced a file of results."""

import ast
import hashlib
import platform
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
_PACKAGES_WITHOUT_RESULTS = ("tests", "benchmarks")


@cache
def provenance() -> dict[str, object]:
    """Versions, commit and digest of the code, as this process found them when it first asked."""
    names = ("torch", "gymnasium", "minigrid", "numpy")
    versions = {name: metadata.version(name) for name in names}
    return {
        "versions": {"python": platform.python_version(), **versions},
        "commit": commit(),
        "code": code_digest(REPOSITORY),
    }


def packages(root: Path) -> list[str]:
    """Names of the packages that can influence results: all but tests and benchmarks."""
    found = sorted(path.parent.name for path in root.glob("*/__init__.py"))
    return [name for name in found if name not in _PACKAGES_WITHOUT_RESULTS]


def code_digest(root: Path) -> str:
    """SHA-256 of the packages' syntax trees and data files, as 16 hexadecimal digits.

    Results of other code are not reused, committed or not. Comments, docstrings and formatting do not
    count.
    """
    digest = hashlib.sha256()
    for package in packages(root):
        for path in sorted((root / package).rglob("*")):
            if path.is_file() and not _is_left_by_tools(path):
                digest.update(path.relative_to(root).as_posix().encode())
                digest.update(_content(path))
    return digest.hexdigest()[:16]


def commit() -> str | None:
    """The commit, with ``-dirty`` if files differ from it; None outside git."""
    command = ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _is_left_by_tools(path: Path) -> bool:
    """Compiled code, and hidden files of editors and file managers."""
    return "__pycache__" in path.parts or path.name.startswith(".")


def _content(path: Path) -> bytes:
    source = path.read_bytes()
    if path.suffix != ".py":
        return source
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a file that is being edited
        return source
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [statement for statement in node.body if not _is_text(statement)]
    return ast.dump(tree).encode()


def _is_text(statement: ast.stmt) -> bool:
    """Whether a statement is a bare string: a docstring, or the description below an attribute."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
