"""Number of threads of a computation."""

import os


def wanted_threads(num_processes: int = 1) -> int:
    """Threads of each of some processes: the first number of ``OMP_NUM_THREADS``; without one, its share of the cores.

    OpenMP allows a list there, one number for each level of nested parallelism.
    """
    first, _, _ = os.environ.get("OMP_NUM_THREADS", "").partition(",")
    cores = (os.cpu_count() or 1) // num_processes
    return max(1, int(first) if first.strip().isdecimal() else cores)
