"""Figures of many runs: what is drawn, in which colours, whatever is missing."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from reports.figures import (
    plot_ablation,
    plot_budgets,
    plot_learning_curves,
    plot_success_vs_asks,
    plot_trials,
)
from reports.palette import POLICY_COLORS, rgb
from reports.rows import GREEDY, RULE, SAMPLED, Row
from reports.statistics import Estimate


def row(policy, action_selection, asks, success=0.9, task="KeyInBox", skills="paper"):
    values = {"asks": asks, "success": success, "steps": 30.0}
    estimates = {
        name: Estimate(value, value - 0.05, value + 0.05) for name, value in values.items()
    }
    return Row(skills, task, policy, "as trained", action_selection, 1, estimates, {})


def pixels(path):
    """``(height, width, 3)``."""
    return np.asarray(Image.open(BytesIO(path.read_bytes())).convert("RGB"))


def ink(picture, policy):
    """Number of pixels in the colour of a policy."""
    return int((picture == rgb(POLICY_COLORS[policy])).all(axis=-1).sum())


@pytest.mark.parametrize("tasks", [("KeyInBox",), ("KeyInBox", "ColoredDoorKey")])
def test_every_variant_has_its_mark_in_every_column(tmp_path, tasks):
    few = [row("a", selection, 3.0, task=task) for task in tasks for selection in (SAMPLED, GREEDY)]
    more = few + [row("b", SAMPLED, 3.0, task=task) for task in tasks]
    pictures = []
    for name, rows in (("few", few), ("more", more)):
        plot_ablation(rows, tmp_path / f"{name}.png")
        pictures.append(pixels(tmp_path / f"{name}.png"))
    # two variants still fit into a panel of the least width
    assert pictures[0].shape == pictures[1].shape
    assert ink(pictures[1], "learned") > ink(pictures[0], "learned")


@pytest.mark.parametrize("plot", [plot_success_vs_asks, plot_budgets])
def test_a_policy_has_its_colour_in_every_figure(tmp_path, plot):
    rows = [row("always", RULE, 25.0), row("oracle", RULE, 4.0), row("budget 3", SAMPLED, 3.0)]
    plot(rows, tmp_path / "all.png")
    plot([one for one in rows if one.policy != "always"], tmp_path / "fewer.png")
    everything, fewer = (pixels(tmp_path / f"{name}.png") for name in ("all", "fewer"))
    assert ink(everything, "always") > 20
    assert ink(everything, "oracle") > 20
    assert ink(fewer, "always") == 0
    assert ink(fewer, "oracle") > 20


def test_a_table_may_lack_cells(tmp_path):
    """One policy was only played with one skill set and on one task."""
    rows = [
        row("always", RULE, 25.0),
        row("always", RULE, 25.0, task="ColoredDoorKey"),
        row("RL", GREEDY, 0.0, skills="frontier"),
        row("RL", SAMPLED, 0.0, skills="frontier"),
    ]
    plot_success_vs_asks(rows, tmp_path / "table.png")
    assert ink(pixels(tmp_path / "table.png"), "RL") > 20


def test_learning_curves_of_seeds_of_different_length(tmp_path):
    def metrics(length, asks):
        return [
            {
                "env_steps": 100 * number,
                "time/total_seconds": number,
                "rollout/success": 1.0,
                "rollout/asks": asks,
            }
            for number in range(1, length)
        ]

    runs = {"first": [metrics(5, 3.0), metrics(9, 4.0)], "second": [metrics(4, 10.0)]}
    plot_learning_curves(runs, tmp_path / "curves.png")
    assert ink(pixels(tmp_path / "curves.png"), "learned") > 100


def test_what_is_0_everywhere_has_no_row_in_a_picture_of_trials(tmp_path):
    """The tokens of a scripted model."""

    def picture(*tokens):
        by_trial = {
            name: [Estimate(mean, mean, mean) for mean in means]
            for name, means in (
                ("success", (0.5, 1.0)),
                ("answers", (8.0, 2.0)),
                ("tokens", tokens),
            )
        }
        plot_trials({"a task": {"learned": by_trial}}, tmp_path / "trials.png")
        return pixels(tmp_path / "trials.png")

    scripted, served = picture(0, 0), picture(900, 200)
    assert len(scripted) < len(served)
    assert 100 < ink(scripted, "learned") < ink(served, "learned")
