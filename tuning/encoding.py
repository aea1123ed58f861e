"""Conversations as tokens, and which of these carry loss: the agent's answers (arXiv 2403.02502, equations 2 and 3)."""

import copy
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from jinja2 import TemplateError

from core.chat import Message
from core.chat_template import ChatTemplate
from core.errors import ModelMissing, SampleError
from core.trajectory import Pair, Trajectory
from tuning.selected import Selected


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer of a conversation, and others that were possible in its place.

    Attributes:
        answer: places of its tokens in the conversation.
        others: the tokens of each other answer, each with the token that ends its turn.
    """

    answer: range
    others: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """A conversation as T tokens; the last one ends its last answer.

    Attributes:
        tokens: T numbers.
        is_answer: for each token, whether it carries loss: those of the agent's answers, each with the token that
            ends its turn.
        cut: whether answers were left out because they did not fit.
        choices: the answers for which others are known.
    """

    tokens: tuple[int, ...]
    is_answer: tuple[bool, ...]
    cut: bool = False
    choices: tuple[Choice, ...] = ()

    @property
    def row(self) -> tuple[int, ...]:
        """The tokens, then those of the other answers, one answer after the other."""
        others = (tokens for choice in self.choices for tokens in choice.others)
        return (*self.tokens, *chain.from_iterable(others))


@dataclass(frozen=True, slots=True)
class SamplePair:
    """The two sides of a pair, each with the prompt."""

    chosen: Sample
    rejected: Sample


class ChatEncoder:
    """Makes samples of conversations, for any chat template that writes earlier turns as it wrote them before.

    What the model reads before each answer (`planner.local`) is a prefix of the sample's tokens. An answer's tokens
    are all that the model has to write itself: from the end of the template's generation prompt to the first added
    token after the answer, which ends the turn. Where the template adds none, they end with the answer.

    Args:
        tokenizer: a fast tokenizer with a chat template.
        max_tokens: of a sample. A longer conversation is cut after the last answer that fits.

    Raises:
        ModelMissing: the tokenizer has no chat template, or is not a fast one.
    """

    def __init__(self, tokenizer: Any, max_tokens: int) -> None:
        if not tokenizer.chat_template:
            raise ModelMissing("the model's tokenizer has no chat template")
        if not tokenizer.is_fast:
            raise ModelMissing("the model's tokenizer has no fast version (tokenizer.json)")
        self.max_tokens = max_tokens
        self._template = ChatTemplate(tokenizer)
        self._added = {*tokenizer.added_tokens_decoder, tokenizer.eos_token_id}
        # a post-processor may take white space out of the offsets; it adds no token here
        self._tokenizer = copy.deepcopy(tokenizer.backend_tokenizer)
        self._tokenizer.post_processor = None
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._encoded: dict[str, list[int]] = {}

    def encode(
        self,
        messages: Sequence[Message],
        num_prompt: int,
        others: Sequence[Sequence[str]] = (),
    ) -> Sample:
        """The sample of a conversation.

        Args:
            messages: the prompt, then answers and observations in turns.
            num_prompt: number of messages in the prompt; answers in it carry no loss.
            others: other answers that were possible in the place of each; none if they are not known.

        Raises:
            SampleError: there is no answer after the prompt, the first one does not fit into `max_tokens`, or the
                template refuses the conversation or rewrites its earlier turns.
        """
        answers = [n for n in range(num_prompt, len(messages)) if messages[n].role == "assistant"]
        if not answers:
            raise SampleError("without an answer")
        try:
            text = self._template.whole(messages[: answers[-1] + 1])
            prompts = self._template.prompts([messages[:answer] for answer in answers])
        except TemplateError as error:
            raise SampleError(f"refused by the chat template: {error}") from None
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        spans = [
            self._span(text, prompt, messages[answer].content, encoding.ids, encoding.offsets)
            for prompt, answer in zip(prompts, answers, strict=True)
        ]
        fitting = [span for span in spans if span.stop <= self.max_tokens]
        if not fitting:
            raise SampleError(f"longer than {self.max_tokens} tokens")
        end = fitting[-1].stop
        is_answer = [False] * end
        for span in fitting:
            is_answer[span.start : span.stop] = [True] * len(span)
        choices = tuple(
            Choice(span, tuple(self._other(text, encoding, span, other) for other in possible))
            for span, possible in zip(fitting, others, strict=False)
            if possible
        )
        return Sample(
            tuple(encoding.ids[:end]), tuple(is_answer), len(fitting) < len(spans), choices
        )

    def _other(self, text: str, encoding: Any, span: range, answer: str) -> tuple[int, ...]:
        """The tokens of another answer in the place of one.

        Only the text from the last added token before the answer to the end of its turn is tokenized again: tokens never
        reach across an added token.
        """
        tokens, offsets = encoding.ids, encoding.offsets
        added = (place for place in reversed(range(span.start)) if tokens[place] in self._added)
        first = next(added, 0)
        start, end = offsets[span.start][0], offsets[span[-1]][1]
        ends_turn = tokens[span[-1]] in self._added
        said = text[start : offsets[span[-1]][0] if ends_turn else end]
        # templates may put white space around an answer
        place = start + len(said) - len(said.lstrip())
        before, after = text[offsets[first][0] : place], text[place + len(said.strip()) : end]
        whole = f"{before}{answer.strip()}{after}"
        if whole not in self._encoded:
            self._encoded[whole] = self._tokenizer.encode(whole, add_special_tokens=False).ids
        return tuple(self._encoded[whole][span.start - first :])

    def _span(
        self,
        text: str,
        prompt: str,
        answer: str,
        tokens: Sequence[int],
        offsets: Sequence[tuple[int, int]],
    ) -> range:
        """The tokens of an answer.

        Args:
            text: of the whole conversation.
            prompt: its beginning, up to where the model writes the answer.
            answer: as it stands in the message; the template may strip it.
            tokens: of the text.
            offsets: the first and the last character of each token.
        """
        if not text.startswith(prompt):
            raise SampleError("not possible with the chat template, which rewrites earlier turns")
        answer = answer.strip()
        place = text.find(answer, len(prompt))
        if place < 0:
            raise SampleError("not possible with the chat template, which rewrites answers")
        first = _first_from(offsets, len(prompt))
        if first and offsets[first - 1][1] > len(prompt):
            raise SampleError("with an answer that begins within a token")
        end = after = _first_from(offsets, place + len(answer))
        while after < len(tokens) and text[slice(*offsets[after])].isspace():
            after += 1
        ends_turn = after < len(tokens) and tokens[after] in self._added
        return range(first, after + 1 if ends_turn else end)


def with_observations(sample: Sample) -> Sample:
    """The same conversation with loss on every token, the prompt's and the observations' too.

    As published, loss is on answers only. From observations a model from scratch learns to copy names (docs/ETO.md).
    """
    return replace(sample, is_answer=(True,) * len(sample.tokens))


def encode_trajectories(
    encoder: ChatEncoder, trajectories: Iterable[Trajectory]
) -> Selected[Sample]:
    """The samples of trajectories; those without one are counted by their reasons."""
    kept, left_out = [], Counter[str]()
    for trajectory in trajectories:
        try:
            kept.append(
                encoder.encode(trajectory.messages, len(trajectory.prompt), trajectory.others)
            )
        except SampleError as error:
            left_out[str(error)] += 1
    return Selected(tuple(kept), left_out, _count_cut(encoder, (sample.cut for sample in kept)))


def encode_pairs(encoder: ChatEncoder, pairs: Iterable[Pair]) -> Selected[SamplePair]:
    """The samples of both sides of pairs; pairs without them are counted by their reasons.

    Left out is also a pair whose sides differ only beyond `max_tokens`.
    """
    kept, left_out = [], Counter[str]()
    for pair in pairs:
        try:
            sides = SamplePair(
                encoder.encode((*pair.prompt, *pair.chosen), len(pair.prompt)),
                encoder.encode((*pair.prompt, *pair.rejected), len(pair.prompt)),
            )
        except SampleError as error:
            left_out[str(error)] += 1
            continue
        if sides.chosen.tokens == sides.rejected.tokens:
            left_out[f"with both sides the same within {encoder.max_tokens} tokens"] += 1
        else:
            kept.append(sides)
    cut = (pair.chosen.cut or pair.rejected.cut for pair in kept)
    return Selected(tuple(kept), left_out, _count_cut(encoder, cut))


def _count_cut(encoder: ChatEncoder, cut: Iterable[bool]) -> Counter[str]:
    return +Counter({f"cut to {encoder.max_tokens} tokens": sum(cut)})


def _first_from(offsets: Sequence[tuple[int, int]], place: int) -> int:
    """The first token that begins at a place of the text or after it."""
    return bisect_left(offsets, place, key=lambda offset: offset[0])
