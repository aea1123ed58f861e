"""One mediator for several tasks, other rooms, and a planner with noise."""

from dataclasses import replace

import numpy as np
import pytest

from agents import when2ask
from core.episode import Episode
from core.files import read_json, read_lines
from core.run import CHECKPOINT, EVALUATION, METRICS, RunDirectory
from core.settings import EvalSettings
from core.task import TASKS
from main import main
from reports.replay import replay
from runner.rooms.player import evaluate_policy
from runner.training.checkpoint import Checkpoint
from runner.training.trainer import Trainer
from tests.runner.training.helpers import assert_same_weights, train, weights_of


@pytest.fixture
def small(tiny):
    """Settings of a training on all tasks."""

    def make(**changes):
        return tiny(task="all", **changes)

    return make


def test_every_task_plays_the_same_number_of_episodes(small):
    trainer, directory = train(small(n_itr=2, traj_per_itr=3))
    assert [world.engine.task.name for world in trainer.worlds] == list(TASKS)
    assert directory.path.parent.name == "all"
    rows = read_lines(directory.file(METRICS))
    assert [row["train/episodes"] for row in rows] == [3 * len(TASKS), 6 * len(TASKS)]


def test_no_two_tasks_are_trained_on_the_same_seeds(small):
    trainer, _ = train(small(n_itr=1))
    rollouts = trainer.collect()
    env_seeds = np.concatenate([rollout.env_seeds for rollout in rollouts])
    assert len(set(env_seeds.tolist())) == len(env_seeds) == 4 * len(TASKS)


def test_an_iteration_s_means_are_over_all_tasks(small):
    settings = small(n_itr=1, eval_every=1)
    alone, before = train(small(save_name="alone", n_itr=1, eval_every=0))
    [row] = read_lines(before.file(METRICS))
    assert row["planner/questions"] == sum(table.num_questions for table in alone.answers)
    trainer, directory = train(settings)
    [row] = read_lines(directory.file(METRICS))
    held_out = [
        evaluate_policy(
            world.engine, trainer.policy, world.controller, settings.seed, range(3)
        ).means()
        for world in trainer.worlds
    ]
    for name in ("asks", "steps", "success"):
        assert row[f"eval/{name}"] == pytest.approx(np.mean([means[name] for means in held_out]))
    assert row["rollout/steps"] * row["train/episodes"] == pytest.approx(row["env_steps"])


def test_a_run_on_all_tasks_resumes_to_the_same_end(small):
    _, whole = train(small(save_name="whole", n_itr=2))
    settings = small(save_name="half", n_itr=2)
    first, directory = train_part(settings)
    assert first.state.iteration == 1
    _, resumed = train(replace(settings, resume=True))
    assert_same_weights(weights_of(whole), weights_of(resumed))
    assert directory.path == resumed.path


def train_part(settings):
    """One iteration of a longer run, and its checkpoint."""
    trainer = Trainer(settings, when2ask.METHOD)
    with RunDirectory.of(settings) as directory:
        trainer.save(directory)
        trainer.step()
        trainer.save(directory)
    return trainer, directory


def test_an_evaluation_on_all_tasks_shows_each_and_saves_all(tmp_path, capsys):
    """The oracle, for its episodes and so its videos are short."""
    flags = ["--task", "all", "--test_num", "3", "--logdir", str(tmp_path)]
    assert main(["oracle", *flags, "--record", "--record_num", "1"]) == 0
    printed = capsys.readouterr().out
    assert all(f"{name}: oracle, planner scripted" in printed for name in TASKS)
    assert "all tasks together: oracle" in printed
    place = RunDirectory.of(
        EvalSettings(task="all", save_name="oracle", logdir=str(tmp_path))
    ).file(EVALUATION)
    episodes = [Episode.from_json(row) for row in read_lines(place / "episodes.jsonl")]
    assert [(one.task, one.case) for one in episodes] == [
        (name, str(seed)) for name in TASKS for seed in range(3)
    ]
    asks = read_json(place / "summary.json")["summary"]["asks"]["mean"]
    assert asks == pytest.approx(np.mean([one.asks for one in episodes]))
    assert all((place / task.slug / "episode_000.gif").exists() for task in TASKS.values())


def test_an_evaluation_takes_the_rooms_of_the_training_by_default(tmp_path, capsys):
    flags = "--save_name wide --n_itr 1 --traj_per_itr 2 --eval_every 0 --rooms Min5-Max16-View7"
    common = ["--logdir", str(tmp_path), "--num_envs", "2"]
    assert main(["train", *flags.split(), *common]) == 0
    for given, wanted, place in (
        ([], "Min5-Max16-View7", "eval"),
        (["--rooms", "Min5-Max10-View5"], "Min5-Max10-View5", "eval_rooms-Min5-Max10-View5"),
    ):
        assert main(["eval", "--save_name", "wide", "--test_num", "2", *given, *common]) == 0
        [path] = tmp_path.glob(f"**/{place}/episodes.jsonl")
        episodes = [Episode.from_json(row) for row in read_lines(path)]
        assert {episode.rooms for episode in episodes} == {wanted}
        for episode in episodes:
            *_, room = replay(episode)
            assert room.agent_view_size == int(wanted[-1])
            assert room.step_count == episode.num_steps
            assert room.door.is_open == episode.success
    capsys.readouterr()


def test_features_with_places_do_not_fit_larger_rooms(tmp_path, capsys):
    flags = "--save_name map --n_itr 1 --traj_per_itr 2 --eval_every 0 --features full_map"
    common = ["--logdir", str(tmp_path), "--num_envs", "2"]
    assert main(["train", *flags.split(), *common]) == 0
    capsys.readouterr()
    assert main(["eval", "--save_name", "map", "--rooms", "Min5-Max16-View3", *common]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "(10, 10, 22)" in line
    assert "only --features counts" in line


def test_noise_makes_the_oracle_ask_more(play_policy, tmp_path, capsys):
    """Before a key is seen there is only one plan; later questions have wrong ones."""
    flags = ["oracle", "--test_num", "20", "--logdir", str(tmp_path)]
    for noise in ("0", "0.5"):
        assert main([*flags, "--planner_noise", noise, "--save_name", f"noise{noise}"]) == 0
    assert "planner scripted, 50% of answers wrong" in capsys.readouterr().out
    asks = {
        path.parent.parent.name: read_json(path)["summary"]["asks"]["mean"]
        for path in tmp_path.glob("**/summary.json")
    }
    assert asks["noise0.5"] > 1.2 * asks["noise0"]
    plain = np.mean([episode.asks for episode in play_policy("oracle", range(20))])
    assert asks["noise0"] == pytest.approx(plain)


def test_more_noise_than_answers_is_one_line(tmp_path, capsys):
    assert main(["oracle", "--planner_noise", "1.5", "--logdir", str(tmp_path)]) == 2
    assert "--planner_noise 1.5: must be between 0 and 1" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["train_RL", "eval_RL"])
def test_planner_flags_are_rejected_without_a_planner(tmp_path, capsys, verb):
    common = ["--save_name", "x", "--logdir", str(tmp_path), "--engine", "readable"]
    if verb == "eval_RL":
        flags = ["--n_itr", "1", "--traj_per_itr", "2", "--eval_every", "0"]
        assert main(["train_RL", *flags, *common]) == 0
    capsys.readouterr()
    assert main([verb, "--planner_noise", "0.1", *common]) == 2
    assert "--planner_noise: " in capsys.readouterr().err


def test_the_rl_baseline_learns_on_all_tasks_too(tmp_path, capsys):
    common = ["--task", "all", "--save_name", "x", "--logdir", str(tmp_path)]
    assert main(["train_RL", "--n_itr", "1", "--traj_per_itr", "2", *common]) == 0
    assert main(["eval_RL", "--test_num", "2", *common]) == 0
    assert "MovingObstacle: x (sampled), no planner" in capsys.readouterr().out


def test_a_learned_ask_cost_is_charged_in_every_task_after_a_resume(small):
    settings = small(n_itr=2, ask_budget=2.0, ask_cost="each")
    first, _ = train_part(settings)
    learned = first.state.ask_lambda
    assert learned != settings.ask_lambda
    resumed = Trainer(settings, when2ask.METHOD)
    resumed.restore(Checkpoint.load(RunDirectory.of(settings).file(CHECKPOINT)))
    assert [world.controller.ask_lambda for world in resumed.worlds] == [learned] * len(TASKS)


def test_the_title_names_rooms_that_are_not_the_default(tmp_path, capsys):
    flags = ["baseline", "--test_num", "1", "--engine", "readable", "--logdir", str(tmp_path)]
    for rooms, number in (("Min5-Max10-View3", 0), ("Min5-Max10-View7", 1)):
        assert main([*flags, "--rooms", rooms]) == 0
        assert capsys.readouterr().out.count(f"rooms {rooms}") == number
