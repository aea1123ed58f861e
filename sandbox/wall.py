"""A second wall around the interpreter of a box: limits of the kernel on its process, where the system has them."""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache

NETWORK = "a network of its own without connections"
LIMITS = "limits on memory, open files and the size of files"
PROCESSES = "a limit on processes"
_LIMITS = ("--as=536870912", "--nofile=32", "--fsize=0", "--core=0")
_PROCESSES = "--nproc=16"
"""Threads are counted, too; outside a namespace those of all processes of the user."""


@dataclass(frozen=True, slots=True)
class Wall:
    """What holds a process, beside what its program does not do.

    Attributes:
        binary: starts the interpreter behind the wall; None: the interpreter alone.
        holds: `NETWORK`, `LIMITS`, `PROCESSES`.
    """

    binary: str | None
    holds: tuple[str, ...]


@cache
def second_wall() -> Wall:
    """The strongest wall that this system lets a process without rights put up; tried once.

    With ``unshare`` the interpreter gets namespaces of its own for users and network, with ``prlimit`` limits.
    """
    if sys.platform == "linux":
        monty = shutil.which("monty", path=sysconfig.get_path("scripts"))
        unshare, prlimit = map(shutil.which, ("unshare", "prlimit"))
        ways = (
            (
                (NETWORK, LIMITS, PROCESSES),
                (unshare, "--map-root-user", "--net", prlimit, *_LIMITS, _PROCESSES, monty),
            ),
            ((LIMITS,), (prlimit, *_LIMITS, monty)),
        )
        for holds, command in ways:
            binary = _script(command)
            if binary is not None:
                return Wall(binary, holds)
    return Wall(None, ())


def _script(command: tuple[str | None, ...]) -> str | None:
    """The path of a script that is a command; None if a part of it is missing or it does not work here."""
    words = [word for word in command if word is not None]
    if sys.platform != "linux" or len(words) < len(command):
        return None
    # in memory: the pool takes a path without arguments, and a file would have to be deleted
    script = os.memfd_create("interpreter")
    os.write(script, f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n'.encode())
    path = f"/proc/{os.getpid()}/fd/{script}"
    try:
        tried = subprocess.run([path, "--version"], capture_output=True, timeout=10, check=False)
        works = tried.returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        works = False
    if not works:
        os.close(script)
    return path if works else None
