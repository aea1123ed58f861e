"""A language model in this process: many conversations at once, their common beginning kept.

Imported when `--planner local` is asked for: torch is nobody else's here.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jinja2 import TemplateError
from torch import Tensor
from transformers import AttentionInterface, AutoModelForCausalLM, AutoTokenizer, DynamicCache
from transformers.utils import logging

from core.chat import Reply, Request, Usage
from core.errors import PlannerError
from core.threads import wanted_threads
from planner.chat import Sampling, clean
from planner.rank import likeliest

ANOTHER_KIND = (
    "--model_path: the model attends in a way that is not known here; serve it, and take "
    "--planner fastchat"
)
KeysAndValues = list[tuple[Tensor, Tensor]]
"""Of each layer ``(1, kv_heads, P, head_size)``."""


def _attention(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor,
    *,
    scaling: float,
    beginning: KeysAndValues,
    sliding_window: int | None = None,
    softcap: float | None = None,
    s_aux: Tensor | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """Attention to a beginning that all rows share, and to what each row has of its own.

    Equal to ordinary attention over both one after the other, but the beginning's keys and values
    are not copied for each row.

    Args:
        module: the layer, numbered by `layer_idx`.
        query: ``(B, heads, T, D)``.
        key: ``(B, kv_heads, S, D)``, each row's own.
        value: the same.
        attention_mask: ``(B, 1, T, S)`` added to the scores of its own.
        scaling: of the scores.
        beginning: of every layer.
        sliding_window: other kinds of attention, which are not made here.
        softcap: the same.
        s_aux: the same.

    Returns:
        ``(B, T, heads, D)``.

    Raises:
        PlannerError: another kind of attention is asked for.
    """
    if sliding_window is not None or softcap is not None or s_aux is not None:
        raise PlannerError(ANOTHER_KIND)
    first_key, first_value = (part[0] for part in beginning[module.layer_idx])
    rows, heads, length, size = query.shape
    groups, shared = key.shape[1], first_key.shape[1]
    # heads that share keys and values stand together
    queries = heads // groups * length
    grouped = query.reshape(rows, groups, queries, size) * scaling

    def for_all(parts: Tensor) -> Tensor:
        """``(B, groups, queries, X)`` -> ``(groups, B * queries, X)``, all rows in one product."""
        return parts.transpose(0, 1).reshape(groups, rows * queries, parts.shape[-1])

    def for_each(parts: Tensor) -> Tensor:
        return parts.reshape(groups, rows, queries, parts.shape[-1]).transpose(0, 1)

    to_first = for_each(for_all(grouped) @ first_key.transpose(1, 2))
    to_own = grouped @ key.transpose(2, 3) + attention_mask.repeat(1, 1, heads // groups, 1)
    scores = torch.cat((to_first, to_own), dim=-1)
    weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype)
    first, own = weights.split((shared, key.shape[2]), dim=-1)
    mixed = for_each(for_all(first) @ first_value) + own @ value
    return mixed.reshape(rows, heads, length, size).transpose(1, 2), None


ATTENTION = "beginning"
AttentionInterface.register(ATTENTION, _attention)
logging.disable_progress_bar()


@dataclass(frozen=True, slots=True)
class _Beginning:
    """What conversations have in common: its tokens, and what the model made of them."""

    tokens: tuple[int, ...]
    kept: KeysAndValues

    def cut(self, length: int) -> "_Beginning":
        """The first tokens of it."""
        kept = [(key[:, :, :length], value[:, :, :length]) for key, value in self.kept]
        return _Beginning(self.tokens[:length], kept)


class LocalModel:
    """A causal language model out of a directory, or by its name on a hub.

    Args:
        path: the directory or the name.
        sampling: how it answers.
        device: where it computes.
        batch_size: so many conversations are continued at a time.

    Raises:
        PlannerError: there is no such model, or it attends in a way that is not known here.
    """

    def __init__(
        self, path: str, sampling: Sampling, device: str = "cpu", batch_size: int = 32
    ) -> None:
        self._path = path
        self._sampling = sampling
        self._batch_size = batch_size
        try:
            self._device = torch.device(device)
            self._tokenizer = AutoTokenizer.from_pretrained(path)
            model = AutoModelForCausalLM.from_pretrained(
                path,
                attn_implementation="eager",
                # processors are slow at anything shorter
                dtype=torch.float32 if self._device.type == "cpu" else "auto",
                trust_remote_code=False,
            )
            self._model = model.to(self._device).eval()
            self._nothing = self._empty()
        except Exception as error:  # noqa: BLE001 what reads the files raises nothing finer
            first = str(error).strip().split("\n")[0]
            raise PlannerError(
                f"--model_path {path!r} holds no language model that runs on {device}: {first}"
            ) from None
        if not self._tokenizer.chat_template:
            raise PlannerError(f"--model_path {path!r}: its tokenizer has no chat template")
        self._beginning = self._nothing
        self._check_attention()

    @property
    def name(self) -> str:
        """The model's directory, in this process."""
        return f"{Path(self._path).name}, local"

    @property
    def identity(self) -> Mapping[str, Any]:
        """What its answers depend on besides the request; other weights are another model."""
        files = sorted(file for file in Path(self._path).glob("*") if file.is_file())
        stamps = [[file.name, file.stat().st_size, file.stat().st_mtime_ns] for file in files]
        return {"model": self._path, "files": stamps, **self._sampling.identity}

    def chat(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """The model's answers, so many at a time as a batch holds.

        Raises:
            PlannerError: a conversation is too long for the model.
        """
        for first in range(0, len(requests), self._batch_size):
            yield from self._chat(requests[first : first + self._batch_size])

    @torch.inference_mode()
    def _chat(self, requests: Sequence[Request]) -> list[Reply]:
        started = time.perf_counter()
        prompts = [self._tokens(request) for request in requests]
        with _all_threads():
            self._keep(prompts)
            if requests[0].choices:
                answers = [self._rank(*pair) for pair in zip(requests, prompts, strict=True)]
            else:
                answers = self._continue(requests, prompts)
        seconds = (time.perf_counter() - started) / len(requests)
        return [
            Reply(text, Usage(1, len(prompt), num_tokens, seconds))
            for prompt, (text, num_tokens) in zip(prompts, answers, strict=True)
        ]

    def _tokens(self, request: Request) -> list[int]:
        """A conversation up to where the model speaks."""
        turns = [message.to_json() for message in request.messages]
        try:
            text = self._tokenizer.apply_chat_template(
                turns, tokenize=False, add_generation_prompt=True
            )
        except TemplateError as error:
            raise PlannerError(f"{self.name} takes no such conversation: {error}") from None
        tokens: list[int] = self._tokenizer(text, add_special_tokens=False).input_ids
        longest = self._model.config.max_position_embeddings - self._sampling.max_tokens
        if len(tokens) > longest:
            raise PlannerError(
                f"{self.name}: a conversation of {len(tokens)} tokens is too long; "
                f"{longest} and --max_tokens more fit into the model"
            )
        return tokens

    def _keep(self, prompts: Sequence[list[int]]) -> None:
        """Make the longest common beginning of some prompts the one that is kept.

        The last token of a prompt is never part of it: what follows is read off there.
        """
        common = _common([prompt[:-1] for prompt in prompts])
        known = self._beginning.cut(_num_common(self._beginning.tokens, common))
        self._beginning = self._extend(known, common[len(known.tokens) :])

    def _extend(self, beginning: _Beginning, tokens: Sequence[int]) -> _Beginning:
        """A beginning and what follows on it."""
        if not tokens:
            return beginning
        rows = _Rows(self._model, beginning, [tokens])
        rows.read()
        more = [(layer.keys, layer.values) for layer in rows.cache.layers]
        kept = [
            (torch.cat((key, own_key), dim=2), torch.cat((value, own_value), dim=2))
            for (key, value), (own_key, own_value) in zip(beginning.kept, more, strict=True)
        ]
        return _Beginning((*beginning.tokens, *tokens), kept)

    def _continue(
        self, requests: Sequence[Request], prompts: Sequence[list[int]]
    ) -> list[tuple[str, int]]:
        """What the model says, and how many tokens that is, for each conversation."""
        start = len(self._beginning.tokens)
        rows = _Rows(self._model, self._beginning, [prompt[start:] for prompt in prompts])
        read = rows.read()
        last = torch.tensor([len(prompt) - start - 1 for prompt in prompts])
        logits = self._head(read[torch.arange(len(prompts)), last])
        draws = [self._draws(request) for request in requests]
        said: list[list[int]] = [[] for _ in prompts]
        talking = list(range(len(prompts)))
        for place in range(self._sampling.max_tokens):
            tokens = self._pick(logits, [draws[number][place] for number in talking])
            still = []
            for row, (number, token) in enumerate(zip(talking, tokens, strict=True)):
                if token != self._tokenizer.eos_token_id:
                    said[number].append(token)
                    if not self._has_stopped(said[number]):
                        still.append(row)
            if not still:
                break
            if len(still) < len(talking):
                rows.keep(still)
                talking = [talking[row] for row in still]
            logits = self._head(rows.append([tokens[row] for row in still]))
        return [(self._text(tokens), len(tokens)) for tokens in said]

    def _draws(self, request: Request) -> list[float]:
        """A random number in [0, 1) for each token: those of the sample, whoever else is asked."""
        rng = np.random.default_rng(self._sampling.seed_of(request.sample))
        draws: list[float] = rng.random(self._sampling.max_tokens).tolist()
        return draws

    def _pick(self, logits: Tensor, draws: Sequence[float]) -> list[int]:
        """The next token of each row: the likeliest, or the one that is drawn."""
        if self._sampling.temperature == 0:
            return logits.argmax(dim=-1).tolist()
        passed = torch.softmax(logits / self._sampling.temperature, dim=-1).cumsum(dim=-1)
        drawn = torch.tensor(draws, device=logits.device)[:, None]
        return (passed <= drawn).sum(dim=-1).clamp(max=logits.shape[-1] - 1).tolist()

    def _has_stopped(self, tokens: list[int]) -> bool:
        text = self._decode(tokens) if self._sampling.stop else ""
        return any(stop in text for stop in self._sampling.stop)

    def _text(self, tokens: list[int]) -> str:
        """What was said, without what stopped it."""
        text = self._decode(tokens)
        for stop in self._sampling.stop:
            text = text.split(stop)[0]
        return text.strip()

    def _decode(self, tokens: list[int]) -> str:
        return clean(self._tokenizer.decode(tokens, skip_special_tokens=True))

    def _rank(self, request: Request, prompt: list[int]) -> tuple[str, int]:
        """The likeliest choice, and how many tokens were weighed."""
        known = self._extend(self._beginning, prompt[len(self._beginning.tokens) : -1])
        end = self._tokenizer.eos_token
        turns: list[list[int]] = [
            self._tokenizer(choice + end, add_special_tokens=False).input_ids
            for choice in request.choices
        ]
        rows = _Rows(self._model, known, [[prompt[-1], *turn[:-1]] for turn in turns])
        logprobs = torch.log_softmax(self._head(rows.read()), dim=-1)
        weighed = [logprobs[row, range(len(turn)), turn].tolist() for row, turn in enumerate(turns)]
        return likeliest(request.choices, weighed), sum(map(len, turns))

    def _check_attention(self) -> None:
        """Read a line both as the model does and on a kept beginning: it must be the same.

        Raises:
            PlannerError: it is not.
        """
        tokens = self._tokenizer("The key is behind the door.", add_special_tokens=False).input_ids
        with torch.inference_mode():
            own_way = self._model(torch.tensor([tokens], device=self._device)).logits[0, -1]
            self._model.set_attn_implementation(ATTENTION)
            known = self._extend(self._nothing, tokens[: len(tokens) // 2])
            rows = _Rows(self._model, known, [tokens[len(tokens) // 2 :]])
            ours = self._head(rows.read()[0, -1])
        # logits are some tens: half a unit is what numbers of 16 bits leave open
        tolerance = 1e-2 if self._model.dtype == torch.float32 else 0.5
        if not torch.allclose(own_way.float(), ours, rtol=0, atol=tolerance):
            raise PlannerError(ANOTHER_KIND)

    def _head(self, read: Tensor) -> Tensor:
        """Logits ``(..., words)`` of what was read ``(..., width)``."""
        logits: Tensor = self._model.get_output_embeddings()(read)
        return logits.float()

    def _empty(self) -> _Beginning:
        """Nothing yet."""
        config = self._model.config
        size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        none = torch.zeros((1, config.num_key_value_heads, 0, size), device=self._device)
        none = none.to(self._model.dtype)
        return _Beginning((), [(none, none)] * config.num_hidden_layers)


class _Rows:
    """Some texts that go on from one beginning, each with keys and values of its own.

    Args:
        model: reads them.
        beginning: what they go on from.
        texts: tokens of each, at least one.
    """

    def __init__(self, model: Any, beginning: _Beginning, texts: Sequence[Sequence[int]]) -> None:
        self._model = model
        self._beginning = beginning
        self._lengths = torch.tensor([len(text) for text in texts], device=model.device)
        longest = int(self._lengths.max())
        padded = [[*text, *[0] * (longest - len(text))] for text in texts]
        self._tokens = torch.tensor(padded, device=model.device)
        self._is_own = torch.arange(longest, device=model.device) < self._lengths[:, None]
        self.cache = DynamicCache()

    def read(self) -> Tensor:
        """Read the texts; returns what comes of every token ``(B, longest, width)``."""
        rows, longest = self._tokens.shape
        places = torch.arange(longest, device=self._tokens.device)
        may_see = (places[:, None] >= places)[None] & self._is_own[:, None]
        return self._forward(self._tokens, places.expand(rows, -1), may_see)

    def keep(self, which: Sequence[int]) -> None:
        """Go on with some of the rows only."""
        chosen = torch.tensor(which, device=self._tokens.device)
        self.cache.batch_select_indices(chosen)
        self._is_own, self._lengths = self._is_own[chosen], self._lengths[chosen]

    def append(self, tokens: Sequence[int]) -> Tensor:
        """Read one more token in every row; returns what comes of it ``(B, width)``."""
        new = torch.tensor(tokens, device=self._tokens.device)[:, None]
        self._is_own = torch.cat((self._is_own, torch.ones_like(new, dtype=torch.bool)), dim=1)
        read = self._forward(new, self._lengths[:, None], self._is_own[:, None])
        self._lengths = self._lengths + 1
        return read[:, 0]

    def _forward(self, tokens: Tensor, places: Tensor, may_see: Tensor) -> Tensor:
        hidden = torch.zeros(may_see.shape, dtype=self._model.dtype, device=tokens.device)
        hidden.masked_fill_(~may_see, torch.finfo(self._model.dtype).min)
        # without the logits, which are wanted of few tokens only
        output = self._model.base_model(
            input_ids=tokens,
            attention_mask=hidden[:, None],
            position_ids=places + len(self._beginning.tokens),
            past_key_values=self.cache,
            use_cache=True,
            beginning=self._beginning.kept,
        )
        read: Tensor = output.last_hidden_state
        return read


def _num_common(some: Sequence[int], others: Sequence[int]) -> int:
    """How many tokens two texts have in common at the beginning."""
    pairs = enumerate(zip(some, others, strict=False))
    return next((n for n, (one, other) in pairs if one != other), min(len(some), len(others)))


def _common(texts: Sequence[list[int]]) -> list[int]:
    """The longest common beginning; the first and the last in order have no more than all."""
    least, most = min(texts), max(texts)
    return least[: _num_common(least, most)]


@contextmanager
def _all_threads() -> Iterator[None]:
    """A language model is worth all cores, where the mediator's small network is not."""
    before = torch.get_num_threads()
    torch.set_num_threads(wanted_threads())
    try:
        yield
    finally:
        torch.set_num_threads(before)
