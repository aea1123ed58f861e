"""The verb eval_agent: an evaluation with the flags and files of ETO's published code, a file for each case."""

from collections.abc import Sequence
from dataclasses import replace

from agents.eto.outputs import Outputs
from agents.react import make_policy
from core.console import echo
from core.episode import Episode
from core.errors import ModelError, SettingsError
from core.settings import EvalAgentSettings
from core.settings.eval_agent import NUM_DEBUGGED
from core.task import TextTask, find_text_tasks
from envs.text.cases import part_cases
from envs.text.scripted import ScriptedTextModel
from planner.build import build_model, with_model_name
from reports.dialogue import dialogue
from runner.evaluation.text import (
    answer_counts,
    check_worlds,
    invalid_line,
    options_of,
    with_options,
)
from runner.player import Case
from runner.text import TextPlayer, history_at_end


def eval_agent(settings: EvalAgentSettings) -> Outputs:
    """Play the cases of a part that have no file yet, and print the means over the files of all parts.

    Raises:
        SettingsError: there is no such task, or it has no such split, or cannot be played as the settings say.
        WorldError: the world's simulator is not installed.
        RunDirectoryError: a file was written with other settings.
        ModelError: the model gives no answer; the files so far are kept, and the means printed.
    """
    settings = with_model_name(settings.with_planner())
    task = _task(settings)
    cases = part_cases(task, settings.split, NUM_DEBUGGED if settings.debug else 0)
    own = part_of(cases, settings.part_num, settings.part_idx)
    outputs = Outputs(settings)
    to_play = own if settings.overwrite else outputs.missing(own)
    try:
        if to_play:
            _play(task, to_play, settings, outputs)
    except ModelError as error:
        raise error.with_advice("finished cases are kept: give the same command") from error
    finally:
        outputs.show(cases)
    return outputs


def part_of(cases: Sequence[Case], num: int, index: int) -> Sequence[Case]:
    """One of several parts of the cases, whose numbers of cases differ by one at most.

    Args:
        cases: all of them.
        num: number of parts.
        index: of the part, from 0.
    """
    return cases[len(cases) * index // num : len(cases) * (index + 1) // num]


def _task(settings: EvalAgentSettings) -> TextTask:
    """The task, with the arguments that the settings give its world.

    Raises:
        SettingsError: there is none, it is a group, or --constrained needs a list of its actions.
    """
    tasks = find_text_tasks(settings.task)
    if len(tasks) > 1:
        names = ", ".join(task.name for task in tasks)
        raise SettingsError(f"--exp_config {settings.task}: one task at a time here, of {names}")
    check_worlds(tasks, settings)
    [task] = tasks
    return with_options(task, settings)


def _play(
    task: TextTask, cases: Sequence[Case], settings: EvalAgentSettings, outputs: Outputs
) -> None:
    """Play cases, and write the file of each as it ends; the old files stay until the first one has."""
    policy = make_policy("react", task, settings)
    model = build_model(settings, ScriptedTextModel(settings.scripted_skill, settings.seed))
    player = TextPlayer(
        f"{task.name}, {model.name}",
        task,
        policy,
        model,
        settings.num_active,
        settings.max_steps or task.max_steps,
        options_of(task, settings),
        keeps_refused=True,
        shows_admissible=settings.constrained,
    )
    episodes: list[Episode] = []
    for episode in player.play(cases):
        if not episodes:
            for case in cases:
                outputs.file(case).unlink(missing_ok=True)
        episodes.append(episode)
        # the worked examples and a short history are of the prompt, not of the episode
        whole = replace(policy, shots=0, history=0)
        outputs.write(episode, whole.request(history_at_end(episode)).messages)
        if settings.show:
            _show(episode)
    answer_counts(episodes).show("action", settings.max_tokens)
    echo(invalid_line(episodes))
    echo(model.usage.describe(settings.token_prices))
    model.account.show()


def _show(episode: Episode) -> None:
    echo(dialogue(episode).rstrip("\n"))
    success, reward = episode.success, episode.score
    echo(f"Task finished in {episode.num_steps} steps. Success: {success}. Reward: {reward:g}\n")
