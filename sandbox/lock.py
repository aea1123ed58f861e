"""The limits of a process that runs a program: what it may ask of the kernel, and how much it may use."""

import ctypes
import errno
import gc
import os
import resource
import signal
import sys
from typing import Any

ALLOWED = (
    "read", "write", "close", "fstat", "lseek", "brk", "mmap", "munmap", "mprotect", "mremap", "madvise", "futex",
    "exit", "exit_group", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "clock_gettime",
    "clock_getres", "gettimeofday", "getrandom", "getpid", "gettid", "sched_yield", "restart_syscall",
)  # fmt: skip
"""System calls that a program may make; all others fail with EPERM. None of them opens, starts, signals or connects."""
HIDDEN = frozenset(
    {
        "_ctypes",
        "ctypes",
        "gc",
        "pyseccomp",
        "resource",
        "sandbox",
        "_socket",
        "socket",
        "subprocess",
    }
)
"""Modules of the worker that programs have no use for."""
PROT_EXEC = 4
PR_SET_PDEATHSIG = 1


def build_filter() -> Any:
    """The filter of system calls, which `load` puts on a process.

    Raises:
        ImportError: there is no pyseccomp, or no libseccomp.
        OSError: the kernel has no such filters.
    """
    import pyseccomp

    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    for name in ALLOWED:
        if name in ("mmap", "mprotect"):  # memory with code in it is not to be had
            is_data = pyseccomp.Arg(2, pyseccomp.MASKED_EQ, PROT_EXEC, 0)
            rules.add_rule(pyseccomp.ALLOW, name, is_data)
        else:
            rules.add_rule(pyseccomp.ALLOW, name)
    # all threads of the process, also the one that waits for the program
    rules.set_attr(pyseccomp.Attr.CTL_TSYNC, 1)
    return rules


def end_with_parent(parent: int) -> None:
    """Let the kernel end this process when the one that started it ends.

    Args:
        parent: its number.
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before
        os._exit(1)


def limit(seconds: int, memory: int) -> None:
    """Limit what this process may use.

    Args:
        seconds: of processor time, after which it is killed.
        memory: bytes of address space.
    """
    for kind, amount in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(kind, (amount, amount))
    os.environ.clear()


def hide_tools() -> None:
    """Take out of reach what looks into other threads, into memory or at system calls; the lock does not rest on it."""
    for name in (
        "_current_frames",
        "_current_exceptions",
        "addaudithook",
        "setprofile",
        "settrace",
    ):
        delattr(sys, name)
    hidden = [each for each in sys.modules if each.split(".")[0] in HIDDEN]
    for name in hidden:  # an import of it fails from now on
        sys.modules[name] = None  # type: ignore[assignment]
    gc.disable()
