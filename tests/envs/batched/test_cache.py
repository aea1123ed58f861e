"""Compiled code is kept where only its user can write, and a damaged file counts as none."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numba
import pytest
from numba import types

from core.errors import SettingsError
from envs.batched.cache import KernelCache, candidates, private_directory

ROOT = Path(__file__).resolve().parents[3]
NOBODY = 65534
READS_ALL = "+dac_read_search"  # Python itself may be installed where only root reads
AS_NOBODY = f"setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups".split()
AS_NOBODY += ["--inh-caps", READS_ALL, "--ambient-caps", READS_ALL]


def test_the_first_directory_that_can_be_written_is_taken(tmp_path):
    (tmp_path / "file").touch()
    found = private_directory([tmp_path / "file", tmp_path / "new" / "er", tmp_path], "kernels")
    assert found == tmp_path / "new" / "er" / "kernels"
    assert found.stat().st_mode & 0o777 == 0o700
    assert private_directory([tmp_path / "new" / "er"], "kernels") == found
    with pytest.raises(SettingsError, match="NUMBA_CACHE_DIR"):
        private_directory([tmp_path / "file"], "kernels")


def test_a_directory_that_others_can_write_is_not_used(tmp_path):
    open_to_all = tmp_path / "open"
    (open_to_all / "kernels").mkdir(parents=True)
    (open_to_all / "kernels").chmod(0o777)
    mine = tmp_path / "mine"
    assert private_directory([open_to_all, mine], "kernels").parent == mine
    (open_to_all / "kernels").chmod(0o700)
    open_to_all.chmod(0o777)  # others could put their own directory in its place
    assert private_directory([open_to_all, mine], "kernels").parent == mine
    open_to_all.chmod(0o1777)  # as /tmp: only the owner can replace it
    assert private_directory([open_to_all, mine], "kernels").parent == open_to_all


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives directories away")
def test_a_directory_of_another_user_is_not_used(tmp_path):
    for place in (tmp_path / "a" / "kernels", tmp_path / "b"):
        place.mkdir(parents=True)
        os.chown(place, NOBODY, NOBODY)
    found = private_directory([tmp_path / name for name in "abc"], "kernels")
    assert found == tmp_path / "c" / "kernels"


def test_what_the_user_names_comes_first(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert list(candidates(ROOT))[:2] == [tmp_path, ROOT / "__pycache__"]
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    assert next(candidates(ROOT)) == ROOT / "__pycache__"


def test_compiled_code_is_loaded_again_unless_it_is_damaged(tmp_path):
    def add(a, b):
        return a + b

    compiled = numba.njit(add)
    compiled._cache = KernelCache(add, tmp_path)
    assert compiled(1, 2) == 3
    [file] = tmp_path.iterdir()
    whole = file.read_bytes()

    def load(*sig):
        return KernelCache(add, tmp_path).load_overload(sig, compiled.targetctx)

    assert load(types.int64, types.int64).entry_point is not None
    assert load(types.float64, types.int64) is None
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for content in (bytes(flipped), whole[:-1], b""):
        file.write_bytes(content)
        assert load(types.int64, types.int64) is None
    file.unlink()
    assert load(types.int64, types.int64) is None


@pytest.fixture
def foreign_source():
    """A copy of the source that another user can read but not write, and a directory of that user."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        listed = subprocess.run(
            ["git", "ls-files", "*.py", "*.json"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for file in listed.stdout.split():
            copy = place / "source" / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, copy)
        (place / "own").mkdir()
        os.chown(place / "own", NOBODY, NOBODY)
        yield place


@pytest.mark.slow
@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None, reason="only root becomes another user"
)
def test_another_user_without_a_home_whose_source_is_read_only(foreign_source):
    """As in a container that runs as another user."""
    own = foreign_source / "own"

    def run(code, **variables):
        return subprocess.run(
            [*AS_NOBODY, sys.executable, "-B", *code],
            cwd=foreign_source / "source",
            env={
                "PATH": os.environ["PATH"],
                "HOME": "/nonexistent",
                "TMPDIR": str(own),
                **variables,
            },
            capture_output=True,
            text=True,
            timeout=240,
        )

    show = ["-c", "from envs.batched import kernel; print(kernel.compiled_flag(10).parent.parent)"]
    assert run(show).stdout.strip() == str(own / f"when2ask-{NOBODY}")
    assert run(show, NUMBA_CACHE_DIR=str(own / "x")).stdout.strip() == str(own / "x")
    assert run(show, XDG_CACHE_HOME=str(own)).stdout.strip() == str(own / "when2ask")

    shutil.rmtree(own / f"when2ask-{NOBODY}")
    (own / f"when2ask-{NOBODY}").mkdir()  # root's
    flags = ["main.py", "train", "--save_name", "x", "--logdir", str(own / "log"), "--n_itr", "1"]
    flags += ["--traj_per_itr", "2", "--num_envs", "2", "--eval_every", "0"]
    done = run(flags)
    assert done.returncode == 0, done.stderr
    assert "the rooms are stepped by --engine readable" in done.stdout
    assert "Traceback" not in done.stderr
    refused = run([*flags, "--overwrite", "--engine", "batched"])
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1].startswith("error: compiled code can be kept nowhere")
