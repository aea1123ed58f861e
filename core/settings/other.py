"""Flags of verbs with few of their own: one question, playing, scoring a planner, a server, a report."""

from dataclasses import dataclass

from core.errors import SettingsError
from core.flags import Settings, flag
from core.settings.limits import LARGEST_PORT, LARGEST_SEED, episodes
from core.settings.run import RunSettings


@dataclass(frozen=True, kw_only=True)
class AskSettings(RunSettings):
    """One question to the planner."""

    observation: str = flag(
        help='what is in view and carried, for example "observed a key, observed a door"',
        is_positional=True,
        is_free_text=True,
    )


@dataclass(frozen=True, kw_only=True)
class PlaySettings(RunSettings):
    """Playing by keyboard."""

    env_seed: int = flag(0, "environment seed of the first room", at_least=0, at_most=LARGEST_SEED)


@dataclass(frozen=True, kw_only=True)
class PlannersSettings(RunSettings):
    """Scoring a planner on every distinct question of a task."""

    num_episodes: int = episodes(200, "number of episodes whose questions are collected")
    show: bool = flag(False, "print every question and answer")


@dataclass(frozen=True, kw_only=True)
class ServeSettings(Settings):
    """A model behind FastChat on this machine."""

    model_path: str = flag(
        "",
        "directory or hub name of the model (default: SmolLM2-135M-Instruct, from make install-llm); FastChat "
        "runs code that comes with a model, so serve only models you trust",
    )
    model_name: str = flag("", "name for clients (default: the last part of --model_path)")
    num_workers: int = flag(
        1,
        "copies of the model, each in its own process",
        at_least=1,
        at_most=64,
        because="each has the model in memory",
        alias="workers",
    )
    host: str = flag(
        "127.0.0.1", "address to listen on; any other one may open it to other machines"
    )
    port: int = flag(
        8000,
        "port of the OpenAI-style server; the other processes take free ones",
        at_least=1,
        at_most=LARGEST_PORT,
    )
    allowed_origins: tuple[str, ...] = flag(
        (),
        "web pages that may ask the server, for example https://example.com, or * for all (default: none)",
    )
    device: str = flag("cpu", "where the workers compute", choices=("cpu", "cuda", "mps"))
    conv_template: str = flag(
        "",
        "FastChat's name of the conversation format (default: the chat template of the tokenizer in --model_path; "
        "without one, what FastChat finds for the model)",
    )
    logdir: str = flag("log", "the processes' logs go to LOGDIR/serve/PORT")


@dataclass(frozen=True, kw_only=True)
class ReportSettings(Settings):
    """A page about some runs."""

    runs: tuple[str, ...] = flag(
        help="run directories, for example log/ppo/simpledoorkey/experiment01, or directories above them; several "
        "are compared",
        is_positional=True,
    )
    out: str = flag("", "file to write (default: report.html in the first directory)")

    def __post_init__(self) -> None:
        super().__post_init__()
        if "" in self.runs:
            raise SettingsError("the name of a run is empty: name its directory")
