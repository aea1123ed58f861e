"""The language model that is trained: loading, scoring answers, low-rank updates (LoRA), saving."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from algos.sft import sums_per_sequence, token_log_probs
from core.decode import reason
from core.errors import ModelMissing
from core.model_files import check_place, refuse_missing_weights, saving
from core.settings.tuning import TINY_MARK
from tuning.batches import Branches, MicroBatch
from tuning.tokenizer import load_tokenizer

UNSUPPORTED_LOGITS = "its logits are not those of its output layer alone, which training needs"
LORA_SCALE = 2
"""Factor of a low-rank update (alpha / rank)."""
BLOCK, NUM_BLOCKS = 2**16, 64
"""Bytes and number of the pieces by which a large file is known."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The log-probabilities of N answer tokens, sequence after sequence.

    Attributes:
        log_probs: ``(N,)`` in nats.
        is_top: ``(N,)`` whether no other token is more likely.
        lengths: number of answer tokens of each sequence.
        totals: ``(S,)`` log-probabilities of the answers of C choices, choice after choice, the given one first; empty if
            no other answers are known.
        choice_sizes: number of answers in each of the C choices.
    """

    log_probs: Tensor
    is_top: Tensor
    lengths: tuple[int, ...]
    totals: Tensor
    choice_sizes: tuple[int, ...] = ()


class Weights:
    """A causal language model in float32, and its tokenizer.

    Dropout is off, in training too: the same weights give the same log-probabilities at every time.

    Args:
        path: a directory as transformers writes it, or a name on a hub.
        device: where it computes.
        lora_rank: of the update of all linear layers but the output layer; 0: all weights are trained.
        dtype: in which the forward pass computes; the weights stay in float32.
        seed: of the update's first values; with them it changes nothing.

    Raises:
        ModelMissing: transformers or peft is not installed, there is no such model, or its logits are not
            computed by the output layer alone.
    """

    def __init__(
        self, path: str, device: torch.device, *, lora_rank: int, dtype: str, seed: int
    ) -> None:
        self.device = device
        is_short = dtype == "bfloat16"
        self._dtype = torch.bfloat16 if is_short else torch.float32
        self._model, self.tokenizer = _load(path, device)
        if is_short and device.type == "cpu" and getattr(self._model.config, TINY_MARK, False):
            # slow to import, and needs transformers
            from tuning.attention import BLOCKS

            self._model.set_attn_implementation(BLOCKS)
        self._check_logits(path)
        self._adapted = _add_lora(self._model, lora_rank, seed) if lora_rank else None

    @property
    def longest(self) -> int:
        """Most tokens of a sequence."""
        return int(self._model.config.max_position_embeddings)

    @property
    def trained(self) -> dict[str, nn.Parameter]:
        """What is trained, by name."""
        named: Iterator[tuple[str, nn.Parameter]] = self._model.named_parameters()
        return {name: weights for name, weights in named if weights.requires_grad}

    def score(self, batch: MicroBatch) -> Scores:
        """Score the answer tokens of some sequences; only their logits are computed."""
        is_short = self._dtype != torch.float32
        branches = batch.branches
        with torch.autocast(self.device.type, self._dtype, enabled=is_short):
            hidden = self._hidden(batch.tokens, branches)
            logits = self._logits(hidden[batch.places])
            if branches is not None:
                of_branches = self._logits(hidden[branches.places])
        log_probs = token_log_probs(logits, batch.targets)
        with torch.no_grad():
            # several times as fast as argmax
            is_top = logits.gather(1, batch.targets[:, None])[:, 0] >= logits.amax(dim=-1)
        if branches is None:
            return Scores(log_probs, is_top, batch.lengths, log_probs.new_empty(0))
        each = token_log_probs(of_branches, branches.targets)
        totals = sums_per_sequence(each, branches.lengths)
        return Scores(log_probs, is_top, batch.lengths, totals, branches.choice_sizes)

    def save(self, directory: Path) -> None:
        """Write model and tokenizer, in float32: small updates of a later stage would be lost in a shorter type.

        A low-rank update is added to the weights, so that every server can load them.

        Raises:
            RunDirectoryError: they cannot be written.
        """
        model = self._adapted.merge_and_unload() if self._adapted is not None else self._model
        with saving(directory):
            model.save_pretrained(directory)
            self.tokenizer.save_pretrained(directory)

    def _hidden(self, tokens: Tensor, branches: Branches | None = None) -> Tensor:
        """Hidden states ``(B * T, width)`` of sequences ``(B, T)``, padded on the right.

        Attention is causal, so that padding needs no mask; other answers (`Branches`) do.
        """
        seen = (
            {"position_ids": branches.position_ids, "attention_mask": branches.attention_mask}
            if branches is not None
            else {}
        )
        states = self._model.base_model(input_ids=tokens, use_cache=False, **seen)
        hidden: Tensor = states.last_hidden_state
        return hidden.flatten(0, 1)

    def _logits(self, hidden: Tensor) -> Tensor:
        """Logits ``(N, vocabulary)`` of hidden states ``(N, width)``."""
        logits: Tensor = self._model.get_output_embeddings()(hidden)
        return logits

    def _check_logits(self, path: str) -> None:
        """Compare the logits of a few tokens with the model's own.

        Raises:
            ModelMissing: they differ, because the model scales or bounds them.
        """
        tokens = torch.arange(4, device=self.device)[None] % self._model.config.vocab_size
        with torch.inference_mode():
            expected = self._model(input_ids=tokens, use_cache=False).logits[0]
            actual = self._logits(self._hidden(tokens))
        # logits are of the order of ten
        if not torch.allclose(expected, actual, rtol=1e-3, atol=1e-3):
            raise ModelMissing(f"--model_path {path!r} cannot be trained: {UNSUPPORTED_LOGITS}")


def fingerprint(path: str) -> str:
    """Digest of a model directory's files, wherever it lies; the name of a model on a hub.

    Of a large file, pieces are read: training changes all of it.
    """
    files = sorted(file for file in Path(path).glob("*") if file.is_file())
    if not files:
        return path
    digest = hashlib.sha256()
    for file in files:
        size = file.stat().st_size
        digest.update(f"{file.name} {size}\n".encode())
        step = max(BLOCK, size // NUM_BLOCKS)
        with file.open("rb") as content:
            for place in range(0, size, step):
                content.seek(place)
                digest.update(content.read(BLOCK))
    return digest.hexdigest()


def _load(path: str, device: torch.device) -> tuple[Any, Any]:
    """A model and its tokenizer.

    Raises:
        ModelMissing: see `Weights`.
    """
    try:
        from transformers import AutoModelForCausalLM
        from transformers.utils import logging
    except ImportError as error:
        raise ModelMissing(f"{error.name} is not installed: make install-llm") from None
    logging.disable_progress_bar()
    try:
        check_place(path)
        model, loaded = AutoModelForCausalLM.from_pretrained(
            path, dtype=torch.float32, trust_remote_code=False, output_loading_info=True
        )
        refuse_missing_weights(loaded)
        model = model.to(device).eval()
    except Exception as error:  # noqa: BLE001 what reads the files raises nothing finer
        raise ModelMissing(
            f"--model_path {path!r} holds no language model that runs on {device}: {reason(error)}"
        ) from None
    return model, load_tokenizer(path)


def _add_lora(model: Any, rank: int, seed: int) -> Any:
    """Freeze a model's weights and add a low-rank update to each linear layer (arXiv 2106.09685).

    Raises:
        ModelMissing: peft is not installed.
    """
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError as error:
        raise ModelMissing(f"{error.name} is not installed: make install-llm") from None
    config = LoraConfig(
        r=rank, lora_alpha=LORA_SCALE * rank, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return get_peft_model(model, config)
