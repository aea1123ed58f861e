"""Compiled code that is kept on disk is that of the right rooms."""

import subprocess
import sys

CODE = """
import numba, numpy as np
from envs.batched import kernel
from envs.batched.state import room_dtype
codes = {size: numba.typeof(np.zeros(1, room_dtype(size))).dtype.mangling_args for size in (SIZES)}
print(codes[10], codes[16])
"""


def test_names_of_compiled_functions_do_not_depend_on_which_rooms_came_first():
    """Two sizes, met in one order and in the other, in a process each."""
    names = set()
    for order in ("10, 16", "16, 10"):
        done = subprocess.run(
            [sys.executable, "-c", CODE.replace("SIZES", order)],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        names.add(done.stdout)
    [line] = names
    first, second = line.strip().replace(") (", ")|(").split("|")
    assert first != second
