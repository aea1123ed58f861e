"""The one training loop: collect episodes, update, log, checkpoint, now and then evaluate."""

import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from algos.actor_critic import set_learning_rate
from algos.buffer import Batch
from algos.lagrange import update_multiplier
from algos.ppo import PPO
from algos.vpg import VPG
from core.chat import Usage
from core.errors import ModelError, RunDirectoryError
from core.metrics import Metrics
from core.run import CHECKPOINT, MODEL, RunDirectory
from core.settings import EVALUATION_SEEDS, TrainSettings, each_seed, to_json
from mediator.features import FEATURES
from mediator.network import MediatorNet
from mediator.network_policy import NetworkPolicy
from mediator.policies import ASK
from runner import checkpoint
from runner.build import Make, World, make_worlds
from runner.collect import EpisodeSpec, play, start
from runner.device import set_up_device
from runner.rollout import Rollout
from runner.room_player import evaluate_policy

TRAINING_STREAM = 0
CHECKPOINT_SECONDS = 2.0
"""So much work may be lost to a sudden end; writing a checkpoint takes a tenth of an iteration."""
MAY_CHANGE_ON_RESUME = frozenset(
    {
        "resume",
        "overwrite",
        "device",
        "engine",
        "logdir",
        "record_file",
        "llm_url",
        "llm_timeout",
        "llm_in_flight",
        "answer_store",
        "token_prices",
    }
)
"""Settings that may differ when a run goes on; all others decide its numbers."""


@dataclass(slots=True)
class TrainState:
    """Counters of a run, kept in its checkpoints."""

    iteration: int = 0
    episodes: int = 0
    env_steps: int = 0
    questions: int = 0
    ask_lambda: float = 0.0
    seconds: float = 0.0


def training_layout(seed: int, episode: int) -> int:
    """The layout of a run's n-th training episode: a random seed that is no evaluation seed."""
    drawn = np.random.SeedSequence((seed, TRAINING_STREAM, episode)).generate_state(1)[0]
    first = EVALUATION_SEEDS.stop
    return first + int(drawn) % (2**31 - first)


def training_starts(seed: int, first: int, number: int, max_steps: int) -> Iterator[EpisodeSpec]:
    """Some episodes of a run; each depends on its number alone."""
    for episode in range(first, first + number):
        rng = np.random.default_rng((seed, TRAINING_STREAM, episode, 1))
        yield start(training_layout(seed, episode), rng, max_steps)


def each_run(settings: TrainSettings) -> Iterator[TrainSettings]:
    """The settings of each run; of a list of seeds that goes on, those that never began begin."""
    for one in each_seed(settings):
        is_begun = RunDirectory.of(one).holds_training or not settings.run_seed_list
        yield replace(one, resume=one.resume and is_begun)


class Trainer:
    """One training run of any method.

    Args:
        settings: of the run.
        method_name, num_actions: for the model file and the network.
        make: what a decision means.

    Attributes:
        worlds: one for each task that is learned; every one gives an iteration as many episodes.
    """

    def __init__(
        self,
        settings: TrainSettings,
        method_name: str,
        num_actions: int,
        make: Make,
    ) -> None:
        self.settings = settings
        self.method_name = method_name
        self.num_actions = num_actions
        self.worlds = make_worlds(
            settings, settings.features, settings.num_envs, make, is_worth_compiling=True
        )
        self.planners = [world.planner for world in self.worlds if world.planner is not None]
        self.features_shape = self.worlds[0].engine.features_shape
        pictures = settings.batch_size if self.features_shape[:2] != (1, 1) else 0
        self.device = set_up_device(settings.device, pictures)
        self.generator = torch.Generator().manual_seed(settings.seed)
        self.network = MediatorNet(
            self.features_shape,
            num_actions,
            settings.heads,
            FEATURES[settings.features].num_global,
            self.generator,
        ).to(self.device)
        self.policy = NetworkPolicy(self.network, self.device)
        self.optimizer = torch.optim.Adam(
            self.network.parameters(), lr=settings.lr, eps=1e-8, fused=True
        )
        self.algorithm = self._make_algorithm()
        self.progress = TrainState(ask_lambda=self.worlds[0].method.ask_lambda)

    @property
    def num_questions(self) -> int:
        """Distinct questions that all planners have met so far."""
        return sum(planner.num_questions for planner in self.planners)

    @property
    def total_usage(self) -> Usage:
        """What all planners' answers have taken so far."""
        return sum((planner.total_usage for planner in self.planners), Usage())

    def run(self, directory: RunDirectory) -> None:
        """Train to the end, leaving model, checkpoint and metrics in the directory, which is held.

        Raises:
            RunDirectoryError: there is a run already, or none to resume, or it was another one.
            ModelError: the planner gave up; the last checkpoint is kept, a few seconds old at most.
        """
        settings = self.settings
        if settings.resume:
            self._load_checkpoint(directory)
        else:
            self._refuse_or_clear(directory)
        directory.write_config(self.method_name, settings)
        with (
            closing(Metrics(directory, self.progress.env_steps)) as metrics,
            tqdm(
                total=settings.n_itr,
                initial=self.progress.iteration,
                desc=f"{settings.task} {settings.save_name}",
                unit="itr",
                mininterval=0.5 if sys.stderr.isatty() else 30,
            ) as bar,
        ):
            if not self.progress.iteration:
                self._save(directory)
            saved = replace(self.progress)
            while self.progress.iteration < settings.n_itr:
                try:
                    row = self._iterate()
                except (ModelError, RunDirectoryError) as error:
                    raise error.with_advice(
                        f"the run is kept up to iteration {saved.iteration}: "
                        "mend the planner and give the same command with --resume"
                    ) from error
                # metrics first: a row without its checkpoint is taken back on resume
                metrics.write(self.progress.env_steps, row)
                if self._checkpoint_is_due(saved):
                    self._save(directory)
                    saved = replace(self.progress)
                bar.set_postfix(
                    {
                        "steps/s": f"{row['time/steps_per_second']:.0f}",
                        "asks": f"{row['rollout/asks']:.1f}",
                        "success": f"{row['rollout/success']:.0%}",
                    }
                )
                bar.update()

    def _checkpoint_is_due(self, saved: TrainState) -> bool:
        """Whether losing what came since would hurt: seconds of work, or answers that were paid for."""
        now = self.progress
        return (
            now.iteration == self.settings.n_itr
            or now.seconds - saved.seconds > CHECKPOINT_SECONDS
            or now.questions > saved.questions
        )

    def _iterate(self) -> dict[str, float]:
        """One iteration; returns its row of metrics."""
        settings, progress = self.settings, self.progress
        remaining = 1 - progress.iteration / settings.n_itr
        started = time.perf_counter()
        rollouts, batch = self._collect()
        collected = time.perf_counter()
        set_learning_rate(self.optimizer, settings.lr * remaining)
        report = self.algorithm.update(batch, settings.entropy_coef * remaining)
        updated = time.perf_counter()

        num_steps = len(batch)
        num_episodes = settings.traj_per_itr * len(self.worlds)
        progress.iteration += 1
        progress.episodes += num_episodes
        progress.env_steps += num_steps
        progress.seconds += updated - started
        progress.questions = self.num_questions

        row = {f"rollout/{name}": value for name, value in _means(rollouts).items()}
        row |= {f"train/{name}": value for name, value in report.items()}
        if settings.ask_budget:
            row["train/ask_lambda"] = progress.ask_lambda
            progress.ask_lambda = update_multiplier(
                progress.ask_lambda, row["rollout/asks"], settings.ask_budget
            )
            self._set_ask_lambda()
        row["train/learning_rate"] = settings.lr * remaining
        row["train/iteration"] = progress.iteration
        row["train/episodes"] = progress.episodes
        if self.planners:
            forced = sum(int(rollout.forced.sum()) for rollout in rollouts)
            row["rollout/forced_asks"] = forced / num_episodes
            row["rollout/ask_rate"] = float((batch.actions == ASK).float().mean())
            row["planner/questions"] = progress.questions
            row["planner/format_errors"] = sum(map(_format_errors, self.worlds, rollouts))
            usage = self.total_usage
            row["planner/llm_calls"] = usage.llm_calls
            row["planner/cache_hits"] = usage.cache_hits
            row["planner/prompt_tokens"] = usage.prompt_tokens
            row["planner/completion_tokens"] = usage.completion_tokens
            if settings.token_prices:
                row["planner/price"] = usage.cost(settings.token_prices)
            row["time/planner_seconds"] = usage.seconds
        row["time/collect_seconds"] = collected - started
        row["time/update_seconds"] = updated - collected
        row["time/steps_per_second"] = num_steps / (updated - started)
        row["time/total_seconds"] = progress.seconds
        is_last = progress.iteration == settings.n_itr
        if settings.eval_every and (is_last or progress.iteration % settings.eval_every == 0):
            layouts = range(settings.test_num)
            held_out = [
                evaluate_policy(world.engine, self.policy, world.method, settings.seed, layouts)
                for world in self.worlds
            ]
            row |= {f"eval/{name}": value for name, value in _means(held_out).items()}
            progress.questions = self.num_questions
        return row

    def _collect(self) -> tuple[list[Rollout], Batch]:
        """Play the iteration's episodes, in every world as many, and lay their steps side by side."""
        settings, number = self.settings, self.settings.traj_per_itr
        rollouts = []
        for place, world in enumerate(self.worlds):
            first = self.progress.episodes + place * number
            starts = training_starts(settings.seed, first, number, world.engine.max_steps)
            rollouts.append(
                play(world.engine, starts, self.policy, world.method, critic=self.policy)
            )

        def column(name: str) -> Any:
            return np.concatenate([getattr(rollout, name) for rollout in rollouts])

        batch = Batch.of_episodes(
            features=column("features"),
            options=column("options"),
            actions=column("decisions"),
            probabilities=column("probabilities"),
            values=column("values"),
            rewards=column("rewards") - column("costs"),
            lengths=column("lengths"),
            last_values=column("last_values"),
            gamma=settings.gamma,
            lam=settings.lam,
            device=self.device,
        )
        return rollouts, batch

    def _set_ask_lambda(self) -> None:
        """Charge in every world what has been learned."""
        for world in self.worlds:
            world.method.ask_lambda = self.progress.ask_lambda

    def _make_algorithm(self) -> PPO | VPG:
        settings = self.settings
        common: dict[str, Any] = {
            "batch_size": settings.batch_size,
            "value_coef": settings.value_coef,
            "max_grad_norm": settings.max_grad_norm,
        }
        parts = (self.network, self.optimizer, self.generator)
        if settings.policy == "ppo":
            return PPO(
                *parts,
                epochs=settings.epochs,
                clip_eps=settings.clip_eps,
                max_kl=settings.max_kl,
                **common,
            )
        return VPG(*parts, objective=settings.policy.removeprefix("vpg_"), **common)

    def _refuse_or_clear(self, directory: RunDirectory) -> None:
        """Refuse to bury an earlier run, unless told to."""
        if directory.holds_training and not self.settings.overwrite:
            raise RunDirectoryError(
                f"{directory.path} holds a run already: go on with --resume, replace it with "
                "--overwrite, or take another --save_name"
            )
        directory.clear()

    def _save(self, directory: RunDirectory) -> None:
        """Write the model, then the checkpoint: a checkpoint always has a model beside it."""
        weights = self.network.state_dict()
        settings = self.settings
        if settings.ask_budget:  # whoever evaluates it charges the price it has learned
            settings = replace(settings, ask_lambda=self.progress.ask_lambda)
        checkpoint.SavedModel(
            self.method_name,
            self.features_shape,
            self.num_actions,
            to_json(settings),
            weights,
        ).save(directory.file(MODEL))
        document = {
            "format": checkpoint.CHECKPOINT_FORMAT,
            "method": self.method_name,
            "settings": to_json(self.settings),
            "progress": {name: getattr(self.progress, name) for name in TrainState.__slots__},
            "weights": weights,
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "memory": [planner.to_json() for planner in self.planners],
        }
        checkpoint.save(directory.file(CHECKPOINT), document)

    def _load_checkpoint(self, directory: RunDirectory) -> None:
        """Take up everything where the last checkpoint left it.

        Raises:
            RunDirectoryError: there is none, it is damaged, or it is of another run.
        """
        path = directory.file(CHECKPOINT)
        saved = checkpoint.load(path, checkpoint.CHECKPOINT_FORMAT, self.device)
        try:
            self._refuse_other_run(directory, saved["method"], saved["settings"])
            self.network.load_state_dict(saved["weights"])
            self.optimizer.load_state_dict(saved["optimizer"])
            self.generator.set_state(saved["generator"].cpu())
            self.progress = TrainState(**saved["progress"])
            self._set_ask_lambda()
            for planner, memory in zip(self.planners, saved["memory"], strict=True):
                planner.load(memory)
        except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            raise RunDirectoryError(f"{path} is incomplete: {error}") from error

    def _refuse_other_run(
        self, directory: RunDirectory, method: str, saved: dict[str, Any]
    ) -> None:
        now = to_json(self.settings)
        differing = [
            _as_flag(name, saved.get(name))
            for name, value in now.items()
            if name not in MAY_CHANGE_ON_RESUME and saved.get(name) != value
        ]
        if method != self.method_name:
            raise RunDirectoryError(f"{directory.path} was trained by another method: {method}")
        if differing:
            raise RunDirectoryError(
                f"{directory.path} was begun with other settings: resume it "
                + " and ".join(differing)
            )


def _as_flag(name: str, value: Any) -> str:
    """How to get a setting, in words that can be typed."""
    if isinstance(value, bool | None):
        return f"with --{name}" if value else f"without --{name}"
    if isinstance(value, list):
        values = " ".join(shlex.quote(str(one)) for one in value)
        return f"with --{name} {values}" if values else f"without --{name}"
    return f"with --{name} {shlex.quote(str(value))}"


def _means(rollouts: Sequence[Rollout]) -> dict[str, float]:
    """The means over the episodes of all worlds; each has played as many."""
    means = [rollout.means() for rollout in rollouts]
    return {name: float(np.mean([one[name] for one in means])) for name in means[0]}


def _format_errors(world: World, rollout: Rollout) -> int:
    """Answers without a plan behind the questions of a rollout."""
    answers = world.method.answers
    if answers is None:
        return 0
    questions, times = np.unique(rollout.questions[rollout.asked], return_counts=True)
    return sum(
        answers[question].format_errors * number
        for question, number in zip(questions.tolist(), times.tolist(), strict=True)
    )
