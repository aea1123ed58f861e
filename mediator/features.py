"""What the network sees, made of the last two images."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

NUM_FRAMES = 2
Features = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.int8]]
"""``(width, height, 4 * NUM_FRAMES)`` images, the older first -> ``(width, height, C)``."""


def difference(frames: npt.NDArray[np.uint8]) -> npt.NDArray[np.int8]:
    """This image less the previous one, with its sign; zero at the first step (section 4).

    Codes are at most 10, so an int8 holds every difference.
    """
    signed = frames.view(np.int8)
    return signed[:, :, 4:] - signed[:, :, :4]


def both_frames(frames: npt.NDArray[np.uint8]) -> npt.NDArray[np.int8]:
    """The previous image and this one, as they are."""
    return frames.view(np.int8)


FEATURES: Mapping[str, tuple[Features, int]] = {
    "difference": (difference, 4),
    "frames": (both_frames, 8),
}
"""Each with its number of planes."""
