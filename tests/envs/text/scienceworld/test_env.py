"""Scores, ends, limits and the one virtual machine of all games."""

import gc
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import gymnasium
import pytest

import envs  # noqa: F401 registers the ids
from core.errors import SettingsError, WorldError
from envs.text.scienceworld import simulator
from envs.text.scienceworld.env import NO_ACTION
from tests.envs.text.scienceworld.simulator_here import NEEDS_SIMULATOR
from tests.serving import hear

CASE = "find-animal/193"
"""Its first look around scores 8 of 100, and reaching the kitchen makes it 17."""


@pytest.fixture(scope="module")
def env():
    env = gymnasium.make("ScienceWorld-v0")
    yield env
    env.close()


def begin(env, case=CASE):
    return env.reset(options={"case": case})


class TestGames:
    pytestmark = NEEDS_SIMULATOR

    def test_the_first_observation_is_the_task_and_what_is_seen(self, env):
        observation, info = begin(env)
        task, *seen = observation.split("\n")
        assert task == info["goal"]
        assert task.startswith("Your task is to find a(n) animal. First, focus on the thing.")
        assert seen[0] == "This room is called the art studio. In it, you see: "
        assert (info["score"], info["max_steps"], info["is_valid"]) == (0.08, 15, True)

    def test_the_score_is_the_best_one_so_far_and_the_reward_its_increase(self, env):
        begin(env)
        rewards = [env.step(action)[1] for action in ("look around", "teleport to kitchen")]
        assert rewards == [0, 0.09]
        info = env.step("look around")[4]
        assert (info["score"], info["success"]) == (0.17, False)

    def test_a_wrong_focus_ends_the_episode_without_success_and_keeps_the_best_score(self, env):
        begin(env)
        *_, terminated, truncated, info = env.step("focus on air")
        assert (terminated, truncated, info["score"], info["success"]) == (True, False, 0.08, False)
        assert env.step("look around") == ("You focus on the air.", 0.0, True, False, {**info, "is_valid": False})  # fmt: skip
        assert env.unwrapped.admissible_commands() == []

    def test_it_ends_after_the_steps_of_its_task_type_or_those_that_are_asked_for(self, env):
        other = gymnasium.make("ScienceWorld-v0", max_steps=2)
        for world, limit in ((env, 15), (other, 2)):
            begin(world)
            ends = [world.step("look around")[3] for _ in range(limit)]
            assert ends == [False] * (limit - 1) + [True]
        other.close()

    @pytest.mark.parametrize(
        "text", ["", "say hello", "\n", "\x00\x1b", "中", "\ud800", "x" * 5000]
    )
    def test_what_is_no_action_changes_nothing(self, env, text):
        begin(env)
        observation, reward, terminated, _, info = env.step(text)
        assert (observation, reward, terminated) == (NO_ACTION, 0, False)
        assert not info["is_valid"]

    def test_what_is_admissible_is_listed_once_sorted_and_known(self, env):
        begin(env)
        listed = env.unwrapped.admissible_commands()
        assert listed == sorted(set(listed))
        assert env.step(listed[0])[4]["is_valid"]

    def test_games_share_a_machine_that_ends_with_the_last_of_them(self, env):
        begin(env)
        others = [gymnasium.make("ScienceWorld-v0") for _ in range(3)]
        seen = {begin(other)[0] for other in others}
        assert seen == {begin(env)[0]}
        [machine] = simulator._MACHINES.values()
        process = machine.process.pid
        del machine
        for world in (*others, env):
            assert Path(f"/proc/{process}").exists()
            world.close()
        assert not Path(f"/proc/{process}").exists()
        begin(env)  # a new one

    def test_a_game_keeps_nothing_of_the_other_tasks(self, env):
        """16 games with them would fill the memory of the machine, and most of the time would go into freeing some."""
        for _ in range(2):
            begin(env)
            assert env.unwrapped._game._server.taskMaker() is None

    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
    def test_no_process_is_left_when_the_program_is_stopped(self, how):
        program = (
            "import gymnasium, time, envs\n"
            "from envs.text.scienceworld import simulator\n"
            "env = gymnasium.make('ScienceWorld-v0')\n"
            f"env.reset(options={{'case': '{CASE}'}})\n"
            "print(*[it.process.pid for it in simulator._MACHINES.values()], flush=True)\n"
            "while True: env.step('look around')\n"
        )
        root = Path(__file__).parents[4]
        with subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=hear,
        ) as running:
            machine = int(running.stdout.readline())
            running.send_signal(how)
            errors = running.stderr.read().decode()
        assert ("KeyboardInterrupt" in errors) == (how == signal.SIGINT)
        assert "py4j.java_gateway:" not in errors  # it logs what it cannot send
        for _ in range(100):
            if not Path(f"/proc/{machine}").exists():
                return
            time.sleep(0.1)
        pytest.fail("Java is still running")

    def test_a_machine_that_has_died_is_said_in_one_line_and_replaced(self):
        env = gymnasium.make("ScienceWorld-v0")
        seen, _ = begin(env)
        [machine] = simulator._MACHINES.values()
        machine.process.kill()
        machine.process.wait()
        with pytest.raises(WorldError, match="simulator has stopped or failed: ") as it:
            env.step("look around")
        assert "\n" not in str(it.value)
        other = gymnasium.make("ScienceWorld-v0")
        assert begin(other)[0] == seen
        other.close()

    def test_games_of_a_machine_that_has_died_end_without_a_word(self, caplog):
        """They can end at any time, for example while a traceback is written."""
        env = gymnasium.make("ScienceWorld-v0")
        begin(env)
        [machine] = simulator._MACHINES.values()
        machine.process.kill()
        machine.process.wait()
        del machine
        with pytest.raises(WorldError) as it:
            env.step("look around")
        caplog.clear()
        del env, it
        gc.collect()
        assert caplog.records == []


def test_an_unknown_split_is_refused():
    with pytest.raises(SettingsError):
        gymnasium.make("ScienceWorld-v0", split="valid")


def run(program, **environment):
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[4],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_java_the_line_names_what_installs_it():
    done = run(
        "import sys\n"
        "from importlib.machinery import ModuleSpec\n"
        "from envs.text.scienceworld.simulator import check_installed\n"
        "check_installed()",
        JAVA_HOME="/nowhere",
    )
    assert "WorldError: sciworld needs " in done.stderr
    assert "make install-scienceworld" in done.stderr


def test_nothing_of_it_is_imported_before_a_game_begins():
    program = "import sys, gymnasium, envs, runner.evaluation.text\nassert not {'py4j', 'scienceworld'} & set(sys.modules)"
    assert run(program).stderr == ""
