"""Kernels that are cached on disk fit the rooms they are loaded for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

CODE = """
import numba, numpy as np
from envs.batched import kernel
from envs.batched.state import room_dtype
codes = {size: numba.typeof(np.zeros(1, room_dtype(size))).dtype.mangling_args for size in (SIZES)}
print(codes[10], codes[16])
"""


def test_kernel_names_do_not_depend_on_the_order_of_grid_sizes():
    """Two grid sizes in both orders, each in a new process."""
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


@pytest.mark.slow
def test_without_a_compiler_one_line_names_the_other_engine(tmp_path):
    command = [sys.executable, "main.py", "baseline", "--test_num", "1", "--logdir", str(tmp_path)]
    for engine, status in (("auto", 0), ("readable", 0), ("batched", 2)):
        done = subprocess.run(
            [*command, "--engine", engine],
            cwd=ROOT,
            env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == status, done.stderr
        lines = (done.stdout + done.stderr).splitlines()
        said = [line for line in lines if "NUMBA_DISABLE_JIT" in line]
        assert len(said) == (engine != "readable")
        assert all("--engine readable" in line for line in said)
