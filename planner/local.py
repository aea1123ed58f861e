"""A language model in this process: answers batches of conversations and keeps what it has read of them.

Imported only for `--planner local`, because torch and transformers are slow to import.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jinja2 import TemplateError
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from algos.threads import all_threads
from core.chat import Reply, Request, Sampling, Usage
from core.chat_template import ChatTemplate
from core.errors import ModelMissing, ModelRefused
from core.model_files import check_place, refuse_missing_weights
from core.untrusted import clean
from planner.chat import seed_of
from planner.choice_scoring import most_likely
from planner.decoding import ATTENTION, UNSUPPORTED_ATTENTION, DecodeBatch, TokenTree
from planner.prefix_tree import Known, PrefixTree, common_prefix, joined

BATCH_BYTES = 2**30
"""Of the keys and values of the conversations that are continued at the same time."""
KEPT_BYTES = 2**30
"""Of the keys and values that are kept for later requests."""


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
        batch_size: largest number of conversations that are continued at the same time.
        kept_bytes: of keys and values that are kept for later requests.

    Raises:
        ModelMissing: there is no such model, or its kind of attention is not supported.
    """

    in_flight = 1

    def __init__(
        self, path: str, device: str = "cpu", batch_size: int = 256, kept_bytes: int = KEPT_BYTES
    ) -> None:
        self._path = path
        self._batch_size = batch_size
        self._kept_bytes = kept_bytes
        logging.disable_progress_bar()
        try:
            check_place(path)
            self._device = torch.device(device)
            # if nothing is said about its code, transformers asks on the terminal whether to run it
            self._tokenizer = AutoTokenizer.from_pretrained(path, trust_remote_code=False)
            model, loaded = AutoModelForCausalLM.from_pretrained(
                path,
                attn_implementation="eager",
                # CPUs are slow at shorter floats
                dtype=torch.float32 if self._device.type == "cpu" else "auto",
                trust_remote_code=False,
                output_loading_info=True,
            )
            refuse_missing_weights(loaded)
            self._model = model.to(self._device).eval()
            self.forget()
        except Exception as error:  # noqa: BLE001 what reads the files raises nothing finer
            first = str(error).strip().split("\n")[0]
            raise ModelMissing(
                f"--model_path {path!r} holds no language model that runs on {device}: {first}"
            ) from None
        if not self._tokenizer.chat_template:
            raise ModelMissing(f"--model_path {path!r}: its tokenizer has no chat template")
        self._template = ChatTemplate(self._tokenizer)
        self._end_tokens = self._find_end_tokens()
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
        """Forget what was read of earlier conversations; later answers are those of a new model, bit for bit."""
        self._known = PrefixTree(self._empty_span(), self._kept_bytes)

    def chat(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """The model's answers, in batches of requests with the same sampling.

        Raises:
            ModelRefused: a conversation is too long for the model, or not of a form that it knows.
        """
        for _, group in groupby(requests, key=_kind):
            yield from self._answer(list(group))

    def _answer(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """The answers to requests of the same kind, see `_kind`; those before one that is refused are given."""
        prompts: list[list[int]] = []
        refusal = None
        try:
            for request in requests:
                prompts.append(self._tokens(request))
        except ModelRefused as error:
            refusal = error
        for batch in self._batches(prompts, requests[0].sampling.max_tokens):
            yield from self._chat(requests[batch], prompts[batch])
        if refusal is not None:
            raise refusal

    def _batches(self, prompts: Sequence[list[int]], num_new: int) -> Iterator[slice]:
        """Consecutive conversations that are continued together, as many as fit into memory."""
        shared = len(common_prefix(prompts)) if prompts else 0
        first = longest = 0
        for number, prompt in enumerate(prompts):
            own = len(prompt) - shared + num_new
            longest = max(longest, own)
            rows = number + 1 - first
            is_full = rows > self._batch_size or rows * longest * self._token_bytes > BATCH_BYTES
            if is_full and rows > 1:
                yield slice(first, number)
                first, longest = number, own
        if prompts:
            yield slice(first, len(prompts))

    @torch.inference_mode()
    def _chat(self, requests: Sequence[Request], prompts: Sequence[list[int]]) -> list[Reply]:
        """The answers to the requests of a batch."""
        started = time.perf_counter()
        with all_threads():
            if requests[0].choices:
                written = self._write_before_choice(requests, prompts)
                answers = self._choose(requests, prompts, written)
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
        # not verbose: transformers would warn of errors that cannot happen, as too long a text is refused here
        encoded = self._tokenizer(text, add_special_tokens=False, verbose=False)
        tokens: list[int] = encoded.input_ids
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

    def _recall(self, texts: Sequence[list[int]]) -> tuple[Tensor, list[Known]]:
        """What is known of some texts.

        The last token of a text never is: the next token is predicted from there.

        Returns:
            The keys and values of the prefix that all have in common, which is read if need be, and what is known of
            each text, with the spans after that prefix.
        """
        before_last = [text[:-1] for text in texts]
        common = common_prefix(before_last)
        prefix = self._read_prefix(common)
        found = [self._known.find(text) for text in before_last]
        return prefix, [
            Known(max(one.length, len(common)), tuple(one.after(len(common)))) for one in found
        ]

    def _read_prefix(self, tokens: list[int]) -> Tensor:
        """The keys and values of a text."""
        known = self._known.find(tokens)
        prefix = joined(known.spans)
        if known.length == len(tokens):
            return prefix
        batch = DecodeBatch(self._model, prefix, [()], len(tokens) - known.length)
        batch.read([tokens[known.length :]])
        rest = batch.span(0, 0, batch.length)
        self._known.add(tokens, known.length, rest)
        return joined((prefix, rest))

    def _generate(
        self, requests: Sequence[Request], prompts: Sequence[list[int]], sampling: Sampling
    ) -> list[Generated]:
        """The answer to each conversation."""
        prefix, known = self._recall(prompts)
        unread = [prompt[one.length :] for prompt, one in zip(prompts, known, strict=True)]
        num_new = max(map(len, unread)) + sampling.max_tokens
        batch = DecodeBatch(self._model, prefix, [one.spans for one in known], num_new)
        hidden = batch.read(unread)
        rows = [
            _Row(number, prompt, one.length, batch.length - len(rest))
            for number, (prompt, one, rest) in enumerate(zip(prompts, known, unread, strict=True))
        ]
        written = rows
        draws = _draws(requests, sampling)
        for position in range(sampling.max_tokens):
            if position:
                hidden = batch.append([row.last_token for row in rows])
            drawn = draws[[row.number for row in rows], position]
            tokens = _sample(self._logits(hidden), drawn, sampling.temperature)
            for place, (row, token) in enumerate(zip(rows, tokens, strict=True)):
                if not row.has_ended and self._ends(row, token, sampling.stop):
                    row.has_ended = True
                    self._keep(batch, place, row)
            active = [place for place, row in enumerate(rows) if not row.has_ended]
            if not active:
                break
            # taking rows out of a batch copies it
            if len(active) <= len(rows) // 2:
                batch.select(active)
                rows = [rows[place] for place in active]
        for place, row in enumerate(rows):
            if not row.has_ended:
                self._keep(batch, place, row)
        return [
            Generated(self._text(row.tokens, sampling.stop), len(row.tokens), cut=not row.has_ended)
            for row in written
        ]

    def _ends(self, row: "_Row", token: int, stops: Sequence[str]) -> bool:
        """Add a token to an answer, unless it ends the turn; returns whether the answer ends with it."""
        if token in self._end_tokens:
            return True
        row.tokens.append(token)
        if not stops:
            return False
        # a stop text that ends with this token is in the last ones: at most four bytes for each sign, and each a token
        longest = 4 * max(map(len, stops)) + 8
        text = self._decode(row.tokens[-longest:])
        return any(stop in text for stop in stops)

    def _keep(self, batch: DecodeBatch, place: int, row: "_Row") -> None:
        """Keep the keys and values of a conversation and of its answer as far as it was read."""
        span = batch.span(place, row.first_column, batch.length)
        read = [*row.prompt, *row.tokens][: row.num_known + span.shape[3]]
        self._known.add(read, row.num_known, span)

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

    def _choose(
        self,
        requests: Sequence[Request],
        prompts: Sequence[list[int]],
        written: Sequence[Generated],
    ) -> list[Generated]:
        """What is written already with the most likely choice, and the number of tokens of all choices.

        Raises:
            ModelRefused: a conversation and an answer are too long for the model.
        """
        begins, ways = [], []
        for request, prompt, one in zip(requests, prompts, written, strict=True):
            begin, ends = self._ways(request, len(prompt), one.text)
            begins.append([*prompt, *begin])
            ways.append(ends)
        prefix, known = self._recall(begins)
        unread = [begin[one.length :] for begin, one in zip(begins, known, strict=True)]
        trees = [
            TokenTree.of([[*rest, *end[:-1]] for end in ends])
            for rest, ends in zip(unread, ways, strict=True)
        ]
        num_new = max(len(tree.tokens) for tree in trees)
        batch = DecodeBatch(self._model, prefix, [one.spans for one in known], num_new)
        column = batch.length
        hidden = batch.read_trees(trees)
        answers = []
        for row, (request, tree) in enumerate(zip(requests, trees, strict=True)):
            span = batch.span(row, column, column + len(unread[row]))
            self._known.add(begins[row], known[row].length, span)
            # the first choice is predicted after the last token of what comes before
            first = len(unread[row]) - 1
            logits = self._logits(hidden[row, first : len(tree.tokens)])
            logprobs = torch.log_softmax(logits, dim=-1)
            scores = [
                logprobs[[node - first for node in path[first:]], end].tolist()
                for path, end in zip(tree.paths, ways[row], strict=True)
            ]
            best = most_likely(request.choices, scores, request.choices_by)
            num_tokens = written[row].num_tokens + sum(map(len, ways[row]))
            answers.append(Generated(written[row].text + best, num_tokens))
        return answers

    def _ways(
        self, request: Request, num_prompt: int, written: str
    ) -> tuple[list[int], list[list[int]]]:
        """The tokens of what is written, and of each choice after it with the end of the turn.

        A token may hold the end of what is written and the beginning of a choice: it belongs to the choice.

        Raises:
            ModelRefused: the conversation and an answer are too long for the model.
        """
        texts = [written + choice + self._tokenizer.eos_token for choice in request.choices]
        turns: list[list[int]] = self._tokenizer(texts, add_special_tokens=False).input_ids
        self._check_length(num_prompt, max(map(len, turns)), "its longest choice")
        num_written = len(self._tokenizer(written, add_special_tokens=False).input_ids)
        begin = common_prefix([turn[:-1] for turn in turns])[:num_written]
        return begin, [turn[len(begin) :] for turn in turns]

    def _check_attention(self) -> None:
        """Compare the logits of a sentence by the model's own attention and by `_attention`.

        Raises:
            ModelMissing: they differ.
        """
        tokens = self._tokenizer("The key is behind the door.", add_special_tokens=False).input_ids
        half, most = len(tokens) // 2, len(tokens) * 3 // 4
        with torch.inference_mode():
            expected = self._model(torch.tensor([tokens], device=self._device)).logits[0, -1]
            self._model.set_attn_implementation(ATTENTION)
            prefix = self._read_prefix(tokens[:half])
            batch = DecodeBatch(self._model, prefix, [()], most - half)
            batch.read([tokens[half:most]])
            known = batch.span(0, 0, batch.length)
            batch = DecodeBatch(self._model, prefix, [(known,)], len(tokens) - most)
            actual = self._logits(batch.read([tokens[most:]])[0])
        self.forget()
        # logits are of the order of ten: floats of 16 bits leave half a unit open
        tolerance = 1e-2 if self._model.dtype == torch.float32 else 0.5
        if not torch.allclose(expected.float(), actual, rtol=0, atol=tolerance):
            raise ModelMissing(UNSUPPORTED_ATTENTION)

    def _logits(self, hidden: Tensor) -> Tensor:
        """Logits ``(..., vocabulary)`` of hidden states ``(..., width)``."""
        logits: Tensor = self._model.get_output_embeddings()(hidden)
        return logits.float()

    def _find_end_tokens(self) -> set[int]:
        """The tokens that end a turn: some models have another one than the tokenizer's for the end of a text."""
        named = self._model.generation_config.eos_token_id
        others = named if isinstance(named, list) else [] if named is None else [named]
        return {self._tokenizer.eos_token_id, *others}

    def _empty_span(self) -> Tensor:
        """Keys and values of no token, see `PrefixTree`."""
        config = self._model.config
        size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        shape = (config.num_hidden_layers, 2, config.num_key_value_heads, 0, size)
        return torch.zeros(shape, dtype=self._model.dtype, device=self._device)

    @property
    def _token_bytes(self) -> int:
        """Of the keys and values of a token."""
        span = self._empty_span()
        layers, pair, heads, _, size = span.shape
        return layers * pair * heads * size * span.element_size()


@dataclass(slots=True)
class _Row:
    """An answer that is being written.

    Attributes:
        number: of its request in the batch.
        prompt: tokens of the conversation.
        num_known: number of them whose keys and values were known before.
        first_column: of the batch, with the first of the others.
        tokens: of the answer so far.
        has_ended: whether it is whole.
    """

    number: int
    prompt: list[int]
    num_known: int
    first_column: int
    tokens: list[int] = field(default_factory=list)
    has_ended: bool = False

    @property
    def last_token(self) -> int:
        """What the model reads next; an answer that has ended at once has none, and what follows is not used."""
        return self.tokens[-1] if self.tokens else self.prompt[-1]


def _kind(request: Request) -> tuple[Sampling, bool, str]:
    """Requests of the same kind are answered in one batch."""
    return request.sampling, bool(request.choices), request.choices_after


def _draws(
    requests: Sequence[Request], sampling: Sampling
) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Random numbers in [0, 1) for each token of each answer, ``(B, max_tokens)``; zeros where none are needed.

    A request's draws depend on its conversation, seed and sample, and not on the other requests of the batch.
    """
    shape = (len(requests), sampling.max_tokens)
    if sampling.temperature == 0:
        return np.zeros(shape)
    return np.array([_generator(request).random(sampling.max_tokens) for request in requests])


def _generator(request: Request) -> np.random.Generator:
    digest = hashlib.sha256(repr(request.messages).encode()).digest()
    return np.random.default_rng((seed_of(request), *digest))


def _sample(
    logits: Tensor, draws: "np.ndarray[Any, np.dtype[np.float64]]", temperature: float
) -> list[int]:
    """The next token of each of B rows: the most likely one, or drawn by inverse transform.

    Args:
        logits: ``(B, vocabulary)``.
        draws: B random numbers in [0, 1).
        temperature: 0 takes the most likely token.
    """
    if temperature == 0:
        return logits.argmax(dim=-1).tolist()
    cumulated = torch.softmax(logits / temperature, dim=-1).cumsum(dim=-1)
    drawn = torch.tensor(draws.tolist(), device=logits.device)[:, None]
    return (cumulated <= drawn).sum(dim=-1).clamp(max=logits.shape[-1] - 1).tolist()
