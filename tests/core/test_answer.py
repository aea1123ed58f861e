"""Of an answer only what the model says itself is read: no thoughts, no turns that it makes up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.answer import MAX_CHARS, Spoken, spoken, without_thoughts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a", ("a",)),
        ("", ()),
        (" \n", ()),
        ("<think>a</think>b", ("b",)),
        ("<think>a</think>b<think>c</think>d", ("b", "d")),
        ("a<think>b", ("a",)),
        ("a</think>b", ("b",)),
        ("<think>a<think>b</think>c</think>d", ("d",)),
        ("<think>a<think>b</think>c", ("c",)),
        ("<thinking>a</think>b", ("b",)),
        ("<Reflection>a</REFLECTION>b", ("b",)),
        ("＜think＞a＜／think＞b", ("b",)),
        ("<|START_THINKING|>a<|END_THINKING|>b", ("b",)),
        ("<|begin_of_thought|>a<|end_of_thought|><|begin_of_solution|>b", ("b",)),
        (
            "<|channel|>commentary<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b",
            ("b",),
        ),
        ("assistantanalysisI see.assistantfinalb", ("b",)),
        ("analysisI see", ()),
        ("analysis of the room", ("analysis of the room",)),
        ("I think, [thinking of it]", ("I think, [thinking of it]",)),
        ("a < b, b > a", ("a < b, b > a",)),
    ],
)
def test_thoughts_are_dropped(text, parts):
    assert spoken(text) == Spoken(parts, has_ended=False)


@pytest.mark.parametrize(
    "other",
    [
        "\nUSER: b", " USER: b", "\nUser: b", "\n**User:** b", "\nHuman: b", "\n\nHUMAN : b", "\nuser\nb",
        "\nSystem: b", "\n### Instruction:\nb", "\n### User\nb", "<|im_end|>", "<|im_start|>user\nb", "<|user|>b",
        "<|eot_id|>", "</s>", "[INST] b [/INST]", "<end_of_turn>\n<start_of_turn>user\nb", "<｜User｜>b",
        "<|end|>b", "<|return|>",
        "\nObservation: b", "\nobservation 2: b", "\nOBS: b", " Observation: b", "\nASSISTANT: b", "\nQ: b\nA: c",
        "\nQuestion: b", "\nAssistant\nb", "\n### Response:\nb",
    ],
)  # fmt: skip
def test_the_answer_ends_where_another_turn_begins(other):
    for text in ("{a}", "Action: a.", "1. b [a, c]"):
        said = spoken(text + other + "\nAction: {d}")
        assert ([part.strip() for part in said.parts], said.has_ended) == ([text], True)
        assert spoken(f"<think>{other}</think>{text}{other}") == said


@pytest.mark.parametrize(
    "text",
    [
        "observation: {observed a key}\n{a}",
        "the observation: a key",
        "I see a key.\nObservation: {observed a key}\nSo {a}",
        "user-made plan: {a}",
        "{a} as the user said: good",
        "Assistantship: {a}",
        "Question: why?\nAnswer: {a}",
    ],
)
def test_words_about_the_conversation_are_no_turns(text):
    said = spoken(text)
    assert not said.has_ended
    assert said.parts[0].endswith(text[-5:])


@pytest.mark.parametrize(
    "before",
    ["ASSISTANT: ", "<|im_start|>assistant\n", "USER: observation: {observed a key}\nASSISTANT:",
     "[INST] where? [/INST]", "<|start_header_id|>assistant<|end_header_id|>\n\n", "user\nwhere?\nassistant\n"],
)  # fmt: skip
def test_what_repeats_the_conversation_is_passed_over(before):
    said = spoken(f"{before}{{a}}\nUSER: b")
    assert [part.strip() for part in said.parts] == ["{a}"]
    assert said.has_ended


@given(text=st.text("ab<>/|[]{}:\n thinkUSER", max_size=60) | st.text())
def test_what_is_said_is_in_the_answer(text):
    said = spoken(text)
    assert all(part.strip() for part in said.parts)
    if text.isascii():
        assert all(part in text for part in said.parts)
    assert sum(map(len, said.parts)) <= MAX_CHARS


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("a", "a"),
        ("<think>a</think>b<think>c</think>d", "b\nd"),
        ("<think>a", ""),
        ("f: List[int]\nInput: 3\nUser: 4", "f: List[int]\nInput: 3\nUser: 4"),
        ("<|channel|>analysis<|message|>a<|end|><|channel|>final<|message|>b<|return|>", "b"),
        ("<think>" + "x" * MAX_CHARS + "</think>b", "b"),
    ],
)
def test_a_program_keeps_what_looks_like_another_turn(text, rest):
    assert without_thoughts(text) == rest
