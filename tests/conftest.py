"""What all tests share: how many examples hypothesis tries, one torch thread, drawn images."""

import os

import numpy as np
import pytest
import torch
from hypothesis import settings
from minigrid.core.constants import COLOR_TO_IDX, OBJECT_TO_IDX, STATE_TO_IDX

settings.register_profile("dev", max_examples=25, deadline=None)
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def make_image():
    """Draws an observation by words: ``make_image({(2, 1): "red key", (3, 1): "open red door"})``.

    The agent faces `direction` from `agent`, on a cell that shows what it carries; cells that are
    not named were never seen.
    """

    def code(words):
        *adjectives, kind = words.split()
        color = next((COLOR_TO_IDX[word] for word in adjectives if word in COLOR_TO_IDX), 0)
        state = next((STATE_TO_IDX[word] for word in adjectives if word in STATE_TO_IDX), 0)
        return OBJECT_TO_IDX[kind], color, state

    def make(cells, agent=(0, 0), direction=0, carried="empty", shape=(4, 4)):
        image = np.zeros((*shape, 4), dtype=np.uint8)
        image[:, :, 3] = 4
        for (x, y), words in {**cells, agent: carried}.items():
            image[x, y, :3] = code(words)
        image[(*agent, 3)] = direction
        return image

    return make
