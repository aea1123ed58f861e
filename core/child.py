"""Child processes that end with their parent."""

import multiprocessing
import os
import signal
import threading


def end_with_parent() -> None:
    """End this child process when its parent ends, whatever ends the parent; SIGKILL included.

    A thread waits for the parent's end of a pipe to close. If this process leads a process group, the
    whole group ends.
    """
    threading.Thread(target=_end_after_parent, daemon=True).start()


def _end_after_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    own = os.getpid()
    os.kill(0 if os.getpgrp() == own else own, signal.SIGKILL)
