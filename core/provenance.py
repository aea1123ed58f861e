"""Which code and which versions produced a file of results."""

import ast
import contextlib
import hashlib
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path

from core.errors import RunDirectoryError
from core.files import write_bytes

ROOT = Path(__file__).resolve().parent.parent
"""The directory of the packages: the repository, or ``site-packages`` where other packages are, too."""
PACKAGES = (
    "agents",
    "algos",
    "core",
    "envs",
    "experiments",
    "mediator",
    "planner",
    "reports",
    "runner",
    "sandbox",
    "skills",
    "tuning",
)
"""The packages of this program. All of them can influence results."""
_KEPT_IN = Path(__file__).parent / "__pycache__" / "code_digest.txt"
_WITH_TEXTS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def provenance() -> dict[str, object]:
    """Versions, commit and digest of the code, as this process found them when it first asked."""
    names = ("torch", "gymnasium", "minigrid", "numpy")
    versions = {name: metadata.version(name) for name in names}
    with contextlib.suppress(metadata.PackageNotFoundError):  # a checkout need not be installed
        versions["when-to-ask"] = metadata.version("when-to-ask")
    return {
        "versions": {"python": platform.python_version(), **versions},
        "commit": commit(ROOT),
        "code": kept_digest(ROOT, PACKAGES, None if sys.dont_write_bytecode else _KEPT_IN),
    }


def code_digest(root: Path, packages: Iterable[str]) -> str:
    """SHA-256 of the packages' syntax trees and data files, as 16 hexadecimal digits.

    Results of other code are not reused, committed or not. Comments, docstrings and formatting do not
    count.
    """
    digest = hashlib.sha256()
    for path in _files(root, packages):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(_content(path))
    return digest.hexdigest()[:16]


def kept_digest(root: Path, packages: Sequence[str], kept_in: Path | None) -> str:
    """`code_digest`, which is read from a file if the files are the same: parsing them takes half a second.

    Args:
        root: see `code_digest`.
        packages: see `code_digest`.
        kept_in: the file; it is not written where the directory is read-only. None: no file.
    """
    if kept_in is None:
        return code_digest(root, packages)
    files = hashlib.sha256(sys.version.encode())  # syntax trees differ between versions
    for path in _files(root, packages):
        files.update(f"{path.relative_to(root).as_posix()} {path.stat().st_size}\n".encode())
        files.update(path.read_bytes())
    with contextlib.suppress(OSError, ValueError):
        known, digest = kept_in.read_text("ascii").split()
        if known == files.hexdigest():
            return digest
    digest = code_digest(root, packages)
    with contextlib.suppress(RunDirectoryError):
        write_bytes(kept_in, f"{files.hexdigest()} {digest}\n".encode())
    return digest


def _files(root: Path, packages: Iterable[str]) -> Iterator[Path]:
    for package in packages:
        for path in sorted((root / package).rglob("*")):
            if path.is_file() and not _is_left_by_tools(path):
                yield path


def commit(root: Path) -> str | None:
    """The commit, with ``-dirty`` if files differ from it; None if `root` is not a repository's root.

    An installed copy may lie in the virtual environment of a repository of the user's.
    """
    if not (root / ".git").exists():
        return None
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12"]
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
    _remove_texts(tree)
    return ast.dump(tree).encode()


def _remove_texts(node: ast.AST) -> None:
    """Remove the bare strings of a module, and of the classes and functions in it.

    Only statements are visited: there are ten times as many expressions, and every command waits for this.
    """
    for block in ("body", "orelse", "finalbody", "handlers", "cases"):
        for statement in getattr(node, block, ()):
            _remove_texts(statement)
    if isinstance(node, _WITH_TEXTS):
        node.body = [statement for statement in node.body if not _is_text(statement)]


def _is_text(statement: ast.stmt) -> bool:
    """Whether a statement is a bare string: a docstring, or the description below an attribute."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
