"""One process of FastChat, from the inside: what it runs, and whom it answers."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from core.chat import Message
from core.chat_template import ChatTemplate
from core.child import send_output_to

LOOPBACK = "127.0.0.1"
"""Where the controller and the workers listen: only the processes themselves talk to them."""
LOOPBACK_NAMES = (LOOPBACK, "localhost")
OWN_TEMPLATE = "raw"
"""FastChat's name of the conversation format that adds nothing: the tokenizer's chat template has written it all."""
HEART_BEAT_SECONDS = "5"
"""Between two messages of a worker to the controller, which sends a request to the one with the fewest waiting."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a process runs.

    Attributes:
        module: of `fastchat.serve`: controller, model_worker or openai_api_server.
        host: where it listens.
        port: where it listens on the host.
        flags: besides host and port.
        origins: of web pages that may ask it.
        tokenizer: the model whose tokenizer's chat template writes the conversations; empty for FastChat's own formats.
    """

    module: str
    host: str
    port: int
    flags: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    tokenizer: str = ""


def run_part(part: Part, log: Path) -> None:
    """Serve until the process is ended; what it prints goes to its log."""
    send_output_to(log)
    os.chdir(log.parent)  # FastChat writes files to its working directory
    os.environ["NO_PROXY"] = ",".join((*LOOPBACK_NAMES, part.host))
    os.environ["FASTCHAT_WORKER_HEART_BEAT_INTERVAL"] = HEART_BEAT_SECONDS
    sys.argv = [part.module, "--host", part.host, "--port", str(part.port), *part.flags]
    # slow to import, and not everywhere
    import uvicorn
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    module: Any = import_module(f"fastchat.serve.{part.module}")
    made = getattr(module, f"create_{part.module}")()  # reads sys.argv
    if part.module == "controller":
        _, module.controller = made  # as its main program does
    if part.module == "model_worker":
        _keep_blanks(made[1].tokenizer)
    if part.tokenizer:
        _write_by_chat_template(module, part.tokenizer)
    own = f"http://{part.host}:{part.port}"
    module.app.add_middleware(OriginGuard, origins=(own, *part.origins))
    # a name that an attacker points to the loopback address makes his page one of the same origin
    hosts = LOOPBACK_NAMES if part.host in LOOPBACK_NAMES else ("*",)
    module.app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts)
    uvicorn.run(module.app, host=part.host, port=part.port, log_level="info")


def _keep_blanks(tokenizer: Any) -> None:
    """Leave the blanks before marks in an answer, which FastChat removes, unless the tokenizer itself removes them."""
    if not tokenizer.clean_up_tokenization_spaces:
        tokenizer.clean_up_tokenization = lambda text: text


def _write_by_chat_template(module: Any, path: str) -> None:
    """Let FastChat's server write conversations by the chat template of a model's tokenizer.

    Args:
        module: `fastchat.serve.openai_api_server`.
        path: of the model.
    """
    # slow to import, and not everywhere
    from fastapi import HTTPException
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(path)
    template = ChatTemplate(tokenizer)
    first = tokenizer.bos_token or ""
    # the worker adds it to every text
    adds_first = bool(first) and tokenizer("x").input_ids[0] == tokenizer.bos_token_id
    get_gen_params = module.get_gen_params

    async def with_chat_template(model: str, worker: str, messages: Any, **more: Any) -> Any:
        if not isinstance(messages, str):
            try:
                [messages] = template.prompts([[_message(turn) for turn in messages]])
            except TemplateError as error:
                raise HTTPException(400, f"the chat template refuses it: {error}") from None
            if adds_first:
                messages = messages.removeprefix(first)
        return await get_gen_params(model, worker, messages, **more)

    module.get_gen_params = with_chat_template


def _message(turn: Mapping[str, Any]) -> Message:
    """A turn of a request; where its content is a list of parts, their texts, a line each."""
    content = turn["content"]
    if not isinstance(content, str):
        content = "\n".join(part["text"] for part in content if part["type"] == "text")
    return Message(turn["role"], content)


class OriginGuard:
    """Refuses requests from web pages of other origins, which browsers send without asking (ASGI middleware).

    Args:
        app: what is guarded.
        origins: that may ask; ``*`` for all.
    """

    def __init__(self, app: Any, origins: Sequence[str]) -> None:
        self._app = app
        self._origins = {origin.encode() for origin in origins}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, or refuse it with status 403."""
        found = {value for name, value in scope.get("headers", ()) if name == b"origin"}
        if b"*" in self._origins or found <= self._origins:
            await self._app(scope, receive, send)
            return
        # not everywhere
        from starlette.responses import PlainTextResponse

        refusal = PlainTextResponse("web pages may not ask this server (--allowed_origins)\n", 403)
        await refusal(scope, receive, send)
