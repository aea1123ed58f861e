"""An episode as a conversation in plain text."""

from core.chat import Usage
from core.episode import Consultation, Episode, Step
from core.task import PAPER_ROOMS
from reports.dialogue import dialogue


def test_a_dialogue_has_every_question_and_answer(play_policy):
    [episode] = play_policy("oracle", [2])
    text = dialogue(episode)
    assert text.startswith("SimpleDoorKey, seed 2\n")
    for asked in episode.consultations:
        assert asked.question in text
        assert asked.answer in text
    assert "the plan is finished" in text
    assert "the policy asks" in text
    assert "toggle: toggle" in text
    assert text.endswith(f"return {episode.total_return:.3f}\n")


def test_a_dialogue_counts_repeated_actions_and_shows_costs_and_format_errors():
    bad = Consultation("q", "hm", "{explore}", True, 0.01, format_errors=3)
    first = Step("forward", 0.0, skill="explore", consultation=bad)
    others = [Step(action, 0.0, skill="explore") for action in ("forward", "left")]
    episode = Episode(
        "SimpleDoorKey",
        "1",
        success=False,
        score=0.0,
        terminated=False,
        truncated=True,
        steps=(first, *others),
        rooms=PAPER_ROOMS,
    )
    text = dialogue(episode)
    assert "step   0  [the plan is finished, cost 0.01]" in text
    assert "    plan      {explore}\n" in text
    assert "(answers without a plan: 3)" in text
    assert "explore: forward x 2, left" in text
    assert "the door is closed: 3 steps, 1 questions, return -0.010" in text


def test_a_text_episode_is_told_step_by_step():
    steps = (
        Step(
            "look",
            0.0,
            observation="A kitchen.\nA table.",
            thought="Where?",
            usage=Usage(llm_calls=1, prompt_tokens=7, completion_tokens=3),
        ),
        Step("", 0.0, observation="A mug.", answer="hm", is_valid=False),
        Step("fly", 0.0, observation="No action.", is_valid=False),
    )
    episode = Episode(
        "Kitchen",
        "unseen/3",
        success=False,
        score=0.5,
        terminated=False,
        truncated=True,
        steps=steps,
        goal="take the mug",
        final_observation="Nothing happens.",
    )
    assert (
        dialogue(episode)
        == """\
Kitchen, unseen/3
    goal      take the mug
step   0  [10 tokens]
    world     A kitchen.
              A table.
    thought   Where?
    action    look
step   1
    world     A mug.
    answer    hm  (unreadable)
step   2
    world     No action.
    action    fly  (invalid)
    world     Nothing happens.
not solved, score 0.5: 3 steps, 1 model calls, 7 + 3 tokens
"""
    )
