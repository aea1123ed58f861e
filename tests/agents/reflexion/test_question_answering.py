"""Question answering in trials: the agents that answer at once, and what notes bring beside mere retrying."""

import json
from dataclasses import replace

import gymnasium
import pytest

from agents.reflexion import question_answering
from agents.reflexion.agent import make_agent
from agents.reflexion.run import play
from agents.text_prompt import load_text_prompt
from core.chat import Reply
from core.errors import SettingsError
from core.settings import ReflexionSettings
from core.task import TEXT_TASKS
from envs.text.cases import cases_of
from runner.text import History, make_world

TASK = TEXT_TASKS["hotpotqa"]
BORN = "5ae66d515542992ae0d16346"
"""In what year was the singer who popularized "I'll Keep the Lovelight Burning" born?"""


def settings(logdir="log", task="hotpotqa", **flags):
    return ReflexionSettings(task=task, save_name="r", logdir=str(logdir), **flags)


def first_request(agent, case, told="", **flags):
    made = make_agent(TASK, settings(agent=agent, **flags))
    observation, info = make_world(TASK, **made.options).reset(options={"case": case})
    return made.policy.request(History(case, (), observation, info["goal"], told))


def contents(request):
    return [message.content for message in request.messages]


def test_the_worked_examples_are_right_and_none_is_evaluated():
    prompt = load_text_prompt("hotpotqa_cot")
    evaluated = set(cases_of(TASK))
    for example in prompt.examples:
        options = question_answering.WORLDS[f"cot_{example.kind}"]
        env = gymnasium.make(TASK.env_id, **options)
        observation, _ = env.reset(options={"case": example.case})
        [turn] = example.turns
        assert turn.observation == observation
        assert env.step(turn.action)[4]["success"]
        assert example.case not in evaluated


@pytest.mark.parametrize(
    ("agent", "with_context"), [("cot_context", True), ("cot_no_context", False)]
)
def test_the_context_is_shown_to_the_agent_that_has_one_also_in_the_examples(agent, with_context):
    _, *shown = contents(first_request(agent, BORN))
    questions = shown[::2]
    assert len(questions) == 3  # two examples
    for question in questions:
        assert question.startswith("Context:") == with_context
        assert question.endswith("\nThe action is: Finish[answer].")
    for answer in shown[1::2]:
        assert answer.startswith("Thought: ")
        assert "\nAction: Finish[" in answer


def test_what_is_told_about_earlier_attempts_stands_before_the_question_and_changes_no_example():
    plain = contents(first_request("cot_context", BORN))
    told = contents(first_request("cot_context", BORN, "Note."))
    assert told[:-1] == plain[:-1]
    assert told[-1] == f"Note.\n\n{plain[-1]}"


def test_an_attempt_of_these_agents_is_one_answer():
    agent = make_agent(TASK, settings(agent="cot_no_context"))
    assert agent.max_steps == 1
    assert make_agent(TASK, settings()).max_steps == 6
    env = make_world(TASK, **agent.options)
    env.reset(options={"case": BORN})
    observation, _, terminated, _, info = env.step("Search[Patti Page]")
    assert observation == "That is not an action. The action is: Finish[answer]."
    assert (terminated, info["is_valid"]) == (False, False)


@pytest.mark.parametrize("agent", ["cot_context", "cot_no_context"])
def test_they_answer_questions_only(agent):
    with pytest.raises(SettingsError, match=f"--agent {agent} is for hotpotqa; alfworld has"):
        make_agent(TEXT_TASKS["alfworld"], settings(task="alfworld", agent=agent))


@pytest.mark.parametrize(
    ("strategy", "years"),
    [
        ("none", ["1942", "1942", "1942", "1942"]),
        ("last_attempt", ["1942", "1949", "1942", "1949"]),
        ("reflexion", ["1942", "1949", "1927"]),
        ("last_attempt_and_reflexion", ["1942", "1949", "1927"]),
    ],
)
def test_an_answer_is_given_again_unless_it_is_told_to_be_wrong(strategy, years, tmp_path):
    """The last attempt tells one wrong answer, so two of them take turns; the notes tell all. 1927 is right."""
    [run] = play(
        settings(tmp_path, agent="cot_context", strategy=strategy, num_trials=4, case=(BORN,))
    )
    attempts = [episode for trial in run.trials.trials for episode in trial.episodes]
    assert [step.action for episode in attempts for step in episode.steps] == [
        f"Finish[{year}]" for year in years
    ]
    assert run.solved == ([0, 0, 1, 1] if "1927" in years else [0, 0, 0, 0])


def test_an_answer_that_cannot_be_read_fails_and_the_next_attempt_goes_on(tmp_path):
    records = tmp_path / "answers.jsonl"
    made = settings(tmp_path, agent="cot_no_context", case=(BORN,))
    request = first_request("cot_no_context", BORN)
    rows = [{"model": "m", "request": request.to_json(), "reply": Reply("It is hard.").to_json()}]
    records.write_text("".join(json.dumps(row) + "\n" for row in rows))
    made = replace(made, planner="replay", record_file=str(records), num_trials=2)
    [run] = play(made)
    assert run.solved == [0, 0]
    attempts = [episode for trial in run.trials.trials for episode in trial.episodes]
    assert [episode.unreadable_answers for episode in attempts] == [1, 1]
    assert all("there is no line that begins" in episode.final_observation for episode in attempts)


def test_a_wrong_answer_counts_by_neither_rule_so_nothing_is_said_about_the_other(tmp_path, capsys):
    play(settings(tmp_path, agent="cot_context", case=(BORN,), num_trials=1))
    said = capsys.readouterr().out
    assert "0 = 0.0 %" in said
    assert "success_rule" not in said
