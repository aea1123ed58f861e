"""Figures of many runs are drawn, whatever is missing."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from reports.figures import plot_ablation
from reports.rows import Row
from reports.statistics import Estimate


def row(variant, action_selection, asks, success=0.9, task="KeyInBox"):
    means = {"asks": asks, "success": success}
    return Row(
        skills="paper",
        task=task,
        policy=variant,
        condition="as trained",
        action_selection=action_selection,
        seeds=1,
        estimates={name: Estimate(mean, mean - 0.05, mean + 0.05) for name, mean in means.items()},
        per_seed={name: (mean,) for name, mean in means.items()},
    )


def pixels(path):
    """``(height, width, 3)``."""
    return np.asarray(Image.open(BytesIO(path.read_bytes())).convert("RGB"))


def ink(figure):
    """How many pixels have the colour of a mark."""
    red, green, blue = np.moveaxis(figure.astype(int), -1, 0)
    return int(((blue - red > 100) & (blue > green)).sum())


@pytest.mark.parametrize("tasks", [("KeyInBox",), ("KeyInBox", "ColoredDoorKey")])
def test_every_variant_has_its_mark_in_every_column(tmp_path, tasks):
    few = [row("a", how, 3.0, task=task) for task in tasks for how in ("sampled", "greedy")]
    more = few + [row("b", "sampled", 3.0, task=task) for task in tasks]
    figures = []
    for name, rows in (("few", few), ("more", more)):
        plot_ablation(rows, tmp_path / f"{name}.png")
        figures.append(pixels(tmp_path / f"{name}.png"))
    # two variants fit into a panel of the least width
    assert figures[0].shape == figures[1].shape
    assert ink(figures[1]) > ink(figures[0])
