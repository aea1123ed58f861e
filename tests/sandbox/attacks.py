"""Programs that try what a program of a model must not do; each ends without an error only if it has succeeded.

A program may fail by an exception, by a limit or by its end; the tests check what it left behind, too.
"""

from pathlib import Path

MARK = "sandbox-attack"
"""Part of the name of every file that an attack tries to leave."""
SLOW = (
    "an error with an endless text", "close every descriptor", "deep recursion in C", "endless loop",
    "endless loop in C", "endless loop that catches everything", "endless regular expression", "wait for ever",
)  # fmt: skip
"""They end at a limit of time only."""
HARMLESS_IN_MONTY = ("endless regular expression", "sleep")
"""They end at once there, without an error: it matches in linear time, and sleeping takes none."""


def attacks(folder: Path, port: int, parent: int) -> dict[str, str]:
    """Name -> program.

    Args:
        folder: holds ``secret.txt``, and is where programs try to write.
        port: of a server on this machine that counts connections.
        parent: number of the process that runs the tests.
    """
    f = str(folder)
    raw = "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\ndef call(*a):\n    assert libc.syscall(*a) >= 0\n"
    # ctypes that has been found in the memory of the interpreter, not imported
    found = (
        "def subclasses(c):\n"
        "    for s in type.__subclasses__(c):\n"
        "        yield s\n"
        "        yield from subclasses(s)\n"
        "CDLL = next(c for c in subclasses(object) if c.__name__ == 'CDLL')\n"
        "libc = CDLL(None)\n"
    )
    return {
        # files
        "read a file": f"assert open('{f}/secret.txt').read()",
        "read a file by its descriptor": f"import os\nassert os.read(os.open('{f}/secret.txt', 0), 9)",
        "read with io.FileIO": f"import io\nassert io.FileIO('{f}/secret.txt').read()",
        "read the accounts": "assert open('/etc/passwd').read()",
        "list a directory": f"import os\nassert os.listdir('{f}')",
        "walk the disk": "import os\nassert list(os.scandir('/'))",
        "look at a file": f"import os\nassert os.stat('{f}/secret.txt')",
        "write a file": f"open('{f}/{MARK}', 'w').write('x')",
        "write with pathlib": f"import pathlib\npathlib.Path('{f}/{MARK}').write_text('x')",
        "append to a file": f"open('{f}/secret.txt', 'a').write('x')",
        "delete a file": f"import os\nos.remove('{f}/secret.txt')",
        "rename a file": f"import os\nos.rename('{f}/secret.txt', '{f}/{MARK}')",
        "make a directory": f"import os\nos.mkdir('{f}/{MARK}')",
        "make a link": f"import os\nos.symlink('/etc/passwd', '{f}/{MARK}')",
        "make a temporary file": "import tempfile\ntempfile.NamedTemporaryFile().write(b'x')",
        "change rights": f"import os\nos.chmod('{f}/secret.txt', 0o777)",
        "change the directory": f"import os\nos.chdir('{f}')",
        "open through /proc": f"import os\nassert os.open('/proc/{parent}/environ', 0)",
        "memory of the parent": f"assert open('/proc/{parent}/mem', 'rb')",
        "own memory as a file": "assert open('/proc/self/mem', 'r+b')",
        "descriptors of itself": "import os\nassert os.listdir('/proc/self/fd')",
        # network
        "connect": f"import socket\nsocket.create_connection(('127.0.0.1', {port}))",
        "connect by _socket": f"import _socket\n_socket.socket().connect(('127.0.0.1', {port}))",
        "fetch a page": f"import urllib.request\nurllib.request.urlopen('http://127.0.0.1:{port}')",
        "connect by a raw call": raw + "call(41, 2, 1, 0)",
        # processes
        "fork": "import os\nos.fork()",
        "fork bomb": "import os\nwhile True:\n    os.fork()",
        "spawn": "import os\nos.posix_spawn('/bin/true', ['true'], {})",
        "run a command": f"import os\nassert os.system('touch {f}/{MARK}') == 0",
        "run by subprocess": f"import subprocess\nsubprocess.run(['touch', '{f}/{MARK}'], check=True)",
        "become another program": f"import os\nos.execv('/usr/bin/touch', ['touch', '{f}/{MARK}'])",
        "multiprocessing": "import multiprocessing\np = multiprocessing.Process(target=print)\np.start()",
        "thread bomb": "import threading, time\nwhile True:\n    threading.Thread(target=time.sleep, args=(9,)).start()",
        "thread by _thread": "import _thread\n_thread.start_new_thread(print, ())",
        # signals
        "kill the parent": f"import os\nos.kill({parent}, 15)",
        "kill who started it": "import os\nos.kill(os.getppid(), 9)",
        "kill the group": "import os\nos.killpg(0, 9)",
        "kill everything": "import os\nos.kill(-1, 9)",
        "a handler of signals": "import signal\nsignal.signal(signal.SIGXCPU, print)",
        "ptrace": raw + f"call(101, 16, {parent}, 0, 0)",
        "ptrace by found ctypes": found + f"assert libc.ptrace(16, {parent}, 0, 0) == 0",
        "write into the parent": raw + f"call(311, {parent}, 0, 0, 0, 0, 0)",
        # system calls by ctypes that is in memory
        "fork by found ctypes": found + "assert libc.fork() >= 0",
        "open by found ctypes": found + "assert libc.open(b'/etc/passwd', 0) >= 0",
        "socket by found ctypes": found + "assert libc.socket(2, 1, 0) >= 0",
        "execve by found ctypes": found + "libc.execve(b'/bin/true', None, None)\nassert False",
        "unshare by found ctypes": found + "assert libc.unshare(0x10000000) == 0",
        "code in memory": found + "assert libc.mmap(0, 4096, 7, 34, -1, 0) != -1",
        "memory made executable": found
        + "libc.mprotect.restype = int\nassert libc.mprotect(0, 4096, 7) == 0",
        "a wild pointer": found + "libc.memset(1, 0, 10 ** 6)",
        # limits
        "endless loop": "while True:\n    pass",
        "endless loop that catches everything": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "endless loop in C": "10 ** 10 ** 8",
        "endless regular expression": "import re\nre.match('(a+)+$', 'a' * 60 + 'b')",
        "sleep": "import time\ntime.sleep(1000)",
        "wait for ever": "import threading\nthreading.Event().wait()",
        "raise a limit": "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2 ** 40, 2 ** 40))",
        "much memory": "x = [0] * 10 ** 9",
        "memory bit by bit": "x = []\nwhile True:\n    x.append(bytearray(2 ** 20))",
        "deep recursion": "def f(n):\n    return f(n + 1)\nf(0)",
        "deep recursion in C": "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(n):\n    return f(n + 1)\nf(0)",
        "deep source": "(" * 10000 + ")" * 10000,
        # claims of success
        "end early": "raise SystemExit(0)\nassert False",
        "end the process": "import os\nos._exit(0)\nassert False",
        "end by quit": "import sys\nsys.exit()\nassert False",
        "write to every descriptor": 'import os\nfor d in range(64):\n    try: os.write(d, b\'["", "", ""]\')\n    except OSError: pass\nos._exit(0)',
        "flood every descriptor": "import os\nfor d in range(64):\n    try:\n        for _ in range(64): os.write(d, b'x' * 2 ** 16)\n    except OSError: pass\nassert False",
        "close every descriptor": "import os\nos.closerange(0, 64)\nwhile True: pass",
        "change json": 'import json\njson.dumps = lambda *a, **k: \'["", "", ""]\'\nassert False',
        "change builtins": "import builtins\nbuiltins.str = builtins.repr = lambda *a: ''\nassert False",
        "change os": "import os\nos.write = lambda d, b: len(b)\nassert False",
        "an error that says nothing": "class E(BaseException):\n    def __str__(self): raise E\nraise E",
        "an error with an endless text": "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E",
        "frames of other threads": "import sys\nassert sys._current_frames()",
        "frames of the caller": "import sys\nf = sys._getframe()\nwhile f:\n    assert 'secret' not in f.f_locals\n    f = f.f_back\nassert False",
        "change the runner": "import sys\nsys._getframe(1).f_globals['describe'] = lambda e: ''\nassert False",
        "an error whose class has no name": "class M(type):\n    @property\n    def __name__(cls): raise cls\nclass E(BaseException, metaclass=M): pass\nraise E",
        "give the answer itself": "import sys\nsys._getframe(1).f_locals['answers'].append(('', '', ''))\nassert False",
        "an answer by the thread": "import threading\nthreading.current_thread().answer = ('', '', '')\nassert False",
        "the collector of garbage": "import gc\nassert gc.get_objects()",
        "a hook on the others": "import sys\nsys.addaudithook(print)",
        "the environment": "import os\nassert os.environ['HOME']",
        # imported modules
        "import the project": "import core.errors",
        "import a package": "import torch",
        "import with side effects": "import antigravity",
        "a module of a path": f"import sys\nsys.path.insert(0, '{f}')\nimport module",
    }
