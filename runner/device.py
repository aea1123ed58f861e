"""Where networks compute."""

import torch

from core.errors import SettingsError
from core.threads import wanted_threads

WORTH_THREADS = 512
"""Pictures in a batch from which on more than one thread pays (docs/PERFORMANCE.md)."""


def set_up_device(device: str, batch_size: int) -> str:
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
    if kind not in ("cpu", "cuda"):
        raise SettingsError(f"--device {device}: cpu, cuda or cuda:N")
    if kind == "cuda" and not torch.cuda.is_available():
        raise SettingsError(f"--device {device}: this machine has no usable GPU; try --device cpu")
    if kind == "cpu":
        is_large = batch_size >= WORTH_THREADS
        torch.set_num_threads(wanted_threads() if is_large else 1)
    return device
