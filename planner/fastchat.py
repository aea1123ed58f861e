"""FastChat around a model: its controller, workers and server, started and stopped together."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import requests
from rich.console import Console

from core.console import echo
from core.errors import ModelMissing, ModelUnavailable, SettingsError
from core.settings import ServeSettings

LOOPBACK = "127.0.0.1"
"""Where all but the server listen: only they themselves are to talk to one another."""
POLL = 0.2
"""Seconds between two looks at the processes."""
GRACE = 10.0
"""Seconds a process has to end by itself."""
DEFAULT_TEMPLATE = "qwen-7b-chat"
"""FastChat's name for ChatML with a system message, which the default model was tuned on."""


def serve(settings: ServeSettings) -> None:
    """Serve a model until Ctrl-C.

    Raises:
        SettingsError: the port is taken.
        ModelMissing: a package is missing.
        ModelUnavailable: one of the processes ended.
    """
    for ending in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(ending) is not signal.SIG_IGN:  # nohup means it
            signal.signal(ending, _interrupt)
    try:
        with served(settings, Console()) as service:
            echo(
                f"ready, with {', '.join(process.name for process in service.processes)}; Ctrl-C ends it\n"
                f"  --planner fastchat --llm_url {service.url} --llm_model {service.model}"
            )
            while True:
                _look_at(service.processes)
                time.sleep(POLL)
    except KeyboardInterrupt:
        echo("stopped")


class Process:
    """One of FastChat's processes.

    Args:
        name: as messages call it.
        module: which of FastChat's.
        port: where it listens on the host.
        flags: its own.
        folder: of its log.
    """

    def __init__(
        self, name: str, module: str, host: str, port: int, flags: Sequence[str], folder: Path
    ) -> None:
        self.name = name
        self.address = (host, port)
        self.log = folder / f"{name.replace(' ', '_')}.log"
        command = [sys.executable, "-m", f"fastchat.serve.{module}"]
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                [*command, "--host", host, "--port", str(port), *flags],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,  # it leaves files where it is started
                start_new_session=True,  # Ctrl-C is for us; we end it in good order
                env={**os.environ, "NO_PROXY": f"{LOOPBACK},localhost,{host}"},
            )

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self.address
        return f"http://{host}:{port}"

    def check(self) -> None:
        """See that it runs.

        Raises:
            ModelUnavailable: it has ended; the message has the last line it wrote.
        """
        status = self._process.poll()
        if status is not None:
            lines = self.log.read_text(errors="replace").strip().splitlines() or ["no word"]
            raise ModelUnavailable(
                f"the {self.name} ended with status {status}: {lines[-1]} (see {self.log})"
            )

    @property
    def listens(self) -> bool:
        """Whether somebody opens."""
        try:
            socket.create_connection(self.address, timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """End it and what it started, kindly first."""
        for kind in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, kind)
                self._process.wait(GRACE)
            except ProcessLookupError:
                return
            except (subprocess.TimeoutExpired, KeyboardInterrupt):
                continue  # who presses Ctrl-C again does not want to wait
            return


class Service(NamedTuple):
    """A model that is served.

    Attributes:
        url: of the chat completions.
        model: what it is called there.
        processes: they serve it.
    """

    url: str
    model: str
    processes: Sequence[Process]


@contextmanager
def served(settings: ServeSettings, console: Console) -> Iterator[Service]:
    """FastChat around a model, as long as it is wanted.

    Raises:
        SettingsError: the port is taken.
        ModelMissing: a package is missing.
        ModelUnavailable: one of the processes ended before it was ready.
    """
    if importlib.util.find_spec("fastchat") is None:
        raise ModelMissing("serve needs FastChat: make install-llm")
    _check_free(settings.host, settings.port)
    folder = Path(settings.logdir).absolute() / "serve" / str(settings.port)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"--logdir {settings.logdir!r}: {error.strerror}") from None
    path = settings.model_path or _default_model()
    name = settings.model_name or Path(path).name
    if Path(path).exists():
        path = str(Path(path).absolute())  # the processes run elsewhere
    template = settings.conv_template or ("" if settings.model_path else DEFAULT_TEMPLATE)
    first, *others = _free_ports(1 + settings.num_workers)
    with ExitStack() as stack, console.status("") as status:
        processes: list[Process] = []

        def start(name: str, module: str, port: int, *flags: str, host: str = LOOPBACK) -> Process:
            process = Process(name, module, host, port, flags, folder)
            stack.callback(process.stop)
            processes.append(process)
            return process

        def wait_for(waiting: Sequence[Process]) -> None:
            while not_yet := [process.name for process in waiting if not process.listens]:
                status.update(f"waiting for {', '.join(not_yet)}")
                _look_at(processes)
                time.sleep(POLL)

        controller = start("controller", "controller", first)
        wait_for([controller])
        for number, port in enumerate(others, start=1):
            flags = [
                "--controller-address",
                controller.url,
                "--worker-address",
                f"http://{LOOPBACK}:{port}",
            ]
            flags += ["--model-path", path, "--model-names", name]
            flags += ["--device", settings.device]
            flags += ["--conv-template", template] if template else []
            start(f"worker {number}", "model_worker", port, *flags)
        server = start(
            "server",
            "openai_api_server",
            settings.port,
            "--controller-address",
            controller.url,
            host=settings.host,
        )
        wait_for(processes)
        while name not in _models(server):
            status.update("waiting for the workers to be known")
            _look_at(processes)
            time.sleep(POLL)
        status.stop()
        yield Service(f"{server.url}/v1/chat/completions", name, processes)


def _look_at(processes: Sequence[Process]) -> None:
    for process in processes:
        process.check()


def _models(server: Process) -> list[str]:
    """What the server says it serves; nothing while it is not ready to say."""
    try:
        with requests.Session() as session:
            session.trust_env = False  # no proxy stands between us
            document = session.get(f"{server.url}/v1/models", timeout=5).json()
        return [card["id"] for card in document["data"]]
    except (requests.RequestException, KeyError, TypeError):
        return []


def _default_model() -> str:
    try:
        # slow to import, and not everywhere
        from planner.smollm import default_model
    except ImportError as error:
        raise ModelMissing(f"serve needs {error.name}: make install-llm") from None
    return str(default_model())


def _check_free(host: str, port: int) -> None:
    """See that nobody listens at a port.

    Raises:
        SettingsError: somebody does, or the port is not ours to take.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise SettingsError(
                f"--host {host} --port {port}: {getattr(error, 'strerror', None) or error}"
            ) from None


def _free_ports(number: int) -> list[int]:
    """Some ports of this machine that nobody listens at."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(number)]
        for probe in probes:
            probe.bind((LOOPBACK, 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def _interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 a signal handler
    raise KeyboardInterrupt
