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

from core.console import echo, make_console
from core.errors import ModelMissing, SettingsError
from core.files import read_json
from core.settings import ServeSettings
from planner.fastchat_process import LOOPBACK, OWN_TEMPLATE, Part
from planner.fastchat_workers import Process, Workers

POLL_SECONDS = 0.2
"""Between two checks of the processes."""
HUB_SECONDS = 10.0
"""For the hub to say whether it has a model."""
DEFAULT_TEMPLATE = "qwen-7b-chat"
"""FastChat's name for ChatML with a system message, which the default model was tuned on."""


def serve(settings: ServeSettings) -> None:
    """Serve a model until Ctrl-C, which is no error: it is how serving ends.

    Raises:
        SettingsError: the port is taken.
        ModelMissing: a package is missing.
        ModelUnavailable: the controller or the server ended, or no worker is left.
    """
    try:
        with running_server(settings, make_console()) as endpoint:
            echo(
                f"ready, with {', '.join(process.name for process in endpoint.processes)}; Ctrl-C ends it\n"
                f"  --planner fastchat --llm_url {endpoint.url} --llm_model {endpoint.model}"
            )
            while True:
                endpoint.check()
                time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        echo("stopped")


class Endpoint(NamedTuple):
    """A model that is served.

    Attributes:
        url: of the chat completions.
        model: its name there.
        processes: that serve it.
        workers: those of them that hold the model.
    """

    url: str
    model: str
    processes: Sequence[Process]
    workers: Workers

    def check(self) -> None:
        """Check that the model can be asked, and start workers again that have ended.

        Raises:
            ModelUnavailable: the controller or the server has ended, or no worker is left.
        """
        _check_all([process for process in self.processes if process not in self.workers.all])
        self.workers.tend()


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
    echo(
        f"loading {settings.model_path or 'the small model of make install-llm'}, which may take a minute, to listen "
        f"at http://{settings.host}:{settings.port}; logs are in {folder}"
    )
    name = settings.model_name or Path(path).name
    if Path(path).exists():
        path = str(Path(path).absolute())  # the processes run in another directory
    controller_port, *worker_ports = _free_ports(1 + settings.num_workers)
    with ExitStack() as stack, console.status("") as status:
        cluster = _Cluster(folder, stack, status)
        controller = cluster.start("controller", Part("controller", LOOPBACK, controller_port))
        cluster.wait()
        to_controller = ("--controller-address", controller.url)
        template = _template(settings, path)
        workers = [
            cluster.start(
                f"worker {number}",
                Part(
                    "model_worker",
                    LOOPBACK,
                    port,
                    (*to_controller, *_worker_flags(settings.device, path, name, port, template)),
                ),
            )
            for number, port in enumerate(worker_ports, start=1)
        ]
        origins = settings.allowed_origins
        flags = (*to_controller, "--allowed-origins", json.dumps(origins))
        tokenizer = path if template == OWN_TEMPLATE else ""
        part = Part("openai_api_server", settings.host, settings.port, flags, origins, tokenizer)
        server = cluster.start("server", part)
        cluster.wait()
        while name not in _models(server):
            cluster.poll("waiting for the workers to register")
        status.stop()
        yield Endpoint(
            f"{server.url}/v1/chat/completions",
            name,
            cluster.processes,
            Workers(workers, controller),
        )


def _worker_flags(device: str, path: str, name: str, port: int, template: str) -> list[str]:
    """The flags of a process that computes answers."""
    flags = ["--worker-address", f"http://{LOOPBACK}:{port}"]
    flags += ["--model-path", path, "--model-names", name, "--device", device]
    return flags + (["--conv-template", template] if template else [])


def _template(settings: ServeSettings, path: str) -> str:
    """FastChat's name of the conversation format; empty if it is to find one for the model."""
    if settings.conv_template:
        return settings.conv_template
    if not settings.model_path:
        return DEFAULT_TEMPLATE
    return OWN_TEMPLATE if _has_chat_template(Path(path)) else ""


def _has_chat_template(folder: Path) -> bool:
    """Whether the tokenizer in a directory says how a conversation is written."""
    config = folder / "tokenizer_config.json"
    return (folder / "chat_template.jinja").exists() or (
        config.exists() and bool(read_json(config).get("chat_template"))
    )


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
