"""Act and ReAct: prompts, answers, whole runs over every kind of model, and runs that are killed."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import gymnasium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.methods import METHODS
from agents.react import ReActPolicy
from agents.text_prompt import Example, TextPrompt, Turn, load_text_prompt
from core.chat import STEPS_LEFT_OUT, Message, Reply, Sampling, Usage
from core.episode import Episode
from core.errors import (
    ActionFormatError,
    ModelError,
    RunDirectoryError,
    SettingsError,
)
from core.files import read_lines
from core.task import TASKS, TEXT_TASKS
from envs.text.cases import cases_of, kind_of
from envs.text.scripted import ScriptedTextModel
from main import run_verb
from planner.openai_client import ServerModel
from runner.player import Player
from runner.text import History, Move, TextPlayer
from runner.text import Turn as TextTurn
from tests.agents.slow_server import slow_server
from tests.envs.text.scienceworld.simulator_here import NEEDS_SIMULATOR

ROOT = Path(__file__).resolve().parent.parent.parent
METHOD_NAMES = ("act", "react")
PROMPT = TextPrompt(
    ("The", "rules."),
    {"act": "Act.", "react": "Think and act."},
    (
        Example("1000", (Turn("see", "hm", "do"), Turn("see more", "so", "do more")), kind="big"),
        Example("1001", (Turn("small", "oh", "wait"),), kind="small"),
        Example("1002", (Turn("nothing", "eh", "look"),)),
    ),
    kinds={"small": "a sm[a-z]+ room", "big": "room"},
)


def policy(*, thinks=True, **kwargs):
    return ReActPolicy(PROMPT, "react" if thinks else "act", Sampling(seed=3), **kwargs)


def read(text, *, thinks=True):
    return policy(thinks=thinks).read(Reply(text))


def play(tmp_path, method="react", **flags):
    """A run from Python; returns the evaluation."""
    flags = {"save_name": "r", "logdir": str(tmp_path), "test_num": 6, **flags}
    [evaluation] = METHODS[method].evaluate(**flags)
    return evaluation


def played(evaluation):
    """The episodes without what the answers took."""
    return [
        replace(episode, steps=tuple(replace(step, usage=Usage()) for step in episode.steps))
        for episode in evaluation.episodes
    ]


def contents(policy, *turns, observation="key", goal=""):
    """The request's messages; the last steps of an episode that begins in a small room."""
    played = tuple(TextTurn(seen, done, Move(done)) for seen, done in turns)
    request = policy.request(History("7", played, observation, goal))
    assert request.sampling == Sampling(seed=3)
    roles = [message.role for message in request.messages]
    assert roles == ["system", *(["user", "assistant"] * len(roles))[: len(roles) - 1]]
    return [message.content for message in request.messages]


def test_a_request_is_the_prompt_and_the_episode_as_a_conversation():
    assert contents(policy(shots=1), ("a room", "go")) == [
        "The rules. Think and act.",
        "see",
        "Thought: hm\nAction: do",
        "see more",
        "Thought: so\nAction: do more",
        "a room",
        "go",
        "key",
    ]


def test_the_examples_of_the_episode_s_kind_come_first():
    assert contents(policy(thinks=False, shots=1), observation="a small room")[1:3] == [
        "small",
        "wait",
    ]
    shown = contents(policy(thinks=False, shots=2), observation="a small room")
    assert shown == [
        "The rules. Act.",
        "small",
        "wait",
        "see",
        "do",
        "see more",
        "do more",
        "a small room",
    ]
    assert contents(policy(shots=0), observation="x") == ["The rules. Think and act.", "x"]
    assert len(contents(policy(shots=9), observation="x")) == 2 + 2 * 4


def test_of_a_long_episode_the_first_observation_and_the_last_steps_are_sent():
    turns = [("a small room", "a"), ("b", "c"), ("d", "e"), ("f", "g")]
    assert contents(policy(shots=0, history=2), *turns)[1:] == [
        f"a small room\n{STEPS_LEFT_OUT}\nd", "e", "f", "g", "key",
    ]  # fmt: skip
    assert contents(policy(shots=0, history=4), *turns)[1:] == [
        "a small room", "a", "b", "c", "d", "e", "f", "g", "key",
    ]  # fmt: skip


def test_a_goal_that_the_world_does_not_say_stands_before_the_first_observation():
    assert contents(policy(shots=0), ("a room", "go"), goal="win")[1] == "win\na room"
    assert contents(policy(shots=0), ("a room", "go"), goal="room")[1] == "a room"


@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("Thought: a key.\nAction: explore", Move("explore", "a key.")),
        ("thought 1: hm\naction 1: go to the key.", Move("go to the key", "hm")),
        ("Thought: a\nb\nAction: `explore`\nThought: c\nAction: drop", Move("explore", "a\nb")),
        ("I see.\n**Action:** explore", Move("explore", "I see.\n**")),
        ("Action: explore", Move("explore")),
        ("I see.\nAct: explore", Move("explore", "I see.")),
        ("> explore\nYou see a key.\n> drop", Move("explore")),
        ("Thought: a key.\nAction:\n```\nexplore\n```", Move("explore", "a key.")),
        ("Thought: a key.\nAction: ```text\nexplore\n```", Move("explore", "a key.")),
        ('Thought: a key.\nAction: "explore".', Move("explore", "a key.")),
        ('Action: Finish["Low Tide" (1995); a film.]', Move('Finish["Low Tide" (1995); a film.]')),
        ("Action: `Search[B [a]]`, then Finish[b]", Move("Search[B [a]]")),
        ("Action: Finish[Yes", Move("Finish[Yes")),
    ],
)
def test_the_first_action_of_an_answer_is_read(text, move):
    assert read(text) == move


@pytest.mark.parametrize("text", ["", "explore", "Thought: hm", "Action:", "Action: .\nexplore"])
def test_an_answer_without_an_action_says_what_is_missing(text):
    with pytest.raises(ActionFormatError) as error:
        read(text)
    assert error.value.text == text
    assert "action" in error.value.reason.lower()


@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("<think>Action: drop?</think>Thought: a key.\nAction: explore", Move("explore", "a key.")),
        (
            "Thought: a key.\nAction: explore\nObservation: a\nAction: drop",
            Move("explore", "a key."),
        ),
        ("ASSISTANT: Thought: hm\nAction: explore\nUSER: no", Move("explore", "hm")),
        ("Thought: hm</think>Action: explore<|im_end|>", Move("explore")),
    ],
)
def test_thoughts_and_turns_that_the_model_makes_up_are_not_read(text, move):
    assert read(text) == move


@pytest.mark.parametrize("thinks", [True, False])
@pytest.mark.parametrize(
    ("text", "is_whole"),
    [
        ("Action: go to the", False),
        ("Action: go to the\nThen I", True),
        ("Action: go to the\n", False),
        ("Action: go to the\nUSER: You", True),
        ("Action: go to the<|im_end|>", True),
        ("<think>Action: go to the\n", False),
        ("Thought: hm", False),
        ("", False),
    ],
)
def test_of_an_answer_that_was_cut_an_action_is_read_if_its_line_had_ended(text, is_whole, thinks):
    """Servers strip answers, so a line end at the end of one would not be seen either."""
    cut = Reply(text, cut=True)
    if is_whole:
        assert policy(thinks=thinks).read(cut).action == "go to the"
        return
    with pytest.raises(ActionFormatError, match="cut off at its limit of tokens"):
        policy(thinks=thinks).read(cut)


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_answer_is_called_empty(text):
    with pytest.raises(ActionFormatError, match="the answer was empty: there is no action"):
        read(text, thinks=False)


@pytest.mark.parametrize("thinks", [True, False])
@pytest.mark.parametrize("label", ["action", "Thought", "action 1", "thought: hm\naction"])
def test_a_long_answer_is_read_in_time_proportional_to_its_length(label, thinks):
    started = time.process_time()
    with suppress(ActionFormatError):
        read(label + 40_000 * " ", thinks=thinks)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("explore", "explore"),
        ("  go to the key.\nthen more", "go to the key"),
        ("Action: x", "x"),
        ("```\nexplore\n```", "explore"),
    ],
)
def test_without_thoughts_an_answer_is_the_action(text, action):
    assert read(text, thinks=False) == Move(action)


@given(text=st.text(), thinks=st.booleans())
def test_any_answer_is_a_move_or_a_format_error(text, thinks):
    try:
        move = read(text, thinks=thinks)
    except ActionFormatError:
        return
    assert move.action
    assert "\n" not in move.action


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(world, marks=NEEDS_SIMULATOR if world == "scienceworld" else ())
        for world in sorted({task.world for task in TEXT_TASKS.values()})
    ],
)
def test_the_examples_of_a_world_are_episodes_of_the_scripted_model(world):
    prompt = load_text_prompt(world)
    assert set(prompt.answer) == set(METHOD_NAMES)
    shown = TextPrompt((), {"react": "Thought:"}, ())  # asks for thoughts
    for example in prompt.examples:
        task = TEXT_TASKS[example.task or world]
        player = TextPlayer(
            "", task, ReActPolicy(shown, "react", Sampling()), ScriptedTextModel(), 1, 50
        )
        [episode] = player.play([example.case])
        assert episode.success
        assert [(step.observation, step.thought, step.action) for step in episode.steps] == list(
            example.turns
        )


def test_no_example_is_a_case_of_an_evaluation():
    evaluated = {case for task in TEXT_TASKS.values() for case in cases_of(task)}
    for world in {task.world for task in TEXT_TASKS.values()}:
        assert evaluated.isdisjoint(example.case for example in load_text_prompt(world).examples)


def test_each_kind_of_household_task_has_its_own_examples():
    prompt, task = load_text_prompt("alfworld"), TEXT_TASKS["alfworld"]
    env = gymnasium.make(task.env_id)
    shown = {}
    for case in cases_of(task)[::5]:
        observation, _ = env.reset(options={"case": case})
        first = prompt.messages("act", observation, 1)[1]
        shown.setdefault(kind_of(task, case), set()).add(first.content)
    examples = {example.kind: example.turns[0].observation for example in reversed(prompt.examples)}
    assert shown == {kind: {observation} for kind, observation in examples.items()}


def test_the_prompt_speaks_the_old_syntax_where_the_world_does():
    prompt, old = load_text_prompt("alfworld"), load_text_prompt("alfworld").in_old_syntax()
    assert "move THING to PLACE" in " ".join(prompt.system)
    assert "put THING in/on PLACE" in " ".join(old.system)
    env = gymnasium.make("ALFWorld-v0", syntax="old", strict=True)
    for example in old.examples:
        observation, _ = env.reset(options={"case": example.case})
        for turn in example.turns:
            # where the agent arrives is a number in the old syntax, which published prompts leave out
            assert turn.observation.split(". ")[1:] == observation.split(". ")[1:]
            observation, *_, info = env.step(turn.action)
        assert info["success"]


def test_a_world_without_a_prompt_names_the_file_to_write():
    with pytest.raises(SettingsError, match=r"agents/prompts/moon\.json"):
        load_text_prompt("moon")


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("method", METHOD_NAMES)
def test_the_scripted_model_opens_the_doors(method, task, tmp_path):
    evaluation = play(tmp_path, method, task=task, test_num=20)
    assert evaluation.summary["success"].mean == 1.0
    assert evaluation.summary["unreadable_answers"].mean == 0
    thoughts = {bool(step.thought) for episode in evaluation.episodes for step in episode.steps}
    assert thoughts == {method == "react"}


def test_a_run_leaves_its_settings_episodes_and_summary(tmp_path):
    evaluation = play(tmp_path, task="KeyInBox")
    run = tmp_path / "react" / "keyinbox" / "r"
    config = json.loads((run / "config.json").read_text())
    assert (config["method"], config["settings"]["test_num"]) == ("react", 6)
    rows = read_lines(run / "eval" / "episodes.jsonl")
    assert sorted(row["case"] for row in rows) == ["0", "1", "2", "3", "4", "5"]
    kept = {row["case"]: Episode.from_json(row) for row in rows}
    assert [kept[episode.case] for episode in evaluation.episodes] == list(evaluation.episodes)
    assert json.loads((run / "eval" / "summary.json").read_text())["summary"]["score"]["mean"] == 1


def test_a_run_is_neither_replaced_nor_resumed_with_other_settings_by_accident(tmp_path):
    first = play(tmp_path)
    with pytest.raises(RunDirectoryError, match="holds a run already"):
        play(tmp_path)
    with pytest.raises(RunDirectoryError, match="--seed 0"):
        play(tmp_path, resume=True, seed=4)
    assert played(play(tmp_path, resume=True)) == played(first)
    longer = play(tmp_path, resume=True, test_num=8)
    assert played(longer)[:6] == played(first)
    assert len(longer.episodes) == 8
    assert len(play(tmp_path, overwrite=True, test_num=2).episodes) == 2


def test_cases_are_chosen_by_split_by_kind_or_by_name(tmp_path, capsys):
    by_kind = play(tmp_path, task="heat", split="valid_seen", test_num=3, save_name="k")
    cases = [episode.case for episode in by_kind.episodes]
    assert [case.split("/")[1].split("-")[0] for case in cases] == 3 * [
        "pick_heat_then_place_in_recep"
    ]
    named = play(tmp_path, task="alfworld", case=tuple(cases[:1]), test_num=0, save_name="c")
    assert [episode.case for episode in named.episodes] == cases[:1]
    assert named.episodes[0].success
    capsys.readouterr()
    play(tmp_path, task="alfworld", test_num=40, save_name="a")
    assert {"examine", "put"} <= set(capsys.readouterr().out.split())  # a table by kind
    for flags in (
        {"split": "moon"},
        {"task": "KeyInBox", "split": "train"},
        {"case": ("x",)},
        {"case": ("gripper/prob01",), "split": "test"},
        {"pddl_texts": "published"},
    ):
        with pytest.raises(SettingsError):
            play(tmp_path, **{"task": "gripper", "save_name": "n", "test_num": 0, **flags})
    assert not list(tmp_path.glob("*/*/n"))


def test_a_scripted_model_with_less_skill_errs_the_same_way_each_time(tmp_path):
    def steps(**flags):
        evaluation = play(tmp_path, task="put", test_num=8, overwrite=True, **flags)
        return [[step.action for step in episode.steps] for episode in evaluation.episodes]

    worse = steps(scripted_skill=0.7)
    assert worse == steps(scripted_skill=0.7)
    assert worse != steps(scripted_skill=0.7, seed=1)
    assert sum(map(len, worse)) > sum(map(len, steps()))


def test_both_syntaxes_and_wordings_can_be_played(tmp_path):
    evaluation = play(tmp_path, task="put", test_num=2, alfworld_syntax="old")
    assert all(episode.success for episode in evaluation.episodes)
    assert "You put the" in evaluation.episodes[0].final_observation
    with pytest.raises(SettingsError, match="reads --pddl_texts plain only"):
        play(tmp_path, task="gripper", test_num=1, pddl_texts="published")


def test_with_a_short_history_the_scripted_model_still_plays(tmp_path):
    evaluation = play(tmp_path, task="blockworld", test_num=3, history=2)
    assert all(episode.success for episode in evaluation.episodes)


def test_a_refused_run_changes_no_directory(tmp_path):
    directory = play(tmp_path, task="MovingObstacle").path.parent
    with pytest.raises(RunDirectoryError):
        METHODS["react"].evaluate(save_name="r", logdir=str(tmp_path), task="all", test_num=1)
    assert [path.parent for path in tmp_path.rglob("config.json")] == [directory]


def test_a_run_is_not_replaced_if_its_model_cannot_be_used(tmp_path):
    before = (play(tmp_path).path / "episodes.jsonl").read_bytes()
    with pytest.raises(RunDirectoryError):
        play(tmp_path, planner="replay", record_file=str(tmp_path / "missing"), overwrite=True)
    assert (tmp_path / "react/simpledoorkey/r/eval/episodes.jsonl").read_bytes() == before


def test_the_report_shows_a_run_without_the_paper_s_rows(tmp_path):
    """Their steps are primitive actions, those of a text run are the model's answers."""
    play(tmp_path, test_num=2)
    page = tmp_path / "page.html"
    run_verb("report", runs=(str(tmp_path / "react" / "simpledoorkey" / "r"),), out=str(page))
    html = page.read_text()
    assert "react on SimpleDoorKey" in html
    assert '<tr class="paper">' not in html


def test_all_tasks_are_played_one_after_the_other(tmp_path, capsys):
    evaluations = METHODS["act"].evaluate(
        task="all", save_name="r", logdir=str(tmp_path), test_num=2
    )
    assert len(evaluations) == len(TASKS)
    assert len(list(tmp_path.glob("act/*/r/eval/summary.json"))) == len(TASKS)
    assert "all tasks together" in capsys.readouterr().out


def test_the_number_of_answers_is_limited(tmp_path):
    evaluation = play(tmp_path, max_steps=2)
    assert {episode.num_steps for episode in evaluation.episodes} == {2}
    assert all(episode.truncated for episode in evaluation.episodes)


@pytest.mark.parametrize("method", METHOD_NAMES)
def test_a_served_model_plays_the_same_and_a_cache_and_a_recording_play_it_again(method, tmp_path):
    """Every answer is a request to the server, or equal to one; tokens are the server's."""
    offline = played(play(tmp_path / "offline", method))
    with slow_server() as (server, counter):
        online = {"planner": "fastchat", "llm_url": server.url}
        served = play(tmp_path, method, record_file=str(tmp_path / "record.jsonl"), **online)
        total = counter.total
        usage = sum((episode.usage for episode in served.episodes), Usage())
        assert played(served) == offline
        assert usage.llm_calls == total
        assert usage.completion_tokens == 2 * total
        again = play(tmp_path, method, save_name="again", **online)
        assert counter.total == total
    assert played(again) == offline
    assert sum(episode.usage.cache_hits for episode in again.episodes) > 0
    replayed = play(
        tmp_path,
        method,
        save_name="replayed",
        planner="replay",
        record_file=str(tmp_path / "record.jsonl"),
    )
    assert played(replayed) == offline


@dataclass(frozen=True)
class Distinct(ReActPolicy):
    """Puts the case into each request, so that no two are equal."""

    def request(self, history):
        request = super().request(history)
        return replace(request, messages=(Message("system", history.case), *request.messages))


@pytest.mark.parametrize(
    ("num_envs", "in_flight", "most"),
    [
        pytest.param(16, 8, 8, marks=pytest.mark.slow),
        (8, 16, 8),
        pytest.param(16, 16, 16, marks=pytest.mark.slow),
    ],
)
def test_requests_of_all_waiting_episodes_are_under_way_together(num_envs, in_flight, most):
    """The server holds answers back until that number has arrived; there are never more."""
    task = TEXT_TASKS["SimpleDoorKey"]
    distinct = Distinct(load_text_prompt("rooms"), "act", Sampling())
    with slow_server(wait_for=most) as (server, counter):
        model = ServerModel(server.url, in_flight=in_flight)
        player = TextPlayer("slow", task, distinct, model, num_envs, 10)
        episodes = list(player.play([str(case) for case in range(20)]))
    assert counter.most == most
    assert counter.total == sum(episode.num_steps for episode in episodes)
    assert all(episode.success for episode in episodes)


@pytest.mark.parametrize(
    "form",
    [
        "**Action**: G", "Action [1]: G", "Action(1): G", "The action is: G", "### Action\nG", "Action -> G",
        "Action: G...", "Action: G!", "Action: “G.”", "Action: «G»", "Action: [G]", "Action: <G>", "Action: 1. G",
        "Action: - G", "Action: > G", "Action: Action: G", ">>> G", "<action>G</action>", "Action: G; then look",
        "Action: G, then look", '{"thought": "hm", "action": "G"}', '{"action": "G", "thought": "hm"}',
        '```json\n{"action": "G"}\n```', "Action: G\r\nObservation: x", "Action: “G” because", "Action：G",
    ],
)  # fmt: skip
def test_an_action_in_any_usual_form_is_read(form):
    for thinks in (True, False):
        assert read(form.replace("G", "go to fridge 1"), thinks=thinks).action == "go to fridge 1"


@pytest.mark.parametrize(
    "form", ["G", "- G", "2. G", "“G”", "G...", "<answer>G</answer>", "```\nG\n```", "G\nlook"]
)
def test_an_action_alone_is_read_without_marks_around_it(form):
    assert (
        read(form.replace("G", "pick(ball1, rooma)"), thinks=False).action == "pick(ball1, rooma)"
    )


def test_an_unreadable_answer_never_ends_a_run(tmp_path, capsys):
    with slow_server() as (server, _):
        scripted = server.script[0]
        server.script = [{**scripted(REQUEST), "choices": [{"message": {"content": "\\o/"}}]}] * 3
        server.script.append(scripted)
        evaluation = play(tmp_path, planner="fastchat", llm_url=server.url, test_num=1)
    assert evaluation.summary["success"].mean == 1.0
    assert sum(episode.unreadable_answers for episode in evaluation.episodes) == 3
    num_answers = evaluation.episodes[0].num_steps
    assert f"3 of {num_answers} answers held no action" in capsys.readouterr().out


REQUEST = {"messages": [{"role": "user", "content": "You have found: a key. You carry nothing."}]}


def test_a_server_that_refuses_ends_the_run_and_what_is_finished_is_kept(tmp_path):
    with slow_server() as (server, counter):
        scripted = server.script[0]
        refuse = (401, {}, b'{"error": "no"}')
        server.script = [lambda document: refuse if counter.total > 12 else scripted(document)]
        flags = {"planner": "fastchat", "llm_url": server.url, "num_envs": 1}
        with pytest.raises(ModelError, match="--resume"):
            play(tmp_path, **flags)
        kept = read_lines(tmp_path / "react" / "simpledoorkey" / "r" / "eval" / "episodes.jsonl")
        assert 1 <= len(kept) < 6
        server.script = [scripted]
        evaluation = play(tmp_path, resume=True, **flags)
    assert played(evaluation) == played(play(tmp_path / "offline"))


@pytest.mark.slow
def test_a_run_that_is_killed_resumes_case_by_case(tmp_path):
    """SIGKILL in a process of its own; finished cases are not played again, without a cache."""
    with slow_server(delay=lambda _: 0.02) as (server, counter):
        flags = ["--planner", "fastchat", "--llm_url", server.url, "--answer_store", "none"]
        flags += ["--save_name", "r", "--logdir", str(tmp_path), "--test_num", "30"]
        command = [sys.executable, "main.py", "react", "--num_envs", "4", *flags]
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        path = tmp_path / "react" / "simpledoorkey" / "r" / "eval" / "episodes.jsonl"
        deadline = time.monotonic() + 60
        while not (path.exists() and path.read_text().count("\n") >= 5):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        finished = path.read_text().count("\n")
        assert 5 <= finished < 30
        before = counter.total
        done = subprocess.run(
            [*command, "--resume"], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    episodes = [Episode.from_json(row) for row in read_lines(path)]
    whole = play(tmp_path / "offline", test_num=30)
    by_case = {episode.case: episode for episode in episodes}
    assert len(episodes) == len(by_case) == 30
    steps = [[step.action for step in by_case[str(case)].steps] for case in range(30)]
    assert steps == [[step.action for step in episode.steps] for episode in whole.episodes]
    assert counter.total - before <= sum(map(len, steps)) * (30 - finished + 4) / 30 + 20


def test_a_text_player_is_a_player(tmp_path):
    """What evaluation and tables know of rooms and of text is the same."""
    task = TEXT_TASKS["SimpleDoorKey"]
    player: Player = TextPlayer("title", task, policy(), ScriptedTextModel(), 2, 3)
    assert [episode.task for episode in player.play(["3"])] == ["SimpleDoorKey"]
    env = gymnasium.make(task.env_id)
    assert env.spec.max_episode_steps == task.max_steps


@pytest.mark.llm
@pytest.mark.slow
def test_a_model_in_this_process_plays(tmp_path):
    """However bad it is: what it says is counted, and its episodes end."""
    pytest.importorskip("transformers", reason="make install-llm")
    pytest.importorskip("gguf", reason="make install-llm")
    evaluation = play(tmp_path, planner="local", test_num=2, max_steps=3, max_tokens=24)
    assert all(step.usage.llm_calls <= 1 for e in evaluation.episodes for step in e.steps)
    assert sum(episode.usage.completion_tokens for episode in evaluation.episodes) > 0
