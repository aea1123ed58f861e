"""Training with a planner behind a real socket: the same run, and nothing lost when the server dies."""

from dataclasses import replace

import pytest

from agents import when2ask
from core.chat import Message, Request, Sampling
from core.errors import ModelRefused, ModelUnavailable
from core.files import read_lines
from core.run import METRICS, RunDirectory
from core.settings import EvalSettings
from planner.chat import seed_of
from planner.scripted import ScriptedModel
from tests.planner.fake_server import Server, completion, scores
from tests.planner.helpers import one, scripted
from tests.runner.training.helpers import assert_same_weights, train, weights_of


def varied(body):
    """For odd seeds the answer is to explore."""
    said = scripted(body)
    if body["seed"] % 2:
        said["choices"][0]["message"]["content"] = "{explore}"
    return said


@pytest.fixture
def served(server):
    server.script = [scripted]
    return server


def test_a_served_planner_that_says_the_same_gives_the_same_run(tiny, served):
    settings = tiny(task="KeyInBox")
    _, by_rules = train(replace(settings, save_name="rules"))
    _, by_server = train(
        replace(settings, save_name="server", planner="fastchat", llm_url=served.url)
    )
    assert_same_weights(weights_of(by_rules), weights_of(by_server))
    last = read_lines(by_server.file(METRICS))[-1]
    # each distinct question cost one call, however often it was put
    questions = {body["messages"][-1]["content"] for _, _, body in served.asked}
    assert last["planner/llm_calls"] == len(served.asked) == len(questions)
    assert last["planner/questions"] == len(questions)


@pytest.mark.slow
def test_a_server_that_dies_costs_nothing_but_the_iteration(tiny, served):
    """It answers 8 questions and dies; the run is resumed with the same weights at another address."""
    served.models = [{"id": "served", "digest": "sha256:1"}]
    settings = tiny(
        task="ColoredDoorKey", n_itr=4, planner="fastchat", llm_url=served.url, llm_in_flight=1
    )
    _, whole = train(replace(settings, save_name="whole"))

    mortal = Server()
    mortal.models = served.models
    mortal.script = [scripted] * 8 + [(503, {}, b"gone")]
    mortal_settings = replace(settings, llm_url=mortal.url, answer_store="mortal.sqlite")
    with pytest.raises(ModelUnavailable, match=r"after 5 tries: status 503: gone; .* --resume"):
        train(mortal_settings)
    mortal.stop()
    asked = len(served.asked)
    _, resumed = train(replace(mortal_settings, llm_url=served.url, resume=True))
    assert_same_weights(weights_of(whole), weights_of(resumed))
    # the answers of the first server were kept
    assert len(served.asked) == 2 * asked - 8


def test_a_second_run_takes_the_answers_of_the_first(tiny, served):
    """Both learn the same; the second one takes all answers from the cache."""
    settings = tiny(
        task="KeyInBox", planner="fastchat", llm_url=served.url, token_prices=(2.0, 10.0)
    )
    runs = [train(replace(settings, save_name=name))[1] for name in ("first", "second")]
    assert_same_weights(*map(weights_of, runs))
    first, second = (read_lines(run.file(METRICS)) for run in runs)
    calls = len(served.asked)
    assert first[-1]["planner/llm_calls"] == calls > 0
    assert second[-1]["planner/llm_calls"] == 0
    assert first[-1]["planner/cache_hits"] == 0
    assert second[-1]["planner/cache_hits"] == calls
    # each call is 100 and 10 tokens, a million of which cost 2 and 10
    assert first[-1]["planner/prompt_tokens"] == 100 * calls
    assert first[-1]["planner/completion_tokens"] == 10 * calls
    assert first[-1]["planner/price"] == pytest.approx(calls * 300 / 1e6)
    assert second[-1]["planner/prompt_tokens"] == second[-1]["planner/price"] == 0


def test_without_a_cache_a_second_run_asks_again(tiny, served):
    settings = tiny(planner="fastchat", llm_url=served.url, n_itr=1, answer_store="none")
    _, first = train(replace(settings, save_name="first"))
    calls = len(served.asked)
    train(replace(settings, save_name="second"))
    assert len(served.asked) == 2 * calls
    assert not list(first.path.parents[2].glob("*.sqlite"))


def test_each_of_several_answers_has_its_own_seed(tiny, served):
    """Each of two answers is asked for once."""
    served.script = [varied]
    settings = tiny(
        planner="fastchat", llm_url=served.url, seed=6, temperature=0.7, answers_per_question=2
    )
    trainer, directory = train(replace(settings, save_name="one"))
    put = [(body["messages"][-1]["content"], body["seed"]) for _, _, body in served.asked]
    sampling = Sampling(seed=6)
    assert {seed for _, seed in put} == {seed_of(Request((), (), n, sampling)) for n in range(2)}
    assert len(set(put)) == len(put)
    assert all(body["temperature"] == 0.7 for _, _, body in served.asked)
    assert trainer.num_questions == len(put)
    # the same seed draws the same answers, with any cache, server or number of rooms
    for name, changes in (
        ("kept", {}),
        ("anew", {"answer_store": "none"}),
        ("alone", {"llm_in_flight": 1}),
    ):
        _, again = train(replace(settings, save_name=name, **changes))
        assert_same_weights(weights_of(directory), weights_of(again))
    # and another run is another run
    _, single = train(
        replace(settings, save_name="single", answers_per_question=1, answer_store="none")
    )
    rows = [read_lines(run.file(METRICS))[0] for run in (directory, single)]
    assert rows[0]["planner/questions"] > rows[1]["planner/questions"]


def test_both_engines_draw_the_same_answers(tiny, served):
    served.script = [varied]
    settings = tiny(
        task="ColoredDoorKey", planner="fastchat", llm_url=served.url, temperature=0.7,
        answers_per_question=3,
    )  # fmt: skip
    runs = [
        train(replace(settings, save_name=engine, engine=engine))[1]
        for engine in ("readable", "batched")
    ]
    assert_same_weights(*map(weights_of, runs))


def test_a_run_with_several_answers_resumes_to_the_same_end(tiny, served):
    served.script = [varied]
    settings = tiny(
        planner="fastchat", llm_url=served.url, temperature=0.7, answers_per_question=2, n_itr=4
    )
    _, whole = train(replace(settings, save_name="whole"))
    half = Server()
    half.script = [varied] * 3 + [(400, {}, b"gone")]
    with pytest.raises(ModelRefused, match="gone"):
        train(replace(settings, llm_url=half.url, answer_store="none"))
    half.stop()
    _, resumed = train(replace(settings, resume=True))
    assert_same_weights(weights_of(whole), weights_of(resumed))


def test_ranking_gives_the_same_run_for_the_same_preferences(tiny, served):
    """Only the scripted planner's answer has a high log-probability."""

    def rank(body):
        before, _, turn = body["prompt"].rpartition("<|im_start|>assistant\n")
        turns = [part.split("\n", 1) for part in before.split("<|im_start|>")[1:]]
        messages = [Message(role, content.removesuffix("<|im_end|>\n")) for role, content in turns]
        is_liked = one(ScriptedModel(), *messages).text + "<|im_end|>" == turn
        return scores(body["prompt"], lambda _: -0.1 if is_liked else -5.0, prompt_tokens=100)

    served.script = [rank]
    settings = tiny(task="KeyInBox", n_itr=1)
    _, by_rules = train(replace(settings, save_name="rules"))
    trainer, by_server = train(
        replace(
            settings,
            save_name="server",
            planner="fastchat",
            planner_mode="rank",
            llm_url=served.url,
        )
    )
    assert_same_weights(weights_of(by_rules), weights_of(by_server))
    assert {path for path, _, _ in served.asked} == {"/v1/completions"}
    assert trainer.total_usage.llm_calls == len(served.asked) > trainer.num_questions


@pytest.mark.parametrize(
    "said",
    ["", "I am not sure.", "{fly to the key}", "{go to the key, {pick up", "{go to the box}"],
)
def test_a_question_without_a_plan_is_asked_three_times_then_the_agent_explores(tiny, served, said):
    """An empty answer, no plan, no such action, broken braces, a thing that was never seen."""
    served.script = [completion(said)]
    _, directory = train(tiny(planner="fastchat", llm_url=served.url, n_itr=1))
    last = read_lines(directory.file(METRICS))[-1]
    first_tries = {body["messages"][-1]["content"] for _, _, body in served.asked}
    first_tries = {text for text in first_tries if text.startswith("observation")}
    assert last["planner/llm_calls"] == len(served.asked) == 3 * len(first_tries)
    assert last["rollout/format_errors"] == 3 * last["rollout/asks"]


def cut(text):
    """An answer that ended at the limit of tokens."""
    said = completion(text)
    said["choices"][0]["finish_reason"] = "length"
    return said


ALL_CUT = "; {} cut at --max_tokens 128, raise it unless the model is untrained: such a model ends no answer"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (completion(""), "; {} empty"),
        (completion("I cannot help with that."), "; for example 'I cannot help with that.'"),
        (cut("{explore}"), f"{ALL_CUT}; for example '{{{{explore}}}}'"),
        (cut("<think>I see {explore}"), f"{ALL_CUT}; for example '<think>I see {{{{explore}}}}'"),
    ],
    ids=["empty", "refusal", "cut", "thoughts"],
)
def test_a_training_whose_planner_gives_no_plans_says_so(tiny, served, said, why, capfd):
    """While it runs, at the end and in its metrics; and so does the evaluation."""
    served.script = [said]
    settings = tiny(planner="fastchat", llm_url=served.url, llm_model="m", n_itr=2)
    when2ask.train(settings)
    num_answers = len(served.asked)
    line = f"none of {num_answers} answers held a plan{why.format(num_answers)}"
    shown = capfd.readouterr().err
    assert shown.count("warning: so far none of ") == 1
    assert f"\nwarning: {line}\n" in shown
    last = read_lines(RunDirectory.of(settings).file(METRICS))[-1]
    assert last["planner/no_plan"] == num_answers
    assert last["planner/cut"] == (num_answers if "cut" in why else 0)
    rule = {"planner": "fastchat", "llm_url": served.url, "llm_model": "m", "test_num": 1}
    when2ask.evaluate_rule("always", EvalSettings(save_name="rule", logdir=settings.logdir, **rule))
    assert "warning: none of 9 answers held a plan" in capfd.readouterr().err


def test_a_training_whose_planner_always_gives_the_same_plan_says_so(tiny, served, capfd):
    served.script = [completion("{explore}")]
    when2ask.train(tiny(planner="fastchat", llm_url=served.url, llm_model="m", n_itr=2))
    line = f"warning: so far all {len(served.asked)} answers are the same plan, {{explore}}"
    assert capfd.readouterr().err.count(line) == 1
