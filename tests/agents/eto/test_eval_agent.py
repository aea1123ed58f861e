"""eval_agent: a file for each case, means over the files of all parts, and nothing is played twice."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import main
from agents.eto.eval_agent import part_of
from agents.eto.outputs import file_name
from core.chat import Message, Request
from core.errors import RunDirectoryError, SettingsError
from core.task import TEXT_TASKS
from envs.text.cases import PARTS, part_cases
from envs.text.scripted import ScriptedTextModel
from tests.planner.fake_server import completion

ROOT = Path(__file__).resolve().parents[3]
CASES = ["9000", "9001", "9002", "9003", "9004"]


@pytest.fixture
def evaluate(tmp_path):
    """Evaluates in rooms, by default the scripted model in the first five of ``dev``; returns the files by name."""

    def run(**flags):
        common = {"exp_config": "SimpleDoorKey", "split": "dev", "debug": True}
        flags = {"agent_config": "scripted", **common, **flags}
        main.run_verb("eval_agent", logdir=str(tmp_path), **flags)
        return contents(tmp_path)

    return run


def contents(folder):
    return {path.stem: json.loads(path.read_text()) for path in folder.rglob("*.json")}


def by_rules(body):
    """What a server says whose answers are the scripted model's."""
    messages = tuple(Message(**message) for message in body["messages"])
    [reply] = ScriptedTextModel().chat([Request(messages)])
    return completion(reply.text)


def test_a_file_has_the_published_form(evaluate, tmp_path):
    """The scripted model opens every door in these rooms; the seed of the first is 9000."""
    found = evaluate()
    assert sorted(found) == CASES
    assert (tmp_path / "scripted" / "simpledoorkey" / "9000.json").is_file()
    first = found["9000"]
    turns = first["conversations"]
    assert first["meta"] == {
        "steps": (len(turns) - 3) // 2,
        "reward": 1.0,
        "finished": True,
        "success": True,
        "terminate_reason": "success",
        "error": None,
    }
    assert [turn["from"] for turn in turns] == ["human", "gpt"] * (len(turns) // 2) + ["human"]
    assert turns[1]["value"] == "OK"
    assert turns[3]["value"].startswith("Thought: ")


def test_worked_examples_are_in_the_prompt_and_not_in_the_file(evaluate, server):
    server.script = [by_rules]
    flags = {"agent_config": "fastchat", "llm_url": server.url, "model_name": "org/model"}
    with_one = evaluate(**flags, num_active=1)
    asked = [document["messages"] for _, _, document in server.asked]
    opening = with_one["9000"]["conversations"]
    assert asked[0][0]["content"] == opening[0]["value"]
    assert asked[0][-1]["content"] == opening[2]["value"]
    assert len(asked[0]) > 4
    assert len(opening) == 2 * with_one["9000"]["meta"]["steps"] + 3


@pytest.mark.parametrize(
    ("config", "temperature"), [("fastchat", 0.0), ("fastchat_explore", 0.7), ("openai", 0.0)]
)
def test_the_agent_s_config_decides_how_answers_are_picked(evaluate, server, config, temperature):
    """Nothing that makes sampling greedy is sent: the published code sends top_p 0 with its 0.7."""
    server.script = [by_rules]
    evaluate(agent_config=config, llm_url=server.url, model_name="m")
    for _, _, document in server.asked:
        assert document["temperature"] == temperature
        assert document["model"] == "m"
        assert "top_p" not in document


def test_an_episode_that_the_model_refuses_has_no_reward(evaluate, server, capfd):
    """Five rooms whose first request is refused: the mean counts each as 0."""
    server.script = [(400, {}, b'{"error": "too long"}')]
    found = evaluate(agent_config="fastchat", llm_url=server.url, model_name="m")
    assert {one["meta"]["terminate_reason"] for one in found.values()} == {"refused"}
    assert {one["meta"]["reward"] for one in found.values()} == {None}
    assert "too long" in found["9000"]["meta"]["error"]
    said = capfd.readouterr().out
    assert "5 conversations refused by the model: their rewards count as 0" in said
    assert "Average reward: 0.0000" in said


def test_what_was_reached_before_a_refusal_counts_where_the_world_scores_it(
    evaluate, server, capfd
):
    """The scripted model plays a problem of gripper until most balls are in the other room."""
    flags = {"agent_config": "fastchat", "llm_url": server.url, "model_name": "m", "num_active": 1}
    server.script = [*[by_rules] * 8, (400, {}, b'{"error": "too long"}')]
    found = evaluate(**flags, exp_config="gripper", split="test")
    meta = found["gripper_prob01"]["meta"]
    assert (meta["steps"], meta["terminate_reason"]) == (8, "refused")
    assert 0 < meta["reward"] < 1
    said = capfd.readouterr().out
    assert "5 conversations refused by the model: their rewards are what was reached before" in said
    assert f"Average reward: {meta['reward'] / 5:.4f}" in said


def test_answers_without_an_action_and_actions_that_are_impossible_are_counted(
    evaluate, server, capfd
):
    """Two steps in each of five rooms: an answer in prose, and an action that no room has."""
    flags = {"agent_config": "fastchat", "llm_url": server.url, "model_name": "m", "max_steps": 2}
    server.script = [completion("Let me see."), completion("Thought: up.\nAction: fly away")] * 5
    evaluate(**flags, num_active=1)
    said = capfd.readouterr().out
    assert "5 of 10 answers held no action; for example 'Let me see.'\n" in said
    assert "of 10 answers 5 named an invalid action\n" in said


def test_a_model_that_errs_fails_and_runs_out_of_steps(evaluate):
    found = evaluate(scripted_skill=0.0, max_steps=2)
    metas = [one["meta"] for one in found.values()]
    assert {(meta["steps"], meta["terminate_reason"]) for meta in metas} == {(2, "max_steps")}
    assert {(meta["reward"], meta["success"]) for meta in metas} == {(0.0, False)}


def test_the_means_are_over_the_files_of_all_parts(evaluate, capfd):
    """The first part has two of the five cases; five steps are enough for some of the doors only."""
    evaluate(max_steps=5, part_num=2, part_idx=0)
    said = capfd.readouterr().out
    assert "3 of 5 cases missing: 9002, 9003, 9004\n" in said
    assert "2 files in " in said
    found = evaluate(max_steps=5, part_num=2, part_idx=1)
    said = capfd.readouterr().out
    rewards = [one["meta"]["reward"] for one in found.values()]
    assert 0 < sum(rewards) < 5
    assert f"Average reward: {sum(rewards) / 5:.4f}   (95 % interval " in said
    assert f"Success rate: {sum(rewards) / 5:.4f}   (95 % interval " in said
    assert "missing" not in said


def test_what_is_done_is_not_played_again_and_the_means_are_printed(evaluate, tmp_path, capfd):
    evaluate()
    said = capfd.readouterr().out
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    evaluate()
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")} == before
    again = capfd.readouterr().out
    assert again == said[said.index("Average reward") :]


def test_override_replaces_the_files_of_its_own_part_only(evaluate, tmp_path):
    evaluate()
    before = {path.stem: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    evaluate(part_num=5, part_idx=3, override=True, shots=0)
    after = {path.stem: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    assert {name for name in CASES if before[name] != after[name]} == {"9003"}


def test_files_of_other_settings_are_refused(evaluate):
    evaluate()
    with pytest.raises(
        RunDirectoryError, match=r"9000.json was made with other settings: go on with --shots 1,"
    ):
        evaluate(shots=0)
    assert len(evaluate(shots=0, exp_name="_bare")) == 5  # of the same names, in another directory


def test_a_damaged_file_is_said_in_one_line_and_its_case_played_again(evaluate, tmp_path, capfd):
    whole = evaluate()
    [path] = tmp_path.rglob("9001.json")
    [other] = tmp_path.rglob("9002.json")
    cut, copied = path.read_text()[:100], other.read_text()
    for damage in (cut, "[]", '{"meta": {"steps": "many"}}', "", copied):
        path.write_text(damage)
        capfd.readouterr()
        assert evaluate() == whole
        warnings = [line for line in capfd.readouterr().err.splitlines() if "damaged" in line]
        assert len(warnings) == 1
        assert warnings[0].endswith("its case is played again")


def test_a_damaged_file_of_another_part_is_left_out_of_the_means(evaluate, tmp_path, capfd):
    evaluate()
    [path] = tmp_path.rglob("9004.json")
    path.write_text('{"meta": {}}')
    capfd.readouterr()
    evaluate(part_num=2, part_idx=0)
    said = capfd.readouterr()
    assert "1 of 5 cases missing: 9004\n" in said.out
    assert said.err.count("9004.json is damaged") == 1


def test_a_server_that_dies_leaves_whole_files_and_the_same_command_goes_on(
    evaluate, server, tmp_path, capfd
):
    """It refuses to go on in the middle of the third episode."""
    flags = {"agent_config": "fastchat", "llm_url": server.url, "model_name": "m", "num_active": 1}
    server.script = [by_rules]
    whole = evaluate(**flags)
    steps = [whole[case]["meta"]["steps"] for case in CASES]
    for path in tmp_path.rglob("*.json"):
        path.unlink()
    server.script = [by_rules] * (steps[0] + steps[1] + 1) + [(401, {}, b"who are you?")]
    capfd.readouterr()
    with pytest.raises(Exception, match="finished cases are kept: give the same command"):
        evaluate(**flags)
    assert "3 of 5 cases missing: 9002, 9003, 9004\nAverage reward" in capfd.readouterr().out
    assert contents(tmp_path) == {case: whole[case] for case in CASES[:2]}
    server.script = [by_rules]
    assert evaluate(**flags) == whole


@pytest.mark.slow
def test_a_killed_evaluation_leaves_whole_files_only_and_goes_on(tmp_path):
    def command(folder):
        flags = "--agent_config scripted --exp_config webshop --split dev --num_active 2 --logdir"
        return [sys.executable, str(ROOT / "main.py"), "eval_agent", *flags.split(), str(folder)]

    subprocess.run(command(tmp_path / "whole"), check=True, capture_output=True)
    for number in (1, 30):
        process = subprocess.Popen(
            command(tmp_path / "killed"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while len(list((tmp_path / "killed").rglob("*.json"))) < number:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert 0 < len(contents(tmp_path / "killed")) < 100
    subprocess.run(command(tmp_path / "killed"), check=True, capture_output=True)
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")
    assert len(contents(tmp_path / "whole")) == 100


@given(number=st.integers(0, 200), num=st.integers(1, 20))
def test_parts_are_disjoint_complete_and_balanced(number, num):
    cases = [str(case) for case in range(number)]
    parts = [part_of(cases, num, index) for index in range(num)]
    assert [case for part in parts for case in part] == cases
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= 1


def test_debug_plays_the_first_five_cases_of_the_split(evaluate):
    found = evaluate(exp_config="webshop", max_steps=1)
    assert sorted(found) == [f"dev_{number}" for number in range(5)]


def test_the_part_must_be_one_of_them(evaluate):
    with pytest.raises(SettingsError, match=r"--part_idx 2: of --part_num 2 the last is 1"):
        evaluate(part_num=2, part_idx=2)


@pytest.mark.parametrize("task", ["SimpleDoorKey", "gripper", "alfworld", "webshop", "sciworld"])
def test_the_cases_of_a_task_have_different_files(task):
    cases = {case for part in PARTS for case in part_cases(TEXT_TASKS[task], part)}
    assert len({file_name(case).lower() for case in cases}) == len(cases)


@given(st.text(min_size=1))
def test_a_file_name_names_one_file_here(text):
    name = file_name(text)
    assert Path(f"{name}.json").name == f"{name}.json"
    assert name not in (".", "..")
    assert name.isascii()


def test_a_local_model_has_one_directory(evaluate):
    with pytest.raises(SettingsError, match="give the model's directory as one of them"):
        evaluate(agent_config="local", model_name="a", model_path="b")
