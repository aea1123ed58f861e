"""A run that tunes a model: its task, its directory, and the episodes that are played in it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agents.eto.group_player import GroupPlayer, in_whole_groups
from agents.eto.local_agent import LocalAgent
from agents.eto.sampled_policy import SampledPolicy
from agents.react import make_policy
from core.console import count, echo
from core.errors import ModelError
from core.run import EVALUATION, RunDirectory
from core.settings import TuningSettings
from core.task import TextTask, find_text_tasks
from envs.text.cases import tuning_cases
from planner.chat import ChatModel
from reports.dialogue import dialogue
from runner.evaluation.evaluate import Evaluation, evaluate, read_episodes
from runner.evaluation.text import (
    advice,
    answer_counts,
    begin_run,
    check_playable,
    open_runs,
    options_of,
    print_evaluation,
    show_refused,
    with_options,
)
from runner.player import Case, Player
from runner.refuse import MAY_CHANGE
from runner.text import TextPlayer, TextPolicy

if TYPE_CHECKING:
    from tuning.stage import FinishedStage


@contextmanager
def in_run(method: str, settings: TuningSettings) -> Iterator["TuningRun"]:
    """Begin or resume a run.

    Args:
        method: group of its directory.
        settings: of the run.

    Raises:
        SettingsError: the world does not list the actions that --constrained chooses from.
        WorldError: the world's simulator is not installed.
        RunDirectoryError: the directory holds a run, and neither --resume nor --overwrite is given; or it was started
            with other settings.
        ModelError: raised inside; what is finished is kept.
    """
    task = find_task(settings)
    check_playable([task], settings)
    with ExitStack() as stack:
        # unlike in other evaluations, the number of active episodes decides how a model rounds
        [directory] = open_runs(stack, method, [task], settings, MAY_CHANGE | {"show"})
        try:
            yield TuningRun(task, settings, directory, begin_run(directory, method, settings))
        except ModelError as error:
            raise error.with_advice(advice(directory)) from error


def find_task(settings: TuningSettings) -> TextTask:
    """The task of a run, with its options as arguments."""
    [task] = find_text_tasks(settings.task)
    return with_options(task, settings)


@dataclass(frozen=True, slots=True)
class TuningRun:
    """Plays cases of its task with the models of the run, and keeps the episodes.

    Attributes:
        task: see `find_task`.
        settings: of the run.
        directory: of the run, locked.
        run_id: which no other run has.
    """

    task: TextTask
    settings: TuningSettings
    directory: RunDirectory
    run_id: str

    def policy(self, settings: TuningSettings | None = None, exploration: int = 0) -> TextPolicy:
        """What a model is asked, and how its answers are read.

        Args:
            settings: in place of the run's, for example with another temperature.
            exploration: its number, from 0; at a temperature above 0 each draws other answers.
        """
        chosen = settings or self.settings
        policy = make_policy(chosen.agent, self.task, chosen)
        return SampledPolicy(policy, exploration) if exploration else policy

    def file(self, name: str) -> Path:
        """Path of a file of the run."""
        return self.directory.file(name)

    def cases(self, part: str, number: int) -> list[Case]:
        """The cases of a part; see `envs.text.cases.tuning_cases`."""
        return tuning_cases(self.task, part, number)

    def play(
        self,
        title: str,
        model: ChatModel,
        cases: Sequence[Case],
        place: str,
        policy: TextPolicy | None = None,
    ) -> Evaluation:
        """Play the cases that have no episode yet, and keep the episodes.

        A model in this process plays in groups of cases, which are the same in a resumed run; see `GroupPlayer`.

        Args:
            title: what tables call the evaluation.
            model: plays.
            cases: all that are to be played.
            place: directory of the episodes, in that of the run.
            policy: of the model; None: that of the settings.

        Raises:
            ModelError: the model cannot be used, or gives no answer.
        """
        settings = self.settings
        text_player = TextPlayer(
            title,
            self.task,
            policy or self.policy(),
            model,
            settings.num_active,
            settings.max_steps or self.task.max_steps,
            options_of(self.task, settings),
            keeps_refused=True,
            shows_admissible=settings.constrained,
        )
        player: Player = text_player
        kept = read_episodes(self.directory, place)
        if isinstance(model, LocalAgent):
            player = GroupPlayer(text_player, model)
            kept = in_whole_groups(kept, cases, settings.num_active)
        return evaluate(player, cases, self.directory, settings, place_name=place, kept=kept)

    def evaluate_tuned(self, name: str, tuned: "FinishedStage", *, plays: bool) -> list[Evaluation]:
        """Say where a tuned model is; play the test cases with it, and print the tables.

        Args:
            name: of the model.
            tuned: the finished stage.
            plays: whether the test cases are played.

        Returns:
            The evaluation; none if nothing is played.
        """
        echo(f"{name}: {count(tuned.num_steps, 'gradient step')}, the model is {tuned.model}")
        if not plays:
            return []
        cases = self.cases("test", self.settings.test_num)
        agent = LocalAgent(str(tuned.model), self.settings.device)
        title = f"{name} on {self.task.name}, {self.settings.model_path}"
        evaluation = self.play(title, agent, cases, EVALUATION)
        print_evaluation(evaluation, self.task, self.settings)
        return [evaluation]

    def show(self, evaluation: Evaluation) -> None:
        """Print an evaluation in a line, and its episodes if asked for."""
        if self.settings.show:
            for episode in evaluation.episodes:
                echo(dialogue(episode))
        echo(describe(evaluation))
        answer_counts(evaluation.episodes).show("action", self.settings.max_tokens)
        show_refused(evaluation.episodes)


def describe(evaluation: Evaluation) -> str:
    """An evaluation in a line, with 95 % intervals."""
    summary = evaluation.summary
    success, score = summary["success"], summary["score"]
    low, high = (round(100 * end) for end in success[1:])
    return (
        f"{evaluation.title}: {count(len(evaluation.episodes), 'case')}, {100 * success.mean:.0f} % solved "
        f"({low}-{high}), score {score.mean:.3f} ({score.low:.3f}-{score.high:.3f}), "
        f"{summary['steps'].mean:.1f} steps"
    )
