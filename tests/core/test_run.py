"""A run directory is locked by one process, and cleared completely."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import RunDirectoryError, SettingsError
from core.run import CHECKPOINT, CONFIG, METRICS, MODEL, RunDirectory
from core.settings import EvalSettings, TrainSettings, from_json

ROOT = Path(__file__).resolve().parents[2]

HOLD = """
import sys
from core.run import RunDirectory
from core.settings import EvalSettings

with RunDirectory.of(EvalSettings(save_name="x", logdir=sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def python(code, *arguments, **streams):
    """Run code in another process."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, **streams)


@pytest.fixture
def settings(tmp_path):
    return EvalSettings(save_name="x", logdir=str(tmp_path))


@pytest.fixture
def run(settings):
    with RunDirectory.of(settings) as directory:
        yield directory


def contents(path):
    return sorted(entry.name for entry in path.iterdir())


def test_the_path_is_group_task_and_name(tmp_path):
    run = RunDirectory(tmp_path / "log", "react", "alfworld", "r1")
    assert run.path == tmp_path / "log" / "react" / "alfworld" / "r1"


def test_settings_name_their_directory(tmp_path):
    settings = TrainSettings(
        task="keyINbox", algo="vpg_ratio", save_name="Run 1", logdir=str(tmp_path / "log")
    )
    run = RunDirectory.of(settings)
    assert run.path == tmp_path / "log" / "vpg_ratio" / "keyinbox" / "Run 1"
    assert run.file("acmodel.pt") == run.path / "acmodel.pt"
    assert contents(tmp_path) == []  # nothing is made before it is entered


def test_an_unknown_task_has_no_directory(tmp_path):
    with pytest.raises(SettingsError, match="unknown task 'Maze'"):
        RunDirectory.of(EvalSettings(task="Maze", save_name="x", logdir=str(tmp_path)))


@pytest.mark.parametrize("end", ["left", "killed"])
def test_another_process_locks_the_directory_until_it_ends(settings, tmp_path, end):
    with python(HOLD, tmp_path, stdin=subprocess.PIPE) as other:
        try:
            assert other.stdout.readline() == "held\n"
            with pytest.raises(RunDirectoryError) as error, RunDirectory.of(settings):
                pass
            path = tmp_path / "ppo" / "simpledoorkey" / "x"
            assert str(error.value).startswith(f"{path} is in use by another process")
            assert "--save_name" in str(error.value)
        finally:
            if end == "killed":
                other.kill()
            else:
                other.stdin.close()
            other.wait(timeout=60)
    with RunDirectory.of(settings) as mine:
        assert mine.path == path


def test_other_runs_are_not_locked(settings, tmp_path):
    with (
        RunDirectory.of(settings),
        RunDirectory.of(EvalSettings(save_name="y", logdir=str(tmp_path))),
    ):
        assert contents(tmp_path / "ppo" / "simpledoorkey") == ["x", "y"]


def test_an_error_releases_the_lock(settings):
    first = RunDirectory.of(settings)
    with pytest.raises(ZeroDivisionError), first:
        raise ZeroDivisionError
    with RunDirectory.of(settings) as second:
        assert second.path == first.path


def test_a_directory_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("in the way")
    settings = EvalSettings(save_name="x", logdir=str(tmp_path / "file"))
    with pytest.raises(RunDirectoryError) as error, RunDirectory.of(settings):
        pass
    path = tmp_path / "file" / "ppo" / "simpledoorkey" / "x"
    assert str(error.value) == f"{path} cannot be written: Not a directory"


@pytest.mark.parametrize(
    ("names", "holds_training"),
    [([], False), ([CONFIG, METRICS], False), ([CHECKPOINT], True), ([MODEL], True)],
)
def test_a_model_or_a_checkpoint_is_a_training_run(run, names, holds_training):
    for name in names:
        run.file(name).touch()
    assert run.holds_training is holds_training


def test_the_config_has_settings_versions_and_commit(run):
    settings = TrainSettings(save_name="x", run_seed_list=(1, 2), lr=0.5)
    run.write_config("train", settings)
    config = json.loads(run.file(CONFIG).read_text())
    assert config["method"] == "train"
    assert from_json(TrainSettings, config["settings"]) == settings
    # the project's own version is there where it is installed
    versions = set(config["versions"]) - {"when-to-ask"}
    assert versions == {"python", "torch", "gymnasium", "minigrid", "numpy"}
    assert config["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert config["commit"] is None or config["commit"]
