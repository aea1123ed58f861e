"""Programs of a model: what works, what they cannot do, and that nothing is left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from core.errors import SandboxError
from sandbox.programs import Programs
from tests.sandbox.attacks import HARMLESS_IN_MONTY, SLOW, attacks

ROOT = Path(__file__).resolve().parents[2]
NAMES = list(attacks(Path(), 0, 0))


@pytest.fixture(scope="module")
def programs():
    with Programs() as running:
        yield running


@pytest.fixture(scope="module")
def in_monty():
    with Programs(in_monty=True) as running:
        yield running


@pytest.fixture(params=["programs", "in_monty"])
def either(request):
    return request.getfixturevalue(request.param)


def test_a_program_that_ends_has_no_error(either):
    assert either.run("x = 1 + 1\nprint('hello', x)") == type(either.run(""))("", "", "hello 2\n")


def test_the_value_of_an_expression_after_it(either):
    assert either.run("def f(n):\n    return [n, str(n)]", "f(3)").value == "[3, '3']"


@pytest.mark.parametrize(
    ("source", "beginning"),
    [
        ("assert 1 == 2", "AssertionError"),
        ("raise ValueError('no\\nsecond line')", "ValueError: no"),
        ("def f(:", "SyntaxError: "),
        ("while True: pass", "time limit of 1 s"),
        ("x = 'a' * 2 ** 31", "memory limit of 1 GiB"),
        ("undefined", "NameError: name 'undefined' is not defined"),
    ],
)
def test_an_error_is_one_line(either, source, beginning):
    error = either.run(source, seconds=1).error
    assert error.startswith(beginning)
    assert "\n" not in error


def test_texts_of_a_program_are_cleaned(either):
    outcome = either.run("print('\\x1b[31m' + chr(0xd800))\nraise ValueError('\\x1b[31m')")
    assert "\x1b" not in outcome.printed + outcome.error
    (outcome.printed + outcome.error).encode()


def test_the_name_of_an_error_is_one_line(programs):
    assert programs.run("raise type('A\\nB', (Exception,), {})").error == "A B"


def test_an_error_in_the_expression_is_an_error(either):
    assert either.run("x = 1", "x / 0").error.startswith("ZeroDivisionError")


def test_long_texts_are_cut(programs):
    outcome = programs.run(
        "print('a' * 10 ** 6)\nx = 'b' * 10 ** 6\nraise ValueError('c' * 10 ** 6)"
    )
    assert (len(outcome.printed), len(outcome.error)) == (64_000, 1_000)
    assert len(programs.run("x = 'b' * 10 ** 6", "x").value) == 10_000


def test_programs_share_nothing(either):
    """Reflexion's own harness ran all in one namespace, and one program's ``sum`` failed the next ones."""
    either.run("import math\nmath.pi = 3\ndef sum(x):\n    return 0")
    assert either.run("import math", "(sum([1, 2]), math.pi > 3.1)").value == "(3, True)"


def test_the_usual_modules_are_there(programs):
    source = (
        "from typing import *\nimport collections, dataclasses, datetime, decimal, hashlib, heapq, itertools, random, re, string\n"
        "@dataclasses.dataclass\nclass Point:\n    x: 'int' = 0\n"
        "class Pair(NamedTuple):\n    a: int\n"
        "day = datetime.datetime.strptime('2020-02-29', '%Y-%m-%d').weekday()"
    )
    assert programs.run(source, "(Point(), Pair(1), day)").value == "(Point(x=0), Pair(a=1), 5)"


def test_sets_have_the_same_order_each_time(programs):
    values = {programs.run("", "list({'a', 'b', 'c', 'd', 'e'})").value for _ in range(3)}
    assert len(values) == 1


def test_many_threads_get_their_own_outcomes(programs):
    with ThreadPoolExecutor(8) as pool:
        values = pool.map(lambda n: programs.run(f"x = {n}", "x").value, range(64))
        assert list(values) == [str(n) for n in range(64)]


@pytest.fixture(scope="module")
def target(tmp_path_factory, programs, in_monty):
    """A folder with a secret, a server that waits for connections, and the processes below this one."""
    programs.run(""), in_monty.run("")
    folder = tmp_path_factory.mktemp("target")
    (folder / "secret.txt").write_text("secret")
    (folder / "module.py").write_text("x = 1")
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield folder, server, descendants()


def descendants():
    """Processes below this one."""
    return {each.pid for each in psutil.Process().children(recursive=True)}


def check(programs, name, target, new_workers=0):
    folder, server, processes = target
    before = sorted(folder.iterdir())
    outcome = programs.run(attacks(folder, server.getsockname()[1], os.getpid())[name], seconds=1)
    assert outcome.error
    assert sorted(folder.iterdir()) == before
    assert (folder / "secret.txt").read_text() == "secret"
    server.settimeout(0)
    with pytest.raises(BlockingIOError):
        server.accept()
    assert wait_for(lambda: len(descendants() - processes) <= new_workers)
    assert programs.run("x = 1", "x").value == "1"


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in NAMES]
)
def test_no_attack_succeeds_in_a_locked_process(name, programs, target):
    check(programs, name, target)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if name not in HARMLESS_IN_MONTY])
def test_no_attack_succeeds_in_monty(name, in_monty, target):
    check(in_monty, name, target, new_workers=2)  # those that were stopped are replaced


def wait_for(condition, seconds=5):
    end = time.monotonic() + seconds
    while not (is_so := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return is_so


def test_where_the_kernel_takes_no_filter_programs_run_in_monty_and_a_line_says_so():
    code = (
        "import errno, pyseccomp\n"
        "rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)\n"
        "rules.add_rule(pyseccomp.ERRNO(errno.EPERM), 'seccomp')\n"
        "PR_SET_SECCOMP = 22\n"
        "rules.add_rule(pyseccomp.ERRNO(errno.EPERM), 'prctl', pyseccomp.Arg(0, pyseccomp.EQ, PR_SET_SECCOMP))\n"
        "rules.load()\n"
        "from sandbox.programs import Programs\n"
        "with Programs() as programs:\n"
        "    print(programs.run('x = 1', 'x').value)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ended.stdout == "1\n"
    assert "cannot be locked here: the kernel takes no filter" in ended.stderr
    assert "pydantic-monty" in ended.stderr


def test_a_starter_that_is_killed_gives_no_verdict():
    with Programs() as programs, ThreadPoolExecutor(1) as pool:
        programs.run("")
        running = pool.submit(programs.run, "while True: pass", "", 20)

        def starters():
            return [each for each in psutil.Process().children() if each.children()]

        assert wait_for(starters)
        for starter in starters():
            starter.kill()
        with pytest.raises(SandboxError, match="has ended"):
            running.result()
        with pytest.raises(SandboxError, match="has ended"):
            programs.run("x = 1")


def test_everything_ends_with_the_process_that_runs_programs():
    code = (
        "import threading, time\n"
        "from sandbox.programs import Programs\n"
        "with Programs() as programs:\n"
        "    wait = 'import threading; threading.Event().wait()'\n"
        "    threading.Thread(target=programs.run, args=(wait, '', 100), daemon=True).start()\n"
        "    time.sleep(0.5)\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(100)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"ready\n"
        started = psutil.Process(process.pid).children(recursive=True)
        assert len(started) == 2
        process.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(started, timeout=5)
    assert alive == []
