"""Which cases an experiment of eto plays."""

import pytest

from agents.eto.experiment import choose_cases
from agents.eto.tuning_run import in_run
from core.settings import EtoSettings

FLAGS = {"save_name": "x", "task": "gripper", "train_num": 4, "dev_num": 1, "test_num": 1}


@pytest.mark.parametrize(
    ("explore_num", "explored", "line"),
    [
        (2, [0, 2], ""),
        (4, [0, 1, 2, 3], ""),
        (
            5,
            [0, 1, 2, 3],
            "warning: --explore_num 5: there are 4 training cases (--train_num), and all are explored\n",
        ),
        (0, [0, 1, 2, 3], ""),
    ],
)
def test_more_cases_to_explore_than_there_are_is_said(
    tmp_path, capsys, explore_num, explored, line
):
    settings = EtoSettings(**FLAGS, explore_num=explore_num, logdir=str(tmp_path))
    with in_run("eto", settings) as run:
        cases = choose_cases(run, settings)
    assert cases.explored == [cases.train[number] for number in explored]
    assert capsys.readouterr().err == line
