"""HotpotQA as an environment, on a question of our own whose paragraphs a reader can check."""

import json
import lzma
from pathlib import Path

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given
from hypothesis import strategies as st

import envs  # noqa: F401 registers the ids
from core.errors import RunDirectoryError, SettingsError
from core.untrusted import clean
from envs.text.hotpotqa.questions import read_questions

SEARCHES = next(
    (
        file
        for parent in Path(__file__).resolve().parents
        if (
            file := parent / "shared" / "data" / "replay" / "hotpotqa" / "recorded_search.jsonl.xz"
        ).exists()
    ),
    None,
)
LIGHTHOUSE = {"case": "examples/1"}
"""The Salt Stair was written in Harrow Point Lighthouse, which was restored in 1977."""
ACTIONS = "The actions are: Search[title], Lookup[keyword], Finish[answer]."


def begin(options=LIGHTHOUSE, **kwargs):
    env = gymnasium.make("HotPotQA-v0", **kwargs)
    env.reset(options=options)
    return env


def say(env, action):
    observation, _, terminated, _, info = env.step(action)
    return observation, info["is_valid"], terminated


@pytest.mark.parametrize("docstore", [("paragraphs",), ("none",)])
def test_gymnasium_accepts_it(docstore):
    check_env(gymnasium.make("HotPotQA-v0", docstore=docstore).unwrapped, skip_render_check=True)


def test_many_at_once():
    worlds = gymnasium.make_vec("HotPotQA-v0", 3, vectorization_mode="sync")
    observations, _ = worlds.reset(seed=1)
    assert len(set(observations)) > 1


def test_the_first_observation_is_the_question_and_the_actions():
    observation, info = gymnasium.make("HotPotQA-v0").reset(options=LIGHTHOUSE)
    question = (
        'The novel "The Salt Stair" was written in a lighthouse that was restored in what year?'
    )
    assert observation == f"Question: {question}\n{ACTIONS}"
    assert info == {
        "goal": question,
        "case": "examples/1",
        "question_type": "bridge",
        "answer": "1977",
        "score": 0.0,
        "success": False,
        "is_valid": True,
    }


def test_a_whole_episode():
    env = begin()
    text = "It was lit for the first time in 1823, went dark in 1949 and was restored in 1977."
    for action, observation in (
        ("Search[Merrow]", "Could not find [Merrow]. Similar: ['Merrow Ferry', "),
        ("Search[harrow point lighthouse]", "Harrow Point Lighthouse is a stone tower"),
        ("Lookup[1977]", f"(Result 1 / 1) {text}"),
        ("Lookup[1977]", "No More Results"),
        ("Lookup[novel]", "No Results"),
    ):
        found, is_valid, terminated = say(env, action)
        assert found.startswith(observation)
        assert (is_valid, terminated) == (True, False)
    observation, reward, terminated, _, info = env.step("Finish[in 1977]")
    assert observation == "Answer is INCORRECT"  # the answer is "1977"
    assert terminated
    assert not info["success"]
    assert reward == info["score"] == pytest.approx(2 / 3)  # precision 1/2, recall 1
    assert env.step("Finish[1977]")[:3] == ("Answer is INCORRECT", 0.0, True)


def test_the_right_answer():
    observation, reward, terminated, truncated, info = begin().step("Finish[The 1977!]")
    assert observation == "Answer is CORRECT"
    assert (reward, terminated, truncated) == (1.0, True, False)
    assert info["success"]


def test_a_lookup_goes_on_from_sentence_to_sentence_and_begins_again_after_a_search():
    env = begin({"case": "examples/2"})
    say(env, "Search[Pale Mill]")
    assert (
        say(env, "Lookup[MILL]")[0]
        == "(Result 1 / 1) Pale Mill is a windmill on a hill above Stennick."
    )
    env.reset(options={"case": "examples/2"})
    say(env, "Search[Corden Mill]")
    first = "(Result 1 / 2) Corden Mill is a watermill on the river Ashel, built in 1786 for the brothers Tamm."
    assert say(env, "Lookup[r]")[0] == first
    assert say(env, "Lookup[R]")[0] == "(Result 2 / 2) It ground oats."
    say(env, "Search[Corden Mill]")
    assert say(env, "Lookup[r]")[0] == first


def test_similar_titles_are_those_that_share_words_then_those_whose_texts_do():
    # two words of the title; one word of a title; the others only mention Harrow Point
    observation, _, _ = say(begin(), "Search[Harrow Point Station]")
    assert observation == (
        "Could not find [Harrow Point Station]. Similar: "
        "['Harrow Point Lighthouse', 'Harrow Point Light Railway', 'The Salt Stair']"
    )
    assert say(begin(), "Search[Zzz]")[0] == "Could not find [Zzz]. Similar: []"


@pytest.mark.parametrize(
    ("action", "meaning"),
    [
        ("SEARCH[The Salt Stair]", "The Salt Stair is a novel"),
        ("search [ the  salt stair ]", "The Salt Stair is a novel"),
        ('Search["The Salt Stair"]', "The Salt Stair is a novel"),
        ("> Search[The Salt Stair].", "The Salt Stair is a novel"),
        ("Search[The\nSalt Stair", "The Salt Stair is a novel"),
        ("Finish[1977", "Answer is CORRECT"),
        (
            "Finish[[1977]]",
            "Answer is CORRECT",
        ),  # up to the last bracket; punctuation does not count
    ],
)
def test_actions_are_read_in_many_forms(action, meaning):
    observation, is_valid, _ = say(begin(), action)
    assert observation.startswith(meaning)
    assert is_valid


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ("", "That is not an action."),
        ("The answer is 1977", "That is not an action."),
        ("Find[The Salt Stair]", "That is not an action."),
        ("Search: The Salt Stair", "That is not an action."),
        ("Finish[]", "There is nothing between the brackets."),
        ("Finish[  ]", "There is nothing between the brackets."),
        ("Lookup[", "There is nothing between the brackets."),
        ("Lookup[1977]", "The last search found no page: a lookup needs one."),
    ],
)
def test_what_cannot_be_done_is_told_why_and_ends_nothing(action, reason):
    env = begin()
    say(env, "Search[nothing like this]")
    observation, is_valid, terminated = say(env, action)
    assert observation.startswith(reason)
    assert (is_valid, terminated) == (False, False)
    assert say(env, "Finish[1977]")[0] == "Answer is CORRECT"


def test_the_supporting_paragraphs_can_be_shown_each_once():
    env = gymnasium.make("HotPotQA-v0", docstore=("none",), context=True)
    observation, _ = env.reset(options={"case": "5abdd0f15542991f6610604d"})
    heading, first, second, question, action = observation.split("\n")
    assert heading == "Context:"
    assert first.startswith("Rome Protocols: The Rome Protocols were")
    assert second.startswith("Engelbert Dollfuss: ")
    assert question.startswith("Question: The Rome Protocols were signed")
    assert action == "The action is: Finish[answer]."


def test_without_a_docstore_an_answer_is_the_only_action():
    env = begin(docstore=("none",))
    assert env.unwrapped.admissible_commands() == ["Finish[answer]"]
    assert say(env, "Search[The Salt Stair]") == (
        "That is not an action. The action is: Finish[answer].",
        False,
        False,
    )


@pytest.fixture(params=["searches.jsonl", "searches.jsonl.xz"])
def recorded(request, tmp_path):
    file = tmp_path / request.param
    rows = [
        {"query": "Ada", "observation": "Could not find [Ada]. Similar: ['Ada Quill']", "n": 3},
        {"query": "Ada Quill", "observation": "Ada Quill plays. She conducts, too."},
    ]
    with (lzma.open if file.suffix == ".xz" else open)(file, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)
    return file


def test_recorded_searches_are_repeated(recorded):
    env = begin(docstore=("recorded", str(recorded)))
    assert say(env, "Search[Ada]")[0] == "Could not find [Ada]. Similar: ['Ada Quill']"
    assert not say(env, "Lookup[conducts]")[1]
    assert say(env, "Search[ada quill]")[0] == "Ada Quill plays. She conducts, too."
    assert say(env, "Lookup[conducts]")[0] == "(Result 1 / 1) She conducts, too."
    assert (
        say(env, "Search[Quill pens]")[0] == "Could not find [Quill pens]. Similar: ['Ada Quill']"
    )


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b'{"query": "Ada"}\n', RunDirectoryError),
        (b"Ada\n", RunDirectoryError),
        (b"\xff\n", RunDirectoryError),
        (None, SettingsError),
    ],
)
@pytest.mark.parametrize("name", ["searches.jsonl", "searches.jsonl.xz"])
def test_a_file_of_searches_that_is_damaged_or_not_there_is_one_clear_line(
    tmp_path, name, content, error
):
    file = tmp_path / name
    if content is not None:
        file.write_bytes(lzma.compress(content) if file.suffix == ".xz" else content)
    with pytest.raises(error, match=str(file)) as refused:
        begin(docstore=("recorded", str(file)))
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_compressed_as_its_name_says_is_refused(tmp_path):
    file = tmp_path / "searches.jsonl.xz"
    file.write_bytes(b"{}")
    with pytest.raises(SettingsError, match="--docstore recorded"):
        begin(docstore=("recorded", str(file)))


@pytest.mark.skipif(SEARCHES is None, reason="the data beside the repository is not there")
def test_every_recorded_search_of_the_published_runs_gets_its_answer():
    with lzma.open(SEARCHES, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    assert len(rows) == 557
    env = begin(docstore=("recorded", str(SEARCHES)), max_episode_steps=-1)
    for row in rows:
        observation, is_valid, _ = say(env, f"Search[{row['query']}]")
        assert (observation, is_valid) == (clean(row["observation"]), True)
        assert env.observation_space.contains(observation)


@pytest.mark.parametrize("words", [(), ("wikipedia",), ("recorded",), ("paragraphs", "file")])
def test_an_unknown_docstore_is_refused(words):
    with pytest.raises(SettingsError, match="choose one of paragraphs, recorded FILE"):
        begin(docstore=words)


@given(st.lists(st.text(max_size=50) | st.from_regex(r"(Search|Lookup)\[.*\]?"), max_size=4))
def test_any_text_is_answered_and_the_episode_goes_on_until_an_answer(actions):
    env = begin(max_episode_steps=-1)
    for action in actions:
        observation, _, terminated, _, info = env.step(action)
        assert env.observation_space.contains(observation)
        assert terminated == ("finish" in action.lower() and info["is_valid"])
        if terminated:
            return
    assert env.step("Finish[1977]")[4]["success"]


def test_the_same_actions_give_the_same_episode_and_questions_do_not_mix():
    first, second = begin(), begin({"case": "examples/2"})
    for action in ("Search[Pale Mill]", "Search[The Salt Stair]", "Lookup[novel]"):
        ours, theirs = first.step(action), second.step(action)
        assert ours[0] != theirs[0] or action == "Lookup[novel]"
    again = begin()
    again.step("Search[Pale Mill]")
    again.step("Search[The Salt Stair]")
    assert again.step("Lookup[novel]") == begin_and("Search[The Salt Stair]", "Lookup[novel]")


def begin_and(*actions):
    env = begin()
    return [env.step(action) for action in actions][-1]


def test_a_reset_draws_a_question_of_the_split():
    env = gymnasium.make("HotPotQA-v0", split="examples")
    drawn = {env.reset(seed=seed)[1]["case"] for seed in range(40)}
    assert drawn == set(read_questions("examples"))
    with pytest.raises(SettingsError, match="published, examples"):
        gymnasium.make("HotPotQA-v0", split="dev")
