"""Demonstrations: an expert plays, and its episodes become a file that models are trained on."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from agents.eto.other_actions import other_actions
from agents.eto.trajectories import trajectories_of
from agents.eto.tuning_run import TuningRun
from core.console import Progress, count, echo
from core.episode import Episode
from core.run import DEMONSTRATIONS
from core.settings import ExpertSettings
from core.trajectory import Trajectory
from envs.text.scripted import ScriptedTextModel
from runner.evaluation.evaluate import Evaluation
from runner.evaluation.text import options_of
from runner.player import Case
from runner.text import make_world
from tuning.formats import write_trajectories


def play_expert(
    run: TuningRun, settings: ExpertSettings, title: str, cases: Sequence[Case], place: str
) -> Evaluation:
    """The expert's episodes of some cases; it always reads the rules, which say what an answer is."""
    expert = ScriptedTextModel(
        settings.scripted_skill,
        settings.seed,
        is_novice=settings.expert == "novice",
        is_forgetful=settings.expert == "forgetful",
    )
    policy = run.policy(replace(settings, no_rules=False))
    return run.play(title, expert, cases, place, policy)


def demonstrate(
    run: TuningRun, settings: ExpertSettings, cases: Sequence[Case]
) -> list[Trajectory]:
    """Play the training cases, and write the trajectories to ``sft.json``."""
    evaluation = play_expert(run, settings, "expert, training cases", cases, "expert")
    run.show(evaluation)
    trajectories = trajectories_of(evaluation.episodes, run.policy())
    if settings.other_actions:
        trajectories = _with_other_actions(run, settings, evaluation.episodes, trajectories)
    keep_demonstrations(run, trajectories)
    return trajectories


def keep_demonstrations(run: TuningRun, trajectories: Sequence[Trajectory]) -> None:
    """Write ``sft.json``, and say where it is."""
    write_trajectories(run.file(DEMONSTRATIONS), trajectories)
    run.directory.publish()
    echo(f"{count(len(trajectories), 'demonstration')} in {run.file(DEMONSTRATIONS)}")


def _with_other_actions(
    run: TuningRun,
    settings: ExpertSettings,
    episodes: Sequence[Episode],
    trajectories: Sequence[Trajectory],
) -> list[Trajectory]:
    """The trajectories of episodes with some of the actions that were possible beside theirs; see `other_actions`."""
    played = (episode for episode in episodes if episode.steps)
    found = []
    with (
        closing(make_world(run.task, **options_of(run.task, settings))) as env,
        Progress("other actions", len(trajectories), "demonstration") as progress,
    ):
        for episode, trajectory in zip(played, trajectories, strict=True):
            others = other_actions(episode, env, settings.other_actions, settings.seed)
            found.append(replace(trajectory, others=others))
            progress.advance()
    return found
