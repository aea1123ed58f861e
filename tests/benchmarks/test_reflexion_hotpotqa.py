"""The logged answers of a published run, given again in our loop, solve what they solved then."""

import pytest

from benchmarks.reflexion_hotpotqa import LOGS, RESULTS, SOLVED, LoggedModel, logged_runs, replayed
from core.chat import Message, Request
from core.files import read_json
from core.reflection import REFLECTION_CUE
from envs.text.hotpotqa.questions import find_question

needs_logs = pytest.mark.skipif(
    not (LOGS / "trials.jsonl.xz").exists(), reason="the data beside the repository is not there"
)


@needs_logs
@pytest.mark.parametrize("run", ["cot_nocontext_reflexion", "cot_context_last_attempt"])
def test_a_logged_run_solves_the_same_number_in_each_trial(run, tmp_path):
    rows = dict(logged_runs(LOGS))[run]
    assert replayed(run, rows, LOGS, str(tmp_path)) == list(SOLVED[run])


@needs_logs
def test_an_answer_that_differs_from_the_log_is_seen(tmp_path):
    run = "cot_nocontext_none"
    rows = dict(logged_runs(LOGS))[run]
    right = next(row for row in rows if row["em"])
    for row in rows:
        if row["id"] == right["id"]:
            row["steps"] = [{"thought": "", "action": "Finish[something else]"}]
    assert replayed(run, rows, LOGS, str(tmp_path)) == [number - 1 for number in SOLVED[run]]


def test_every_attempt_and_note_is_the_one_of_its_trial():
    case = "examples/1"
    rows = [
        {"id": case, "trial": 1, "steps": [step("a"), step("b")], "reflections": []},
        {"id": case, "trial": 2, "steps": [step("c")], "reflections": ["Not a."]},
    ]
    model = LoggedModel(rows)
    question = f"Question: {find_question(case).text}\nThe actions are: Finish[answer]."
    assert said(model, question) == "Thought: hm\nAction: a"
    assert said(model, question, "a", "o") == "Thought: hm\nAction: b"
    assert said(model, question, "a", "o", "b", "o") == ""  # no more was logged
    assert said(model, question, "a", f"o\n\n{REFLECTION_CUE}") == "Not a."
    assert said(model, f"Not a.\n\n{question}") == "Thought: hm\nAction: c"
    assert said(model, question, "c", f"o\n\n{REFLECTION_CUE}") == "No note was logged."
    assert said(model, question) == ""


def step(action):
    return {"thought": "hm", "action": action}


def said(model, *contents):
    roles = ("user", "assistant") * len(contents)
    messages = [Message(role, text) for role, text in zip(roles, contents, strict=False)]
    [reply] = model.chat([Request((Message("system", "rules"), *messages))])
    return reply.text


def test_the_published_results_are_the_logged_numbers():
    document = read_json(RESULTS)
    assert {row["run"] for row in document["replay"]} <= set(SOLVED)
    assert document["replay"]
    for row in document["replay"]:
        assert row["replayed"] == row["logged"] == list(SOLVED[row["run"]])
    solved = {(row["agent"], row["strategy"]): row["solved"] for row in document["scripted"]}
    for (agent, strategy), numbers in solved.items():
        assert numbers == sorted(numbers)
        assert numbers[0] == solved[agent, "none"][0]  # the first attempt is told nothing
        assert (numbers[-1] > solved[agent, "none"][-1]) == (strategy != "none")
