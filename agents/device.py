"""Where networks compute."""

import torch

from core.errors import SettingsError


def prepare(device: str) -> str:
    """Check that a device exists and set torch up for it.

    On a CPU one thread is taken: a network this small runs up to ten times slower on several.

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
        torch.set_num_threads(1)
    return device
