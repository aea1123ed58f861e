"""The tables of benchmarks/reflexion.py, from made-up numbers."""

import json
import lzma

from benchmarks import reflexion
from benchmarks.reflexion import ALFWORLD, NEW, RULES, SAME, WITH, Comparison
from reports.statistics import Estimate


def estimates(*means):
    return [Estimate(mean, mean - 0.05, mean + 0.05) for mean in means]


def comparison(condition):
    by_trial = {
        WITH: {"success": estimates(0.5, 0.75), "attempts": estimates(1, 0.5)},
        SAME: {"success": estimates(0.5, 0.55), "attempts": estimates(1, 0.5)},
        NEW: {"success": estimates(0.5, 0.65), "attempts": estimates(1, 0.5)},
    }
    gain = {SAME: estimates(0.0, 0.2), NEW: estimates(0.0, 0.1)}
    won = dict(zip((WITH, SAME, NEW), estimates(0.3, 0.2, 0.25), strict=True))
    return Comparison(condition, 134, by_trial, gain, won)


def test_every_comparison_is_in_the_tables_beside_the_published_curves():
    text = reflexion.as_markdown([comparison(ALFWORLD), comparison(RULES[1])], None)
    assert "| with notes | solved so far, % | 50.0 (45.0..55.0) | 75.0 (70.0..80.0) |" in text
    gain = "| with notes, minus without notes, new habits | solved so far, points | +0.0 (-5.0..+5.0) | +10.0"
    assert gain in text
    # 84 of 134 games
    assert "| published, with notes | 62.7 (54.3..70.4) |" in text
    assert f"| {RULES[1].title} | with notes | 75.0 (70.0..80.0) | 30.0 (25.0..35.0) |" in text
    assert "|  | without notes, new habits | 65.0 (60.0..70.0) | 25.0 (20.0..30.0) |" in text
    assert "under another success rule" in text


def test_what_the_published_rules_would_count(tmp_path):
    """Solved; failed at the limit without a repetition, so counted; stopped after two equal actions, not counted."""
    rows = [
        {"finished": True, "won": True, "steps": [["look", "a"], ["look", "b"]]},
        {"finished": True, "won": False, "steps": [["look", "a"], ["go", "b"], ["look", "c"]]},
        {"finished": True, "won": False, "steps": [["look", "a"], ["look", "b"]]},
        {"finished": False, "won": False, "steps": [["look", "a"]]},
    ]
    path = tmp_path / "episodes.jsonl.xz"
    with lzma.open(path, "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    assert reflexion.public_logs(path) == {"episodes": 3, "solved": 1, "counted": 2}
    assert reflexion.public_logs(tmp_path / "other") is None
