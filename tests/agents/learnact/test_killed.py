"""Learning runs that their server ends too early and that are resumed: nothing differs, nothing is paid twice."""

from dataclasses import replace

import pytest

from core.chat import Message, Request, Usage
from core.errors import ModelError
from core.files import read_json, read_lines
from core.run import CANDIDATE, EPISODES, EVAL_RESULTS, LEARN_RESULTS, METRICS
from envs.text.scripted import ScriptedTextModel
from main import run_verb
from tests.planner.fake_server import completion

NO = (403, {}, b"no")


def scripted(document):
    """The scripted learner and agent; longer conversations have more tokens."""
    messages = tuple(Message(**message) for message in document["messages"])
    [reply] = ScriptedTextModel().chat([Request(messages)])
    return completion(
        reply.text,
        prompt_tokens=sum(len(message.content) for message in messages),
        completion_tokens=len(reply.text),
    )


@pytest.fixture
def learn(server, tmp_path):
    """Runs learnact with a server; without reuse of another run's answers."""

    def run(name, **flags):
        [evaluation] = run_verb(
            "learnact", task="tyreworld", save_name=name, logdir=str(tmp_path), test_num=2, num_samples=2,
            planner="fastchat", llm_url=server.url, llm_model="m", llm_in_flight=1, num_active=2,
            answer_store=f"{name}.sqlite", **flags,
        )  # fmt: skip
        return evaluation

    return run


def timeless(value):
    """Without the seconds that answers took."""
    if isinstance(value, dict):
        return {key: timeless(each) for key, each in value.items() if key != "seconds"}
    return [timeless(each) for each in value] if isinstance(value, list) else value


def files_of(run):
    """What is kept of a run: candidates, functions, metrics, and all episodes by their case."""
    candidates = {
        path.parent.name: timeless(read_json(path))
        for path in run.glob(f"{LEARN_RESULTS}/*/{CANDIDATE}")
    }
    episodes = {
        str(path.relative_to(run)): sorted(timeless(read_lines(path)), key=lambda row: row["case"])
        for path in run.rglob(EPISODES)
    }
    functions = timeless(read_lines(run / LEARN_RESULTS / "functions.jsonl"))
    actions = (run / LEARN_RESULTS / "actions.py").read_text()
    return candidates, episodes, functions, actions, read_lines(run / METRICS)


@pytest.mark.slow
def test_a_run_that_its_server_ends_again_and_again_equals_an_uninterrupted_one(server, learn):
    """After 19 answers more each time: in the middle of conversations of the learner, and of episodes."""
    server.script = [scripted]
    whole = learn("whole").path.parent
    num_asked = len(server.asked)
    given = []

    def give(document):
        given.append(document)
        return scripted(document)

    for _ in range(num_asked // 19):
        server.script = [give] * 19 + [NO]
        with pytest.raises(ModelError, match="--resume"):
            learn("ended", resume=True)
    server.script = [give]
    ended = learn("ended", resume=True).path.parent
    assert files_of(ended) == files_of(whole)
    assert len(given) == num_asked


def test_candidates_that_were_paid_for_are_not_made_again(server, learn):
    """The server ends the run after the evaluation has begun: what is asked then is the rest of the evaluation."""
    server.script = [scripted]
    whole = learn("whole")
    played = sum(step.usage.llm_calls for episode in whole.episodes for step in episode.steps)
    learned = len(server.asked) - played
    server.script = [scripted] * (learned + 1) + [NO]
    with pytest.raises(ModelError):
        learn("ended")
    before = len(server.asked)
    server.script = [scripted]
    ended = learn("ended", resume=True)
    assert len(server.asked) - before == played - 1
    assert usage_of(ended) == usage_of(whole)
    assert (ended.path.parent / EVAL_RESULTS).is_dir()


def usage_of(evaluation):
    """What each case has cost, but for the seconds."""
    return {
        episode.case: replace(sum((step.usage for step in episode.steps), Usage()), seconds=0.0)
        for episode in evaluation.episodes
    }
