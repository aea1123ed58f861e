"""Games of ScienceWorld's own simulator, which runs in Java: many at a time in one virtual machine."""

import json
import logging
import os
import shutil
import subprocess
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from traceback import clear_frames
from typing import Any

from core.errors import WorldError

INSTALL = "make install-scienceworld"
JAVA_OPTIONS = (
    "-Xmx256m",  # hundreds of games at a time fit in
    "-XX:+UseSerialGC",
    # The simulator lists the contents of rooms in the order of Java's identity hashes, which differ from load to
    # load. As constants they leave the order in which things were put there: an episode is the same each time.
    "-XX:+UnlockExperimentalVMOptions",
    "-XX:hashCode=2",
)
"""Of the virtual machine."""
SIMPLIFICATIONS = "easy"
"""As published with ETO: doors and containers are open, flower pots water themselves, and one can teleport."""
_SECONDS_TO_STOP = 10


def check_installed() -> None:
    """Check that the simulator can be started.

    Raises:
        WorldError: the package or Java is missing.
    """
    if find_spec("scienceworld") is None:
        raise WorldError(f"sciworld needs the package scienceworld: {INSTALL}")
    home = os.environ.get("JAVA_HOME")  # as py4j looks for it
    if shutil.which(f"{home}/bin/java" if home else "java") is None:
        raise WorldError(f"sciworld needs Java, and there is no program java: {INSTALL}")


class Game:
    """A game of the simulator. The virtual machine is shared by all games of a process, and ends with the last one.

    Raises:
        WorldError: the simulator is not installed, or does not start.
    """

    def __init__(self) -> None:
        self._machine = _shared_machine()
        with _readable_errors():
            self._globals = _Globals(self._machine)
        with self._turn():
            self._server = self._machine.new_server()

    def load(self, task_type: str, variation: int) -> None:
        """Begin a variation of a task type.

        Raises:
            WorldError: the simulator has stopped.
        """
        with self._turn():
            # not followed by the simulator's `reset`, which loads the same again
            self._server.load(task_type, variation, SIMPLIFICATIONS, False)
            # It keeps the tasks of all types, 11 MB a game. Only the next `load` needs them, and makes new ones.
            getattr(self._server, "taskMaker_$eq")(None)
            self.description = str(self._server.getTaskDescription())

    def gold_path(self, task_type: str, variation: int) -> list[str]:
        """Actions that complete a variation, as the simulator finds them, which takes it up to three seconds.

        Raises:
            WorldError: the simulator has stopped.
        """
        with self._turn():
            self._server.load(task_type, variation, SIMPLIFICATIONS, True)
            return [str(action) for action in self._server.getGoldActionSequence()]

    def step(self, action: str) -> tuple[str, int, bool]:
        """Carry out an action; returns what is observed, the score (at most 100) and whether the task is completed.

        Raises:
            WorldError: the simulator has stopped.
        """
        encodable = action.encode("utf-8", "replace").decode()  # lone surrogates cannot be sent
        with self._turn():
            observation = str(self._server.step(encodable))
            # rounded as ScienceWorldEnv.step does
            score = round(100 * self._server.getScore())
            return observation, score, bool(self._server.getCompleted())

    def valid_actions(self) -> list[str]:
        """All actions that are possible now, sorted. It takes the simulator tens of milliseconds.

        Raises:
            WorldError: the simulator has stopped.
        """
        with self._turn():
            listed = json.loads(self._server.getValidActionObjectCombinationsJSON())
        return sorted({str(each["action"]) for each in listed["validActions"]})

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """What this game does within is not changed by other games, and its errors are readable."""
        with _readable_errors():
            self._machine.give_turn(self._globals)
            yield


class _Globals:
    """What the simulator has once for all games, and each game should have alone.

    Its things are equal if their numbers are, and each `load` counts from the beginning again: with one count, new
    things of a game would be taken for older ones. And each `load` seeds the random numbers.
    """

    def __init__(self, machine: "_Machine") -> None:
        self.count = 0
        self.random = machine.new_random()


class _Machine:
    """A Java virtual machine with ScienceWorld's simulator, stopped when nothing refers to it any more, or at exit.

    It ends on its own, too, when this process is killed: its standard input ends.
    """

    def __init__(self) -> None:
        check_installed()
        from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway
        from scienceworld.constants import JAR_PATH

        # An error says what is wrong. Its logger is quiet, for games can end in a garbage collection while Python 3.11
        # parses source, and a log's traceback then parses within, a SystemError (python/cpython#106905).
        logging.getLogger("py4j").setLevel(logging.CRITICAL)
        place = tempfile.TemporaryDirectory()  # it writes a table into its working directory
        try:
            port, process = launch_gateway(
                classpath=JAR_PATH,
                die_on_exit=True,
                javaopts=list(JAVA_OPTIONS),
                cwd=place.name,
                java_path=None,  # the one of JAVA_HOME, if that is set
                create_new_process_group=True,  # Ctrl-C is for this process, which then stops it
                return_proc=True,
            )
        except (OSError, ValueError) as error:  # ValueError: it has printed no port
            place.cleanup()
            raise WorldError(
                f"sciworld's simulator does not start: java {' '.join(JAVA_OPTIONS)} fails ({error})"
            ) from error
        gateway = JavaGateway(gateway_parameters=GatewayParameters(port=port), java_process=process)
        weakref.finalize(self, _stop, gateway, process, place)
        self.process: subprocess.Popen[bytes] = process
        jvm = gateway.jvm
        self._interface = jvm.scienceworld.runtime.pythonapi.PythonInterface
        self.new_random = jvm.java.util.Random
        self._numbers = getattr(getattr(jvm.util, "UniqueIdentifier$"), "MODULE$")
        self._random = getattr(getattr(jvm.scala.util, "Random$"), "MODULE$")
        self._source = jvm.java.lang.Class.forName("scala.util.Random").getDeclaredField("self")
        self._source.setAccessible(True)
        self._turn: _Globals | None = None

    def new_server(self) -> Any:
        """A game's interface in the virtual machine."""
        return self._interface()

    def give_turn(self, game: "_Globals") -> None:
        """Let a game go on where it was."""
        if self._turn is game:
            return
        if self._turn is not None:
            self._turn.count = self._numbers.count()
        getattr(self._numbers, "count_$eq")(game.count)
        self._source.set(self._random, game.random)
        self._turn = game


def _stop(
    gateway: Any,
    process: "subprocess.Popen[bytes]",
    place: "tempfile.TemporaryDirectory[str]",
) -> None:
    gateway.shutdown()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    try:
        process.wait(_SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
    place.cleanup()


_MACHINES: "weakref.WeakValueDictionary[int, _Machine]" = weakref.WeakValueDictionary()
"""By process: a forked one cannot use its parent's."""


def _shared_machine() -> _Machine:
    machine = _MACHINES.get(os.getpid())
    if machine is None or machine.process.poll() is not None:
        machine = _MACHINES[os.getpid()] = _Machine()
    return machine


@contextmanager
def _readable_errors() -> Iterator[None]:
    """Raises a WorldError in place of those of py4j."""
    from py4j.protocol import Py4JError

    try:
        yield
    except Py4JError as error:
        clear_frames(error.__traceback__)  # they hold a socket that py4j does not close
        raise WorldError(
            f"sciworld's simulator has stopped or failed: {str(error).splitlines()[0]}"
        ) from error
