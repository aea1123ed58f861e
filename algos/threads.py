"""Number of threads of a computation with a large network."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from core.threads import wanted_threads


@contextmanager
def all_threads() -> Iterator[None]:
    """Use all cores inside; elsewhere the process uses one, which is faster for small networks."""
    before = torch.get_num_threads()
    torch.set_num_threads(wanted_threads())
    try:
        yield
    finally:
        torch.set_num_threads(before)
