"""The device that networks compute on, and torch's threads."""

import torch

from core.console import count
from core.errors import SettingsError
from core.threads import wanted_threads

THREADS_FROM = 512
"""Batch size from which more than one thread is faster (docs/PERFORMANCE.md)."""


def set_up_device(device: str, batch_size: int) -> str:
    """Check that a device exists, and set the number of torch's threads.

    On a CPU small batches get one thread, because small networks run slower on several; larger ones
    get ``OMP_NUM_THREADS``, by default one for each core.

    Args:
        device: ``cpu``, ``cuda`` or ``cuda:N``.
        batch_size: number of images in a batch, 0 for features without positions.

    Raises:
        SettingsError: the device does not exist on this machine.
    """
    try:
        kind = torch.device(device).type
    except RuntimeError as error:
        raise SettingsError(f"--device {device!r}: {str(error).split(':')[0]}") from error
    if kind == "cuda" and not torch.cuda.is_available():
        raise SettingsError(f"--device {device}: this machine has no usable GPU; try --device cpu")
    if kind == "cuda" and (torch.device(device).index or 0) >= torch.cuda.device_count():
        number = count(torch.cuda.device_count(), "GPU")
        raise SettingsError(f"--device {device}: this machine has {number}")
    if kind == "cpu":
        is_large = batch_size >= THREADS_FROM
        torch.set_num_threads(wanted_threads() if is_large else 1)
    return device
