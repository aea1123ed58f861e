"""The loop of text worlds: what an episode records, and that episodes do not depend on each other."""

from dataclasses import replace

import gymnasium
import pytest
from gymnasium import spaces
from hypothesis import given
from hypothesis import strategies as st

from core.chat import Message, Reply, Request, Usage
from core.errors import ActionFormatError, ModelRefused
from runner.text import REFUSED, History, Move, Turn, play_text


class CountDown(gymnasium.Env):
    """A world to be worked out by hand: say "down" until the number of the case is 0."""

    observation_space = spaces.Text(100)
    action_space = spaces.Text(100)
    made = 0

    def __init__(self):
        type(self).made += 1

    def info(self, is_valid=True):
        done = self.left == 0
        return {"goal": "zero", "score": float(done), "success": done, "is_valid": is_valid}

    def reset(self, *, seed=None, options=None):
        self.left = int(options["case"])
        return f"{self.left} left", self.info()

    def step(self, action):
        is_valid = action == "down"
        self.left -= is_valid
        return (
            f"{self.left} left",
            float(self.left == 0),
            self.left == 0,
            False,
            self.info(is_valid),
        )


class Scribe:
    """A policy whose request is the whole history, and that reads any answer but "?"."""

    def request(self, history):
        past = [f"{turn.observation}|{turn.answer}" for turn in history.turns]
        return Request((Message("user", "\n".join([*past, history.observation])),))

    def read(self, reply):
        if reply.text == "?":
            raise ActionFormatError(reply.text, "it is a question mark")
        return Move(reply.text, thought="hm")


class Says:
    """Answers what a function says of the last line of a request."""

    name = "says"

    def __init__(self, say, in_flight=1):
        self.say = say
        self.in_flight = in_flight
        self.batches = []

    def chat(self, requests):
        self.batches.append(len(requests))
        for one in requests:
            yield Reply(self.say(one.question), Usage(llm_calls=1, prompt_tokens=3))


def play(cases, model, *, num_envs=4, max_steps=10):
    episodes = play_text(
        CountDown, cases, Scribe(), model, task="CountDown", num_envs=num_envs, max_steps=max_steps
    )
    return {episode.case: episode for episode in episodes}


def test_an_episode_by_hand():
    """Two steps down from 2; the observation of a step is what was read before it."""
    [episode] = play(["2"], Says(lambda _: "down")).values()
    assert (episode.task, episode.case, episode.goal) == ("CountDown", "2", "zero")
    assert (episode.success, episode.score) == (True, 1.0)
    assert (episode.terminated, episode.truncated) == (True, False)
    first, second = episode.steps
    assert (first.observation, second.observation) == ("2 left", "1 left")
    assert episode.final_observation == "0 left"
    assert (first.action, first.thought, first.answer) == ("down", "hm", "down")
    assert (first.reward, second.reward) == (0.0, 1.0)
    assert first.usage == Usage(llm_calls=1, prompt_tokens=3)
    assert episode.primitive_steps == 2


def test_an_unreadable_answer_is_an_observation_costs_a_step_and_is_counted():
    says = iter(["?", "?", "down"])
    [episode] = play(["1"], Says(lambda _: next(says))).values()
    assert episode.success
    assert [step.is_valid for step in episode.steps] == [False, False, True]
    assert [step.action for step in episode.steps] == ["", "", "down"]
    assert [step.primitive_steps for step in episode.steps] == [0, 0, 1]
    assert (episode.unreadable_answers, episode.invalid_actions) == (2, 0)
    # the reason, and then what the world said last
    assert episode.steps[1].observation.split("\n")[1:] == ["1 left"]
    assert "it is a question mark" in episode.steps[1].observation
    assert episode.steps[2].observation == episode.steps[1].observation


def test_an_invalid_action_is_counted_apart():
    says = iter(["up", "down"])
    [episode] = play(["1"], Says(lambda _: next(says))).values()
    assert (episode.unreadable_answers, episode.invalid_actions) == (0, 1)
    assert episode.success


def test_an_episode_without_an_end_is_truncated():
    [episode] = play(["1"], Says(lambda _: "?"), max_steps=7).values()
    assert (episode.num_steps, episode.unreadable_answers) == (7, 7)
    assert (episode.terminated, episode.truncated) == (False, True)
    assert (episode.success, episode.score) == (False, 0.0)


def test_the_last_possible_step_may_still_win():
    [episode] = play(["3"], Says(lambda _: "down"), max_steps=3).values()
    assert (episode.terminated, episode.truncated) == (True, False)


def test_waiting_requests_go_out_in_one_call_and_free_worlds_take_the_next_case():
    """Cases 1, 3, 2 in two worlds: calls with (1, 3), (3, 2), (3, 2)."""
    model = Says(lambda _: "down")
    CountDown.made = 0
    episodes = play(["1", "3", "2"], model, num_envs=2)
    assert list(episodes) == ["1", "2", "3"]
    assert model.batches == [2, 2, 2]
    assert CountDown.made == 2


def test_no_more_worlds_are_made_than_there_are_cases():
    CountDown.made = 0
    assert list(play(["1", "2"], Says(lambda _: "down"), num_envs=16)) == ["1", "2"]
    assert CountDown.made == 2
    assert play([], Says(lambda _: "down")) == {}


def test_an_episode_is_yielded_before_the_next_request():
    model = Says(lambda _: "down")
    episodes = play_text(
        CountDown, ["1", "5"], Scribe(), model, task="CountDown", num_envs=2, max_steps=9
    )
    assert next(episodes).case == "1"
    assert len(model.batches) == 1


@given(
    cases=st.lists(st.integers(1, 6).map(str), unique=True, max_size=6),
    num_envs=st.integers(1, 5),
    in_flight=st.sampled_from([1, 3]),
    salt=st.integers(0, 5),
)
def test_an_episode_depends_on_its_case_and_the_answers_only(cases, num_envs, in_flight, salt):
    """For any number of active episodes and any order of the answers."""

    def say(question):
        return ("down", "?", "up", "down")[(len(question) + salt) % 4]

    def without_usage(episode):
        return replace(episode, steps=tuple(replace(step, usage=Usage()) for step in episode.steps))

    alone = {case: without_usage(play([case], Says(say))[case]) for case in cases}
    together = play(cases, Says(say, in_flight), num_envs=num_envs)
    assert {case: without_usage(episode) for case, episode in together.items()} == alone


def test_a_history_is_all_that_a_policy_gets():
    """`info` is not part of it."""
    seen = []

    class Watcher(Scribe):
        def request(self, history):
            seen.append(history)
            return super().request(history)

    list(
        play_text(
            CountDown,
            ["2"],
            Watcher(),
            Says(lambda _: "down"),
            task="CountDown",
            num_envs=1,
            max_steps=5,
        )
    )
    turn = Turn("2 left", "down", Move("down", "hm"))
    assert seen == [History("2", (), "2 left", "zero"), History("2", (turn,), "1 left", "zero")]


@pytest.mark.parametrize("in_flight", [1, 4])
def test_an_error_of_the_model_ends_the_loop_after_what_was_finished(in_flight):
    def say(question):
        if "5 left" in question:
            raise RuntimeError("down")
        return "down"

    episodes = play_text(
        CountDown,
        ["1", "5"],
        Scribe(),
        Says(say, in_flight),
        task="CountDown",
        num_envs=1,
        max_steps=9,
    )
    assert next(episodes).case == "1"
    with pytest.raises(RuntimeError):
        next(episodes)


@pytest.mark.parametrize("in_flight", [1, 4])
def test_a_conversation_that_is_refused_truncates_its_own_episode(in_flight):
    """One that grew too long for the model; of those that are refused at once none can be played."""

    class Short(Says):
        """Takes no request of more than one line that is about 5."""

        def chat(self, requests):
            if any(one.question.startswith("5 left|") for one in requests):
                raise ModelRefused("too long")
            return super().chat(requests)

    episodes = play(["2", "5", "3"], Short(lambda _: "down", in_flight))
    assert [episodes[case].success for case in ("2", "5", "3")] == [True, False, True]
    refused = episodes["5"]
    assert (refused.terminated, refused.truncated, refused.num_steps) == (False, True, 1)
    assert refused.final_observation.startswith(REFUSED)
    assert "too long" in refused.final_observation


@pytest.mark.parametrize("in_flight", [1, 4])
@pytest.mark.parametrize(("status", "after"), [(400, ""), (401, "5 left|")])
def test_a_model_that_refuses_every_request_ends_the_loop(in_flight, status, after):
    class Closed(Says):
        def chat(self, requests):
            if any(one.question.startswith(after) for one in requests):
                raise ModelRefused("no", status=status)
            return super().chat(requests)

    with pytest.raises(ModelRefused):
        play(["5"], Closed(lambda _: "down", in_flight))


def looped(cases, say, is_loop):
    """Episodes that a rule may end."""
    episodes = play_text(
        CountDown, cases, Scribe(), Says(say), task="CountDown", num_envs=4, max_steps=9, is_loop=is_loop
    )  # fmt: skip
    return {episode.case: episode for episode in episodes}


def test_a_rule_about_the_history_ends_an_episode():
    """After its third step, whose result the rule can see; the other one has ended before."""
    episodes = looped(["5", "2"], lambda _: "down", lambda history: len(history.results) == 3)
    assert episodes["5"].num_steps == 3
    assert (episodes["5"].terminated, episodes["5"].truncated, episodes["5"].looped) == (
        False,
        True,
        True,
    )
    assert episodes["2"].success
    assert not episodes["2"].looped


def test_an_episode_that_its_world_or_the_limit_of_steps_ends_is_not_ended_by_a_rule():
    def last_step(history):
        return history.observation == "0 left" or len(history.results) == 9

    episodes = looped(["2", "99"], lambda _: "down", last_step)
    assert episodes["2"].success
    assert episodes["99"].truncated
    assert not any(episode.looped for episode in episodes.values())


def test_results_are_actions_with_what_came_of_them():
    """Of an answer that cannot be read the action is empty."""
    seen = []
    says = iter(["up", "?", "down"])
    looped(["1"], lambda _: next(says), lambda history: seen.append(history.results) or False)
    *_, results = seen
    assert [action for action, _ in results] == ["up", ""]
    assert results[0] == ("up", "1 left")
    assert "question mark" in results[1][1]
