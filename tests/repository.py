"""A copy of this repository, for tests that change or build it."""

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_LEFT_OUT = (".*", "log", "__pycache__", "build", "dist", "*.egg-info")


def copy_repository(target: Path) -> Path:
    """Copy what git tracks, also what is not yet committed; without results, caches and environments."""
    shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    return target


def environment_of_copies(**changes: str) -> dict[str, str]:
    """For processes that run a copy: few examples, and no coverage, which takes as long again for nothing."""
    kept = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    return {**kept, "HYPOTHESIS_PROFILE": "dev", **changes}
