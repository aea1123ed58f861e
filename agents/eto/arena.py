"""Where the models of a run play: its task, its directory, and what stands in front of an episode."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from agents.eto.group_player import GroupPlayer, in_whole_groups
from agents.eto.local_agent import LocalAgent
from agents.react import make_policy
from core.chat import Reply, Request
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
from runner.player import Case
from runner.refuse import MAY_CHANGE
from runner.text import History, Move, TextPlayer, TextPolicy

if TYPE_CHECKING:
    from tuning.stage import FinishedStage


@contextmanager
def in_run(method: str, settings: TuningSettings) -> Iterator["Arena"]:
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
        # more cases or another number of active episodes would change what is trained
        [run] = open_runs(stack, method, [task], settings, MAY_CHANGE | {"show"})
        try:
            yield Arena(task, settings, run, begin_run(run, method, settings))
        except ModelError as error:
            raise error.with_advice(advice(run)) from error


def find_task(settings: TuningSettings) -> TextTask:
    """The task of a run, with its options as arguments."""
    [task] = find_text_tasks(settings.task)
    return with_options(task, settings)


@dataclass(frozen=True, slots=True)
class SampledPolicy:
    """A policy that asks for another sample of each answer; see `runner.text.TextPolicy`.

    Attributes:
        policy: makes the requests.
        exploration: number of the sample.
    """

    policy: TextPolicy
    exploration: int

    def request(self, history: History) -> Request:
        """The policy's request, for this sample."""
        return replace(self.policy.request(history), sample=self.exploration)

    def read(self, reply: Reply) -> Move:
        """The move in an answer."""
        return self.policy.read(reply)


@dataclass(frozen=True, slots=True)
class Arena:
    """Plays cases of a run's task, and keeps the episodes.

    Attributes:
        task: see `find_task`.
        settings: of the run.
        run: its directory, locked.
        run_id: which no other run has.
    """

    task: TextTask
    settings: TuningSettings
    run: RunDirectory
    run_id: str

    def policy(self, settings: TuningSettings | None = None, exploration: int = 0) -> TextPolicy:
        """What a model is asked, and how its answers are read.

        Args:
            settings: that differ from those of the run, for example in the temperature.
            exploration: its number; at a temperature above 0 each draws other answers.
        """
        chosen = settings or self.settings
        policy = make_policy(chosen.agent, self.task, chosen)
        return SampledPolicy(policy, exploration) if exploration else policy

    def file(self, name: str) -> Path:
        """Path of a file of the run."""
        return self.run.file(name)

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

        Args:
            title: what tables call the evaluation.
            model: plays.
            cases: all that are to be played.
            place: directory of the episodes, in that of the run.
            policy: of the model; None: that of the settings.

        Raises:
            ModelError: the model cannot be used, or gives no answer.
        """
        player = self._player(title, model, policy)
        kept = read_episodes(self.run, place)
        return evaluate(player, cases, self.run, self.settings, place_name=place, kept=kept)

    def play_tuned(
        self,
        title: str,
        agent: LocalAgent,
        cases: Sequence[Case],
        place: str,
        policy: TextPolicy | None = None,
    ) -> Evaluation:
        """Play cases with a tuned model, in groups that are the same in a resumed run; see `play` and `GroupPlayer`."""
        settings = self.settings
        player = GroupPlayer(self._player(title, agent, policy), agent)
        kept = in_whole_groups(read_episodes(self.run, place), cases, settings.num_active)
        return evaluate(player, cases, self.run, settings, place_name=place, kept=kept)

    def _player(self, title: str, model: ChatModel, policy: TextPolicy | None) -> TextPlayer:
        settings = self.settings
        return TextPlayer(
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

    def evaluate_tuned(self, name: str, tuned: "FinishedStage", *, plays: bool) -> list[Evaluation]:
        """Say where a tuned model is, play the test cases with it, and print the tables.

        Args:
            name: of the model.
            tuned: the finished stage.
            plays: whether anything is played.

        Returns:
            The evaluation; none if nothing is played.
        """
        echo(f"{name}: {count(tuned.num_steps, 'gradient step')}, the model is {tuned.model}")
        if not plays:
            return []
        cases = self.cases("test", self.settings.test_num)
        agent = LocalAgent(str(tuned.model), self.settings.device)
        title = f"{name} on {self.task.name}, {self.settings.model_path}"
        evaluation = self.play_tuned(title, agent, cases, EVALUATION)
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
