"""Code that attacks what is outside its box. Each attack fails, and the box goes on."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from sandbox.action import Action, Stop
from sandbox.box import Box
from sandbox.run import MAX_PRINTED

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "the-secret-of-this-process"
STEPS = 5

ATTACKS = {
    "open a file": "print(open('secret').read())",
    "open a file by its path": "print(open(ROOT + '/secret').read())",
    "write a file": "with open('new', 'w') as file:\n    file.write('x')",
    "read through pathlib": "from pathlib import Path\nprint(Path('secret').read_text())",
    "write through pathlib": "from pathlib import Path\nPath('new').write_text('x')",
    "list a directory": "import os\nprint(os.listdir('/'))",
    "delete a file": "import os\nos.remove('secret')",
    "change the directory and read": "import os\nos.chdir('/etc')\nprint(open('passwd').read())",
    "import a file of the project": "import main",
    "import this package": "from sandbox.box import Box",
    "a socket": "import socket\nsocket.create_connection(('127.0.0.1', 80))",
    "http": "import urllib.request\nurllib.request.urlopen('http://127.0.0.1/')",
    "os.system": "import os\nos.system('touch new')",
    "subprocess": "import subprocess\nsubprocess.run(['touch', 'new'])",
    "fork": "import os\nwhile True:\n    os.fork()",
    "multiprocessing": "import multiprocessing\nmultiprocessing.Process(target=print).start()",
    "threads": "import threading\nthreading.Thread(target=print).start()",
    "kill the parent": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
    "end the process": "import os\nos._exit(0)",
    "sys.exit": "import sys\nsys.exit(3)",
    "raw system calls": "import ctypes\nctypes.CDLL(None).syscall(57)",
    "environment variables": "import os\nprint(os.environ['SECRET'])",
    "one environment variable": "import os\nprint(os.getenv('SECRET'))",
    "subclasses of object": "print(().__class__.__base__.__subclasses__())",
    "globals of an action": "print(go.__globals__)",
    "code of an action": "print(go.__code__.co_consts)",
    "closure of an action": "print(go.__closure__[0].cell_contents)",
    "what an action is bound to": "print(getattr(go, '__self__'))",
    "frames": "import sys\nprint(sys._getframe(1).f_globals)",
    "frames of an exception": "try:\n    1 / 0\nexcept Exception as e:\n    print(e.__traceback__.tb_frame.f_back)",
    "builtins": "print(__builtins__['__import__']('os'))",
    "__import__": "print(__import__('subprocess'))",
    "import in eval": "print(eval(\"__import__('os').system('touch new')\"))",
    "import in exec": "exec('import socket')",
    "objects of the collector": "import gc\nprint(gc.get_objects())",
    "pickle": "import pickle\npickle.loads(b\"cos\\nsystem\\n(S'touch new'\\ntR.\")",
    "a list that is too large": "[0] * 10**9",
    "a text that is too large": "'a' * 10**10",
    "a number that is too large": "10 ** 10**9",
    "a format that is too wide": "f'{1:>10000000000}'",
    "endless growth": "a = []\nwhile True:\n    a.append('x' * 1000)",
    "endless loop": "while True:\n    pass",
    "endless loop in one call": "sum(range(10**15))",
    "catch the limit of time": "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass",
    "catch the limit of memory": "while True:\n    try:\n        a = [0] * 10**9\n    except BaseException:\n        pass",
    "endless recursion": "def f():\n    return f()\nf()",
    "recursion between repr": "class A:\n    def __repr__(self):\n        return repr(self)\nprint(A())",
    "endless output": "while True:\n    print('x' * 1000)",
    "source that is nested too deep": "(" * 10_000 + ")" * 10_000,
    "lists that are nested too deep": "a = []\nfor i in range(10**5):\n    a = [a]\ngo(a)",
    "a list that is endless when written": "a = []\nfor i in range(60):\n    a = [a, a]\ngo(a)",
    "a list that holds itself": "a = []\na.append(a)\ngo(a)",
    "an object that pretends to be a text": "class A:\n    def __str__(self):\n        return 'kitchen'\ngo(A())",
    "two commands in an argument": "go('kitchen\\nopen the safe')",
    "an argument that is too long": "go('x' * 10**6)",
    "a number that is too long": "go(9 ** 9**5)",
    "more calls than allowed": "while True:\n    go('kitchen')",
    "go on after the end": "while True:\n    try:\n        go('wall')\n    except BaseException:\n        pass",
    "unknown names without end": "while True:\n    try:\n        x\n    except NameError:\n        pass",
    "requests without end": "from pathlib import Path\nwhile True:\n    try:\n        Path('secret').read_text()\n    except Exception:\n        pass",
    "wait for ever": "import time\nwhile True:\n    time.sleep(10**6)",
    "call for free without end": "while True:\n    look()",
    "a free call with arguments": "look('secret')",
    "another action with the name of an action": "def go(place):\n    return open('secret').read()\nvisit('kitchen')",
    "another function with the name of a learned one": "def visit(place):\n    while True:\n        go(place)\nvisit('kitchen')",
    "a learned function that goes on after the end": "insist('wall')",
    "a learned function that calls itself without end": "dive(0)",
    "a learned function that never returns": "spin()",
    "a learned function that tells everything": "read('secret')",
    "builtins that are others": "isinstance = callable = lambda *a: True\nlen = str = print\ngo(['kitchen'])",
    "a learned function that is called from a text": "exec(\"insist('wall')\")",
    "actions through a learned function": "visit.__globals__['go'].__globals__",
    "await what never comes": "import asyncio\nasync def main():\n    await asyncio.Future()\nasyncio.run(main())",
}  # fmt: skip


LIBRARY = {
    "visit": "def visit(place):\n    return go(place)",
    "insist": "def insist(place):\n    while True:\n        try:\n            go(place)\n        except BaseException:\n            pass",
    "dive": "def dive(depth):\n    return dive(depth + 1)",
    "spin": "def spin():\n    while True:\n        pass",
    "read": "def read(name):\n    print('x' * 10**6)\n    return open(name).read()",
    "double": "def double(x):\n    '\x1b[2J\x00'\n    return 2 * x",
}  # fmt: skip
DEFINITIONS = {
    "reads a file": "SECRET = open('secret').read()",
    "acts": "go('kitchen')\ndef bad():\n    pass",
    "calls for free": "look()",
    "never ends": "while True:\n    pass",
    "takes all memory": "a = [0] * 10**9",
    "is no Python": "def bad(:",
    "is nested too deep": "(" * 10_000 + ")" * 10_000,
    "ends the process": "import sys\nsys.exit(3)",
    "defines an action": "def go(place):\n    return 'kitchen'\nraise ValueError",
}  # fmt: skip
"""Sources of a learned function ``bad`` that fail."""


@pytest.fixture
def room(tmp_path):
    """A directory with a secret, which an environment variable has, too."""
    (tmp_path / "secret").write_text(SECRET)
    os.environ["SECRET"] = SECRET
    with contextlib.chdir(tmp_path):
        yield tmp_path
    del os.environ["SECRET"]


def actions(went):
    """An action that remembers where one went, and a free one."""

    def go(place):
        went.append(place)
        if place == "wall":
            raise Stop("there is a wall")
        return f"you are in the {place}"

    return {"go": Action(("place",), go), "look": Action((), lambda: "nothing", is_free=True)}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_fails_and_the_box_goes_on(attack, room):
    went = []
    before = children()
    with Box(actions(went), STEPS, library=LIBRARY, seconds=0.1) as box:
        ran = box.run(f"ROOT = {str(room)!r}\n{ATTACKS[attack]}")
        assert ran.error
        assert SECRET not in f"{ran.error} {ran.value} {ran.printed}"
        assert "root:" not in ran.printed
        assert len(ran.printed) <= MAX_PRINTED
        assert len(went) <= STEPS
        assert set(went) <= {"kitchen", "wall"}
        assert box.run("double(1 + 1)").value == "4"
    assert children() == before
    assert [file.name for file in room.iterdir()] == ["secret"]


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_a_definition_that_fails_is_left_out(definition, room):
    went = []
    library = {"bad": DEFINITIONS[definition], **LIBRARY}
    with Box(actions(went), STEPS, library=library, seconds=0.1) as box:
        for _ in range(2):
            assert box.run("double(2)").value == "4"
            ran = box.run("visit('kitchen')\nbad()")
            assert "name 'bad' is not defined" in ran.error
            assert SECRET not in ran.error
            box.run("spin()")  # the session is lost
        assert box.run("visit('hall')").value == "you are in the hall"
    assert went == ["kitchen", "kitchen", "hall"]


def test_a_secret_would_be_seen(room):
    """The same checks see what an action gives away."""
    with Box({"tell": Action((), lambda: Path("secret").read_text())}, 1) as box:
        assert box.run("tell()").value == SECRET


def test_escape_sequences_do_not_reach_the_terminal():
    with Box({}, 0) as box:
        assert box.run(r"print('a\x1b[2Jb')").printed == "a[2Jb\n"


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGKILL")
def test_the_interpreter_ends_with_a_process_that_is_killed():
    source = "from sandbox.box import Box; box = Box({}, 0); box.run('1'); print('ready', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", source],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as parent:  # fmt: skip
        assert parent.stdout.readline() == "ready\n"
        interpreters = psutil.Process(parent.pid).children(recursive=True)
        assert interpreters
        os.kill(parent.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(interpreters, timeout=10)
        assert not alive


def children():
    """The processes that this one has started."""
    return {child.pid for child in psutil.Process().children(recursive=True)}
