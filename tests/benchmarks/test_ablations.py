"""Ablations with tiny trainings; results of earlier versions stay beside the new ones."""

import json
from pathlib import Path

import pytest

from benchmarks.ablations import CHOICES, main
from core.files import read_json
from reports.rows import Row

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.slow
def test_tiny_ablation_is_written_beside_earlier_ones(tmp_path, capsys):
    earlier = json.loads((ROOT / "benchmarks" / "results" / "ablations.json").read_text())
    (tmp_path / "ablations.json").write_text(json.dumps({"lam": earlier["lam"]}))
    flags = ["--only", "heads", "--tasks", "KeyInBox", "--seeds", "0", "--n_itr", "1"]
    flags += ["--test_num", "2", "--processes", "1", "--logdir", str(tmp_path / "log")]
    main([*flags, "--out", str(tmp_path)])
    assert "| | KeyInBox, sampled | greedy |" in capsys.readouterr().out
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
