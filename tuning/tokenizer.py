"""The tokenizer of a model directory."""

from typing import Any

from core.decode import reason
from core.errors import ModelMissing
from core.model_files import check_place


def load_tokenizer(path: str) -> Any:
    """The tokenizer of a model, without its weights.

    Args:
        path: a directory as transformers writes it, or a name on a hub.

    Raises:
        ModelMissing: transformers is not installed, or there is no such tokenizer.
    """
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        raise ModelMissing(f"{error.name} is not installed: make install-llm") from None
    try:
        check_place(path)
        # if nothing is said about its code, transformers asks on the terminal whether to run it
        return AutoTokenizer.from_pretrained(path, trust_remote_code=False)
    except Exception as error:  # noqa: BLE001 what reads the files raises nothing finer
        raise ModelMissing(f"--model_path {path!r} holds no tokenizer: {reason(error)}") from None
