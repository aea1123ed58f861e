"""How fast the readable engine is, on one thread: rooms, playing, updating, training.

    python benchmarks/speed.py

Rates are steps per second of CPU time of this process, the median of several rounds; the last column
divides each by the rate of MiniGrid's own DoorKey-8x8 in the same run, which a noisy machine leaves
in peace. Written to benchmarks/results/speed.json.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import gymnasium
import minigrid  # noqa: F401 registers its rooms
import numpy as np
import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agents import when2ask  # noqa: E402
from agents.learn import Learner, training_episodes  # noqa: E402
from agents.play import play  # noqa: E402
from core.run import provenance, write_json  # noqa: E402
from core.settings import TrainSettings  # noqa: E402
from core.task import find_task  # noqa: E402
from mediator.ask import WAYS  # noqa: E402
from planner.build import build_planner  # noqa: E402

ROUNDS = 5
ACTIONS = (2, 2, 1, 2, 0, 2)  # some walking and turning


def rate(work: Callable[[], int]) -> float:
    """Steps per CPU second: the median of a few rounds after one that is not counted."""
    rates = []
    for _ in range(ROUNDS + 1):
        started = time.process_time()
        steps = work()
        rates.append(steps / (time.process_time() - started))
    return statistics.median(rates[1:])


def step_env(env_id: str) -> Callable[[], int]:
    """Stepping one room with fixed actions, nothing else."""
    env = gymnasium.make(env_id, disable_env_checker=True).unwrapped

    def work() -> int:
        env.reset(seed=0)
        for step in range(1000):
            _, _, terminated, truncated, _ = env.step(ACTIONS[step % len(ACTIONS)])
            if terminated or truncated:
                env.reset()
        return 1000

    return work


def main() -> None:
    """Measure, print and write."""
    torch.set_num_threads(1)
    settings = TrainSettings(save_name="speed")
    task = find_task(settings.task)
    planner = build_planner(settings, task)
    method = when2ask.make_asking(settings, task, planner)
    learner = Learner(settings, when2ask.NAME, when2ask.NUM_ACTIONS, method, planner)
    random = WAYS["random"]()

    def episodes(policy: object) -> int:
        waiting = training_episodes(0, 0, 20)
        played = play(learner.rooms, waiting, policy, method)  # type: ignore[arg-type]
        return sum(episode.num_steps for episode, _ in played)

    _, batch = learner._collect()

    def update() -> int:
        learner.algorithm.update(batch, 0.01)
        return len(batch)

    def train() -> int:
        before = learner.progress.env_steps
        learner._iterate()
        return learner.progress.env_steps - before

    figures = {
        "MiniGrid-DoorKey-8x8-v0, room alone": rate(step_env("MiniGrid-DoorKey-8x8-v0")),
        f"{task.env_id}, room alone": rate(step_env(task.env_id)),
        "room, skills, random asking": rate(lambda: episodes(random)),
        "room, skills, network": rate(lambda: episodes(learner.policy)),
        f"update, {settings.epochs} epochs": rate(update),
        "training": rate(train),
    }
    base = figures["MiniGrid-DoorKey-8x8-v0, room alone"]
    rows = {
        name: {"steps_per_second": round(r), "ratio": round(r / base, 3)}
        for name, r in figures.items()
    }
    for name, row in rows.items():
        print(f"{name:48s} {row['steps_per_second']:8.0f} steps/s   x {row['ratio']:.3f}")
    path = ROOT / "benchmarks" / "results" / "speed.json"
    write_json(path, {"command": "python benchmarks/speed.py", **provenance(), "figures": rows})


if __name__ == "__main__":
    np.seterr(all="raise")
    main()
