"""The GIFs of README: three policies on one evaluation seed."""

import pytest

from benchmarks.figures import main as figures
from main import main


@pytest.mark.slow
def test_gif_for_each_policy(tmp_path, capsys):
    """A mediator that is hardly trained asks at every other step, and that opens the door."""
    flags = [
        "--save_name",
        "run",
        "--n_itr",
        "1",
        "--traj_per_itr",
        "2",
        "--num_envs",
        "2",
        "--eval_every",
        "0",
    ]
    assert main(["train", *flags, "--logdir", str(tmp_path / "log")]) == 0
    run = tmp_path / "log" / "ppo" / "simpledoorkey" / "run"
    figures([str(run), "--out", str(tmp_path / "img")])
    assert "always.gif: evaluation seed " in capsys.readouterr().out
    for policy in ("learned", "baseline", "always"):
        assert (tmp_path / "img" / f"{policy}.gif").read_bytes().startswith(b"GIF89a")


def test_run_directory_is_named_in_the_help(capsys):
    with pytest.raises(SystemExit) as done:
        figures(["--help"])
    assert done.value.code == 0
    assert "directory of a trained run" in capsys.readouterr().out
