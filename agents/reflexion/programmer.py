"""How a language model solves one problem: tests of its own, a program, a note, the next program."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from agents.reflexion.policy import read_note
from agents.text_prompt import read_prompt
from core.answer import without_thoughts
from core.chat import Message, Reply, Request, Sampling, Usage, earlier_answer
from core.episode import Episode, Step
from core.errors import ActionFormatError, ModelRefused
from core.reflection import REFLECTION_CUE, Reflection, memory_text
from core.task import TextTask
from envs.text.coding.judge import Checked, judge, run_tests
from envs.text.coding.problems import Problem
from envs.text.coding.python_text import read_program, read_tests
from envs.text.coding.texts import PROGRAM_CUE, TESTS_CUE, feedback_text
from planner.converse import Conversation
from runner.player import Case
from runner.text import REFUSED
from sandbox.programs import Programs

STRATEGIES = ("simple", "reflexion", "immediate_reflexion", "immediate_refinement", "test_acc")
"""The strategies of programming (`core.choices.STRATEGIES`)."""


@dataclass(frozen=True, slots=True)
class ProgrammingPrompt:
    """The texts of ``agents/prompts/coding.json``; in braces stands what is filled in.

    Attributes:
        programmer, tester: the system texts.
        write, write_tests: ask for a program, and for tests.
        not_run: in place of what tests gave, where there are none.
        reflect: asks for a note.
        again: asks for the next program.
    """

    programmer: str
    tester: str
    write: str
    write_tests: str
    not_run: str
    reflect: str
    again: str


def load_prompt() -> ProgrammingPrompt:
    """The texts of ``agents/prompts/coding.json``."""
    return read_prompt("coding", ProgrammingPrompt)


@dataclass(frozen=True, slots=True)
class Rules:
    """How problems are solved.

    Attributes:
        strategy: one of `STRATEGIES`.
        max_iters: largest number of programs for a problem.
        num_tests: largest number of self-made tests; of more, so many are drawn.
        memory_size: number of notes in a request, the last ones.
    """

    strategy: str = "reflexion"
    max_iters: int = 2
    num_tests: int = 6
    memory_size: int = 3

    @property
    def makes_tests(self) -> bool:
        """Whether the model writes tests."""
        return self.strategy in ("reflexion", "immediate_refinement", "test_acc")

    @property
    def takes_notes(self) -> bool:
        """Whether the model writes a note before each further program."""
        return self.strategy in ("reflexion", "immediate_reflexion")

    @property
    def most_programs(self) -> int:
        """Largest number of programs for a problem."""
        return 1 if self.strategy == "simple" else self.max_iters


@dataclass(frozen=True, slots=True)
class Draft:
    """One program of a model, and what its own tests gave.

    Attributes:
        program: as read from the answer; empty if there is none.
        results: of the self-made tests.
        feedback: the same in words, or why the answer could not be read.
        step: its record.
    """

    program: str
    results: tuple[Checked, ...]
    feedback: str
    step: Step

    @property
    def num_passed(self) -> int:
        """Number of self-made tests that pass."""
        return sum(not result.problem for result in self.results)

    @property
    def passes(self) -> bool:
        """Whether all pass; without tests it does not."""
        return bool(self.results) and self.num_passed == len(self.results)


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of a case beside its episode, a line of ``self_tests.jsonl``.

    Attributes:
        case: of the problem.
        tests: the model's own.
        passed: how many of them each program passed, in order.
        judged: number of the program that the hidden tests judged, from 0; None if no answer held one.
        tests_passed: whether that program passed all self-made tests, and there were some.
        solved: whether it passed the hidden tests.
        paid: digests of the requests whose usage is in the episode.
    """

    case: Case
    tests: tuple[str, ...]
    passed: tuple[int, ...]
    judged: int | None
    tests_passed: bool
    solved: bool
    paid: tuple[str, ...] = ()


Solving = Conversation[tuple[Episode, Record]]
"""Solves one problem: yields what the model is asked, and takes its replies."""


@dataclass(frozen=True, slots=True)
class Programmer:
    """Solves problems by a strategy.

    Attributes:
        task: the problems' task.
        rules: how.
        sampling: of programs and tests.
        note_sampling: of notes.
        prompt: the texts.
    """

    task: TextTask
    rules: Rules
    sampling: Sampling
    note_sampling: Sampling
    prompt: ProgrammingPrompt = field(default_factory=load_prompt)

    def solve(self, problem: Problem, programs: Programs) -> Solving:
        """Solve a problem; self-made and hidden tests run in `programs`.

        Raises:
            ModelRefused: the model does not accept the first request. (A later one that it does not accept
                ends the attempts.)
        """
        tests: tuple[str, ...] = ()
        drafts: list[Draft] = []
        notes: list[Reflection] = []
        usage = Usage()  # of what was asked since the last program
        refusal: ModelRefused | None = None
        if self.rules.makes_tests:
            reply = _accepted((yield self._ask_for_tests(problem)))
            tests, usage = self._chosen_tests(reply, problem), reply.usage
            if self.rules.strategy == "test_acc":
                return self._judge_tests(problem, tests, reply, programs)
        try:
            while len(drafts) < self.rules.most_programs:
                if drafts and self.rules.takes_notes:
                    reply = _accepted((yield self._ask_for_note(problem, drafts, notes)))
                    notes.append(read_note(len(drafts) - 1, reply))
                    usage += reply.usage
                reply = _accepted((yield self._ask_for_program(problem, drafts, notes)))
                before = drafts[-1].feedback if drafts else problem.prompt
                step = Step(
                    "",
                    0.0,
                    observation=before,
                    thought=notes[-1].text if notes else "",
                    answer=reply.text,
                    cut=reply.cut,
                    is_valid=False,
                    primitive_steps=0,
                    usage=usage + reply.usage,
                )
                usage = Usage()
                drafts.append(self._draft(problem, tests, reply, step, programs))
                if drafts[-1].passes:
                    break
        except ModelRefused as error:
            if not drafts:
                raise
            refusal = error
        return self._judge(problem, tests, drafts, programs, refusal)

    def _draft(
        self,
        problem: Problem,
        tests: tuple[str, ...],
        reply: Reply,
        step: Step,
        programs: Programs,
    ) -> Draft:
        """Read the program in an answer and run the self-made tests."""
        try:
            program = read_program(reply, problem)
        except ActionFormatError as error:
            return Draft("", (), f"Your answer could not be read: {error.reason}.", step)
        results = run_tests(programs, problem, program, tests)
        feedback = feedback_text(results) if self.rules.makes_tests else self.prompt.not_run
        step = replace(step, action=program, is_valid=True, primitive_steps=1)
        return Draft(program, results, feedback, step)

    def _judge(
        self,
        problem: Problem,
        tests: tuple[str, ...],
        drafts: Sequence[Draft],
        programs: Programs,
        refusal: ModelRefused | None,
    ) -> tuple[Episode, Record]:
        """Judge the program that passes most self-made tests, the last of equals, by the hidden ones."""
        numbers = [number for number, draft in enumerate(drafts) if draft.program]
        best = max(numbers, key=lambda number: (drafts[number].num_passed, number), default=None)
        error = "no answer held a program"
        if best is not None:
            error = judge(programs, problem, drafts[best].program)
        solved = not error
        steps = [draft.step for draft in drafts]
        if best is not None:
            steps[best] = replace(steps[best], reward=float(solved))
        ends = [drafts[-1].feedback]
        if refusal is not None:
            ends.append(f"{REFUSED}: {refusal}")
        judged = "" if best is None else f"Program {best + 1} of {len(drafts)} is judged. "
        ends.append(f"{judged}Hidden tests: {error or 'all pass'}.")
        record = Record(
            problem.case,
            tests,
            tuple(draft.num_passed for draft in drafts),
            best,
            best is not None and drafts[best].passes,
            solved,
        )
        return self._episode(problem, steps, "\n".join(ends), solved, refusal), record

    def _judge_tests(
        self, problem: Problem, tests: tuple[str, ...], reply: Reply, programs: Programs
    ) -> tuple[Episode, Record]:
        """Run the self-made tests against the published solution."""
        results = run_tests(programs, problem, problem.solution, tests)
        right = bool(results) and not any(result.problem for result in results)
        step = Step(
            "\n".join(tests),
            float(right),
            observation=problem.prompt,
            answer=reply.text,
            cut=reply.cut,
            is_valid=bool(tests),
            primitive_steps=len(tests),
            usage=reply.usage,
        )
        num_passed = sum(not result.problem for result in results)
        record = Record(problem.case, tests, (num_passed,), None, right, right)
        return self._episode(problem, [step], feedback_text(results), right), record

    def _episode(
        self,
        problem: Problem,
        steps: Sequence[Step],
        final: str,
        solved: bool,
        refusal: ModelRefused | None = None,
    ) -> Episode:
        return Episode(
            self.task.name,
            problem.case,
            success=solved,
            score=float(solved),
            terminated=refusal is None,
            truncated=refusal is not None,
            steps=tuple(steps),
            goal=f"write the function {problem.entry_point}",
            final_observation=final,
        )

    def _chosen_tests(self, reply: Reply, problem: Problem) -> tuple[str, ...]:
        """The tests in an answer, in its order; of too many some are drawn, for each case and seed the same."""
        tests = read_tests(reply, problem.entry_point)
        if len(tests) <= self.rules.num_tests:
            return tests
        rng = random.Random(f"{self.sampling.seed} {problem.case}")
        kept = sorted(rng.sample(range(len(tests)), self.rules.num_tests))
        return tuple(tests[number] for number in kept)

    def _ask_for_tests(self, problem: Problem) -> Request:
        question = self.prompt.write_tests.format(
            prompt=problem.prompt.strip(),
            num_tests=self.rules.num_tests,
            entry_point=problem.entry_point,
        )
        return self._request(
            Message("system", self.prompt.tester), Message("user", f"{question}\n\n{TESTS_CUE}")
        )

    def _ask_for_program(
        self, problem: Problem, drafts: Sequence[Draft], notes: Sequence[Reflection]
    ) -> Request:
        """The problem; after a program the one before, what came of it, and the note about it."""
        if not drafts:
            return self._request(*self._first_messages(problem, ()))
        again = f"{self.prompt.again.format(entry_point=problem.entry_point)}\n\n{PROGRAM_CUE}"
        messages = self._until_feedback(problem, drafts, notes[:-1])
        if not notes or not notes[-1].is_readable:
            return self._request(*messages, Message("user", f"{drafts[-1].feedback}\n\n{again}"))
        note = earlier_answer(notes[-1].text)
        return self._request(*messages, self._note_question(drafts), note, Message("user", again))

    def _ask_for_note(
        self, problem: Problem, drafts: Sequence[Draft], notes: Sequence[Reflection]
    ) -> Request:
        messages = self._until_feedback(problem, drafts, notes)
        request = self._request(*messages, self._note_question(drafts))
        return replace(request, sampling=self.note_sampling)

    def _note_question(self, drafts: Sequence[Draft]) -> Message:
        text = f"{drafts[-1].feedback}\n\n{self.prompt.reflect}\n\n{REFLECTION_CUE}"
        return Message("user", text)

    def _until_feedback(
        self, problem: Problem, drafts: Sequence[Draft], notes: Sequence[Reflection]
    ) -> list[Message]:
        """The problem with the notes about earlier programs, and the last program."""
        readable = [note for note in notes if note.is_readable]
        earlier = readable[max(0, len(readable) - self.rules.memory_size + 1) :]
        answer = earlier_answer(without_thoughts(drafts[-1].step.answer))
        return [*self._first_messages(problem, earlier), answer]

    def _first_messages(self, problem: Problem, notes: Sequence[Reflection]) -> list[Message]:
        question = self.prompt.write.format(prompt=problem.prompt.strip())
        parts = [memory_text(notes), f"{question}\n\n{PROGRAM_CUE}"]
        text = "\n\n".join(part for part in parts if part)
        return [Message("system", self.prompt.programmer), Message("user", text)]

    def _request(self, *messages: Message) -> Request:
        return Request(messages, sampling=self.sampling)


def _accepted(reply: Reply | ModelRefused) -> Reply:
    """The reply.

    Raises:
        ModelRefused: it is one.
    """
    if isinstance(reply, ModelRefused):
        raise reply
    return reply
