"""The loop over the trials of one run: attempt what is not solved, take notes about what failed, keep everything."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agents.reflexion.agent import Agent
from agents.reflexion.loop_rules import LOOP_RULES
from agents.reflexion.memory import NOTED, told, write_notes
from agents.reflexion.policy import TrialPolicy, load_prompt, note_request, read_note
from agents.reflexion.published import env_results_path, write_env_results
from agents.reflexion.success import SUCCESS, solved_so_far
from agents.reflexion.table import (
    as_table_by_trial,
    describe_last,
    describe_other_rule,
    describe_refused,
    describe_unusable,
    metric_rows,
    solved_counts,
    usage_of,
)
from core.chat import Request, Sampling, Usage
from core.console import Progress, echo, show
from core.episode import Episode
from core.files import write_json
from core.metrics import rewrite_metrics
from core.provenance import provenance
from core.reflection import Reflection
from core.run import SUMMARY, TRIALS, RunDirectory
from core.settings import ReflexionSettings, to_json
from core.task import TextTask
from planner.cache import request_digest
from planner.dispatch import Dispatcher
from planner.metered import MeteredModel
from reports.dialogue import dialogue
from reports.trials import MEMORY, Trial, Trials
from runner.evaluation.evaluate import play_and_keep, read_episodes
from runner.evaluation.text import answer_counts, paid_digests
from runner.player import Case
from runner.text import TextPlayer, TextPolicy

METHOD = "reflexion"


@dataclass(frozen=True, slots=True)
class ReflexionRun:
    """What a run has left.

    Attributes:
        title: agent, task, strategy and model.
        trials: all of them.
        path: of the run's directory.
    """

    title: str
    trials: Trials
    path: Path

    @property
    def solved(self) -> list[int]:
        """Number of cases solved in each trial or an earlier one, as the run's --success_rule counts them."""
        return solved_counts(self.trials)

    def solved_by(self, rule: str) -> list[int]:
        """The same by either success rule; what --resume_dir said is solved counts by both."""
        return [len(cases) for cases in solved_so_far(self.trials.trials, rule)]

    @property
    def usage(self) -> Usage:
        """What attempts and notes took."""
        return sum(map(usage_of, self.trials.trials), Usage())


def _name(number: int) -> str:
    """Of a trial's directory in that of the run."""
    return f"{TRIALS}/{number:02d}"


def place_of(run: RunDirectory, number: int) -> Path:
    """The directory of a trial."""
    return run.file(_name(number))


def _solved_in(trials: Sequence[Trial]) -> frozenset[Case]:
    """The cases that some trials have solved."""
    return frozenset[Case]().union(*(trial.solved for trial in trials))


class TrialLoop:
    """The trials of one run.

    Args:
        task: the world.
        cases: what is attempted.
        settings: of the run.
        agent: attempts them.
        model: answers its requests.
        writer: the model that writes the notes.
        run: the directory, locked.
        trials: those that are finished; notes about the last one may be missing.
    """

    def __init__(
        self,
        task: TextTask,
        cases: Sequence[Case],
        settings: ReflexionSettings,
        agent: Agent,
        model: MeteredModel,
        writer: MeteredModel,
        run: RunDirectory,
        trials: list[Trial],
    ) -> None:
        self._task = task
        self._cases = cases
        self._settings = settings
        self._agent = agent
        self._model = model
        self._writer = writer
        self._run = run
        self._trials = trials
        self._prompt = load_prompt()
        self._title = (
            f"{METHOD} on {task.name}, {settings.agent}, strategy {settings.strategy}, {model.name}"
        )

    @property
    def _next(self) -> int:
        """Number of the trial after the finished ones."""
        return self._trials[-1].number + 1 if self._trials else 0

    def paid(self) -> Iterator[str]:
        """Digests of the requests whose usage is in the attempts and notes so far."""
        under_way = Trial(self._next, tuple(self._kept(self._next) or ()), {}, frozenset())
        for trial in (*self._trials, under_way):
            policy = self._policy_of(trial.number)
            yield from paid_digests(trial.episodes, policy)
            for episode in trial.episodes:
                note = trial.notes.get(episode.case)
                if note is not None and note.usage.llm_calls:
                    yield request_digest(self._note_request(episode, policy))

    def play(self) -> None:
        """Play the trials that are missing.

        Raises:
            ModelError: the model gives no answer; finished attempts and notes are kept.
        """
        for number, trial in enumerate(self._trials):
            if not (place_of(self._run, trial.number) / SUMMARY).exists():  # from --resume_dir
                self._keep(self._trials[: number + 1])
        for number in range(self._next, self._settings.num_trials):
            if self._trials and self._settings.strategy in NOTED:
                self._take_notes()
            self._attempt(number)

    def finish(self) -> ReflexionRun:
        """Print the tables, and what the model spent."""
        run = ReflexionRun(
            self._title, Trials(tuple(self._cases), tuple(self._trials)), self._run.path
        )
        rewrite_metrics(self._run, list(metric_rows(run.trials)), "trial")
        echo(run.title)
        show(as_table_by_trial(run.trials))
        notes = [note for trial in self._trials for note in trial.notes.values()]
        limit = f"--reflection_max_tokens {self._settings.reflection_max_tokens}"
        for line in (
            describe_other_rule(run.trials, self._settings.success_rule),
            describe_unusable(notes, "note", limit),
            describe_refused(run.trials),
        ):
            if line:
                echo(line)
        episodes = [episode for trial in self._trials for episode in trial.episodes]
        answer_counts(episodes).show("action", self._settings.max_tokens)
        echo(run.usage.describe(self._settings.token_prices))
        echo(f"kept in {run.path}")
        return run

    def _attempt(self, number: int) -> None:
        """Play a trial: one episode of each case that is not solved."""
        settings = self._settings
        solved = _solved_in(self._trials)
        cases = [case for case in self._cases if case not in solved]
        player = TextPlayer(
            f"{self._title}, trial {number}",
            self._task,
            self._policy_of(number),
            self._model,
            settings.num_active,
            self._agent.max_steps,
            self._agent.options,
            LOOP_RULES[settings.loop_rule],
            keeps_refused=number > 0,  # what an attempt is told may make its first request too long
        )
        episodes = (
            play_and_keep(player, cases, self._run, _name(number), self._kept(number))
            if cases
            else []
        )
        is_solved = SUCCESS[settings.success_rule]
        new = frozenset(episode.case for episode in episodes if is_solved(episode))
        self._trials.append(Trial(number, tuple(episodes), {}, new))
        self._keep(self._trials)
        self._run.publish()
        trials = Trials(tuple(self._cases), tuple(self._trials))
        rewrite_metrics(self._run, list(metric_rows(trials)), "trial")
        if settings.show:
            for episode in episodes:
                echo(dialogue(episode))
        echo(describe_last(trials))

    def _kept(self, number: int) -> list[Episode] | None:
        """The finished attempts of a trial that is resumed; None for a new one."""
        return read_episodes(self._run, _name(number)) if self._settings.resume else None

    def _take_notes(self) -> None:
        """Ask for a note about each attempt of the last trial that failed and has none."""
        trial = self._trials[-1]
        policy = self._policy_of(trial.number)
        failed = [
            episode
            for episode in trial.episodes
            if episode.case not in trial.solved | trial.notes.keys() and episode.steps
        ]
        with (
            Progress(f"notes about trial {trial.number}", len(failed), "note") as progress,
            Dispatcher[Episode](self._writer) as dispatcher,
        ):
            for episode in failed:
                dispatcher.send(episode, self._note_request(episode, policy))
            missing = len(failed)
            while missing:
                received = dispatcher.receive()
                new = {episode.case: read_note(trial.number, reply) for episode, reply in received}
                trial = replace(trial, notes={**trial.notes, **new})
                self._trials[-1] = trial
                self._keep_notes(self._trials)
                missing -= len(received)
                progress.advance(len(received))
        if self._settings.show:
            for case, note in trial.notes.items():
                echo(f"note about {case} after trial {note.trial}: {note.text or 'none'}")
        self._keep(self._trials)

    def _note_request(self, episode: Episode, policy: TextPolicy) -> Request:
        settings = self._settings
        sampling = Sampling(
            settings.temperature, settings.reflection_max_tokens, seed=settings.seed
        )
        return note_request(episode, policy, self._prompt.ask_for_note(episode), sampling)

    def _notes(self, trials: Sequence[Trial]) -> dict[Case, list[Reflection]]:
        """The notes of some trials, by case."""
        by_case = {
            case: [trial.notes[case] for trial in trials if case in trial.notes]
            for case in self._cases
        }
        return {case: notes for case, notes in by_case.items() if notes}

    def _policy_of(self, number: int) -> TrialPolicy:
        """Of a trial. Where chance picks the answers, each trial draws anew."""
        settings = self._settings
        before = [trial for trial in self._trials if trial.number < number]
        notes = self._notes(before)
        last = {
            episode.case: episode for trial in before for episode in trial.episodes if episode.steps
        }
        texts = {
            case: told(
                settings.strategy,
                notes.get(case, ()),
                last.get(case),
                settings.memory_size,
                self._prompt,
            )
            for case in self._cases
        }
        sample = number if settings.temperature else 0
        return TrialPolicy(self._agent.policy, texts.__getitem__, sample)

    def _keep_notes(self, trials: Sequence[Trial]) -> None:
        write_notes(place_of(self._run, trials[-1].number) / MEMORY, self._notes(trials))

    def _keep(self, trials: Sequence[Trial]) -> None:
        """Write what is kept of the last trial besides its attempts; the summary says that it is finished."""
        trial = trials[-1]
        solved = _solved_in(trials)
        self._keep_notes(trials)
        write_env_results(
            env_results_path(self._run.file("."), trial.number),
            self._cases,
            solved,
            self._notes(trials),
        )
        summary = {
            "title": f"{self._title}, trial {trial.number}",
            "cases": list(self._cases),
            "solved": [case for case in self._cases if case in trial.solved],
            "solved_so_far": len(solved),
            "settings": to_json(self._settings),
            **provenance(),
        }
        write_json(place_of(self._run, trial.number) / SUMMARY, summary)
