"""A language model in this process: answers batches of conversations and caches their common prefix.

Imported only for `--planner local`, because torch and transformers are slow to import.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jinja2 import TemplateError
from torch import Tensor
from transformers import AttentionInterface, AutoModelForCausalLM, AutoTokenizer, DynamicCache
from transformers.utils import logging

from algos.threads import all_threads
from core.chat import Reply, Request, Sampling, Usage
from core.chat_template import ChatTemplate
from core.errors import ModelMissing, ModelRefused
from core.untrusted import clean
from planner.chat import seed_of
from planner.choice_scoring import most_likely

UNSUPPORTED_ATTENTION = (
    "--model_path: the model's kind of attention is not supported here; serve it and use "
    "--planner fastchat"
)
KeysAndValues = list[tuple[Tensor, Tensor]]
"""For each layer ``(1, kv_heads, P, head_size)``."""


def _attention(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor,
    *,
    scaling: float,
    prefix: KeysAndValues,
    sliding_window: int | None = None,
    softcap: float | None = None,
    s_aux: Tensor | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """Attention to a prefix that all rows share, followed by each row's own tokens.

    Equal to ordinary attention over the concatenation, but the keys and values of the prefix are not
    copied for each row. Shapes: B rows, T new tokens, S own tokens so far, P tokens of the prefix, D
    the size of a head.

    Args:
        module: the layer, numbered by `layer_idx`.
        query: ``(B, heads, T, D)``.
        key: ``(B, kv_heads, S, D)``, each row's own.
        value: like `key`.
        attention_mask: ``(B, 1, T, S)`` added to the scores of a row's own tokens.
        scaling: factor of the scores.
        prefix: keys and values of every layer.
        sliding_window: unsupported; must be None.
        softcap: unsupported; must be None.
        s_aux: unsupported; must be None.

    Returns:
        ``(B, T, heads, D)``.

    Raises:
        ModelMissing: the model needs an unsupported kind of attention.
    """
    if sliding_window is not None or softcap is not None or s_aux is not None:
        raise ModelMissing(UNSUPPORTED_ATTENTION)
    prefix_key, prefix_value = (part[0] for part in prefix[module.layer_idx])
    rows, heads, length, size = query.shape
    groups, shared = key.shape[1], prefix_key.shape[1]
    # heads that share keys and values are adjacent
    queries = heads // groups * length
    grouped = query.reshape(rows, groups, queries, size) * scaling
    to_prefix = _split_rows(_merge_rows(grouped) @ prefix_key.transpose(1, 2), rows)
    to_own = grouped @ key.transpose(2, 3) + attention_mask.repeat(1, 1, heads // groups, 1)
    scores = torch.cat((to_prefix, to_own), dim=-1)
    weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype)
    on_prefix, on_own = weights.split((shared, key.shape[2]), dim=-1)
    mixed = _split_rows(_merge_rows(on_prefix) @ prefix_value, rows) + on_own @ value
    return mixed.reshape(rows, heads, length, size).transpose(1, 2), None


def _merge_rows(parts: Tensor) -> Tensor:
    """``(B, groups, queries, X)`` -> ``(groups, B * queries, X)``: one product for all rows."""
    rows, groups, queries, size = parts.shape
    return parts.transpose(0, 1).reshape(groups, rows * queries, size)


def _split_rows(parts: Tensor, rows: int) -> Tensor:
    """``(groups, B * queries, X)`` -> ``(B, groups, queries, X)``."""
    groups, all_queries, size = parts.shape
    return parts.reshape(groups, rows, all_queries // rows, size).transpose(0, 1)


ATTENTION = "shared_prefix"
AttentionInterface.register(ATTENTION, _attention)


@dataclass(frozen=True, slots=True)
class PrefixCache:
    """The common beginning of some conversations: its tokens, their keys and values."""

    tokens: tuple[int, ...]
    layers: KeysAndValues

    def truncate(self, length: int) -> "PrefixCache":
        """The first tokens of it."""
        layers = [(key[:, :, :length], value[:, :, :length]) for key, value in self.layers]
        return PrefixCache(self.tokens[:length], layers)


@dataclass(frozen=True, slots=True)
class Generated:
    """An answer or its beginning, the number of tokens, and whether it ended at the token limit."""

    text: str
    num_tokens: int
    cut: bool = False


class LocalModel:
    """A causal language model from a directory, or by its name on a hub.

    Args:
        path: the directory or the name.
        device: where it computes.
        batch_size: number of conversations that are continued at the same time.

    Raises:
        ModelMissing: there is no such model, or its kind of attention is not supported.
    """

    in_flight = 1

    def __init__(self, path: str, device: str = "cpu", batch_size: int = 32) -> None:
        self._path = path
        self._batch_size = batch_size
        logging.disable_progress_bar()
        try:
            self._device = torch.device(device)
            self._tokenizer = AutoTokenizer.from_pretrained(path)
            model = AutoModelForCausalLM.from_pretrained(
                path,
                attn_implementation="eager",
                # CPUs are slow at shorter floats
                dtype=torch.float32 if self._device.type == "cpu" else "auto",
                trust_remote_code=False,
            )
            self._model = model.to(self._device).eval()
            self._prefix = self._empty_prefix()
        except Exception as error:  # noqa: BLE001 what reads the files raises nothing finer
            first = str(error).strip().split("\n")[0]
            raise ModelMissing(
                f"--model_path {path!r} holds no language model that runs on {device}: {first}"
            ) from None
        if not self._tokenizer.chat_template:
            raise ModelMissing(f"--model_path {path!r}: its tokenizer has no chat template")
        self._template = ChatTemplate(self._tokenizer)
        self._check_attention()

    @property
    def name(self) -> str:
        """The model's directory."""
        return f"{Path(self._path).name}, local"

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """What its answers depend on besides the request; other weights are another model."""
        files = sorted(file for file in Path(self._path).glob("*") if file.is_file())
        stamps = [[file.name, file.stat().st_size, file.stat().st_mtime_ns] for file in files]
        return {"model": self._path, "files": stamps}

    def forget(self) -> None:
        """Forget the common beginning of earlier conversations; later answers are those of a new model, bit for bit."""
        self._prefix = self._empty_prefix()

    def chat(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """The model's answers, in batches of requests with the same sampling.

        Raises:
            ModelRefused: a conversation is too long for the model, or not of a form that it knows.
        """
        for _, group in groupby(requests, key=_kind):
            alike = list(group)
            for first in range(0, len(alike), self._batch_size):
                yield from self._chat(alike[first : first + self._batch_size])

    @torch.inference_mode()
    def _chat(self, requests: Sequence[Request]) -> list[Reply]:
        """The answers to requests of the same kind, see `_kind`."""
        started = time.perf_counter()
        prompts = [self._tokens(request) for request in requests]
        with all_threads():
            self._update_prefix(prompts)
            if requests[0].choices:
                written = self._write_before_choice(requests, prompts)
                answers = list(map(self._choose, requests, prompts, written))
            else:
                answers = self._generate(requests, prompts, requests[0].sampling)
        seconds = (time.perf_counter() - started) / len(requests)
        return [
            Reply(answer.text, Usage(1, len(prompt), answer.num_tokens, seconds), answer.cut)
            for prompt, answer in zip(prompts, answers, strict=True)
        ]

    def _tokens(self, request: Request) -> list[int]:
        """A conversation up to where the model's turn begins."""
        try:
            text = self._template.prompts([request.messages])[0]
        except TemplateError as error:
            raise ModelRefused(f"{self.name} does not accept this conversation: {error}") from None
        tokens: list[int] = self._tokenizer(text, add_special_tokens=False).input_ids
        self._check_length(len(tokens), request.sampling.max_tokens, "--max_tokens")
        return tokens

    def _check_length(self, num_tokens: int, num_more: int, more: str) -> None:
        """Check that a conversation fits into the model.

        Args:
            num_tokens: of the conversation.
            num_more: tokens of the answer.
            more: what they are.

        Raises:
            ModelRefused: it does not.
        """
        longest = self._model.config.max_position_embeddings - num_more
        if num_tokens > longest:
            raise ModelRefused(
                f"{self.name}: a conversation of {num_tokens} tokens is too long; "
                f"{longest} and {more} more fit into the model"
            )

    def _update_prefix(self, prompts: Sequence[list[int]]) -> None:
        """Cache the longest common prefix of some prompts.

        The last token of a prompt is never part of it: the next token is predicted from there.
        """
        common = _common_prefix([prompt[:-1] for prompt in prompts])
        known = self._prefix.truncate(_num_common(self._prefix.tokens, common))
        self._prefix = self._extend_prefix(known, common[len(known.tokens) :])

    def _extend_prefix(self, prefix: PrefixCache, tokens: Sequence[int]) -> PrefixCache:
        """A prefix followed by more tokens."""
        if not tokens:
            return prefix
        batch = DecodeBatch(self._model, prefix, [tokens])
        batch.read()
        own = [(layer.keys, layer.values) for layer in batch.cache.layers]
        layers = [
            (torch.cat((key, own_key), dim=2), torch.cat((value, own_value), dim=2))
            for (key, value), (own_key, own_value) in zip(prefix.layers, own, strict=True)
        ]
        return PrefixCache((*prefix.tokens, *tokens), layers)

    def _generate(
        self, requests: Sequence[Request], prompts: Sequence[list[int]], sampling: Sampling
    ) -> list[Generated]:
        """The answer to each conversation."""
        start = len(self._prefix.tokens)
        batch = DecodeBatch(self._model, self._prefix, [prompt[start:] for prompt in prompts])
        hidden = batch.read()
        last = torch.tensor([len(prompt) - start - 1 for prompt in prompts])
        logits = self._logits(hidden[torch.arange(len(prompts)), last])
        # a request's draws do not depend on the other requests of the batch
        uniforms = [
            np.random.default_rng(seed_of(request)).random(sampling.max_tokens).tolist()
            for request in requests
        ]
        generated: list[list[int]] = [[] for _ in prompts]
        active = list(range(len(prompts)))
        for position in range(sampling.max_tokens):
            draws = [uniforms[number][position] for number in active]
            tokens = _sample(logits, draws, sampling.temperature)
            remaining = []
            for row, (number, token) in enumerate(zip(active, tokens, strict=True)):
                if token != self._tokenizer.eos_token_id:
                    generated[number].append(token)
                    if not self._has_stopped(generated[number], sampling.stop):
                        remaining.append(row)
            if len(remaining) < len(active):
                active = [active[row] for row in remaining]
                if not active:
                    break
                batch.select(remaining)
            logits = self._logits(batch.append([tokens[row] for row in remaining]))
        return [
            Generated(self._text(tokens, sampling.stop), len(tokens), cut=number in active)
            for number, tokens in enumerate(generated)
        ]

    def _has_stopped(self, tokens: list[int], stops: Sequence[str]) -> bool:
        text = self._decode(tokens) if stops else ""
        return any(stop in text for stop in stops)

    def _text(self, tokens: list[int], stops: Sequence[str]) -> str:
        """The answer, up to the first stop text."""
        text = self._decode(tokens)
        for stop in stops:
            text = text.split(stop)[0]
        return text.strip()

    def _decode(self, tokens: list[int]) -> str:
        return clean(self._tokenizer.decode(tokens, skip_special_tokens=True))

    def _write_before_choice(
        self, requests: Sequence[Request], prompts: Sequence[list[int]]
    ) -> list[Generated]:
        """The beginning of each answer up to where its choices begin."""
        after, sampling = requests[0].choices_after, requests[0].sampling
        if not after:
            return [Generated("", 0)] * len(requests)
        stops = (after, *sampling.stop)
        written = self._generate(requests, prompts, replace(sampling, stop=stops))
        return [
            Generated("\n".join(filter(None, (one.text, after))) + " ", one.num_tokens)
            for one in written
        ]

    def _choose(self, request: Request, prompt: list[int], written: Generated) -> Generated:
        """What is written already with the most likely choice, and the number of tokens of all choices.

        Raises:
            ModelRefused: the conversation and an answer are too long for the model.
        """
        end = self._tokenizer.eos_token
        texts = [written.text + choice + end for choice in request.choices]
        turns: list[list[int]] = self._tokenizer(texts, add_special_tokens=False).input_ids
        self._check_length(len(prompt), max(map(len, turns)), "its longest choice")
        # a token may hold the end of what is written and the beginning of a choice
        num_written = len(self._tokenizer(written.text, add_special_tokens=False).input_ids)
        shared = _common_prefix([turn[:-1] for turn in turns])[:num_written]
        begin = [*prompt, *shared]
        rests = [turn[len(shared) :] for turn in turns]
        prefix = self._extend_prefix(self._prefix, begin[len(self._prefix.tokens) : -1])
        batch = DecodeBatch(self._model, prefix, [[begin[-1], *rest[:-1]] for rest in rests])
        logprobs = torch.log_softmax(self._logits(batch.read()), dim=-1)
        scores = [logprobs[row, range(len(rest)), rest].tolist() for row, rest in enumerate(rests)]
        best = most_likely(request.choices, scores, request.choices_by)
        return Generated(written.text + best, written.num_tokens + sum(map(len, rests)))

    def _check_attention(self) -> None:
        """Compare the logits of a sentence by the model's own attention and by `_attention`.

        Raises:
            ModelMissing: they differ.
        """
        tokens = self._tokenizer("The key is behind the door.", add_special_tokens=False).input_ids
        with torch.inference_mode():
            expected = self._model(torch.tensor([tokens], device=self._device)).logits[0, -1]
            self._model.set_attn_implementation(ATTENTION)
            prefix = self._extend_prefix(self._prefix, tokens[: len(tokens) // 2])
            batch = DecodeBatch(self._model, prefix, [tokens[len(tokens) // 2 :]])
            actual = self._logits(batch.read()[0, -1])
        # logits are of the order of ten: floats of 16 bits leave half a unit open
        tolerance = 1e-2 if self._model.dtype == torch.float32 else 0.5
        if not torch.allclose(expected.float(), actual, rtol=0, atol=tolerance):
            raise ModelMissing(UNSUPPORTED_ATTENTION)

    def _logits(self, hidden: Tensor) -> Tensor:
        """Logits ``(..., vocabulary)`` of hidden states ``(..., width)``."""
        logits: Tensor = self._model.get_output_embeddings()(hidden)
        return logits.float()

    def _empty_prefix(self) -> PrefixCache:
        config = self._model.config
        size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        none = torch.zeros((1, config.num_key_value_heads, 0, size), device=self._device)
        none = none.to(self._model.dtype)
        return PrefixCache((), [(none, none)] * config.num_hidden_layers)


class DecodeBatch:
    """B texts that continue the same prefix, each with its own keys and values.

    Args:
        model: reads them.
        prefix: what they continue.
        texts: tokens of each, at least one.
    """

    def __init__(self, model: Any, prefix: PrefixCache, texts: Sequence[Sequence[int]]) -> None:
        self._model = model
        self._prefix = prefix
        self._lengths = torch.tensor([len(text) for text in texts], device=model.device)
        longest = int(self._lengths.max())
        padded = [[*text, *[0] * (longest - len(text))] for text in texts]
        self._tokens = torch.tensor(padded, device=model.device)
        self._is_own = torch.arange(longest, device=model.device) < self._lengths[:, None]
        self.cache = DynamicCache()

    def read(self) -> Tensor:
        """Read the texts; returns the hidden state of every token ``(B, longest, width)``."""
        rows, longest = self._tokens.shape
        places = torch.arange(longest, device=self._tokens.device)
        may_see = (places[:, None] >= places)[None] & self._is_own[:, None]
        return self._forward(self._tokens, places.expand(rows, -1), may_see)

    def select(self, rows: Sequence[int]) -> None:
        """Keep only some of the rows."""
        chosen = torch.tensor(rows, device=self._tokens.device)
        self.cache.batch_select_indices(chosen)
        self._is_own, self._lengths = self._is_own[chosen], self._lengths[chosen]

    def append(self, tokens: Sequence[int]) -> Tensor:
        """Read one more token in every row; returns its hidden state ``(B, width)``."""
        new = torch.tensor(tokens, device=self._tokens.device)[:, None]
        self._is_own = torch.cat((self._is_own, torch.ones_like(new, dtype=torch.bool)), dim=1)
        hidden = self._forward(new, self._lengths[:, None], self._is_own[:, None])
        self._lengths = self._lengths + 1
        return hidden[:, 0]

    def _forward(self, tokens: Tensor, places: Tensor, may_see: Tensor) -> Tensor:
        mask = torch.zeros(may_see.shape, dtype=self._model.dtype, device=tokens.device)
        mask.masked_fill_(~may_see, torch.finfo(self._model.dtype).min)
        # without the logits, which are needed for a few tokens only
        output = self._model.base_model(
            input_ids=tokens,
            attention_mask=mask[:, None],
            position_ids=places + len(self._prefix.tokens),
            past_key_values=self.cache,
            use_cache=True,
            prefix=self._prefix.layers,
        )
        hidden: Tensor = output.last_hidden_state
        return hidden


def _kind(request: Request) -> tuple[Sampling, bool, str]:
    """Requests of the same kind are answered in one batch."""
    return request.sampling, bool(request.choices), request.choices_after


def _sample(logits: Tensor, draws: Sequence[float], temperature: float) -> list[int]:
    """The next token of each of B rows: the most likely one, or drawn by inverse transform.

    Args:
        logits: ``(B, vocabulary)``.
        draws: B random numbers in [0, 1).
        temperature: 0 takes the most likely token.
    """
    if temperature == 0:
        return logits.argmax(dim=-1).tolist()
    cumulated = torch.softmax(logits / temperature, dim=-1).cumsum(dim=-1)
    drawn = torch.tensor(draws, device=logits.device)[:, None]
    return (cumulated <= drawn).sum(dim=-1).clamp(max=logits.shape[-1] - 1).tolist()


def _num_common(some: Sequence[int], others: Sequence[int]) -> int:
    """Number of tokens at the beginning that two texts have in common."""
    pairs = enumerate(zip(some, others, strict=False))
    return next((n for n, (one, other) in pairs if one != other), min(len(some), len(others)))


def _common_prefix(texts: Sequence[list[int]]) -> list[int]:
    """The longest common prefix: that of the first and the last text in lexical order."""
    least, most = min(texts), max(texts)
    return least[: _num_common(least, most)]
