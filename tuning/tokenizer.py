"""The tokenizer of a model directory."""

from typing import Any

from core.decode import reason
from core.errors import ModelMissing


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
        return AutoTokenizer.from_pretrained(path)
    except Exception as error:  # noqa: BLE001 what reads the files raises nothing finer
        raise ModelMissing(f"--model_path {path!r} holds no tokenizer: {reason(error)}") from None
