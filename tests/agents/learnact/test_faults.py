"""Servers that fail while functions are learned: what is finished is kept, one line says why, --resume goes on."""

import pytest

from main import main, run_verb
from tests.agents.learnact import good_model
from tests.agents.learnact.test_replay import candidate, results

FAULTS = {
    "hangs": ("hang", "timed out"),
    "status 500": ((500, {"Retry-After": "0"}, b"broken"), "status 500: broken"),
    "endless": ((200, {}, b'{"choices": [{"message": {"content": "' + b"a" * 300_000), "more than"),
    "no JSON": ((200, {}, b"<html>busy</html>"), "JSON"),
}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("fault", "words"), FAULTS.values(), ids=FAULTS)
def test_a_server_that_fails_while_it_learns_costs_nothing_but_time(
    server, tmp_path, capsys, fault, words
):
    """After 70 answers: the agent without functions is tested, and the first function is."""
    flags = {**good_model.FLAGS, "logdir": str(tmp_path), "llm_timeout": 1, "llm_in_flight": 1, "max_answer_bytes": 100_000}  # fmt: skip
    server.script = [good_model.answer]
    url = {"llm_url": server.url}
    run_verb("learnact", save_name="whole", answer_store="whole.sqlite", **url, **flags)
    asked = len(server.asked)
    server.script = [good_model.answer] * 70 + [fault]
    given = {"save_name": "failed", "answer_store": "failed.sqlite", **url, **flags}
    words_of = [word for name, value in given.items() for word in (f"--{name}", str(value))]
    capsys.readouterr()
    assert main(["learnact", *words_of]) == 2
    *tries, last = [line for line in capsys.readouterr().err.splitlines() if "at http" in line or "error: " in line]  # fmt: skip
    assert all(line.startswith("try ") for line in tries)
    assert last.startswith("error: ")
    assert words in last
    assert last.endswith("give the same command with --resume")
    failed, whole = (tmp_path / "learnact/gripper" / name for name in ("failed", "whole"))
    assert candidate(failed, "base") == candidate(whole, "base")
    server.script = [good_model.answer]
    before = len(server.asked)
    assert main(["learnact", *words_of, "--resume"]) == 0
    assert results(failed) == results(whole)
    assert len(server.asked) - before == asked - 70


def cut(document):
    """An answer that ended at the limit of tokens."""
    said = good_model.answer(document)
    said["choices"][0]["finish_reason"] = "length"
    said["choices"][0]["message"]["content"] = said["choices"][0]["message"]["content"][:-5]
    return said


@pytest.mark.slow
def test_cut_answers_are_refused_one_by_one_and_the_run_ends_in_its_table(server, tmp_path):
    server.script = [cut]
    run_verb("learnact", save_name="cut", logdir=str(tmp_path), llm_url=server.url, **good_model.FLAGS)  # fmt: skip
    run = tmp_path / "learnact/gripper/cut"
    for name in ("0_0", "0_1"):
        assert candidate(run, name)["proposal"]["change"] == "none"
        assert len(candidate(run, name)["proposal"]["refusals"]) == 4
    assert (run / "eval_results/summary.json").exists()
