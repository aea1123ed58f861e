"""Whoever follows one of CONTRIBUTING's lists ends with something that runs, and with all tests passing."""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from core.files import read_lines
from core.learning_text import CREATE_CUE
from core.library import LEARNED_HEADING
from envs.batched.kernel import compiled_flag
from tests.planner.fake_server import completion
from tests.repository import ROOT, copy_repository, environment_of_copies

BLOCK = re.compile(r"^ *```(\w+) ?(\S*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
QUICK = "not slow and not gpu and not llm"
"""As in `make test`."""
STEP = re.compile(r"^\d\. ", re.MULTILINE)


def steps(title):
    """The code blocks of each step of a list, in order: triples of language, name of the file if it is a new one, and code."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    section = text.split(f"## {title}\n")[1].split("\n## ")[0]
    return [
        [(language, file, textwrap.dedent(code)) for language, file, code in BLOCK.findall(step)]
        for step in STEP.split(section)[1:]
    ]


def apply(code, root):
    """Change a file as a diff without line numbers says; its old lines must be there once."""
    header, *lines = code.splitlines()
    file = root / header.removeprefix("+++ ")
    old, new = (
        "".join(f"{line[1:]}\n" for line in lines if line[0] != other) for other in ("+", "-")
    )
    text = file.read_text()
    assert text.count(old) == 1, code
    file.write_text(text.replace(old, new))


def carry_out(step, root, typed="", url=""):
    """Do what a step says: write files, change them, run commands; returns what these print.

    `typed` stands on their standard input, `url` in place of URL.
    """
    python = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shown = ""
    for language, file, code in step:
        if language == "diff":
            apply(code, root)
        elif file:
            (root / file).write_text(code)
        else:
            done = subprocess.run(
                code.replace("URL", url),
                shell=True,
                cwd=root,
                input=typed,
                capture_output=True,
                text=True,
                env=environment_of_copies(PATH=python, PYTHONPATH=str(root)),
            )
            assert done.returncode == 0, done.stderr[-3000:]
            shown += done.stdout
    return shown


def run_tests(root, selection, *files):
    """Quick tests of the copy; a summary of what was passed, skipped and failed."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", QUICK]
    done = subprocess.run(
        [*command, "-k", selection, *files],
        cwd=root,
        env=environment_of_copies(),
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


@pytest.fixture
def root(tmp_path):
    """A copy, with what is compiled here, if anything is: it serves until a step changes what is compiled."""
    root = copy_repository(tmp_path / "repository")
    kernels = compiled_flag(10).parent
    if kernels.exists():  # otherwise the copy compiles them
        shutil.copytree(kernels, root / "envs" / "batched" / "__pycache__" / kernels.name)
    return root


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_steps_for_a_new_task_end_with_all_tests_passing(root):
    """Of the tests, those that have the task among their parameters, and those over all tasks."""
    *until_it_trains, faster = steps("Add a task")
    assert len(until_it_trains) == 3
    for step in until_it_trains:
        carry_out(step, root)
    everywhere = "ClearDoorKey or readme or every_task or all_tasks or layout"
    assert "layouts.py does not draw ClearDoorKey" in run_tests(root, everywhere)
    carry_out(faster, root)
    compared = run_tests(root, "ClearDoorKey", "tests/envs/batched", "tests/runner")
    assert "does not draw" not in compared


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_steps_for_a_new_model_end_with_one_that_answers(root):
    """Two rooms are played by one who types only that they explore."""
    write, register, ask, _ = steps("Add a model")
    carry_out(write, root)
    carry_out(register, root)
    shown = carry_out(ask, root, typed="explore\n\n" * 100)
    assert "act on SimpleDoorKey, typed" in shown
    assert "of 100 answers 0 named an invalid action" in shown
    run_tests(root, "planner", "tests/agents/test_methods.py")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_steps_for_a_new_text_method_end_with_a_verb(root):
    write, register, show, _ = steps("Add a text method")
    carry_out(write, root)
    carry_out(register, root)
    assert "reminded on gripper" in carry_out(show, root)
    run_tests(root, "reminded or readme_shows", "tests/agents/test_methods.py", "tests/test_docs.py")  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_steps_for_a_new_text_world_end_with_one_that_is_played(root, server):
    """A model that halves what is left finds each number in seven guesses; its function does so in one decision."""
    server.script = [halve]
    write, prompt, register, as_functions, _ = steps("Add a text world")
    for step in (write, prompt):
        carry_out(step, root)
    carry_out(register, root, url=server.url)
    carry_out(as_functions, root, url=server.url)
    decisions = {
        path.relative_to(root / "log").parts[0]: [
            len(episode["steps"]) if episode["success"] else None for episode in read_lines(path)
        ]
        for path in (root / "log").glob("*/number/*/eval*/episodes.jsonl")
    }
    assert set(decisions) == {"act", "code_as_policy", "learnact"}
    assert decisions["act"] == decisions["code_as_policy"]
    assert all(1 < number <= 7 for number in decisions["act"])
    assert decisions["learnact"] == [1, 1]
    run_tests(root, "number", "tests/envs/text/test_worlds.py")


SEARCH = '''\
```python
def search(low, high):
    """Find the number between two others."""
    while True:
        middle = (low + high) // 2
        told = guess(middle)
        if "too low" in told:
            low = middle + 1
        elif "too high" in told:
            high = middle - 1
        else:
            return
```'''


def halve(document):
    """What a model says that halves what is left, in guesses or in code; as a learner, it writes a function for it."""
    system, *rest = [message["content"] for message in document["messages"]]
    low, high = 1, 100
    for number, told in re.findall(r"(\d+) is too (low|high)", "\n".join(rest)):
        low, high = (int(number) + 1, high) if told == "low" else (low, int(number) - 1)
    if rest[-1].endswith(CREATE_CUE):
        return completion(SEARCH)
    if LEARNED_HEADING in system + rest[-1]:
        return completion("```python\nsearch(1, 100)\n```")
    middle = (low + high) // 2
    if "```python" in system:
        return completion(f"```python\nguess({middle})\n```")
    return completion(f"guess {middle}")
