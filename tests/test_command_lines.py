"""Any command line is carried out or refused with one line."""

from contextlib import chdir

import pytest
from hypothesis import HealthCheck, example, given, settings

import main
from tests.command_lines import (
    QUICK_VERBS,
    SLOW_FLAGS,
    are_finite,
    command_lines,
    settings_of,
)


@given(line=command_lines())
@example(line=["baseline", "--temperature=--"])
@example(line=["baseline", "--temperature=-0.0"])
@example(line=["baseline", "--token_prices", "inf", "1"])
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_a_command_line_makes_finite_settings_or_is_refused(line):
    made = settings_of(line)
    assert made is None or are_finite(made)


@pytest.mark.slow
@given(line=command_lines(QUICK_VERBS, SLOW_FLAGS))
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_a_command_ends_with_its_result_or_with_one_line(line, tmp_path_factory, capsys):
    more = ["--test_num", "1"] if line[0] in ("baseline", "act") else []
    try:
        with chdir(tmp_path_factory.mktemp("log")):
            status = main.main([*line, *more])
    except SystemExit as ended:
        status = ended.code
    _, err = capsys.readouterr()
    assert status in (0, 2)
    if status:
        assert err.splitlines()[-1].startswith("error: ")
        assert len(err.splitlines()) == 1 or "compiling" in err
