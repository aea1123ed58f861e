"""The training loop of one run: collect episodes, update, log, save, and evaluate every few iterations."""

import time
from contextlib import closing
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch

from algos.actor_critic import is_finite, set_learning_rate
from algos.buffer import Batch
from algos.lagrange import update_multiplier
from algos.ppo import PPO
from algos.vpg import VPG
from core.answer_counts import AnswerCounts
from core.chat import Usage
from core.console import Progress, echo
from core.decode import convert, reason
from core.errors import ModelError, RunDirectoryError, TrainingDiverged
from core.metrics import Metrics
from core.rooms.plan import format_plan
from core.run import CHECKPOINT, METRICS, MODEL, RunDirectory
from core.settings import TrainSettings, to_json
from mediator.features import FEATURES
from mediator.network import MediatorNet
from mediator.network_policy import NetworkPolicy
from planner.account import Account, new_id
from runner.device import set_up_device
from runner.rooms.build import RoomMethod, make_worlds
from runner.rooms.collect import collect
from runner.rooms.episode_specs import training_specs
from runner.rooms.player import evaluate_policy
from runner.rooms.rollout import Rollout
from runner.training.checkpoint import Checkpoint, SavedModel
from runner.training.metrics import asking_metrics, mean_metrics, planner_metrics
from runner.training.state import Length, TrainState

ENOUGH_ANSWERS = 6
"""Answers after which a share of them says something: two questions, asked three times."""
ENOUGH_VIEWS = 4
"""Questions that have different answers: where nothing, a key (or a box), a door and both are in view."""
CHECKPOINT_SECONDS = 2.0
"""A checkpoint is due after this much work; writing one takes a tenth of an iteration."""
SMALLER = "a smaller --lr, --entropy_coef, --value_coef or --ask_lambda"
"""What keeps an update from diverging."""


class Trainer:
    """One training run in rooms, of any method.

    Args:
        settings: of the run.
        method: builds what acts in the rooms.

    Attributes:
        worlds: one for each task; each plays the same number of episodes in an iteration.
        network, policy: what is trained.
        state: counters of the run.
    """

    def __init__(self, settings: TrainSettings, method: RoomMethod) -> None:
        self.settings = settings
        self.method = method
        self.worlds = make_worlds(
            method, settings, settings.features, settings.num_envs, is_worth_compiling=True
        )
        tables = [world.controller.answers for world in self.worlds]
        self.answers = [table for table in tables if table is not None]
        self.account = self.worlds[0].account or Account(new_id(settings.save_name))
        self.features_shape = self.worlds[0].engine.features_shape
        num_images = settings.batch_size if self.features_shape[:2] != (1, 1) else 0
        self.device = set_up_device(settings.device, num_images)
        self.generator = torch.Generator().manual_seed(settings.seed)
        self.network = MediatorNet(
            self.features_shape,
            method.num_actions,
            settings.heads,
            FEATURES[settings.features].num_global,
            self.generator,
        ).to(self.device)
        self.policy = NetworkPolicy(self.network, self.device)
        self.optimizer = torch.optim.Adam(
            self.network.parameters(), lr=settings.lr, eps=1e-8, fused=True
        )
        self.algorithm = self._make_algorithm()
        self.state = TrainState(ask_lambda=self.worlds[0].controller.ask_lambda)
        self._has_warned = False

    def run(
        self, directory: RunDirectory, checkpoint: Checkpoint | None = None
    ) -> dict[str, float]:
        """Train to the end, leaving model, checkpoint and metrics in the locked directory.

        Args:
            directory: an old run in it stays until the first checkpoint of the new one, unless there is a
                checkpoint to resume from.
            checkpoint: to resume from.

        Returns:
            The last iteration's row of metrics.

        Raises:
            RunDirectoryError: the checkpoint does not fit, or a file cannot be written.
            ModelError: the planner gave no answer; the last checkpoint is a few seconds old at most.
            TrainingDiverged: an update was not finite; the last checkpoint is from before it.
        """
        if checkpoint is not None:
            self.restore(checkpoint)
        else:
            directory.begin()
        self._note_length()
        directory.write_config(
            self.method.name,
            self.settings,
            id=self.account.run,
            lengths=asdict(self.state)["lengths"],
        )
        if self.state.account is None:  # a new run, or one of an earlier version
            self.save(directory)
        row: dict[str, float] = {}
        with self._progress() as progress:
            while self.state.iteration < self.settings.n_itr:
                row = self._iterate(directory, progress)
        return row

    def _iterate(self, directory: RunDirectory, progress: Progress) -> dict[str, float]:
        """Train to the end, or until the run takes the place of an old one; returns the last row."""
        row: dict[str, float] = {}
        saved = replace(self.state)
        with closing(Metrics(directory.file(METRICS), self.state.env_steps)) as metrics:
            while self.state.iteration < self.settings.n_itr:
                try:
                    row = self.step()
                except (ModelError, RunDirectoryError) as error:
                    go_on = f"fix the planner and give {directory.command_to_go_on}"
                    raise error.with_advice(f"{_kept(directory, saved)}: {go_on}") from error
                except TrainingDiverged as error:
                    advice = f"{_kept(directory, saved)}: train again with {SMALLER}"
                    raise error.with_advice(advice) from error
                # metrics first: resuming removes a row that has no checkpoint
                metrics.write(self.state.env_steps, row)
                progress.advance(
                    note=f"{row['time/steps_per_second']:.0f} steps/s, "
                    f"{row['rollout/asks']:.1f} questions, {row['rollout/success']:.0%} success"
                )
                self._warn_of_useless_answers(progress)
                if self._checkpoint_is_due(saved):
                    self.save(directory)
                    saved = replace(self.state)
                    if directory.is_replacing:
                        break
        directory.publish()
        return row

    def step(self) -> dict[str, float]:
        """One iteration: collect, update, and evaluate if it is due; returns its row of metrics."""
        settings, state = self.settings, self.state
        remaining = 1 - state.iteration / settings.n_itr
        started = time.perf_counter()
        rollouts = self.collect()
        with np.errstate(over="ignore", invalid="ignore"):  # the losses say so
            batch = self._as_batch(rollouts)
        collected = time.perf_counter()
        set_learning_rate(self.optimizer, settings.lr * remaining)
        losses = self.algorithm.update(batch, settings.entropy_coef * remaining)
        if not is_finite(self.network, losses):
            raise TrainingDiverged(
                f"iteration {state.iteration + 1}: losses or weights are no longer finite numbers"
            )
        updated = time.perf_counter()

        state.iteration += 1
        state.episodes += settings.traj_per_itr * len(self.worlds)
        state.env_steps += len(batch)
        state.seconds += updated - started

        row = mean_metrics("rollout", rollouts)
        row |= {f"train/{name}": value for name, value in losses.items()}
        if settings.ask_budget:
            row["train/ask_lambda"] = state.ask_lambda
            self._learn_ask_lambda(row["rollout/asks"])
        row["train/learning_rate"] = settings.lr * remaining
        row["train/iteration"] = state.iteration
        row["train/episodes"] = state.episodes
        if self.answers:
            row |= asking_metrics(self.worlds, rollouts)
            row |= planner_metrics(self.total_usage, self.answer_counts, settings.token_prices)
        row["time/collect_seconds"] = collected - started
        row["time/update_seconds"] = updated - collected
        row["time/steps_per_second"] = len(batch) / (updated - started)
        row["time/total_seconds"] = state.seconds
        if self._evaluation_is_due():
            row |= mean_metrics("eval", self.evaluate())
        state.questions = self.num_questions
        return row

    def _warn_of_useless_answers(self, progress: Progress) -> None:
        """Say once, as soon as it is likely, that the planner does not help: the run may well go on for hours."""
        counts = self.answer_counts
        if self._has_warned or counts.answers < ENOUGH_VIEWS:
            return
        plans = {table.only_plan for table in self.answers}
        plan = plans.pop() if len(plans) == 1 else None
        if counts.answers >= ENOUGH_ANSWERS and counts.are_mostly_unread:
            line = counts.describe("plan", self.settings.max_tokens)
        elif counts.unread == 0 and plan is not None:
            line = f"all {counts.answers} answers are the same plan, {format_plan(plan)}"
        else:
            return
        self._has_warned = True
        progress.write(f"warning: so far {line}")

    def collect(self) -> list[Rollout]:
        """Play the iteration's episodes, the same number in every world."""
        settings, number = self.settings, self.settings.traj_per_itr
        rollouts = []
        for index, world in enumerate(self.worlds):
            first = self.state.episodes + index * number
            specs = training_specs(settings.seed, first, number, world.engine.max_steps)
            rollouts.append(
                collect(world.engine, specs, self.policy, world.controller, critic=self.policy)
            )
        return rollouts

    def evaluate(self) -> list[Rollout]:
        """Play the evaluation seeds in every world, with sampled actions."""
        settings = self.settings
        return [
            evaluate_policy(
                world.engine, self.policy, world.controller, settings.seed, range(settings.test_num)
            )
            for world in self.worlds
        ]

    def save(self, directory: RunDirectory) -> None:
        """Write the model, then the checkpoint: no checkpoint is without a model."""
        self.state.account = self.account.save()
        weights = self.network.state_dict()
        settings = self.settings
        if settings.ask_budget:  # an evaluation charges the ask cost that was learned
            settings = replace(settings, ask_lambda=self.state.ask_lambda)
        SavedModel(
            self.method.name,
            self.features_shape,
            self.method.num_actions,
            to_json(settings),
            weights,
        ).save(directory.file(MODEL))
        Checkpoint(
            self.method.name,
            to_json(self.settings),
            asdict(self.state),
            weights,
            self.optimizer.state_dict(),
            self.generator.get_state(),
            [table.to_json() for table in self.answers],
        ).save(directory.file(CHECKPOINT))

    def restore(self, checkpoint: Checkpoint) -> None:
        """Continue where the checkpoint was saved.

        Raises:
            RunDirectoryError: it does not fit this run.
        """
        self.state = convert(checkpoint.progress, TrainState, "progress in the checkpoint")
        try:
            self.network.load_state_dict(checkpoint.weights)
            if not is_finite(self.network, {}):
                raise ValueError("its weights are not finite numbers")
            # the other half of its state are settings, which are those of this run
            state = {**self.optimizer.state_dict(), "state": checkpoint.optimizer["state"]}
            self.optimizer.load_state_dict(state)
            self._check_optimizer()
            self.generator.set_state(checkpoint.generator)
            self.state.lengths = self.state.lengths or [Length(0, checkpoint.settings["n_itr"])]
            if self.state.account is not None:
                self.account.load(self.state.account)
            self._charge_ask_lambda()
            for table, memory in zip(self.answers, checkpoint.memory, strict=True):
                table.load(memory)
        except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            raise RunDirectoryError(f"the checkpoint is incomplete: {reason(error)}") from error

    def _check_optimizer(self) -> None:
        """Check that Adam has two moments of the form of each weight, or has not begun.

        Raises:
            KeyError, ValueError: it has something else.
        """
        for weight, state in self.optimizer.state.items():
            shapes = {name: state[name].shape for name in ("step", "exp_avg", "exp_avg_sq")}
            if shapes != {"step": (), "exp_avg": weight.shape, "exp_avg_sq": weight.shape}:
                raise ValueError("the optimizer's state does not fit the network")

    @property
    def num_questions(self) -> int:
        """Number of distinct questions that the planner has answered so far."""
        return sum(table.num_questions for table in self.answers)

    @property
    def answer_counts(self) -> AnswerCounts:
        """How many of the planner's answers so far held no feasible plan."""
        return sum((table.counts for table in self.answers), AnswerCounts())

    @property
    def planner_names(self) -> list[str]:
        """The name of each world's planner; empty for methods without one."""
        return [world.planner.name for world in self.worlds if world.planner is not None]

    @property
    def total_usage(self) -> Usage:
        """Of all the planner's answers so far."""
        return sum((table.usage for table in self.answers), Usage())

    def _as_batch(self, rollouts: list[Rollout]) -> Batch:
        """The steps of all rollouts, concatenated."""

        def column(name: str) -> Any:
            return np.concatenate([getattr(rollout, name) for rollout in rollouts])

        return Batch.of_episodes(
            features=column("features"),
            options=column("options"),
            actions=column("decisions"),
            probabilities=column("probabilities"),
            values=column("values"),
            rewards=column("rewards") - column("costs"),
            lengths=column("lengths"),
            last_values=column("last_values"),
            gamma=self.settings.gamma,
            lam=self.settings.lam,
            device=self.device,
        )

    def _note_length(self) -> None:
        """Note --n_itr, and say what it means for a run that was to end earlier."""
        state, settings = self.state, self.settings
        earlier = state.lengths[-1].n_itr if state.lengths else settings.n_itr
        if earlier != settings.n_itr:
            echo(
                f"trained further, from iteration {state.iteration} of {earlier} to {settings.n_itr}: learning "
                f"rate and entropy bonus go on as in a run of {settings.n_itr} iterations, whose results may differ"
            )
        if not state.lengths or earlier != settings.n_itr:
            state.lengths = [*state.lengths, Length(state.iteration, settings.n_itr)]

    def _learn_ask_lambda(self, asks: float) -> None:
        """Update the Lagrange multiplier of --ask_budget by the mean number of questions."""
        self.state.ask_lambda = update_multiplier(
            self.state.ask_lambda, asks, self.settings.ask_budget
        )
        self._charge_ask_lambda()

    def _charge_ask_lambda(self) -> None:
        """Copy the current multiplier to every task's controller."""
        for world in self.worlds:
            world.controller.ask_lambda = self.state.ask_lambda

    def _evaluation_is_due(self) -> bool:
        iteration, every = self.state.iteration, self.settings.eval_every
        return bool(every) and (iteration == self.settings.n_itr or iteration % every == 0)

    def _checkpoint_is_due(self, saved: TrainState) -> bool:
        """Whether seconds of work, or answers that were paid for, would be lost."""
        now = self.state
        return (
            now.iteration == self.settings.n_itr
            or now.seconds - saved.seconds > CHECKPOINT_SECONDS
            or now.questions > saved.questions
        )

    def _progress(self) -> Progress:
        settings = self.settings
        title = f"{settings.task} {settings.save_name}"
        return Progress(title, settings.n_itr, "iteration", self.state.iteration)

    def _make_algorithm(self) -> PPO | VPG:
        settings = self.settings
        if settings.algo == "ppo":
            return PPO(
                self.network,
                self.optimizer,
                self.generator,
                epochs=settings.epochs,
                batch_size=settings.batch_size,
                clip_eps=settings.clip_eps,
                max_kl=settings.max_kl,
                value_coef=settings.value_coef,
                max_grad_norm=settings.max_grad_norm,
            )
        return VPG(
            self.network,
            self.optimizer,
            self.generator,
            objective=settings.algo.removeprefix("vpg_"),
            batch_size=settings.batch_size,
            value_coef=settings.value_coef,
            max_grad_norm=settings.max_grad_norm,
        )


def _kept(directory: RunDirectory, saved: TrainState) -> str:
    """What an error has left."""
    if directory.is_replacing:
        return "the old run is as it was"
    return f"the run is kept up to iteration {saved.iteration}"
