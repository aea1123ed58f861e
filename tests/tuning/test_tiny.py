"""A tiny model is the same for the same seed, spells what it does not know, and answers like any other model."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.chat import Message, Request, Sampling
from core.errors import SettingsError
from core.settings import is_tiny
from tuning.tiny import TinyShape, read_shape

pytestmark = pytest.mark.llm

TEXTS = [
    "You arrive at countertop 1. On the countertop 1, you see a saltshaker 12, and a knife 3.",
    "Thought: I look for a knife.\nAction: take knife 3 from countertop 1",
]
TALK = (
    Message("system", "You play."),
    Message("user", "You see a knife 3."),
    Message("assistant", "Action: take knife 3"),
    Message("user", "You arrive."),
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    pytest.importorskip("transformers", reason="make install-llm")
    from tuning.tiny import make_tiny

    return make_tiny("tiny:32x1", TEXTS, tmp_path_factory.mktemp("tiny") / "model", seed=3)


@pytest.fixture(scope="module")
def tokenizer(tiny):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny)


def tokens_of(tokenizer, text):
    return tokenizer(text, add_special_tokens=False).input_ids


@pytest.mark.parametrize("text", ["tiny", "tiny:256x4", "tiny:0x0"])
def test_the_name_of_a_tiny_model_is_no_directory(text):
    assert is_tiny(text)


@pytest.mark.parametrize("text", ["./tiny", "models/tiny", "tiny/model", "tinyllama", ""])
def test_a_directory_is_no_tiny_model(text):
    assert not is_tiny(text)


def test_a_shape_is_the_default_or_a_width_and_a_number_of_layers():
    assert read_shape("tiny") == TinyShape()
    assert read_shape("tiny:256x3") == TinyShape(256, 3)


@pytest.mark.parametrize(
    "text",
    [
        "tiny:",
        "tiny:100x4",
        "tiny:0x4",
        "tiny:32x0",
        "tiny:2048x4",
        "tiny:32x33",
        "tiny:x",
        "other",
    ],
)
def test_another_shape_is_refused_in_a_line(text):
    with pytest.raises(SettingsError, match=r"tiny:WIDTHxLAYERS") as caught:
        read_shape(text)
    assert "\n" not in str(caught.value)


def test_the_same_seed_gives_the_same_files(tiny, tmp_path):
    from tuning.tiny import make_tiny

    again = make_tiny("tiny:32x1", iter(TEXTS), tmp_path / "again", seed=3)
    files = {file.name: file.read_bytes() for file in tiny.iterdir()}
    assert {file.name: file.read_bytes() for file in again.iterdir()} == files
    other = make_tiny("tiny:32x1", TEXTS, again, seed=4)  # and replaces what was there
    assert (other / "tokenizer.json").read_bytes() == files["tokenizer.json"]
    assert (other / "model.safetensors").read_bytes() != files["model.safetensors"]
    assert list(tmp_path.iterdir()) == [other]


@pytest.mark.parametrize("word", ["countertop", "saltshaker", "Thought", "knife", "arrive"])
def test_a_word_of_the_texts_is_one_token(tokenizer, word):
    assert len(tokens_of(tokenizer, word)) == len(tokens_of(tokenizer, f" {word}")) == 1


def test_each_digit_is_one_token(tokenizer):
    """``desk 305`` is the word's pieces, `` 3``, ``0`` and ``5``."""
    pieces = tokenizer.convert_ids_to_tokens(tokens_of(tokenizer, "knife 305 40"))
    assert pieces == ["knife", "\u01203", "0", "5", "\u01204", "0"]


@given(text=st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_every_text_decodes_to_what_it_was(tokenizer, text):
    text = text.encode("utf-8", "ignore").decode()
    assert tokenizer.decode(tokens_of(tokenizer, text)) == text


def test_an_unknown_word_is_spelled(tokenizer):
    assert len(tokens_of(tokenizer, " zebra")) > 1


def test_a_conversation_begins_as_its_first_part_did(tokenizer):
    """With the mark of the model's turn, that part ends where the model's answer begins."""
    whole = tokenizer.apply_chat_template([turn.to_json() for turn in TALK], tokenize=False)
    assert whole == (
        "<|system|>You play.<|user|>You see a knife 3.<|assistant|>Action: take knife 3<|end|>"
        "<|user|>You arrive."
    )
    part = [turn.to_json() for turn in TALK[:2]]
    before = tokenizer.apply_chat_template(part, tokenize=False, add_generation_prompt=True)
    assert whole.removeprefix(before) == "Action: take knife 3<|end|><|user|>You arrive."


def test_it_answers_as_a_local_model(tiny):
    from planner.local import LocalModel

    model = LocalModel(str(tiny))
    choices = ("open fridge 1", "look")
    free, chosen = (
        next(iter(model.chat([request])))
        for request in (
            Request(TALK, sampling=Sampling(max_tokens=4)),
            Request(TALK, choices=choices),
        )
    )
    assert free.usage.completion_tokens <= 4
    assert chosen.text in choices
