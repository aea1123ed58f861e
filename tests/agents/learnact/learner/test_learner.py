"""A learner's conversations: what it asks, what it makes of the answers, and what they took."""

import ast
from itertools import chain, repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.learnact.learner.learner import MAX_ATTEMPTS, Learner, load_prompt
from agents.learnact.learner.revision import revise
from core.candidate import Failure, Proposal
from core.chat import Reply, Usage
from core.episode import Episode, Step
from core.errors import ModelError, ModelRefused
from core.learning_text import (
    CREATE_CUE,
    EXAMPLE_CUE,
    FAILURE_HEADING,
    IMPROVE_CUE,
    episodes_text,
    library_text,
    read_transcripts,
)
from core.library import Library
from core.settings import LearnActSettings
from core.task import TEXT_TASKS
from envs.text.cases import cases_of
from envs.text.functions import functions_of
from planner.build import build_model
from planner.cache import request_digest
from runner.text import make_world
from tests.planner.fake_server import completion

CARRY = """\
```python
def carry(ball, a, b, hand="left"):
    '''Carry a ball from a room to another one.'''
    pick(ball, a, hand)
    move(a, b)
    drop(ball, b, hand)

carry("ball3", "rooma", "roomb")
```"""
EXAMPLE = "```python\ncarry('ball3', 'rooma', 'roomb')\n```"
NOTE = "Note for carry: the robot has to be in room a."


def learner(task="gripper", **flags):
    settings = LearnActSettings(task=task, save_name="r", **flags)
    return Learner(TEXT_TASKS[task], functions_of(TEXT_TASKS[task]), settings)


def episode_of(task="gripper", codes=(), *, case=None):
    """An episode whose decisions come to nothing, with the real first observation of a case."""
    case = case or cases_of(TEXT_TASKS[task])[0]
    world = make_world(TEXT_TASKS[task])
    introduction, info = world.reset(options={"case": case})
    world.close()
    told = [introduction, *(f"After {code}." for code in codes)]
    steps = [Step(code, 0.0, observation=seen) for code, seen in zip(codes, told, strict=False)]
    return Episode(
        task,
        case,
        success=False,
        score=0.0,
        terminated=False,
        truncated=True,
        steps=tuple(steps),
        goal=info["goal"],
        final_observation=told[-1],
    )


EPISODES = [
    episode_of(case="gripper/prob08", codes=["move('rooma', 'roomb')", "pick('ball1', 'roomb', 'left')"]),
    episode_of(case="gripper/prob10"),
]  # fmt: skip
USAGE = Usage(1, 100, 10, 0.5)


def talk(learning, *answers):
    """The requests of a conversation, and what the learner makes of the answers; texts are answers that cost `USAGE`."""
    requests = [next(learning)]
    for answer in answers:
        try:
            requests.append(
                learning.send(Reply(answer, USAGE) if isinstance(answer, str) else answer)
            )
        except StopIteration as end:
            assert answer is answers[-1]
            return requests, end.value
    raise AssertionError(f"asks on: {requests[-1].question}")


def test_functions_are_created_from_episodes_and_then_exemplified():
    requests, proposal = talk(learner().create(EPISODES, 3), CARRY, EXAMPLE)
    create, example = requests
    assert [message.role for message in create.messages] == ["system", "user"]
    assert create.question.startswith(episodes_text(EPISODES))
    assert create.question.endswith(f"\n\n{CREATE_CUE}")
    assert example.messages[0] == create.messages[0]
    assert EPISODES[0].steps[0].observation in example.question
    assert library_text(proposal.library).startswith(example.question.partition("\n\n")[0])
    assert example.question.endswith(f"\n\n{EXAMPLE_CUE}")
    assert {request.sample for request in requests} == {3}
    assert proposal == Proposal(
        "create",
        proposal.library,
        ("carry",),
        usage=USAGE + USAGE,
        paid=tuple(map(request_digest, requests)),
    )
    assert proposal.library.example == "carry('ball3', 'rooma', 'roomb')"
    [carry] = proposal.library.functions
    assert carry.signature == "carry(ball, a, b, hand='left')"
    assert carry.description == "Carry a ball from a room to another one."


def test_the_system_message_has_the_world_its_actions_and_the_rules():
    request = next(learner().create(EPISODES, 0))
    system = request.messages[0].content
    assert system.startswith("You plan for a robot that carries balls")
    assert "move(room1, room2); pick(ball, room, gripper); drop(ball, room, gripper)" in system
    assert "last_observation()" in system


def test_the_learner_s_own_sampling():
    flags = {
        "learner_temperature": 0.5,
        "learner_max_tokens": 77,
        "seed": 3,
        "stop": ("\n",),
        "max_tokens": 5,
    }
    sampling = next(learner(**flags).create(EPISODES, 0)).sampling
    assert (sampling.temperature, sampling.max_tokens, sampling.seed) == (0.5, 77, 3)
    assert sampling.stop == ()  # code has several lines


def test_the_rules_alone():
    flags = {"learner_sees": "rules", "planner": "fastchat"}
    request = next(learner(**flags).create(EPISODES, 0))
    assert request.question == f"{load_prompt().create['rules']}\n\n{CREATE_CUE}"


def test_alfworld_in_the_old_syntax():
    old = LearnActSettings(task="put", save_name="r", alfworld_syntax="old")
    task = TEXT_TASKS["put"]
    one = Learner(task, functions_of(task, syntax="old"), old)
    request = next(one.create([episode_of("put")], 0))
    assert "put(thing, receptacle)" in request.messages[0].content
    assert "move THING" not in request.messages[0].content


def test_errors_are_sent_back_until_there_are_none():
    wrong = CARRY.replace("move(a, b)", "walk(a, b)")
    late = CARRY.replace("move(a, b)", "move(a)")
    requests, proposal = talk(
        learner().create(EPISODES, 0), "I cannot.", wrong, late, CARRY, EXAMPLE
    )
    assert proposal.change == "create"
    assert proposal.refusals[:2] == (
        "there is no block of Python between ```python and ```",
        "in carry: walk: not defined",
    )
    assert "TypeError: move(room1, room2): missing a required argument" in proposal.refusals[2]
    for request, refusal, answer in zip(
        requests[1:4], proposal.refusals, ("I cannot.", wrong, late), strict=True
    ):
        *_, said, question = request.messages
        assert (said.role, said.content) == ("assistant", answer)
        assert refusal in question.content
        assert question.content.endswith(CREATE_CUE)
    assert len(requests[3].messages) == 8
    assert proposal.usage == Usage(5, 500, 50, 2.5)
    assert len(proposal.paid) == 5


def test_an_action_that_the_world_refuses_is_no_error():
    elsewhere = CARRY.replace(
        'carry("ball3", "rooma", "roomb")', 'carry("ball3", "roomb", "rooma")'
    )
    _, proposal = talk(learner().create(EPISODES, 0), elsewhere, EXAMPLE)
    assert (proposal.change, proposal.refusals) == ("create", ())


def test_without_a_function_after_all_attempts_there_is_no_change():
    _, proposal = talk(learner().create(EPISODES, 0), *["I cannot."] * MAX_ATTEMPTS)
    assert (proposal.change, proposal.library, proposal.changed) == ("none", Library(), ())
    assert len(proposal.refusals) == MAX_ATTEMPTS


def test_after_all_attempts_the_functions_that_can_be_used_are_kept():
    partly = CARRY.replace("```python", "```python\ndef fly(): soar()\n")
    _, proposal = talk(learner().create(EPISODES, 0), *[partly] * MAX_ATTEMPTS, EXAMPLE)
    assert (proposal.change, proposal.changed) == ("create", ("carry",))
    assert proposal.refusals == ("in fly: soar: not defined",) * MAX_ATTEMPTS


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        ("Call it.", "the example: there is no block of Python between ```python and ```"),
        ("```python\nfly()\n```", "the example: fly: not defined"),
        ("```python\nmove('rooma', 'roomb')\n```", "the example: it calls none of the functions"),
        ("```python\ncarry()\n```", "the example: in the lines that call the functions: "),
        (Reply("```python\ncarry(", cut=True), "the example: the answer was cut off at its limit of tokens (--learner_max_tokens)"),
        (ModelRefused("too long"), "the model refused the conversation: too long"),
    ],
)  # fmt: skip
def test_an_example_that_cannot_be_used_is_left_away(answer, refusal):
    _, proposal = talk(learner().create(EPISODES, 0), CARRY, answer)
    assert (proposal.change, proposal.library.example) == ("create", "")
    [said] = proposal.refusals
    assert said.startswith(refusal)


@pytest.mark.parametrize(
    "answers", [(), ("I cannot.",), ("",), (Reply("```python\ndef f(", cut=True),)]
)
def test_a_conversation_that_the_model_refuses_ends_the_attempts(answers):
    _, proposal = talk(learner().create(EPISODES, 0), *answers, ModelRefused("too long"))
    assert (proposal.change, proposal.library) == ("none", Library())
    assert proposal.refusals[-1] == "the model refused the conversation: too long"


def test_answers_from_a_cache_are_not_paid():
    cached = Usage(cache_hits=1)
    _, proposal = talk(learner().create(EPISODES, 0), Reply(CARRY, cached), EXAMPLE)
    assert proposal.usage == USAGE + cached
    assert len(proposal.paid) == 1


PARENT = revise(
    Library(), CARRY.split("```")[1].removeprefix("python"), ("pick", "move", "drop")
).library


def failed(task="gripper", case=None):
    codes = ["move('rooma', 'roomb')", "carry('ball3', 'rooma', 'roomb')", "move('roomb', 'rooma')"]
    episode = episode_of(task, codes, case=case)
    return Failure(episode.case, "carry", codes[1], f"After {codes[1]}."), episode


def test_an_improvement_is_shown_the_functions_and_the_failure():
    failure, episode = failed()
    request = next(learner().improve(PARENT, failure, episode, 2))
    assert request.question.startswith(f"{library_text(PARENT)}\n\n{FAILURE_HEADING}\n")
    [shown] = read_transcripts(request.question)
    assert shown.steps == ((failure.code, failure.observation),)  # all that is true is seen
    assert "The function carry failed." in request.question
    assert request.question.endswith(f"\n\n{IMPROVE_CUE}")
    assert request.sample == 2


def test_where_not_all_is_seen_the_episode_up_to_the_failure_is_told():
    failure, episode = failed("SimpleDoorKey")
    request = next(learner("SimpleDoorKey").improve(PARENT, failure, episode, 0))
    [shown] = read_transcripts(request.question)
    assert [code for code, _ in shown.steps] == ["move('rooma', 'roomb')", failure.code]
    assert shown.steps[-1][1] == failure.observation


def test_an_improvement_is_a_new_version_with_a_new_example():
    again = CARRY.replace("pick(", "print(last_observation())\n    pick(")
    again = again.replace('carry("ball3", "rooma", "roomb")', "")
    _, proposal = talk(learner().improve(PARENT, *failed(), 0), again, EXAMPLE)
    assert (proposal.change, proposal.changed) == ("update", ("carry",))
    [carry] = proposal.library.functions
    assert carry.version == 2
    assert proposal.library.example


def test_a_note_needs_no_example():
    requests, proposal = talk(learner().improve(PARENT, *failed(), 0), NOTE)
    assert len(requests) == 1
    assert (proposal.change, proposal.changed) == ("note", ("carry",))
    assert proposal.library.functions[0].notes == ("the robot has to be in room a.",)


def test_an_improvement_that_changes_nothing_is_refused():
    unchanged = CARRY.replace('carry("ball3", "rooma", "roomb")', "")
    _, proposal = talk(learner().improve(PARENT, *failed(), 0), unchanged, "Hm.", "", unchanged)
    assert (proposal.change, proposal.library, proposal.changed) == ("none", PARENT, ())
    assert len(proposal.refusals) == MAX_ATTEMPTS


def end_of(learning, answers):
    """What a learner makes of answers, after which the model answers no more."""
    next(learning)
    try:
        for answer in chain(answers, repeat(ModelRefused("no more"))):
            learning.send(answer if not isinstance(answer, str) else Reply(answer))
    except StopIteration as end:
        return end.value


ANSWERS = st.sampled_from([CARRY, EXAMPLE, NOTE, "", "```python\n1 / 0\n```", "```python\ndef f(): carry()\nf()\n```"]) | st.text()  # fmt: skip


@settings(max_examples=15)
@given(st.lists(ANSWERS | st.builds(Reply, ANSWERS, cut=st.just(True)), max_size=5), st.booleans())
def test_whatever_is_answered_there_is_a_proposal(answers, creates):
    one = learner()
    learning = one.create(EPISODES, 0) if creates else one.improve(PARENT, *failed(), 0)
    proposal = end_of(learning, answers)
    assert (proposal.change == "none") == (not proposal.changed)
    assert proposal.refusals or answers
    assert proposal.library == (Library() if creates else PARENT) or proposal.changed


def test_the_worked_example_follows_its_own_rules():
    lines = load_prompt().worked_example
    code = "\n".join(lines[lines.index("```python") + 1 : lines.index("```", 2)])
    actions = ("walk_to", "grab", "fill", "pour")
    assert all(f"{action}(" in lines[0] for action in actions)
    revision = revise(Library(), code, actions)
    assert revision.problems == ()
    assert revision.changed == ("water", "water_all")
    assert all(function.description for function in revision.library.functions)
    for function in functions_of(TEXT_TASKS["gripper"]):
        assert function.name not in {
            node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)
        }


def converse(learning, model):
    """Let a model answer."""
    request = next(learning)
    while True:
        try:
            [answer] = model.chat([request])
        except ModelError as error:
            answer = error
        try:
            request = learning.send(answer)
        except StopIteration as end:
            return end.value


def test_a_served_model_s_answers_and_their_recording_make_the_same_library(server, tmp_path):
    texts = ["I cannot.", CARRY, EXAMPLE]
    server.script = [completion(text, prompt_tokens=100, completion_tokens=10) for text in texts]
    flags = {"planner": "fastchat", "llm_url": server.url, "logdir": str(tmp_path), "record_file": str(tmp_path / "r.jsonl")}  # fmt: skip
    one = learner(**flags)
    served = converse(one.create(EPISODES, 1), build_model(one.settings))
    assert served.changed == ("carry",)
    assert (served.usage.llm_calls, served.usage.tokens) == (3, 330)
    first = server.asked[0][2]
    assert (first["temperature"], first["max_tokens"]) == (0.8, 2048)
    replaying = learner(**{**flags, "planner": "replay"})
    replayed = converse(replaying.create(EPISODES, 1), build_model(replaying.settings))
    assert replayed.library == served.library
    assert replayed.refusals == served.refusals


def test_a_server_that_refuses_the_conversation(server, tmp_path):
    server.script = [(400, {}, b'{"error": {"message": "too many tokens"}}')]
    one = learner(planner="fastchat", llm_url=server.url, logdir=str(tmp_path))
    proposal = converse(one.create(EPISODES, 0), build_model(one.settings))
    assert proposal.change == "none"
    assert "too many tokens" in proposal.refusals[0]
