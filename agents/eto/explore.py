"""The verb explore: a model plays the training cases, and its trajectories become a file."""

from agents.eto.local_agent import LocalAgent
from agents.eto.rounds import answered, exploration_place
from agents.eto.tuning_run import TuningRun, in_run
from core.console import count, echo
from core.run import EVALUATION, EXPLORED
from core.settings import ExploreSettings
from envs.text.scripted import ScriptedTextModel
from planner.build import build_model
from planner.chat import ChatModel
from runner.evaluation.evaluate import Evaluation, read_episodes
from runner.evaluation.text import paid_digests, print_evaluation
from tuning.formats import write_trajectories

METHOD = "explore"


def explore(settings: ExploreSettings) -> list[Evaluation]:
    """Play the training cases with a model, once or several times, and write its trajectories.

    Returns:
        An evaluation for each time.

    Raises:
        SettingsError: the task has no training cases.
        RunDirectoryError: the directory holds a run, and neither --resume nor --overwrite is given; or it was started
            with other settings; or a file is damaged.
        ModelError: the model gives no answer; finished episodes are kept for --resume.
    """
    with in_run(METHOD, settings) as run:
        cases = run.cases("train", settings.train_num)
        model = _model(run, settings)
        evaluations, trajectories = [], []
        for index in range(settings.explorations):
            policy = run.policy(exploration=index)
            title = f"explore on {run.task.name}, {model.name}"
            place = exploration_place(EVALUATION, index)
            evaluation = run.play(title, model, cases, place, policy)
            print_evaluation(evaluation, run.task, settings)
            evaluations.append(evaluation)
            trajectories += answered(evaluation, policy)
        path = run.file(EXPLORED)
        write_trajectories(path, trajectories)
        echo(f"{count(len(trajectories), 'conversation')} in {path}")
        return evaluations


def _model(run: TuningRun, settings: ExploreSettings) -> ChatModel:
    """The model that explores; what the run has paid for before is not paid again."""
    if settings.planner == "local":
        return LocalAgent(settings.model_path, settings.device)
    model = build_model(settings, ScriptedTextModel(settings.scripted_skill, settings.seed))
    paid: list[str] = []
    for index in range(settings.explorations):
        kept = read_episodes(run.directory, exploration_place(EVALUATION, index))
        paid += paid_digests(kept, run.policy(exploration=index))
    model.account.resume(run.run_id, paid)
    return model
