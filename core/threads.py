"""How many threads a computation may have."""

import os


def wanted_threads() -> int:
    """As many as ``OMP_NUM_THREADS`` says, all cores by default.

    OpenMP takes a list there, too, one number for each level of nesting: the first counts.
    """
    first, _, _ = os.environ.get("OMP_NUM_THREADS", "").partition(",")
    return max(1, int(first) if first.strip().isdecimal() else os.cpu_count() or 1)
