"""Where networks compute."""

import os

import torch

from core.errors import SettingsError

WORTH_THREADS = 512
"""Pictures in a batch from which on more than one thread pays (docs/PERFORMANCE.md)."""


def prepare(device: str, batch_size: int) -> str:
    """Check that a device exists and set torch up for batches of that size.

    On a CPU small batches get one thread: a network this small may run slower on several. Others get as
    many as ``OMP_NUM_THREADS`` says, all cores by default.

    Raises:
        SettingsError: there is no such device here.
    """
    try:
        kind = torch.device(device).type
    except RuntimeError as error:
        raise SettingsError(f"--device {device!r}: {str(error).split(':')[0]}") from error
    if kind == "cuda" and not torch.cuda.is_available():
        raise SettingsError(f"--device {device}: this machine has no usable GPU; try --device cpu")
    if kind == "cpu":
        is_large = batch_size >= WORTH_THREADS
        wanted = os.environ.get("OMP_NUM_THREADS", "")
        threads = int(wanted) if wanted.isdecimal() else os.cpu_count()
        torch.set_num_threads(max(1, threads or 1) if is_large else 1)
    return device
