"""A new run replaces an old one at once: a process that is killed leaves the files of one of them, never of both."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.run import CHECKPOINT, CONFIG, EPISODES, EVALUATION, METRICS, MODEL, REPORT, RunDirectory

ROOT = Path(__file__).resolve().parents[2]
OLD = dict.fromkeys(
    (
        CONFIG,
        MODEL,
        CHECKPOINT,
        METRICS,
        REPORT,
        f"{METRICS}.damaged",
        "events.out.tfevents.1.host.2.0",
        f"{EVALUATION}/{EPISODES}",
        f"{EVALUATION}/episode_000.gif",
    ),
    "old",
)
NEW = dict.fromkeys((CONFIG, MODEL, CHECKPOINT, METRICS, f"{EVALUATION}/{EPISODES}"), "new")
OTHERS = {"notes.txt": "mine"}


def write(files, path_of):
    for name, content in files.items():
        path_of(name).parent.mkdir(parents=True, exist_ok=True)
        path_of(name).write_text(content)


def contents(path):
    """Every file but the lock, and its content."""
    files = (one for one in path.rglob("*") if one.is_file() and one.name != ".lock")
    return {one.relative_to(path).as_posix(): one.read_text() for one in files}


def visible(path):
    return {name: text for name, text in contents(path).items() if not name.startswith(".")}


def run_of(tmp_path):
    return RunDirectory(tmp_path, "ppo", "task", "x")


@pytest.fixture
def old(tmp_path):
    """The directory of an old run."""
    run = run_of(tmp_path)
    write({**OLD, **OTHERS}, run.file)
    return run


def test_a_new_run_without_an_old_one_is_in_its_place_from_the_start(tmp_path):
    with run_of(tmp_path) as run:
        run.begin()
        write(NEW, run.file)
        assert not run.is_replacing
        assert contents(run.path) == NEW
        run.publish()
    assert contents(run.path) == NEW


def test_an_old_run_stays_until_the_new_one_is_published(old):
    with old as run:
        run.begin()
        write(NEW, run.file)
        assert run.is_replacing
        assert visible(run.path) == {**OLD, **OTHERS}
        run.publish()
        assert not run.is_replacing
        assert contents(run.path) == {**NEW, **OTHERS}
        assert run.file(MODEL).read_text() == "new"


def test_a_link_in_an_old_run_is_removed_and_what_it_names_stays(tmp_path, old):
    """An evaluation may have been moved to another disk."""
    elsewhere = tmp_path / "elsewhere"
    old.file(EVALUATION).rename(elsewhere)
    old.file(EVALUATION).symlink_to(elsewhere)
    with old as run:
        run.begin()
        write(NEW, run.file)
        run.publish()
        assert contents(run.path) == {**NEW, **OTHERS}
    assert (elsewhere / EPISODES).read_text() == "old"


def test_an_empty_new_run_replaces_nothing(old):
    (old.path / ".draft-whole").mkdir()
    with old as run:
        assert contents(run.path) == {**OLD, **OTHERS}


def test_what_is_no_run_is_no_old_run(tmp_path):
    run = run_of(tmp_path)
    write(OTHERS, run.file)
    with run:
        run.begin()
        assert not run.is_replacing


def test_a_new_run_that_was_not_published_can_be_continued_or_dropped(old):
    with old as run:
        run.begin()
        write(NEW, run.file)
    assert old.file(MODEL).read_text() == "old"
    with old as run:
        assert run.open_draft()
        assert run.file(MODEL).read_text() == "new"
    with old as run:
        run.drop_draft()
        assert contents(run.path) == {**OLD, **OTHERS}
        assert not run.open_draft()


def test_what_killed_processes_left_of_files_is_removed_when_the_directory_is_locked(old):
    left = [".acmodel.pt.12.tmp", f"{EVALUATION}/.summary.json.345.tmp"]
    write(dict.fromkeys(left, "half"), old.file)
    write({".notes.tmp": "mine"}, old.file)
    with old as run:
        assert contents(run.path) == {**OLD, **OTHERS, ".notes.tmp": "mine"}


KILL_AT_EACH_STEP = """
import itertools, os, shutil, signal, sys
from pathlib import Path
from tests.core.test_replacing import *

def replace(step):
    seen = itertools.count()
    def hook(event, _):
        if event.startswith(("os.", "shutil.", "open")) and next(seen) == step:
            os.kill(os.getpid(), signal.SIGKILL)
    with run_of(place) as run:
        run.begin()
        write(NEW, run.file)
        sys.addaudithook(hook)
        run.publish()
    os._exit(0)

place = Path(sys.argv[1])
for step in itertools.count():
    shutil.rmtree(place, ignore_errors=True)
    path = run_of(place).path
    write({**OLD, **OTHERS}, lambda name: path / name)
    child = os.fork() or replace(step)
    status = os.waitpid(child, 0)[1]
    left = visible(path)
    assert left.pop("notes.txt") == "mine", step
    assert left.items() <= OLD.items() or left.items() <= NEW.items(), (step, left)
    model = run_of(place).file(MODEL).read_text()  # for a process that only reads
    with run_of(place) as run:
        assert run.file(MODEL).read_text() == model, step
        if run.open_draft():
            assert contents(run.path / ".draft") == NEW
            run.drop_draft()
        left = contents(path)
        assert left in ({**OLD, **OTHERS}, {**NEW, **OTHERS}), (step, left)
    if not status:
        break
assert step > 10 and left == {**NEW, **OTHERS}
print(step)
"""


def test_a_process_killed_at_any_step_leaves_the_old_run_or_the_new_one(tmp_path):
    command = [sys.executable, "-c", KILL_AT_EACH_STEP, tmp_path / "log"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
