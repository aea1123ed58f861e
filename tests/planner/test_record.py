"""What was recorded is replayed to the letter, and nothing else is."""

import json

import pytest

from core.chat import Message, Reply
from core.errors import PlannerError
from planner.record import RecordingModel, ReplayModel
from planner.scripted import ScriptedModel


class Paid:
    """Answers with what it was asked last, for a price."""

    name = "paid"

    def chat(self, messages):
        return Reply(f"answer to {messages[-1].content}", 1, 100, 10, 0.5)


class Mute:
    name = "mute"

    def chat(self, messages):
        raise PlannerError("no answer")


def turns(*contents):
    return [Message("system", "rules"), *(Message("user", content) for content in contents)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "made" / "if need be" / "record.jsonl"


def test_a_record_is_replayed_without_cost(path):
    """The answers are the model's own; \\u2028 would end a line for some readers."""
    live = RecordingModel(Paid(), path)
    questions = [turns("where?"), turns("where?", "what\nnow?"), turns("é \u2028 {}")]
    answers = [live.chat(messages) for messages in questions]
    assert answers[1] == Reply("answer to what\nnow?", 1, 100, 10, 0.5)
    replay = ReplayModel(path)
    for messages, answer in zip(questions, answers, strict=True):
        assert replay.chat(messages) == Reply(answer.text)


def test_a_record_says_who_was_asked_what_and_what_it_cost(path):
    RecordingModel(Paid(), path).chat(turns("where?"))
    [line] = path.read_text().splitlines()
    assert json.loads(line) == {
        "model": "paid",
        "messages": [
            {"role": "system", "content": "rules"},
            {"role": "user", "content": "where?"},
        ],
        "reply": {
            "text": "answer to where?",
            "llm_calls": 1,
            "prompt_tokens": 100,
            "completion_tokens": 10,
            "seconds": 0.5,
        },
    }


def test_a_second_run_adds_to_the_record(path):
    RecordingModel(Paid(), path).chat(turns("where?"))
    RecordingModel(ScriptedModel(), path).chat(turns("observation: {observed nothing}"))
    replay = ReplayModel(path)
    assert replay.chat(turns("where?")).text == "answer to where?"
    assert replay.chat(turns("observation: {observed nothing}")).text == "{explore}"


def test_names_say_what_answers(path):
    recording = RecordingModel(Paid(), path)
    assert recording.name == "paid"
    recording.chat(turns("where?"))
    assert ReplayModel(path).name == "replay of record.jsonl"


@pytest.mark.parametrize(
    "messages",
    [
        turns("who?"),
        turns("where?", "where?"),
        [Message("system", "other rules"), Message("user", "where?")],
        [Message("system", "rules"), Message("assistant", "where?")],
    ],
    ids=["question", "longer", "rules", "role"],
)
def test_what_was_never_asked_has_no_answer(path, messages):
    RecordingModel(Paid(), path).chat(turns("where?"))
    with pytest.raises(PlannerError) as error:
        ReplayModel(path).chat(messages)
    expected = f"{path} holds no answer to {messages[-1].content!r}: record it first"
    assert str(error.value) == expected


GOOD = '{"messages": [{"role": "user", "content": "q"}], "reply": {"text": "a"}}'


@pytest.mark.parametrize(
    "damaged",
    [
        "",
        '{"messages": [{"role": "us',
        "[1, 2]",
        "5",
        '{"reply": {"text": "a"}}',
        '{"messages": [{"role": "user", "content": "q"}]}',
        '{"messages": [{"role": "user", "content": "q"}], "reply": "a"}',
        '{"messages": [{"role": "user"}], "reply": {"text": "a"}}',
        '{"messages": [{"role": "user", "content": ["q"]}], "reply": {"text": "a"}}',
        '{"messages": 5, "reply": {"text": "a"}}',
    ],
)
def test_a_damaged_line_is_named(tmp_path, damaged):
    path = tmp_path / "record.jsonl"
    path.write_text(f"{GOOD}\n{damaged}\n{GOOD}\n")
    with pytest.raises(PlannerError) as error:
        ReplayModel(path)
    assert str(error.value) == f"{path}, line 2, is no recorded answer"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"], ids=["missing", "binary"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, content):
    path = tmp_path / "record.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PlannerError, match=r"--record_file '.*record\.jsonl' cannot be read: "):
        ReplayModel(path)


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PlannerError, match=r"--record_file .*file/record\.jsonl: File exists"):
        RecordingModel(Paid(), tmp_path / "file" / "record.jsonl").chat(turns("where?"))


def test_a_model_without_an_answer_leaves_no_line(path):
    with pytest.raises(PlannerError, match="no answer"):
        RecordingModel(Mute(), path).chat(turns("where?"))
    assert not path.exists()
