"""Speed of rooms, engines, the network, training and the command line.

    python benchmarks/speed.py              (or: make bench)
    python benchmarks/speed.py --quick      a minute; nothing is written

Rates are steps per second of wall-clock time, the median of several rounds; `x` divides each by the
rate of MiniGrid's own DoorKey-8x8 through gymnasium in the same run, so that noise of the machine
cancels out. Written to benchmarks/results/speed.json; docs/PERFORMANCE.md explains the figures.
"""

import argparse
import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import gymnasium
import minigrid  # noqa: F401 registers its rooms
import numba
import numpy as np
import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agents import when2ask  # noqa: E402
from core.files import write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from core.settings import EVALUATION_SEEDS, RunSettings, TrainSettings  # noqa: E402
from core.task import TASKS  # noqa: E402
from mediator.policies import ASK_POLICIES, Policy  # noqa: E402
from planner.build import build_planner  # noqa: E402
from reports.paper import PAPER_RESULTS  # noqa: E402
from runner.rooms.build import make_engine  # noqa: E402
from runner.rooms.engine import Engine  # noqa: E402
from runner.rooms.player import evaluate_policy  # noqa: E402
from runner.training.trainer import Trainer  # noqa: E402

ROUNDS = 5
PEER = "MiniGrid-DoorKey-8x8-v0"
ROOM_COUNTS = (64, 256, 1024, 4096, 16384)
SHORT_TRAINING = ("--n_itr", "79", "--eval_every", "0")
LARGE = {"num_envs": 1024, "traj_per_itr": 1024, "batch_size": 1024}
PAPER_NETWORK = {"features": "delta_codes", "heads": "single", "epochs": 3}
GOOD_SEEDS = (0, 1, 2)
GOOD_EVERY = 5
"""Iterations between two evaluations, whose time is not counted."""


def rate(work: Callable[[], int]) -> float:
    """Steps per second: the median of `ROUNDS` rounds, after one to warm up."""
    rates = []
    for _ in range(ROUNDS + 1):
        started = time.perf_counter()
        steps = work()
        rates.append(steps / (time.perf_counter() - started))
    return statistics.median(rates[1:])


def step_env(env_id: str) -> Callable[[], int]:
    """Random primitive actions in one room through gymnasium."""
    env = gymnasium.make(env_id, disable_env_checker=True)
    actions = np.random.default_rng(0).integers(0, 6, 2000).tolist()

    def work() -> int:
        env.reset(seed=0)
        for action in actions:
            _, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                env.reset()
        return len(actions)

    return work


def ask_at_random(num_rooms: int, engine: str, task: str = "SimpleDoorKey") -> Callable[[], int]:
    """Rooms with skills and the random asking policy; finished rooms are reset."""
    settings = RunSettings(save_name="speed", task=task, engine=engine)
    rooms: Engine = make_engine(settings, "delta_codes", num_rooms, is_worth_compiling=True)
    controller = when2ask.make_controller(settings, build_planner(settings, rooms.task), rooms)
    policy, which, rng = ASK_POLICIES["random"](), np.arange(num_rooms), np.random.default_rng(0)
    seeds = iter(range(100, sys.maxsize))

    def reset(finished: np.ndarray) -> None:
        rooms.reset(finished, np.array([next(seeds) for _ in finished], dtype=np.int64))

    def work() -> int:
        num_steps = max(1, min(200, 400_000 // num_rooms if engine == "batched" else 20))
        for _ in range(num_steps):
            observations = rooms.observe(which)
            decisions = policy.decide(observations, rng.random(num_rooms), controller.lookahead)
            plans = controller.act(observations, decisions.actions).plans
            outcomes = rooms.step(which, plans)
            is_over = outcomes.terminated | outcomes.truncated
            if is_over.any():
                reset(which[is_over])
        return num_steps * num_rooms

    reset(which)
    return work


def make_trainer(**changes: object) -> Trainer:
    """A training run of When2Ask."""
    settings = TrainSettings(save_name="speed", eval_every=0, **changes)  # type: ignore[arg-type]
    return Trainer(settings, when2ask.METHOD)


def train(trainer: Trainer) -> Callable[[], int]:
    """Whole iterations: collect episodes and update."""

    def work() -> int:
        before = trainer.state.env_steps
        trainer.step()
        return trainer.state.env_steps - before

    return work


def step_xland() -> Callable[[], int]:
    """XLand-MiniGrid's DoorKey-8x8, all rooms in one compiled scan.

    Raises:
        ImportError: it is not installed; it is not a dependency of this project.
    """
    import jax
    import xminigrid
    from xminigrid.wrappers import GymAutoResetWrapper

    env, params = xminigrid.make("MiniGrid-DoorKey-8x8")
    env, num_rooms, num_steps = GymAutoResetWrapper(env), 4096, 100
    rooms = jax.vmap(env.reset, in_axes=(None, 0))(
        params, jax.random.split(jax.random.key(0), num_rooms)
    )

    def run(rooms: object, key: object) -> object:
        def step(rooms: object, key: object) -> tuple[object, None]:
            actions = jax.random.randint(key, (num_rooms,), 0, 6)
            return jax.vmap(env.step, in_axes=(None, 0, 0))(params, rooms, actions), None

        return jax.lax.scan(step, rooms, jax.random.split(key, num_steps))[0]

    compiled = jax.jit(run)

    def work() -> int:
        jax.block_until_ready(compiled(rooms, jax.random.key(1)))
        return num_rooms * num_steps

    return work


def time_to_good(task: str, seed: int) -> float:
    """Seconds of training until a mediator is good, without evaluations; a day if it never is.

    Good means: at least the success of the paper's mediator, or of the oracle where that is less (some
    rooms cannot be solved), with at most 1.05 times the oracle's questions.
    """
    trainer = make_trainer(task=task, seed=seed)
    [world] = trainer.worlds

    def held_out(policy: Policy) -> dict[str, float]:
        return evaluate_policy(
            world.engine, policy, world.controller, seed, EVALUATION_SEEDS
        ).means()

    oracle = held_out(ASK_POLICIES["oracle"]())
    enough = min(PAPER_RESULTS[task]["learned"].success, oracle["success"])
    for iteration in range(trainer.settings.n_itr):
        trainer.step()
        if iteration % GOOD_EVERY == GOOD_EVERY - 1:
            now = held_out(trainer.policy)
            if now["success"] >= enough and now["asks"] <= 1.05 * oracle["asks"]:
                return trainer.state.seconds
    return 24 * 3600.0


def forward_operations(shape: tuple[int, int, int], heads: int) -> int:
    """Multiplications and additions of one forward pass (a multiply-add is two)."""
    width, height, planes = shape
    if (width, height) == (1, 1):
        return 2 * (2 * planes * 64 + heads * 64 * 3)
    w1, h1 = width - 1, height - 1
    w2, h2 = w1 // 2 - 1, h1 // 2 - 1
    w3, h3 = w2 - 1, h2 - 1
    convolutions = w1 * h1 * 16 * planes * 4 + w2 * h2 * 32 * 16 * 4 + w3 * h3 * 64 * 32 * 4
    return 2 * (convolutions + 2 * 64 * w3 * h3 * 64 + heads * 64 * 3)


def matrix_product() -> float:
    """Flop/s of a large matrix product with the threads that training uses."""
    a = torch.randn(1024, 1024)
    return rate(lambda: (a @ a).shape[0] * 2 * 1024**2)


def gradient(num_steps: int, **changes: object) -> float:
    """Samples per second of the network alone, forward and backward pass."""
    trainer = make_trainer(**changes)
    network = trainer.network
    shape = (num_steps, *trainer.features_shape)
    features = torch.randint(-1, 2, shape, dtype=torch.int8)
    options = torch.zeros(num_steps, dtype=torch.int64)

    def work() -> int:
        for _ in range(max(1, 8192 // num_steps)):
            logits, values = network(features, options)
            (logits.logsumexp(1).sum() + values.sum()).backward()
        return max(1, 8192 // num_steps) * num_steps

    return rate(work)


def command_line(*flags: str) -> float:
    """Seconds of a whole training command; compiled code is on disk."""
    with tempfile.TemporaryDirectory() as logdir:
        command = [sys.executable, str(ROOT / "main.py"), "train", "--save_name", "speed"]
        started = time.perf_counter()
        subprocess.run([*command, "--logdir", logdir, *flags], check=True, capture_output=True)
        return time.perf_counter() - started


class Report:
    """Prints figures as they are measured, and keeps them.

    Args:
        peer: rate that others are divided by, in steps per second.
    """

    def __init__(self, peer: float) -> None:
        self.figures: list[dict[str, object]] = []
        self._peer = peer

    def add(self, name: str, value: float, unit: str = "steps/s") -> None:
        """Print and keep one figure."""
        ratio = f"x {value / self._peer:.1f}" if unit == "steps/s" else ""
        print(f"{name:66s} {value:14,.1f} {unit:8s} {ratio}", flush=True)
        self.figures.append({"name": name, "value": round(value, 2), "unit": unit})
        if ratio:
            self.figures[-1]["times_minigrid"] = round(value / self._peer, 2)


def measure_rooms(report: Report, numbers: Sequence[int]) -> None:
    """Both engines; the batched one with each number of rooms."""
    report.add("reference engine, 10 rooms, random policy", rate(ask_at_random(10, "readable")))
    for num_rooms in numbers:
        stepped = rate(ask_at_random(num_rooms, "batched"))
        report.add(f"batched engine, {num_rooms} rooms, random policy", stepped)
        if num_rooms == 4096:
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            report.add("peak memory of this process up to here", memory, "MiB")


def measure_training(report: Report) -> None:
    """Training with larger batches and with the paper's network, and what the network costs."""
    defaults = make_trainer()
    report.add("training, default settings", rate(train(defaults)))
    large = rate(train(make_trainer(**LARGE)))
    report.add("training, default network, 1024 rooms, minibatches of 1024", large)
    operations = forward_operations(defaults.features_shape, defaults.network.num_heads)
    report.add("network, default, one forward pass", operations, "flop")
    paper = make_trainer(**PAPER_NETWORK, **LARGE)
    report.add("training, the paper's network, 3 epochs, 1024 rooms", rate(train(paper)))
    alone = gradient(1024, **PAPER_NETWORK, **LARGE)
    report.add("network, the paper's, gradient alone, batch 1024", alone)
    operations = forward_operations(paper.features_shape, 1)
    report.add("network, the paper's, one forward pass", operations, "flop")
    report.add("matrix product of 1024 x 1024", matrix_product() / 1e9, "Gflop/s")


def main(arguments: Sequence[str]) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--quick", action="store_true", help="rooms and default training only; write nothing"
    )
    is_quick = parser.parse_args(arguments).quick

    peer = rate(step_env(PEER))
    report = Report(peer)
    report.add(f"{PEER} through gymnasium", peer)
    if is_quick:
        measure_rooms(report, ROOM_COUNTS[:2])
        report.add("training, default settings", rate(train(make_trainer())))
        return
    measure_rooms(report, ROOM_COUNTS)
    with contextlib.suppress(ImportError):  # after the memory was read: it takes its own
        report.add("XLand-MiniGrid's DoorKey-8x8, 4096 rooms", rate(step_xland()))
    measure_training(report)
    report.add("10,000 episodes of SimpleDoorKey, command line", command_line(*SHORT_TRAINING), "s")
    for task in TASKS:
        good = statistics.median(time_to_good(task, seed) for seed in GOOD_SEEDS)
        report.add(f"training until a mediator is good, {task}", good, "s")
    machine = {
        "cores": os.cpu_count(),
        "torch": torch.get_num_threads(),
        "numba": numba.get_num_threads(),
    }
    document = {"command": "python benchmarks/speed.py", **provenance(), "threads": machine}
    write_json(
        ROOT / "benchmarks" / "results" / "speed.json", {**document, "figures": report.figures}
    )
    print(json.dumps(machine))


if __name__ == "__main__":
    main(sys.argv[1:])
