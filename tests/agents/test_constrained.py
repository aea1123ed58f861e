"""With --constrained an action is one of those that the world lists, in every world that can list them."""

from dataclasses import replace

import pytest

from agents.react import ReActPolicy
from agents.text_prompt import TextPrompt
from core.chat import Message, Reply, Request, Sampling, Usage
from core.errors import SettingsError
from core.task import TEXT_TASKS
from envs.text.cases import cases_of
from envs.text.scripted import ScriptedTextModel
from main import run_verb
from runner.text import History, Move, TextPlayer, paid_requests

PROMPT = TextPrompt(("Rules.",), {"act": "Act.", "react": "Thought: and Action:"}, ())
ACTIONS = ("look", "go to desk 1, then rest.")
LISTED = [
    task
    for task in TEXT_TASKS.values()
    # ScienceWorld's simulator also lists actions that it then does not understand
    if task.lists_actions and not task.kind and task.world != "scienceworld"
]


def policy(method):
    return ReActPolicy(PROMPT, method, Sampling(), constrained=True)


class Recorder:
    """The scripted model; keeps what it is asked."""

    name = "recorder"
    in_flight = 1

    def __init__(self, skill=1.0):
        self._model = ScriptedTextModel(skill)
        self.asked = []

    def chat(self, requests):
        for request, reply in zip(requests, self._model.chat(requests), strict=True):
            self.asked.append((request, reply.text))
            yield replace(reply, usage=Usage(llm_calls=1))


@pytest.mark.parametrize(("method", "after"), [("act", ""), ("react", "Action:")])
def test_a_request_has_the_admissible_actions_as_choices(method, after):
    request = policy(method).request(History("0", (), "You see a desk.", admissible=ACTIONS))
    assert request.choices == ACTIONS
    assert (request.choices_after, request.choices_by) == (after, "total")
    free = replace(policy(method), constrained=False).request(History("0", (), "You see a desk."))
    assert free == replace(request, choices=(), choices_after="", choices_by="mean")


@pytest.mark.parametrize("method", ["act", "react"])
def test_where_no_action_is_admissible_the_answer_is_free(method):
    assert policy(method).request(History("0", (), "The end.")).choices == ()
    assert policy(method).read(Reply("I do this.\nAction: look")).action == "look"


def test_a_chosen_action_is_read_to_the_letter():
    """The reading of free answers ends at the comma, and takes the first label in a thought."""
    [_, action] = ACTIONS
    said = f"Thought: the next act: rest.\nAction: {action}"
    assert policy("react").read(Reply(said)) == Move(action, "the next act: rest.")
    assert policy("act").read(Reply(action)) == Move(action)
    free = replace(policy("act"), constrained=False)
    assert free.read(Reply(action)).action == "go to desk 1"


@pytest.mark.parametrize("task", LISTED, ids=lambda task: task.name)
@pytest.mark.parametrize(("method", "skill"), [("act", 1.0), ("react", 0.5)])
def test_the_scripted_model_chooses_what_the_world_lists(task, method, skill):
    model = Recorder(skill)
    player = TextPlayer("", task, policy(method), model, 1, 3, shows_admissible=True)
    cases = cases_of(task, "", 1)
    episodes = list(player.play(cases))
    for request, answer in model.asked:
        assert answer.rpartition("Action: ")[2] in request.choices
    assert all(step.is_valid for episode in episodes for step in episode.steps)
    # billing: the requests are made again from the record
    paid = [
        request
        for episode in episodes
        for request in paid_requests(episode, player.policy, player.make_env)
    ]
    assert set(paid) == {request for request, _ in model.asked}


def test_unless_they_are_asked_for_no_actions_are_listed():
    model, task = Recorder(), TEXT_TASKS["gripper"]
    list(TextPlayer("", task, policy("act"), model, 1, 3).play(cases_of(task, "", 1)))
    assert {request.choices for request, _ in model.asked} == {()}


def flags(tmp_path, **changes):
    return {"logdir": str(tmp_path), "task": "put", "test_num": 2, "save_name": "r", **changes}


@pytest.mark.parametrize("method", ["act", "react"])
def test_a_run_says_that_it_is_constrained_and_a_recording_plays_it_again(method, tmp_path, capsys):
    record = str(tmp_path / "answers.jsonl")
    [whole] = run_verb(method, **flags(tmp_path, constrained=True, record_file=record))
    assert f"{method}, constrained on put" in capsys.readouterr().out
    [again] = run_verb(
        method,
        **flags(
            tmp_path, constrained=True, record_file=record, planner="replay", save_name="again"
        ),
    )
    assert again.episodes == whole.episodes
    assert all(episode.success for episode in whole.episodes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"task": "hotpotqa"}, "an action in hotpotqa holds free text"),
        ({"task": "webshop"}, "an action in webshop holds free text"),
        ({"planner": "fastchat", "llm_model": "m"}, "use --planner local"),
    ],
)
def test_what_cannot_be_constrained_is_refused_before_anything_is_asked(changes, said, tmp_path):
    with pytest.raises(SettingsError, match=said):
        run_verb("act", **flags(tmp_path, constrained=True, **changes))
    assert not list(tmp_path.glob("*/*/*"))


def test_a_request_without_choices_is_written_as_before():
    """Requests were recorded and cached before there were choices within an answer."""
    request = Request((Message("user", "?"),), ("a",))
    assert set(request.to_json()) == {"messages", "choices", "sample", "sampling"}
    changed = replace(request, choices_after="Action:", choices_by="total").to_json()
    assert (changed["choices_after"], changed["choices_by"]) == ("Action:", "total")
