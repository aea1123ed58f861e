"""Serving a model with FastChat: its controller, workers and server, started and stopped together."""

import importlib.util
import json
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import urllib3
from rich.console import Console
from rich.status import Status

from core.child import start_child
from core.console import echo, make_console
from core.errors import ModelMissing, ModelUnavailable, SettingsError
from core.settings import ServeSettings
from planner.fastchat_process import LOOPBACK, Part, run_part

POLL_SECONDS = 0.2
"""Between two checks of the processes."""
SHUTDOWN_SECONDS = 10.0
"""For a process to end after SIGTERM, before it is killed."""
HUB_SECONDS = 10.0
"""For the hub to say whether it has a model."""
DEFAULT_TEMPLATE = "qwen-7b-chat"
"""FastChat's name for ChatML with a system message, which the default model was tuned on."""


def serve(settings: ServeSettings) -> None:
    """Serve a model until Ctrl-C, which is no error: it is how serving ends.

    Raises:
        SettingsError: the port is taken.
        ModelMissing: a package is missing.
        ModelUnavailable: one of the processes ended.
    """
    try:
        with running_server(settings, make_console()) as endpoint:
            echo(
                f"ready, with {', '.join(process.name for process in endpoint.processes)}; Ctrl-C ends it\n"
                f"  --planner fastchat --llm_url {endpoint.url} --llm_model {endpoint.model}"
            )
            while True:
                _check_all(endpoint.processes)
                time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        echo("stopped")


class Process:
    """One of FastChat's processes.

    Args:
        name: for messages.
        part: what it runs.
        folder: of its log.
    """

    def __init__(self, name: str, part: Part, folder: Path) -> None:
        self.name = name
        self.address = (part.host, part.port)
        self.log = folder / f"{name.replace(' ', '_')}.log"
        self._process = start_child(run_part, part, self.log)

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self.address
        return f"http://{host}:{port}"

    def check(self) -> None:
        """Check that it runs.

        Raises:
            ModelUnavailable: it has ended; the message has the last line of its log.
        """
        status = self._process.exitcode
        if status is not None:
            lines = self.log.read_text("utf-8", errors="replace").strip().splitlines() or [
                "no output"
            ]
            raise ModelUnavailable(
                f"the {self.name} ended with status {status}: {lines[-1]} (see {self.log})"
            )

    @property
    def listens(self) -> bool:
        """Whether it accepts connections."""
        try:
            socket.create_connection(self.address, timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """End it, by SIGTERM and then SIGKILL."""
        self._process.terminate()
        self._process.join(SHUTDOWN_SECONDS)
        self._process.kill()
        self._process.join()


class Endpoint(NamedTuple):
    """A model that is served.

    Attributes:
        url: of the chat completions.
        model: its name there.
        processes: that serve it.
    """

    url: str
    model: str
    processes: Sequence[Process]


class _Cluster:
    """FastChat's processes, which are stopped together.

    Args:
        folder: of their logs.
        stack: stops them when it closes.
        status: shows what is being waited for.
    """

    def __init__(self, folder: Path, stack: ExitStack, status: Status) -> None:
        self.processes: list[Process] = []
        self._folder = folder
        self._stack = stack
        self._status = status

    def start(self, name: str, part: Part) -> Process:
        """Start one more process."""
        process = Process(name, part, self._folder)
        self._stack.callback(process.stop)
        self.processes.append(process)
        return process

    def wait(self) -> None:
        """Wait until every process accepts connections.

        Raises:
            ModelUnavailable: one of them has ended.
        """
        while names := [process.name for process in self.processes if not process.listens]:
            self.poll(f"waiting for {', '.join(names)}")

    def poll(self, text: str) -> None:
        """Show a text, check that all processes run, and sleep a moment."""
        self._status.update(text)
        _check_all(self.processes)
        time.sleep(POLL_SECONDS)


@contextmanager
def running_server(settings: ServeSettings, console: Console) -> Iterator[Endpoint]:
    """FastChat's processes around a model, which are stopped when the context ends.

    Raises:
        SettingsError: the port is taken, or the logs cannot be written.
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
    _check_model(path)
    name = settings.model_name or Path(path).name
    controller_port, *worker_ports = _free_ports(1 + settings.num_workers)
    with ExitStack() as stack, console.status("") as status:
        cluster = _Cluster(folder, stack, status)
        controller = cluster.start("controller", Part("controller", LOOPBACK, controller_port))
        cluster.wait()
        to_controller = ["--controller-address", controller.url]
        for number, port in enumerate(worker_ports, start=1):
            flags = [*to_controller, *_worker_flags(settings, path, name, port)]
            cluster.start(f"worker {number}", Part("model_worker", LOOPBACK, port, tuple(flags)))
        origins = settings.allowed_origins
        flags = [*to_controller, "--allowed-origins", json.dumps(origins)]
        part = Part("openai_api_server", settings.host, settings.port, tuple(flags), origins)
        server = cluster.start("server", part)
        cluster.wait()
        while name not in _models(server):
            cluster.poll("waiting for the workers to register")
        status.stop()
        yield Endpoint(f"{server.url}/v1/chat/completions", name, cluster.processes)


def _worker_flags(settings: ServeSettings, path: str, name: str, port: int) -> list[str]:
    """The flags of a process that computes answers."""
    if Path(path).exists():
        path = str(Path(path).absolute())  # the process runs in another directory
    template = settings.conv_template or ("" if settings.model_path else DEFAULT_TEMPLATE)
    flags = ["--worker-address", f"http://{LOOPBACK}:{port}"]
    flags += ["--model-path", path, "--model-names", name, "--device", settings.device]
    return flags + (["--conv-template", template] if template else [])


def _check_all(processes: Sequence[Process]) -> None:
    for process in processes:
        process.check()


def _models(server: Process) -> list[str]:
    """Names of the models that the server offers; empty while it is not ready."""
    try:
        response = urllib3.request("GET", f"{server.url}/v1/models", timeout=5, retries=False)
        return [card["id"] for card in response.json()["data"]]
    except (urllib3.exceptions.HTTPError, ValueError, KeyError, TypeError):
        return []


def _default_model() -> str:
    try:
        # slow to import, and not everywhere
        from planner.smollm import default_model
    except ImportError as error:
        raise ModelMissing(f"serve needs {error.name}: make install-llm") from None
    return str(default_model())


def _check_model(path: str) -> None:
    """Check that there is a model.

    Raises:
        ModelMissing: the directory holds none, or the hub has none of this name or cannot be reached.
    """
    if Path(path).exists():
        if not (Path(path) / "config.json").exists():
            raise ModelMissing(f"--model_path {path!r} holds no model: it has no config.json")
        return
    # slow to import, and not everywhere
    from huggingface_hub import HfApi, try_to_load_from_cache

    try:
        if try_to_load_from_cache(path, "config.json") is None:
            HfApi().model_info(path, timeout=HUB_SECONDS)
    except (OSError, ValueError):  # all errors of the hub are one of them
        raise ModelMissing(
            f"--model_path {path!r}: there is no such directory, and no such model on the hub (or it cannot be "
            "reached)"
        ) from None


def _check_free(host: str, port: int) -> None:
    """Check that a port is free.

    Raises:
        SettingsError: it is taken, or may not be used.
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
    """Free ports of the loopback address."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(number)]
        for probe in probes:
            probe.bind((LOOPBACK, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
