"""The scripted answerer: plays from what it reads, and learns from its notes."""

import random

import gymnasium
import pytest

import envs  # noqa: F401 registers the ids
from envs.text.hotpotqa.expert import Expert
from envs.text.hotpotqa.guess import Guesser
from envs.text.hotpotqa.questions import read_questions
from envs.text.hotpotqa.reading import Page, bare, names

AGENTS = {
    "react": {},
    "cot_context": {"docstore": ("none",), "context": True},
    "cot_no_context": {"docstore": ("none",)},
}


def play(env, case, notes=()):
    observation, info = env.reset(options={"case": case})
    expert, actions, is_over = Expert(observation, notes), [], False
    while not is_over:
        actions.append(expert.act())
        observation, _, terminated, truncated, info = env.step(actions[-1])
        expert.observe(actions[-1], observation)
        is_over = terminated or truncated
    return expert, actions, info


def test_it_reads_what_the_question_names_then_what_that_names_and_answers():
    _, actions, info = play(gymnasium.make("HotPotQA-v0"), "examples/1")
    assert actions == [
        "Search[The Salt Stair]",
        "Search[Orla Venn]",  # finds nothing
        "Search[Harrow Point Lighthouse]",
        "Finish[1977]",
    ]
    assert info["success"]


def test_of_two_things_the_one_with_the_earlier_year_was_first():
    _, actions, info = play(gymnasium.make("HotPotQA-v0"), "examples/2")
    assert actions == ["Search[Corden Mill]", "Search[Pale Mill]", "Finish[Pale Mill]"]
    assert info["success"]


def test_a_note_says_what_was_wrong_and_the_next_attempt_answers_otherwise():
    env = gymnasium.make("HotPotQA-v0")
    case = "5abdd0f15542991f6610604d"
    first, actions, info = play(env, case)
    assert not info["success"]
    note = first.note()
    assert f"{actions[-1]} was wrong." in note
    assert note.endswith("Next time I will give another answer.")
    second, again, _ = play(env, case, [note])
    assert again[-1] != actions[-1]
    assert f"{actions[-1]} was wrong." in second.note()  # so the newest note is enough
    assert again[-1] in second.note()


@pytest.mark.parametrize(
    ("agent", "solved"),
    [
        ("react", [14, 24, 31, 39, 41]),
        ("cot_context", [19, 35, 44, 53, 58]),
        ("cot_no_context", [7, 12, 12, 12, 12]),
    ],
)
def test_with_notes_it_solves_more_trial_by_trial(agent, solved):
    env = gymnasium.make("HotPotQA-v0", **AGENTS[agent])
    open_cases, counts = dict.fromkeys(read_questions("published"), ()), []
    for _ in solved:
        for case in list(open_cases):
            expert, actions, info = play(env, case, open_cases[case])
            assert len(actions) <= 6
            assert info["is_valid"]
            if info["success"]:
                del open_cases[case]
            else:
                open_cases[case] = [expert.note()]
        counts.append(100 - len(open_cases))
    assert counts == solved


def test_without_notes_it_does_the_same_again():
    env = gymnasium.make("HotPotQA-v0")
    case = "5abdd0f15542991f6610604d"
    assert play(env, case)[1] == play(env, case)[1]


def test_what_it_does_in_error_is_an_action_all_the_same():
    env = gymnasium.make("HotPotQA-v0")
    observation, _ = env.reset(options={"case": "examples/1"})
    actions = {Expert(observation).other_action(random.Random(seed)) for seed in range(20)}
    assert len(actions) > 1
    assert all(env.step(action)[4]["is_valid"] for action in actions if "Search" in action)


@pytest.mark.parametrize(
    "text", ["", "You are in a room.", "Question: Who?", "Where?\nThe action is: Finish[answer]."]
)
def test_another_world_s_observation_is_refused(text):
    with pytest.raises(ValueError, match="not the first observation of a question"):
        Expert(text)


def test_it_reads_conversations_that_others_made():
    expert = Expert("Context:\nno title\nQuestion: Who?\nThe action is: Finish[answer].")
    expert.observe("", "")
    expert.observe("Search", "Could not find")
    assert expert.act().startswith("Finish[")
    assert expert.thought()
    assert expert.note()


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Are both Ann Lee and Bo Ray painters?", "yes"),
        ("Are both Ann Lee and Bo Ray sculptors?", "no"),
        ("Who was born first, Ann Lee or Bo Ray?", "Bo Ray"),
        ("In what year was the school opened?", "1931"),
        ("How many pupils had the school of Ann Lee?", "40"),
        ("Ann Lee was a pupil of the painter of what town?", "Stennick"),
    ],
)
def test_guesses_are_of_the_form_that_the_question_asks_for(question, first):
    pages = [
        Page(
            "Ann Lee",
            "Ann Lee (born 1902) was a painter. In 1931 she opened a school with 40 pupils.",
        ),
        Page("Bo Ray", "Bo Ray (born 1871) was a painter of the town of Stennick."),
    ]
    assert Guesser(question, pages).guesses()[0] == first


def test_names():
    text = 'In March, Ann Lee\'s "Low Tide" was shown in the Hall of Mills, near Bath in Maine.'
    assert names(text) == [
        "Ann Lee", "Low Tide", "Hall of Mills", "Hall", "Mills", "Bath in Maine", "Bath", "Maine",
    ]  # fmt: skip
    assert bare('"the Mill".') == "Mill"
