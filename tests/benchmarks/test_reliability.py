"""The longer runs of faults find what is wrong, and say how to repeat it."""

import json
import time
from collections import Counter

import pytest

from benchmarks.reliability import (
    PARTS,
    CaseFailed,
    Figures,
    Part,
    call,
    main,
    try_part,
    write_figures,
)
from tests.answers import draw_answer


def test_every_wrong_case_is_counted_and_named_by_its_number():
    def case(number):
        if number == 4:
            raise CaseFailed("lost a row")
        if number == 5:
            return str([][number])
        if number == 6:
            time.sleep(5)
        return "fine"

    figures = try_part("some", Part(5, 0.05, lambda directory: case), tries=5, seed=3)
    assert figures.tries == 5
    assert figures.outcomes == {"fine": 2, "failed": 3}
    lost, crashed, slow = figures.failures
    assert lost.startswith("case 4: CaseFailed")
    assert lost.endswith("lost a row")
    assert crashed.startswith("case 5: IndexError at test_reliability.py:")
    assert slow.startswith("case 6: TooSlow")


def test_a_number_always_draws_the_same_answer():
    assert draw_answer(7) == draw_answer(7) != draw_answer(8)


def test_a_command_ends_well_or_is_refused_in_one_line(tmp_path):
    assert call(["report", str(tmp_path)]) == "refused in one line"
    assert call(["ask", "observed a key"], tmp_path) == "done"


@pytest.mark.slow
@pytest.mark.parametrize("part", [part for part in PARTS if part != "kills"])
def test_some_cases_of_every_part(part):
    """Nothing is written: the published figures come from many more. Kills are in tests/test_kills.py."""
    assert main(["--only", part, "--tries", "3", "--seed", "1000"]) == 0


def test_parts_that_were_not_run_keep_their_figures(tmp_path):
    file = tmp_path / "figures.json"
    for name, tries in (("parser", 1), ("kills", 2), ("parser", 3)):
        write_figures(file, name, Figures(tries, Counter(fine=tries)), seed=0)
    figures = json.loads(file.read_text())
    assert {name: part["tries"] for name, part in figures.items()} == {"parser": 3, "kills": 2}
    assert figures["kills"]["outcomes"] == {"fine": 2}
    assert {"command", "commit", "seconds", "failures"} < figures["kills"].keys()
