"""How many threads torch gets."""

import os
import subprocess
import sys

import pytest

CODE = (
    "import torch; from runner.device import THREADS_FROM, set_up_device; "
    "set_up_device('cpu', THREADS_FROM - {less}); print(torch.get_num_threads())"
)


@pytest.mark.parametrize(
    ("wanted", "less", "threads"),
    [("3,2", 0, 3), ("3", 1, 1)]
    + [
        pytest.param(*case, marks=pytest.mark.slow)
        for case in (("3", 0, 3), ("none", 0, os.cpu_count()), ("0", 0, 1))
    ],
)
def test_large_batches_of_images_get_several_threads(wanted, less, threads):
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(less=less)],
        env={**os.environ, "OMP_NUM_THREADS": wanted},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert int(done.stdout) == threads
