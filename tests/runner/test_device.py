"""How many threads torch gets."""

import os
import subprocess
import sys

import pytest

CODE = """
import torch
from runner.device import THREADS_FROM, set_up_device

for batch_size in (THREADS_FROM, THREADS_FROM - 1):
    set_up_device("cpu", batch_size)
    print(torch.get_num_threads())
"""


@pytest.mark.parametrize(
    ("wanted", "threads"),
    [
        ("3,2", 3),
        pytest.param("3", 3, marks=pytest.mark.slow),
        pytest.param("none", os.cpu_count(), marks=pytest.mark.slow),
        pytest.param("0", 1, marks=pytest.mark.slow),
    ],
)
def test_large_batches_of_images_get_several_threads_and_smaller_ones_one(wanted, threads):
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env={**os.environ, "OMP_NUM_THREADS": wanted},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == [str(threads), "1"]
