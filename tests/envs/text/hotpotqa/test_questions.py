"""The questions: those that were published, and our own."""

from collections import Counter
from pathlib import Path

import pytest

from core.errors import SettingsError
from envs.text.hotpotqa.pack import write_questions
from envs.text.hotpotqa.questions import DATA, find_question, read_questions

PUBLISHED = next(
    (
        file
        for parent in Path(__file__).resolve().parents
        if (
            file := parent / "shared" / "data" / "hotpotqa" / "hotpotqa_distractor_100.jsonl"
        ).exists()
    ),
    None,
)


def test_the_published_questions():
    questions = read_questions("published").values()
    assert Counter(question.kind for question in questions) == {"bridge": 85, "comparison": 15}
    for question in questions:
        assert len(question.paragraphs) in range(2, 11)
        assert question.supporting
        assert [paragraph.title for paragraph in question.context] == list(question.supporting)
        assert len(set(question.supporting)) == len(question.supporting)
        for paragraph in question.paragraphs:
            assert paragraph.title.isprintable()
            assert paragraph.text.isprintable()
            assert "&amp;" not in paragraph.title + paragraph.text


def test_a_question_in_full():
    question = find_question("5abdd0f15542991f6610604d")
    assert question.text == (
        "The Rome Protocols were signed by three Prime Ministers one of which was assassinated as part of what?"
    )
    assert question.answer == "a failed coup attempt"
    assert question.supporting == ("Rome Protocols", "Engelbert Dollfuss")  # two facts in each
    assert len(question.paragraphs) == 10
    assert "The Rome Protocols were a series of" in next(question.context).text


@pytest.mark.skipif(PUBLISHED is None, reason="the data beside the repository is not there")
def test_they_are_packed_from_the_published_file(tmp_path):
    packed = tmp_path / "questions.jsonl.xz"
    write_questions(PUBLISHED, packed)
    assert packed.read_bytes() == (DATA / packed.name).read_bytes()


def test_an_unknown_split_or_case_is_refused():
    with pytest.raises(SettingsError, match="choose one of published, examples"):
        read_questions("dev")
    with pytest.raises(SettingsError, match=r"unknown case examples/17; did you mean examples/1\?"):
        find_question("examples/17")
    with pytest.raises(
        SettingsError, match="unknown case who: the first one is 5a7613c15542994ccc9186bf"
    ):
        find_question("who")
