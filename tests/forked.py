"""Commands in processes that are forked from one that has imported everything, for tests that kill many of them."""

import multiprocessing
import os
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path

# what the commands would import when they begin
import agents.methods
import agents.reflexion.run
import agents.when2ask  # noqa: F401
import planner.openai_client  # noqa: F401
import runner.training.train
import runner.verbs  # noqa: F401
from main import main
from tests.repository import ROOT

_FORKSERVER = multiprocessing.get_context("forkserver")
_FORKSERVER.set_forkserver_preload([__name__])


def begin(said: Path, *words: str) -> BaseProcess:
    """Begin a command as ``main.py`` is begun in the project's directory; what it prints goes into a file."""
    process = _FORKSERVER.Process(target=_run, args=(said, words))
    process.start()
    return process


def _run(said: Path, words: tuple[str, ...]) -> None:
    with said.open("w") as output:
        for number in (1, 2):
            os.dup2(output.fileno(), number)
    os.chdir(ROOT)
    sys.exit(main(list(words)))
