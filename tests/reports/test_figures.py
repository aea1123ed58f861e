"""Pictures of many runs are drawn, whatever is missing."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from reports.figures import plot_ablation


def row(way, decide, asks, success=0.9, task="KeyInBox"):
    mean = {
        name: {"mean": value, "low": value - 0.05, "high": value + 0.05}
        for name, value in (("asks", asks), ("success", success))
    }
    return {"task": task, "way": way, "decide": decide, "mean": mean}


def pixels(path):
    """``(height, width, 3)``."""
    return np.asarray(Image.open(BytesIO(path.read_bytes())).convert("RGB"))


def ink(picture):
    """How many pixels have the colour of a mark."""
    red, green, blue = np.moveaxis(picture.astype(int), -1, 0)
    return int(((blue - red > 100) & (blue > green)).sum())


@pytest.mark.parametrize("tasks", [("KeyInBox",), ("KeyInBox", "ColoredDoorKey")])
def test_every_variant_has_its_mark_in_every_column(tmp_path, tasks):
    few = [row("a", decide, 3.0, task=task) for task in tasks for decide in ("sample", "argmax")]
    more = few + [row("b", "sample", 3.0, task=task) for task in tasks]
    pictures = []
    for name, rows in (("few", few), ("more", more)):
        plot_ablation(rows, tmp_path / f"{name}.png")
        pictures.append(pixels(tmp_path / f"{name}.png"))
    # two variants are not too many for a panel of the least width
    assert pictures[0].shape == pictures[1].shape
    assert ink(pictures[1]) > ink(pictures[0])
