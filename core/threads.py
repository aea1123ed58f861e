"""Number of threads of a computation."""

import os


def wanted_threads() -> int:
    """The first number of ``OMP_NUM_THREADS``; without one, the number of cores.

    OpenMP allows a list there, one number for each level of nested parallelism.
    """
    first, _, _ = os.environ.get("OMP_NUM_THREADS", "").partition(",")
    return max(1, int(first) if first.strip().isdecimal() else os.cpu_count() or 1)
