"""Number of threads of a computation with a large network."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from core.threads import wanted_threads


@contextmanager
def all_threads(num_processes: int = 1) -> Iterator[None]:
    """Use all cores inside; elsewhere the process uses one, which is faster for small networks.

    Args:
        num_processes: which share the cores.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(wanted_threads(num_processes))
    try:
        yield
    finally:
        torch.set_num_threads(before)
