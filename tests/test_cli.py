"""The command line, end to end: every verb, what it leaves, and every way to get it wrong."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import main
from core.files import read_lines
from core.task import TASKS
from reports.statistics import LABELS, QUANTITIES
from tests.planner.fake_server import Server, completion

ROOT = Path(__file__).resolve().parent.parent
SHORT = (
    "--n_itr",
    "2",
    "--traj_per_itr",
    "2",
    "--num_envs",
    "2",
    "--epochs",
    "1",
    "--eval_every",
    "0",
)


@pytest.fixture
def run(tmp_path, capsys):
    """Runs one command in this process; returns (exit status, stdout, stderr)."""

    def run(line, *more):
        status = main.main([*line.split(), *more, "--logdir", str(tmp_path)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def last_line(text):
    return text.strip().splitlines()[-1]


@pytest.mark.parametrize("task", TASKS)
def test_eval_finds_what_train_saved(run, tmp_path, task):
    status, out, _ = run(f"train --task {task} --save_name experiment01", *SHORT)
    assert status == 0
    assert "planner: scripted" in out
    home = tmp_path / "ppo" / task.lower() / "experiment01"
    config = (home / "config.json").read_bytes()

    status, out, _ = run(f"eval --task {task} --save_name experiment01 --test_num 3")
    assert status == 0
    for name in QUANTITIES:
        assert LABELS[name] in out
    assert "planner scripted" in out
    assert (home / "config.json").read_bytes() == config
    rows = read_lines(home / "eval" / "episodes.jsonl")
    assert [row["case"] for row in rows] == ["0", "1", "2"]
    summary = json.loads((home / "eval" / "summary.json").read_text())
    asks = sum(row["asks"] for row in rows) / 3
    assert summary["summary"]["asks"]["mean"] == pytest.approx(asks)


@pytest.mark.parametrize("policy", ["baseline", "random", "always", "oracle"])
def test_asking_policies_need_no_training_and_no_name(run, tmp_path, policy):
    status, out, _ = run(f"{policy} --task KeyInBox --test_num 3")
    assert status == 0
    assert f"KeyInBox: {policy}, planner scripted, paper skills" in out
    assert (tmp_path / "ppo" / "keyinbox" / policy / "eval" / "episodes.jsonl").exists()


def test_show_prints_the_dialogue_and_record_films_it(run, tmp_path):
    line = "oracle --task ColoredDoorKey --test_num 2 --record_num 1 --show --record"
    status, out, _ = run(line)
    assert status == 0
    assert "mediator  observation: {observed yellow key}" in out
    assert "ColoredDoorKey, seed 1" in out
    place = tmp_path / "ppo" / "coloreddoorkey" / "oracle" / "eval"
    names = {path.name for path in place.iterdir()}
    films = {"episode_000.gif", "episode_000.mp4", "episode_000.txt"}
    assert names == films | {"episodes.jsonl", "summary.json"}
    assert (place / "episode_000.txt").read_text().strip() in out


def test_a_seed_list_makes_one_run_each_and_eval_finds_them_all(run, tmp_path):
    run("train --save_name many --run_seed_list 3 12", *SHORT)
    home = tmp_path / "ppo" / "simpledoorkey"
    assert sorted(path.name for path in home.iterdir()) == ["many_seed12", "many_seed3"]
    status, out, _ = run("eval --save_name many --test_num 2")
    assert status == 0
    assert out.index("many_seed3 (sampled)") < out.index("many_seed12 (sampled)")
    assert "many, 2 runs together" in out
    status, out, _ = run("eval --save_name many --test_num 2 --run_seed_list 12 --greedy")
    assert status == 0
    assert "many_seed12 (greedy)" in out
    assert "many_seed3" not in out


def test_an_interrupted_seed_list_resumes_with_one_command(run, tmp_path):
    """The first seed is done, the second never began."""
    home = tmp_path / "ppo" / "simpledoorkey"
    run("train --save_name many --run_seed_list 3", *SHORT)
    done = (home / "many_seed3" / "acmodel.pt").read_bytes()
    assert run("train --save_name many --run_seed_list 3 12 --resume", *SHORT)[0] == 0
    assert (home / "many_seed3" / "acmodel.pt").read_bytes() == done
    assert (home / "many_seed12" / "acmodel.pt").exists()
    status, _, err = run("train --save_name one --resume", *SHORT)
    assert status == 2
    assert "does not exist" in err


def test_runs_that_are_alike_are_worth_no_more_than_one(run):
    """Episodes on the same layouts are not independent, and the interval must not shrink with them."""
    _, out, _ = run("baseline --run_seed_list 0 1 2 --test_num 20")
    tables = [part.split("\n\n")[0] for part in out.split("┏")[1:]]
    rows = [[line for line in table.splitlines() if line.startswith("│")] for table in tables]
    assert len(rows) == 4
    assert rows[0] == rows[1] == rows[2] == rows[3]


def test_rl_is_trained_and_evaluated_by_its_own_verbs(run):
    assert run("train_RL --save_name RL", *SHORT)[0] == 0
    status, out, _ = run("eval_RL --save_name RL --test_num 2")
    assert status == 0
    assert "no planner" in out
    status, _, err = run("eval --save_name RL --test_num 2")
    assert status == 2
    assert "is a model of the method skill_rl" in err


def test_an_evaluation_uses_the_skills_of_training_unless_told_otherwise(run):
    run("train --save_name walker --skills frontier", *SHORT)
    assert "frontier skills" in run("eval --save_name walker --test_num 2")[1]
    assert "paper skills" in run("eval --save_name walker --test_num 2 --skills paper")[1]


def test_a_replayed_planner_gives_the_same_run_and_fails_loudly_on_news(run, tmp_path):
    record = str(tmp_path / "record.jsonl")
    _, first, _ = run("oracle --save_name live --test_num 5 --record_file", record)
    _, again, _ = run("oracle --save_name dead --test_num 5 --planner replay --record_file", record)
    table = slice(1, -1)
    assert first.splitlines()[table] == again.splitlines()[table]
    assert "planner replay of record.jsonl" in again
    line = "oracle --task KeyInBox --test_num 5 --planner replay --record_file"
    status, _, err = run(line, record)
    assert status == 2
    assert "holds no answer to" in err


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("baseline --task NoSuchDoor", "unknown task 'NoSuchDoor': choose one of SimpleDoorKey"),
        ("eval --save_name nobody", "no model in"),
        ("eval_RL --save_name nobody", "no model in"),
        ("train --save_name x --resume", "does not exist: train this run first"),
        ("train --save_name x --gamma 1.5", "--gamma 1.5: must be between 0 and 1"),
        ("train --save_name a/b", "must be the name of one directory"),
        ("train --save_name x --device cuda:99", "--device cuda:99"),
        ("train --save_name x --device warp", "--device warp"),
        ("baseline --planner replay", "--planner replay needs --record_file"),
        ("baseline --planner replay --record_file /nowhere", "cannot be read"),
    ],
)
def test_what_a_user_can_mend_is_one_line_and_status_two(run, line, complaint):
    status, _, err = run(line, *(SHORT if line.startswith("train") else ()))
    assert status == 2
    assert complaint in last_line(err)
    assert last_line(err).startswith("error: ")
    assert "Traceback" not in err


@pytest.mark.parametrize("line", ["train --save_name", "train --resume=yes --save_name x"])
def test_what_cannot_be_parsed_ends_with_status_two(line, capsys):
    with pytest.raises(SystemExit) as ended:
        main.main(line.split())
    assert ended.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("trian", "did you mean train?"),
        ("eval --sav_name x", "did you mean --save_name?"),
        ("eval --save_name x --decide argmax", "--decide is now --greedy;"),
        ("play --layout 3", "--layout is now --env_seed;"),
        ("table --ways learned", "--ways is now --policies;"),
        ("act --policy ppo", "--policy is now --algo, which has no effect here;"),
        ("train --save_name x --features news", "it is now counts"),
        ("baseline --skills fronteir", "did you mean frontier?"),
        ("train", "--save_name is missing"),
        ("reflexion", "--save_name (or --run_name) is missing"),
        (
            "train --task put --save_name x",
            "a text world, and this verb plays in rooms",
        ),
        ("train", "for example --save_name experiment01"),
        ("", "no verb, for example train;"),
        ("Trian", "did you mean train?"),
        ("--task KeyInBox train", "--task: flags follow the verb"),
        ("train --save_name x --task keyinbocks", "did you mean KeyInBox?"),
        ("ask a b", "b is one argument too many; a text of several words"),
        ("serve --device tpu", "must be one of cpu, cuda, mps"),
        ("ask a --num_envs 2", "--num_envs: no effect here"),
        ("play --engine batched", "--engine: no effect here"),
    ],
)
def test_a_mistake_says_what_was_meant(line, hint, capsys):
    assert main.main(line.split()) == 2
    [error] = capsys.readouterr().err.splitlines()
    assert hint in error


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        (["--num_envs", "1000000000"], "between 1 and 65536; all of them are in memory"),
        (["--temperature=--"], "--temperature: must be 1 value"),
        (["--token_prices", "inf", "1"], "between 0 and 1000000000"),
        (["--lr", "1e30"], "between 0 and 1"),
        (["--n_itr", "1" + "0" * 400], "between 1 and 10000000"),
        (["--seed", "1e3"], "a whole number"),
        (["--seed", "٣"], "a whole number"),
        (["--resume", "--overwrite"], "give only one of them"),
        (["--save_name", "a\nb"], "without line breaks"),
        (["--save_name", "\x1b[2J"], "without line breaks"),
        (["--save_name", "a\x00b"], "without line breaks"),
        (["--save_name", "a\\b"], "without slashes"),
        (["--save_name=-rf"], "no dash or blank"),
        (["--save_name", "é" * 101], "at most 200 bytes"),
        (["--logdir", "a\x00b"], "without line breaks"),
        (["--logdir", "\udcff"], "text in the encoding of this terminal"),
        (["--device", "nonsense"], "cpu, cuda or cuda:N"),
        (["--skills", ""], "one of paper, frontier"),
        (["--task", ""], "unknown task"),
    ],
)
def test_a_value_that_could_do_harm_is_refused_with_one_line(flags, problem, capsys):
    assert main.main(["train", "--save_name", "x", *flags]) == 2
    [error] = capsys.readouterr().err.splitlines()
    assert problem in error
    assert error.isprintable()


@pytest.mark.slow
def test_files_are_utf_8_whatever_the_locale(run, tmp_path):
    """The page has signs that ASCII lacks."""
    run("baseline --test_num 1")
    place = tmp_path / "ppo" / "simpledoorkey" / "baseline"
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "main.py", "report", str(place)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **locale}, capture_output=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert not (place / "report.html").read_text("utf-8").isascii()


@pytest.mark.parametrize("damage", ["truncated", "foreign"])
def test_a_damaged_model_is_one_line_and_stays_as_it_was(run, tmp_path, damage):
    run("train --save_name x", *SHORT)
    model = tmp_path / "ppo" / "simpledoorkey" / "x" / "acmodel.pt"
    content = model.read_bytes()[:500] if damage == "truncated" else b"not a model at all"
    model.write_bytes(content)
    status, _, err = run("eval --save_name x")
    assert status == 2
    assert "acmodel.pt is damaged or not a file of this program" in last_line(err)
    assert model.read_bytes() == content


def test_a_directory_that_cannot_be_written_is_one_line(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    status = main.main(["train", "--save_name", "x", "--logdir", str(tmp_path / "file"), *SHORT])
    assert status == 2
    assert "cannot be written" in last_line(capsys.readouterr().err)


@pytest.mark.slow
def test_a_second_process_on_the_same_run_is_refused(run, tmp_path):
    flags = f"--save_name x --logdir {tmp_path} --n_itr 100000 --eval_every 0".split()
    first = subprocess.Popen(
        [sys.executable, "main.py", "train", *flags],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        metrics = tmp_path / "ppo" / "simpledoorkey" / "x" / "metrics.jsonl"
        deadline = time.monotonic() + 60
        while not metrics.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        status, _, err = run("train --save_name x --overwrite", *SHORT)
    finally:
        first.kill()
        first.wait()
    assert status == 2
    assert "is in use by another process" in last_line(err)
    assert run("train --save_name x --overwrite", *SHORT)[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_says_how_to_resume(tmp_path, kind):
    flags = f"--save_name x --logdir {tmp_path} --n_itr 100000 --eval_every 0".split()
    process = subprocess.Popen(
        [sys.executable, "main.py", "train", *flags],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # the process that runs the tests may ignore it (nohup does)
        preexec_fn=lambda: signal.signal(kind, signal.SIG_DFL),
    )
    metrics = tmp_path / "ppo" / "simpledoorkey" / "x" / "metrics.jsonl"
    deadline = time.monotonic() + 60
    while not (metrics.exists() and metrics.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(kind)
    try:
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 128 + kind
    assert last_line(err) == (
        "interrupted; resume a run with --resume, many runs with the same command"
    )


def test_ask_shows_the_conversation_the_answer_and_the_plan(run):
    status, out, _ = run("ask --task ColoredDoorKey", "observed red key, observed blue door")
    assert status == 0
    lines = out.splitlines()
    assert lines[0].startswith("system:")
    assert lines[-3] == "user:       observation: {observed red key, observed blue door}"
    assert lines[-2] == "scripted:   {go to the red key, pick up the red key}"
    assert lines[-1] == "plan:       {go to the red key, pick up the red key}"


def test_ask_says_what_is_wrong_with_an_answer_and_what_it_cost(run):
    server = Server()
    server.script = [completion("Fly there!", prompt_tokens=70, completion_tokens=3)]
    status, out, _ = run(
        f"ask --planner fastchat --llm_model v --llm_url {server.url}", "observed a key"
    )
    server.stop()
    assert status == 0
    assert "no plan:    'fly there' is not one of the actions" in out
    assert "cost:       70 + 3 tokens" in out


@pytest.mark.parametrize("naming", ["--llm_model v --llm_url {}", "--llm_url {}"])
def test_whoever_names_a_server_or_its_model_asks_it(run, naming):
    server = Server()
    server.script = [completion("{explore}")]
    status, out, _ = run(f"ask {naming.format(server.url)}", "observed nothing")
    server.stop()
    assert status == 0
    assert len(server.asked) == 1
    assert "{explore}" in out


def test_the_planner_that_is_typed_stays(run):
    status, out, _ = run("ask --planner scripted --llm_model v", "observed a red key")
    assert status == 0
    assert "scripted:" in out


def test_a_method_without_a_planner_names_the_flag_that_was_typed(run):
    status, _, err = run("train_RL --save_name x --llm_model v")
    assert status == 2
    assert "--llm_model: this method uses no planner" in err


def test_a_served_model_may_be_called_anything(run):
    server = Server()
    server.models = [{"id": "[/INST] [bold]\x1b[2J"}]
    status, out, _ = run(
        f"baseline --planner fastchat --llm_url {server.url} --save_name b --test_num 1"
    )
    server.stop()
    assert status == 0
    assert "[/INST] [bold][2J at http" in out


def test_a_run_resumes_with_the_model_that_it_began_with(run, tmp_path):
    server = Server()
    train = f"train --planner fastchat --llm_url {server.url} --save_name x"
    assert run(train, *SHORT)[0] == 0
    config = json.loads((tmp_path / "ppo/simpledoorkey/x/config.json").read_text())
    assert config["settings"]["llm_model"] == "served"
    server.models = [{"id": "newer"}, {"id": "served"}]
    status, _, err = run(f"{train} --resume", *SHORT)
    assert status == 2
    assert last_line(err).endswith(
        "was started with other settings: resume it with --llm_model served"
    )
    assert run(f"{train} --resume --llm_model served", *SHORT)[0] == 0
    server.stop()


@pytest.mark.slow
def test_a_key_is_in_no_file_and_in_no_output(run, tmp_path, monkeypatch):
    """The server repeats all keys, in its answers and in its faults."""
    monkeypatch.setenv("OPENAI_API_KEY", "environment-1")
    keys = ("environment-1", "password-12345", "query/key-12345")
    server = Server()

    def repeat(_):
        path, headers, _ = server.asked[-1]
        return completion(f"{{explore}} {path} {headers} {keys}")

    server.script = [(500, {"Retry-After": "0"}, " ".join(keys).encode()), repeat]
    url = server.url.replace("//", "//me:password-12345@") + "?v=1&key=query%2Fkey-12345"
    train = f"train --planner fastchat --save_name x --record_file {tmp_path}/record.jsonl --llm_url {url}"
    said = [
        run(train, *SHORT),
        run(f"{train} --resume", *SHORT),
        run(f"eval --planner fastchat --save_name x --test_num 1 --show --llm_url {url}"),
        run(f"ask --planner fastchat --llm_url {url}", "observed a box"),
    ]
    server.stop()
    assert main.main(["report", f"{tmp_path}/ppo/simpledoorkey/x"]) == 0
    assert [status for status, _, _ in said] == [0, 0, 0, 0]
    assert "status 500: *** *** ***" in said[0][2]
    config = json.loads((tmp_path / "ppo/simpledoorkey/x/config.json").read_text())
    assert config["settings"]["llm_url"].endswith("/v1/chat/completions?v=1&key=***")
    shown = [text.encode() for _, *texts in said for text in texts]
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 5
    for key in (*keys, "query%2Fkey-12345", "bWU6cGFzc3dvcmQ"):
        assert not any(key.encode() in content for content in (*shown, *written)), key


def test_a_question_that_makes_no_sense_to_the_planner_is_one_line(run):
    status, _, err = run("ask", "observed a dragon")
    assert status == 2
    assert last_line(err) == "error: the scripted planner does not understand 'observed a dragon'"
