"""Ablations with tiny trainings; results of earlier versions stay beside the new ones."""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.ablations import CHOICES
from core.files import read_json
from reports.rows import Row

ROOT = Path(__file__).resolve().parent.parent.parent


def test_tiny_ablation_is_written_beside_earlier_ones(tmp_path):
    earlier = json.loads((ROOT / "benchmarks" / "results" / "ablations.json").read_text())
    (tmp_path / "ablations.json").write_text(json.dumps({"lam": earlier["lam"]}))
    flags = ["--only", "heads", "--tasks", "KeyInBox", "--seeds", "0", "--n_itr", "1"]
    flags += ["--test_num", "2", "--processes", "1", "--logdir", str(tmp_path / "log")]
    command = [sys.executable, "benchmarks/ablations.py", *flags, "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "| | KeyInBox, sampled | greedy |" in done.stdout
    document = read_json(tmp_path / "ablations.json")
    assert {"command", "versions", "commit", "code", "rows"} == document["heads"].keys()
    rows = [Row.from_json(row) for row in document["heads"]["rows"]]
    assert [(row.policy, row.action_selection) for row in rows] == [
        (variant, how) for variant in CHOICES["heads"] for how in ("sampled", "greedy")
    ]
    assert [Row.from_json(row) for row in document["lam"]["rows"]] == [
        Row.from_json(row) for row in earlier["lam"]["rows"]
    ]
    assert (tmp_path / "ablation_heads.png").read_bytes().startswith(b"\x89PNG")
