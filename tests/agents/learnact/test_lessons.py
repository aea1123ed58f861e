"""Lessons from failed training cases: whole runs, worked out by hand, interrupted ones, and what is asked."""

import pytest

from agents.react import make_policy
from core.chat import Message, Request, Usage
from core.episode import Episode
from core.errors import ModelError, RunDirectoryError
from core.files import read_json, read_lines
from core.reflection import LESSON_CUE, LESSONS_HEADING
from core.run import CONFIG, EPISODES
from core.settings import TextSettings
from core.task import find_text_tasks
from envs.text.cases import training_cases
from envs.text.scripted import ScriptedTextModel
from main import run_verb
from runner.text import make_world, play_text
from tests.agents.reflexion.pupil import TASK, different_cases
from tests.planner.fake_server import completion

[PUT] = find_text_tasks("put")
TRAINING = training_cases(PUT, "published", 0)
MOST = 10
"""Answers in a training case."""


class Pupil:
    """A model behind a server that needs a number of lessons before it does well; until then it only looks around.

    Args:
        needs: the number of lessons.
        fails_in: the training cases in which it needs them; in others it needs none.
    """

    def __init__(self, needs, fails_in=TRAINING):
        world = make_world(PUT)
        observations = [world.reset(options={"case": case})[0] for case in TRAINING]
        self.needs = needs
        self.hard = {
            observation
            for case, observation in zip(TRAINING, observations, strict=True)
            if case in fails_in
        }
        self.easy = set(observations) - self.hard

    def __call__(self, document):
        """The answer; its usage says how long the conversation is."""
        messages = [Message(**message) for message in document["messages"]]
        usage = {"prompt_tokens": len(messages), "completion_tokens": 2}
        lessons = sum(message.content.count("\nRound ") for message in messages)
        if messages[-1].content.endswith(LESSON_CUE):
            return completion(f"Lesson {lessons}: a door needs a key.", **usage)
        first = max(n for n, message in enumerate(messages) if TASK in message.content)
        observation = messages[first].content
        if observation.startswith(LESSONS_HEADING):
            _, _, observation = observation.partition("\n\n")
        if lessons < self.needs and observation not in self.easy:
            return completion("look", **usage)
        messages[first] = Message("user", observation)
        [reply] = ScriptedTextModel().chat([Request(tuple(messages))])
        return completion(reply.text, **usage)


@pytest.fixture
def play(tmp_path, server):
    """Plays a run of the server's model."""

    def play_run(name="r", method="act_reflexion", **flags):
        flags = {
            "task": PUT.name, "test_num": 3, "shots": 1, "planner": "fastchat", "llm_url": server.url,
            "llm_model": "m", "logdir": str(tmp_path), **flags,
        }  # fmt: skip
        [evaluation] = run_verb(method, save_name=name, **flags)
        return evaluation

    return play_run


def rounds(evaluation):
    """The episodes of each round, in the order of the training cases."""
    places = sorted(evaluation.path.parent.glob("learn_results/round_*"))
    return [
        sorted(
            read_lines(place / EPISODES, Episode.from_json),
            key=lambda episode: TRAINING.index(episode.case),
        )
        for place in places
    ]


def lessons(evaluation):
    path = evaluation.path.parent / "learn_results/lessons.jsonl"
    return read_lines(path) if path.exists() else []


def usage(evaluation):
    """What all of a run took."""
    episodes = [episode for one in (*rounds(evaluation), evaluation.episodes) for episode in one]
    notes = [Usage(**lesson["usage"]) for lesson in lessons(evaluation)]
    return sum((*(episode.usage for episode in episodes), *notes), Usage())


def kept(evaluation):
    """All that a run has kept, but for how long answers took."""

    def plain(row):
        return {**row, "usage": {**row["usage"], "seconds": 0.0}} if "usage" in row else row

    episodes = [episode for one in (*rounds(evaluation), evaluation.episodes) for episode in one]
    rows = [
        {**one.to_json(), "steps": [plain(step.to_json()) for step in one.steps]}
        for one in episodes
    ]
    return rows, [plain(lesson) for lesson in lessons(evaluation)]


@pytest.mark.parametrize(
    ("needs", "solved"),
    [(0, [3]), (1, [0, 3]), (2, [0, 0, 3]), (3, [0, 0, 0])],
    ids=["none", "one", "two", "more than there are"],
)
def test_a_run_by_hand(play, server, needs, solved):
    """Rounds end when all is solved, or after two lessons; without a failure there are no lessons, and it goes on."""
    server.script = [Pupil(needs)]
    evaluation = play()
    assert [sum(episode.success for episode in one) for one in rounds(evaluation)] == solved
    assert [one["text"] for one in lessons(evaluation)] == [
        f"Lesson {number}: a door needs a key." for number in range(len(solved) - 1)
    ]
    assert [(one["trial"], one["case"]) for one in lessons(evaluation)] == [
        (number, TRAINING[0]) for number in range(len(solved) - 1)
    ]
    assert [episode.success for episode in evaluation.episodes] == [needs < 3] * 3
    failed = [one for episodes in rounds(evaluation) for one in episodes if not one.success]
    assert {(one.num_steps, one.truncated) for one in failed} <= {(MOST, True)}
    asked = [document for _, _, document in server.asked]
    cues = [one["messages"][-1]["content"].endswith(LESSON_CUE) for one in asked]
    assert sum(cues) == len(solved) - 1
    assert usage(evaluation).llm_calls == len(asked)
    assert usage(evaluation).prompt_tokens == sum(len(one["messages"]) for one in asked)


def test_files(play, server):
    server.script = [Pupil(1)]
    evaluation = play(method="react_reflexion")
    run = evaluation.path.parent
    assert evaluation.path.name == "eval_results"
    assert run.parts[-3:] == ("react_reflexion", "put", "r")
    assert read_json(run / CONFIG)["method"] == "react_reflexion"
    summaries = [read_json(run / f"learn_results/round_{number}/summary.json") for number in (0, 1)]
    assert [one["summary"]["success"]["mean"] for one in summaries] == [0, 1]
    assert not (run / "eval").exists()


def test_the_first_failure_in_the_order_of_the_cases_is_shown(play, server):
    server.script = [Pupil(1, fails_in=TRAINING[1:])]
    evaluation = play()
    assert [one["case"] for one in lessons(evaluation)] == [TRAINING[1]]
    [asked] = [
        document["messages"]
        for _, _, document in server.asked
        if document["messages"][-1]["content"].endswith(LESSON_CUE)
    ]
    observation = make_world(PUT).reset(options={"case": TRAINING[1]})[0]
    assert asked[-2 * MOST - 1]["content"] == observation
    assert [message["content"] for message in asked[-2 * MOST :: 2]] == ["look"] * MOST
    assert "took too long" in asked[-1]["content"]


def test_all_lessons_stand_before_the_first_observation_of_a_case(play, server):
    server.script = [Pupil(2)]
    evaluation = play()
    told = "\n".join(
        (LESSONS_HEADING, *(f"Round {n}: Lesson {n}: a door needs a key." for n in (0, 1)))
    )
    first = evaluation.episodes[0].steps[0].observation
    assert any(
        document["messages"][-1]["content"] == f"{told}\n\n{first}"
        for _, _, document in server.asked
    )


def test_another_model_writes_the_lessons(play, server):
    server.script = [Pupil(1)]
    play(learner_model="teacher", learner_temperature=0.5, learner_max_tokens=77)
    asked = [document for _, _, document in server.asked]
    for one in asked:
        is_lesson = one["messages"][-1]["content"].endswith(LESSON_CUE)
        assert (one["model"] == "teacher") == is_lesson
        assert (one["temperature"], one["max_tokens"]) == ((0.5, 77) if is_lesson else (0.0, 128))


def cut(text):
    """An answer that ended at the limit of tokens."""
    document = completion(text)
    document["choices"][0]["finish_reason"] = "length"
    return document


def of_lessons(pupil, response):
    """A server that answers requests for lessons with a response of its own."""

    def answer(document):
        is_lesson = document["messages"][-1]["content"].endswith(LESSON_CUE)
        return response if is_lesson else pupil(document)

    return answer


@pytest.mark.parametrize(
    ("response", "line"),
    [
        (cut("A door"), "2 of 2 lessons could not be used; 2 cut at --learner_max_tokens 512"),
        (completion(" "), "2 of 2 lessons could not be used; 2 empty"),
        ((400, {}, b'{"message": "the context is too long"}'), "2 of 2 lessons could not be used; 2 empty"),
    ],
    ids=["cut", "empty", "refused"],
)  # fmt: skip
def test_a_lesson_that_cannot_be_used_is_not_shown(play, server, capsys, response, line):
    server.script = [of_lessons(Pupil(1), response)]
    evaluation = play()
    assert not any(episode.success for episode in evaluation.episodes)
    assert line in capsys.readouterr().out
    assert not any(
        LESSONS_HEADING in message["content"]
        for _, _, document in server.asked
        for message in document["messages"]
    )


@pytest.mark.slow
def test_a_run_that_its_server_ends_again_and_again_equals_an_uninterrupted_one(play, server):
    """After 7 answers more each time: in the middle of rounds, before lessons, and in the evaluation."""
    pupil, given = Pupil(2), []
    server.script = [pupil]
    cases = tuple(different_cases(4, PUT))  # of equal conversations only one is paid for
    whole = play("whole", answer_store="whole.sqlite", case=cases, test_num=0)
    asked = len(server.asked)

    def give(document):
        given.append(document)
        return pupil(document)

    flags = {
        "answer_store": "ended.sqlite", "llm_in_flight": 1, "num_active": 2, "resume": True, "case": cases,
        "test_num": 0,
    }  # fmt: skip
    for _ in range((asked - 1) // 7):
        server.script = [give] * 7 + [(403, {}, b"no")]
        with pytest.raises(ModelError, match="--resume"):
            play("ended", **flags)
    server.script = [give]
    ended = play("ended", **flags)
    assert kept(ended) == kept(whole)
    assert len(given) == asked == usage(ended).llm_calls


def test_a_finished_run_is_resumed_without_a_question(play, server, capsys):
    server.script = [Pupil(1)]
    new = "r to resume: a new one begins"
    first = play(resume=True)
    assert new in capsys.readouterr().out
    asked = len(server.asked)
    again = play(resume=True)
    assert new not in capsys.readouterr().out
    assert len(server.asked) == asked
    assert kept(again) == kept(first)
    with pytest.raises(RunDirectoryError, match="holds a run already"):
        play()
    with pytest.raises(RunDirectoryError, match="--num_lessons 2"):
        play(resume=True, num_lessons=1)


def test_a_run_is_replaced_with_its_lessons(play, server):
    server.script = [Pupil(3)]
    play()
    server.script = [Pupil(0)]
    evaluation = play(overwrite=True, answer_store="none")
    assert lessons(evaluation) == []
    assert len(rounds(evaluation)) == 1


def test_a_damaged_lesson_is_one_line_that_names_it(play, server):
    server.script = [Pupil(1)]
    evaluation = play()
    path = evaluation.path.parent / "learn_results/lessons.jsonl"
    path.write_text('{"trial": "x"}\n')
    with pytest.raises(RunDirectoryError, match=r"lessons\.jsonl, line 1"):
        play(resume=True)


def test_a_lesson_that_is_missing_before_others_is_named(play, server):
    server.script = [Pupil(2)]
    path = play().path.parent / "learn_results/lessons.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(RunDirectoryError, match="the lesson after round 0 is missing"):
        play(resume=True)


def test_what_was_played_with_lessons_that_were_lost_is_played_again(play, server, capsys):
    server.script = [Pupil(3)]
    evaluation = play(answer_store="none")
    (evaluation.path.parent / "learn_results/lessons.jsonl").unlink()
    server.script = [Pupil(1)]
    again = play(resume=True, answer_store="none")
    assert "a lesson before it was lost" in capsys.readouterr().err
    assert again.summary["success"].mean == 1
    assert usage(again).llm_calls > 0


@pytest.mark.parametrize(
    ("task", "exp_id"), [pytest.param("KeyInBox", 0, marks=pytest.mark.slow), ("blockworld", 1)]
)
def test_lessons_help_the_scripted_beginner(tmp_path, task, exp_id):
    """Against itself in the same cases without lessons: a lesson of a training case helps with the others."""
    flags = {"task": task, "logdir": str(tmp_path), "exp_id": (exp_id,)}
    [evaluation] = run_verb("act_reflexion", save_name="r", test_num=20, **flags)
    [world] = find_text_tasks(task)
    policy = make_policy("act", world, TextSettings(task=task, save_name="r"))
    without = play_text(
        lambda: make_world(world),
        [episode.case for episode in evaluation.held_out],
        policy,
        ScriptedTextModel(seed=exp_id, is_novice=True),
        task=task,
        num_envs=8,
        max_steps=world.max_steps,
    )
    solved = sum(episode.success for episode in evaluation.held_out)
    assert lessons(evaluation)
    assert solved > sum(episode.success for episode in without)
