"""A small language model from scratch: a Llama and a tokenizer of the world's words, for two CPU cores."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core.errors import ModelMissing, SettingsError
from core.files import remove
from core.model_files import saving
from core.settings.tuning import TINY_MARK

HEAD_SIZE = 32
MAX_WIDTH, MAX_LAYERS = 1024, 32
MAX_POSITIONS = 4096
MAX_WORDS = 8192
"""The most frequent words become tokens; others are spelled."""
END, PAD = "<|end|>", "<|pad|>"
ROLES = {role: f"<|{role}|>" for role in ("system", "user", "assistant")}
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] }}"
    "{% if message['role'] == 'assistant' %}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
"""A turn begins with its role; the model's own also has an end."""
_SHAPE = re.compile(r"tiny(?::(?P<width>\d{1,6})x(?P<layers>\d{1,6}))?")
_PIECE = r" ?\p{L}+| ?\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
"""A word with the blank before it, a single digit with the blank before it, marks, or white space."""
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class TinyShape:
    """The size of a model.

    Attributes:
        width: size of a hidden state, a multiple of `HEAD_SIZE`.
        layers: number of them.
    """

    width: int = 128
    layers: int = 3


def read_shape(text: str) -> TinyShape:
    """``tiny``: the default; ``tiny:WIDTHxLAYERS``: another one.

    Raises:
        SettingsError: it is not written so, or is out of range.
    """
    match = _SHAPE.fullmatch(text)
    if match is not None and match["width"] is None:
        return TinyShape()
    shape = TinyShape(int(match["width"]), int(match["layers"])) if match is not None else None
    if (
        shape is None
        or shape.width % HEAD_SIZE
        or not HEAD_SIZE <= shape.width <= MAX_WIDTH
        or not 1 <= shape.layers <= MAX_LAYERS
    ):
        raise SettingsError(
            f"no tiny model {text!r}: write tiny:WIDTHxLAYERS, a width that is a multiple of {HEAD_SIZE} up to "
            f"{MAX_WIDTH}, and 1 to {MAX_LAYERS} layers, for example tiny:256x4"
        )
    return shape


def make_tiny(shape: str, texts: Iterable[str], place: Path, seed: int) -> Path:
    """Write an untrained Llama with a tokenizer and a chat template as a Hugging Face directory.

    The tokenizer is a byte-level BPE. Each word of `texts` is one token, with and without a blank before it; each
    digit is one; everything else is spelled in pieces, and decodes to what it was.

    Args:
        shape: see `read_shape`.
        texts: what the model is to read and write.
        place: the directory; replaced if it exists.
        seed: of the weights.

    Returns:
        `place`.

    Raises:
        SettingsError: the shape is none.
        ModelMissing: torch or transformers is not installed.
        RunDirectoryError: it cannot be written.
    """
    size = read_shape(shape)
    try:
        tokenizer = _tokenizer(texts)
        model = _model(size, tokenizer, seed)
    except ImportError as error:
        raise ModelMissing(f"a tiny model needs {error.name}: make install-llm") from None
    place.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{place.name}.", dir=place.parent) as temporary:
        made = Path(temporary) / "model"
        with saving(made):
            model.save_pretrained(made)
            tokenizer.save_pretrained(made)
        remove(place)
        made.rename(place)
    return place


def _tokenizer(texts: Iterable[str]) -> Any:
    """A tokenizer with the chat template."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
    from tokenizers.trainers import BpeTrainer
    from transformers import PreTrainedTokenizerFast

    special = [PAD, END, *ROLES.values()]
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECE), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    bpe.decoder = decoders.ByteLevel()
    # each word once, and merges until each is one token, whatever their number
    trainer = BpeTrainer(
        vocab_size=2**20,
        min_frequency=1,
        show_progress=False,
        special_tokens=[AddedToken(word, special=True, normalized=False) for word in special],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    bpe.train_from_iterator(_spellings(texts), trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token=END,
        pad_token=PAD,
        additional_special_tokens=list(ROLES.values()),
        clean_up_tokenization_spaces=False,
        model_max_length=MAX_POSITIONS,
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def _spellings(texts: Iterable[str]) -> list[str]:
    """What shall be one token: the words of texts and the digits, with and without a blank before them."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_WORD.findall(text))
    most = sorted(counts, key=lambda word: (-counts[word], word))[:MAX_WORDS]
    words = [*sorted(most), *"0123456789"]
    return [*words, *(f" {word}" for word in words)]


def _model(shape: TinyShape, tokenizer: Any, seed: int) -> Any:
    """A Llama with random weights."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=shape.width,
        intermediate_size=3 * shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.width // HEAD_SIZE,
        head_dim=HEAD_SIZE,
        max_position_embeddings=MAX_POSITIONS,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        dtype=torch.float32,
        **{TINY_MARK: True},
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return LlamaForCausalLM(config)
