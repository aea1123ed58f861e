"""The trainings of a run: imitation of the scripted planner, contrast of outcomes, and the controls."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.chat import Message
from core.console import echo
from core.run import RunDirectory
from core.settings import TunePlannerSettings
from core.trajectory import Pair, Trajectory
from experiments.tune_planner.outcomes import CandidateAnswer, Contrast
from experiments.tune_planner.questions import Demonstration, asked
from planner.prompt import Prompt
from tuning.encoding import ChatEncoder, encode_pairs, encode_trajectories
from tuning.formats import write_pairs, write_trajectories
from tuning.recipe import Recipe
from tuning.stage import FinishedStage
from tuning.training import train_dpo, train_sft

SFT, ETO, MORE_SFT, RFT = "sft", "eto", "more_sft", "rft"
"""The stages: imitation, contrast, and two controls that imitate more of the expert, or good answers of the model."""


@dataclass(frozen=True, slots=True)
class Stages:
    """Trains the stages of a run, each in a directory of its own; a finished one is not trained again.

    Attributes:
        run: the directory, locked.
        settings: of the run.
        prompt: before each question.
        encoder: makes tokens of conversations.
    """

    run: RunDirectory
    settings: TunePlannerSettings
    prompt: Prompt
    encoder: ChatEncoder

    def imitate(self, base: str, demonstrations: Sequence[Demonstration]) -> FinishedStage:
        """Train a model to give the scripted planner's plans."""
        recipe = replace(self._recipe(self.settings.sft_lr), epochs=self.settings.sft_epochs)
        return self._imitate(SFT, base, self._of_expert(demonstrations), recipe)

    def contrast(self, model: str, contrasts: Sequence[Contrast]) -> FinishedStage:
        """Train a model to prefer the answers with the better outcomes."""
        settings = self.settings
        pairs = [self._pair(one) for one in contrasts]
        write_pairs(self.run.file(f"{ETO}.json"), pairs)
        samples = encode_pairs(self.encoder, pairs)
        echo(f"{ETO}: {samples.describe()} as tokens")
        recipe = replace(
            self._recipe(settings.dpo_lr),
            epochs=settings.dpo_epochs,
            schedule="constant",
            warmup=0.1,
            beta=settings.beta,
            sft_weight=settings.sft_weight,
        )
        return train_dpo(model, samples.kept, recipe, self.run.file(ETO), ETO)

    def imitate_more(
        self, model: str, demonstrations: Sequence[Demonstration], num_steps: int
    ) -> FinishedStage:
        """Train a model that has imitated the scripted planner for some more gradient steps."""
        recipe = replace(self._recipe(self.settings.control_lr), num_steps=num_steps)
        return self._imitate(MORE_SFT, model, self._of_expert(demonstrations), recipe)

    def imitate_good(
        self, model: str, answers: Sequence[CandidateAnswer], num_steps: int
    ) -> FinishedStage:
        """Train a model to give its own answers that had good outcomes."""
        recipe = replace(self._recipe(self.settings.control_lr), num_steps=num_steps)
        good = [self._trajectory(one.question, one.answer) for one in answers]
        return self._imitate(RFT, model, good, recipe)

    def _imitate(
        self, name: str, model: str, trajectories: Sequence[Trajectory], recipe: Recipe
    ) -> FinishedStage:
        write_trajectories(self.run.file(f"{name}.json"), trajectories)
        samples = encode_trajectories(self.encoder, trajectories)
        echo(f"{name}: {samples.describe()} as tokens")
        return train_sft(model, samples.kept, recipe, self.run.file(name), name)

    def _of_expert(self, demonstrations: Sequence[Demonstration]) -> list[Trajectory]:
        return [
            self._trajectory(one.question, one.answer)
            for one in demonstrations
            if not one.is_held_out
        ]

    def _trajectory(self, question: str, answer: str) -> Trajectory:
        messages = (*asked(self.prompt, question), Message("assistant", answer))
        return Trajectory(question, messages, 1.0, success=True)

    def _pair(self, contrast: Contrast) -> Pair:
        prompt = asked(self.prompt, contrast.question)
        chosen, rejected = (
            Message("assistant", contrast.chosen),
            Message("assistant", contrast.rejected),
        )
        return Pair(contrast.question, prompt, (chosen,), (rejected,))

    def _recipe(self, learning_rate: float) -> Recipe:
        settings = self.settings
        return Recipe(
            learning_rate,
            batch_size=settings.batch_size,
            dtype=settings.dtype,
            device=settings.device,
            num_processes=settings.num_processes,
            seed=settings.seed,
        )
