"""Recorded answers are replayed unchanged, and nothing else is."""

import json

import pytest

from core.chat import Message, Reply, Request, Sampling, Usage
from core.errors import (
    ModelMissing,
    ModelUnavailable,
    RunDirectoryError,
)
from planner.record_replay import RecordingModel, ReplayModel
from planner.scripted import ScriptedModel
from tests.damage import DEEP
from tests.planner.helpers import one


class Paid:
    """Answers with the last message; unavailable after some answers."""

    name = "paid"

    def __init__(self, left=100):
        self.left = left

    def chat(self, requests):
        for request in requests:
            if not self.left:
                raise ModelUnavailable("no answer")
            self.left -= 1
            cut = request.question == "how?"
            yield Reply(f"answer to {request.question}", Usage(1, 100, 10, 0.5), cut)


def turns(*contents):
    return [Message("system", "rules"), *(Message("user", content) for content in contents)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "made" / "if need be" / "record.jsonl"


def test_a_recording_is_replayed_without_usage(path):
    """The answers are the model's own; \\u2028 would end a line for some readers."""
    questions = [
        turns("where?"),
        turns("where?", "what\nnow?"),
        turns("é \u2028 {}"),
        turns("how?"),
    ]
    requests = [Request(tuple(messages)) for messages in questions]
    answers = list(RecordingModel(Paid(), path).chat(requests))
    assert answers[1] == Reply("answer to what\nnow?", Usage(1, 100, 10, 0.5))
    assert ReplayModel(path).chat(requests) == [
        Reply(answer.text, cut=answer.cut) for answer in answers
    ]
    assert [answer.cut for answer in answers] == [False, False, False, True]


def test_a_row_has_model_request_and_reply(path):
    one(RecordingModel(Paid(), path), *turns("where?"), choices=("{explore}",), sample=3)
    [line] = path.read_text().splitlines()
    assert json.loads(line) == {
        "model": "paid",
        "request": {
            "messages": [
                {"role": "system", "content": "rules"},
                {"role": "user", "content": "where?"},
            ],
            "choices": ["{explore}"],
            "sample": 3,
            "sampling": {"temperature": 0.0, "max_tokens": 128, "stop": [], "seed": 0},
        },
        "reply": {
            "text": "answer to where?",
            "usage": {
                "llm_calls": 1,
                "prompt_tokens": 100,
                "completion_tokens": 10,
                "seconds": 0.5,
                "cache_hits": 0,
            },
            "cut": False,
        },
    }


def test_a_second_run_appends(path):
    one(RecordingModel(Paid(), path), *turns("where?"))
    one(RecordingModel(ScriptedModel(), path), *turns("observation: {observed nothing}"))
    replay = ReplayModel(path)
    assert one(replay, *turns("where?")).text == "answer to where?"
    assert one(replay, *turns("observation: {observed nothing}")).text == "{explore}"


def test_names_of_recording_and_replay(path):
    recording = RecordingModel(Paid(), path)
    assert recording.name == "paid"
    one(recording, *turns("where?"))
    assert ReplayModel(path).name == "replay of record.jsonl"


@pytest.mark.parametrize(
    "request_",
    [
        Request(tuple(turns("who?"))),
        Request(tuple(turns("where?", "where?"))),
        Request((Message("system", "other rules"), Message("user", "where?"))),
        Request((Message("system", "rules"), Message("assistant", "where?"))),
        Request(tuple(turns("where?")), choices=("{explore}",)),
        Request(tuple(turns("where?")), sample=1),
    ],
    ids=["question", "longer", "rules", "role", "choices", "sample"],
)
def test_a_request_that_was_not_recorded_is_an_error(path, request_):
    one(RecordingModel(Paid(), path), *turns("where?"))
    with pytest.raises(ModelMissing) as error:
        ReplayModel(path).chat([request_])
    expected = f"{path} holds no answer to {request_.question!r}: record it first"
    assert str(error.value) == expected


GOOD = json.dumps(
    {
        "request": {"messages": [{"role": "user", "content": "q"}], "choices": [], "sample": 0},
        "reply": {"text": "a"},
    }
)


def test_the_same_sampling_is_preferred_and_another_one_is_accepted(path):
    recording = RecordingModel(Paid(), path)
    hot, cold = Sampling(temperature=1.0), Sampling(temperature=0.5)
    for sampling in (hot, cold):
        one(recording, *turns("where?"), sampling=sampling)
    path.write_text(path.read_text().replace("answer to where?", "first answer", 1))
    replay = ReplayModel(path)
    assert one(replay, *turns("where?"), sampling=hot).text == "first answer"
    assert one(replay, *turns("where?"), sampling=cold).text == "answer to where?"
    assert one(replay, *turns("where?")).text == "answer to where?"


def test_the_undamaged_line_is_read(tmp_path):
    """So that the damaged ones are refused for their damage. Old: it has no sampling."""
    path = tmp_path / "record.jsonl"
    path.write_text(f"{GOOD}\n")
    assert one(ReplayModel(path), Message("user", "q")) == Reply("a")


@pytest.mark.parametrize(
    "damaged",
    [
        GOOD[:40],
        GOOD.replace('"a"', '"\\ud800"'),
        GOOD.replace('"a"', DEEP),
        GOOD.replace('"sample": 0', '"sample": 1e999'),
        "[1, 2]",
        "5",
        '{"reply": {"text": "a"}}',
        GOOD.replace('"reply"', '"answer"'),
        GOOD.replace('{"text": "a"}', '"a"'),
        GOOD.replace('{"text": "a"}', '{"text": 5}'),
        GOOD.replace(', "content": "q"', ""),
        GOOD.replace('"q"', '["q"]'),
        GOOD.replace('[{"role": "user", "content": "q"}]', "5"),
        GOOD.replace('"choices": []', '"choices": 5'),
        GOOD.replace('"choices": []', '"choices": [["x"]]'),
        GOOD.replace('"sample": 0', '"sample": null'),
        # as records were written before requests had choices and samples
        '{"messages": [{"role": "user", "content": "q"}], "reply": {"text": "a"}}',
    ],
)
def test_a_damaged_line_is_named(tmp_path, damaged):
    path = tmp_path / "record.jsonl"
    path.write_text(f"{GOOD}\n{damaged}\n{GOOD}\n")
    with pytest.raises(RunDirectoryError) as error:
        ReplayModel(path)
    assert str(error.value).startswith(f"{path}, line 2, is damaged: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00\n"], ids=["missing", "binary"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, content):
    path = tmp_path / "record.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(
        RunDirectoryError, match=r"record\.jsonl( cannot be read|, line 1, is damaged)"
    ):
        ReplayModel(path)


def test_a_recording_that_was_killed_is_replayed_and_continued(path):
    """The half line is left out; the next recording begins a line of its own."""
    one(RecordingModel(Paid(), path), *turns("where?"))
    path.write_bytes(path.read_bytes() + path.read_bytes()[:40])
    assert one(ReplayModel(path), *turns("where?")).text == "answer to where?"
    one(RecordingModel(Paid(), path), *turns("what?"))
    assert json.loads(path.read_text().splitlines()[-1])["reply"]["text"] == "answer to what?"


def test_a_recorded_answer_is_cleaned(path):
    one(RecordingModel(Paid(), path), *turns("where?"))
    path.write_text(path.read_text().replace("answer to", "\\u001b[2J\\u202eanswer to"))
    assert one(ReplayModel(path), *turns("where?")).text == "[2Janswer to where?"


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(
        RunDirectoryError, match=r"file/record\.jsonl cannot be written: File exists"
    ):
        one(RecordingModel(Paid(), tmp_path / "file" / "record.jsonl"), *turns("where?"))


def test_a_model_without_an_answer_leaves_no_line(path):
    with pytest.raises(ModelUnavailable):
        one(RecordingModel(Paid(left=0), path), *turns("where?"))
    assert not path.exists()


def test_answers_before_a_failure_are_recorded(path):
    requests = [Request(tuple(turns(text))) for text in ("where?", "what?", "who?")]
    with pytest.raises(ModelUnavailable):
        list(RecordingModel(Paid(left=2), path).chat(requests))
    replies = ReplayModel(path).chat(requests[:2])
    assert [reply.text for reply in replies] == ["answer to where?", "answer to what?"]
    assert path.read_text().count("\n") == 2
