"""The code of docs/NOTEBOOK.md runs as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom(tmp_path):
    """In a process of its own, in an empty directory, with warnings as errors of our own code."""
    text = (ROOT / "docs" / "NOTEBOOK.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert len(blocks) == 4
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "log" / "ppo" / "simpledoorkey" / "notebook" / "acmodel.pt").exists()
    assert "questions per episode" in done.stdout
    assert "notebook: 20 iterations" in done.stdout
