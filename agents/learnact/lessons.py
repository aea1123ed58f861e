"""The verbs act_reflexion and react_reflexion, baselines of LearnAct (arXiv 2402.15809): lessons from failures.

The agent plays the training cases in rounds. After a round the learner is shown the first attempt that failed, and
writes a lesson for all cases, which the agent has in front of it from then on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial

from agents.learnact.evaluation import Learned, Models, evaluate_learning
from agents.react import make_policy
from agents.reflexion.policy import TrialPolicy, load_prompt, note_request, read_note
from agents.reflexion.table import describe_unusable
from agents.text_prompt import read_prompt
from core.chat import Request, Sampling, Usage
from core.console import count, echo
from core.decode import convert, damaged
from core.episode import Episode
from core.files import read_lines, write_lines
from core.reflection import LESSON_CUE, Lesson, lessons_text, readable
from core.run import EVAL_RESULTS, LEARN_RESULTS, RunDirectory
from core.settings import LessonSettings
from core.task import TextTask
from planner.cache import request_digest
from planner.dispatch import Dispatcher
from reports.dialogue import dialogue
from reports.lessons import LESSONS, ROUND
from runner.evaluation.evaluate import Evaluation, evaluate, play_again, read_episodes
from runner.evaluation.experiments import play_experiments
from runner.evaluation.text import options_of, paid_digests
from runner.player import Case
from runner.text import TextPlayer, TextPolicy


@dataclass(frozen=True, slots=True)
class LessonPrompt:
    """The text of ``agents/prompts/lessons.json``.

    Attributes:
        instructions: what a lesson has to say.
    """

    instructions: str


def play(agent: str, settings: LessonSettings) -> list[Evaluation]:
    """Learn lessons for a text world, or for each of a group, and evaluate the agent with them.

    Args:
        agent: ``act`` or ``react``.
        settings: of the run.

    Raises: see `agents.learnact.evaluation.evaluate_learning`.
    """
    method = f"{agent}_reflexion"
    begin = partial(LessonLoop, agent)
    return play_experiments(partial(evaluate_learning, method, begin, is_novice=True), settings)


class LessonLoop:
    """Learns lessons for one task; see `agents.learnact.evaluation.LearningLoop`.

    Args:
        agent: ``act`` or ``react``.
        task: the world.
        cases: the training cases.
        settings: of the run.
        models: that of the agent and that of the learner.
        run: the directory, locked; rounds and lessons that it holds are not made again.
    """

    def __init__(
        self,
        agent: str,
        task: TextTask,
        cases: Sequence[Case],
        settings: LessonSettings,
        models: Models,
        run: RunDirectory,
    ) -> None:
        self._task = task
        self._cases = cases
        self._settings = settings
        self._models = models
        self._run = run
        self._title = f"{agent} on {task.name}, training cases, {models.agent.name}"
        self._policy = make_policy(agent, task, settings)
        self._lessons = _read_lessons(run)
        self._usage = Usage()  # of the rounds
        instructions = read_prompt("lessons", LessonPrompt).instructions
        self._question = f"{instructions}\n{LESSON_CUE}"

    def paid(self) -> Iterator[str]:
        """Digests of the requests whose usage is in the episodes and lessons so far."""
        for number in range(len(self._lessons) + 1):
            policy = self._policy_of(number)
            episodes = read_episodes(self._run, _place(number))
            yield from paid_digests(episodes, policy)
            for lesson in self._lessons[number : number + 1]:
                if lesson.usage.llm_calls:
                    failed = [episode for episode in episodes if episode.case == lesson.case]
                    yield from (request_digest(self._request(one, policy)) for one in failed)

    def learn(self) -> Learned:
        """Play the rounds that are missing, until all cases are solved or there are enough lessons.

        If the first round solves all cases there are no lessons; the published code stops with an error there.
        """
        most = self._settings.num_lessons
        number = 0
        while (failed := self._play(number)) is not None and number < most:
            if number == len(self._lessons):
                self._take_lesson(number, failed)
            number += 1
        limit = f"--learner_max_tokens {self._settings.learner_max_tokens}"
        unusable = describe_unusable(self._lessons, "lesson", limit)
        if unusable:
            echo(unusable)
        usage = sum((lesson.usage for lesson in self._lessons), self._usage)
        echo(f"learning: {usage.describe(self._settings.token_prices)}")
        return Learned(self._policy_of(number + 1))

    def _play(self, number: int) -> Episode | None:
        """Play a round; returns the first attempt that failed."""
        settings, task = self._settings, self._task
        player = TextPlayer(
            f"{self._title}, round {number}",
            task,
            self._policy_of(number),
            self._models.agent,
            settings.num_active,
            settings.train_max_steps,
            options_of(task, settings),
            keeps_refused=number > 0,  # the lessons may make the first request too long
        )
        kept = read_episodes(self._run, _place(number))
        episodes = evaluate(
            player, self._cases, self._run, settings, place_name=_place(number), kept=kept
        ).episodes
        if settings.show:
            for episode in episodes:
                echo(dialogue(episode))
        usage = sum((episode.usage for episode in episodes), Usage())
        self._usage += usage
        solved = sum(episode.success for episode in episodes)
        echo(
            f"round {number}: {solved} of {count(len(episodes), 'training case')} solved; "
            f"{count(usage.llm_calls, 'call')}, {count(usage.tokens, 'token')}"
        )
        return next((one for one in episodes if not one.success and one.steps), None)

    def _take_lesson(self, number: int, failed: Episode) -> None:
        """Ask the learner for a lesson, and keep it."""
        with Dispatcher[Case](self._models.learner) as dispatcher:
            dispatcher.send(failed.case, self._request(failed, self._policy_of(number)))
            [(case, reply)] = dispatcher.receive()
        for place in (_place(number + 1), EVAL_RESULTS):
            play_again(self._run, place, "a lesson before it was lost")
        note = read_note(number, reply)
        lesson = Lesson(note.trial, note.text, note.usage, note.cut, case=case)
        self._lessons.append(lesson)
        write_lines(self._run.file(LEARN_RESULTS) / LESSONS, map(asdict, self._lessons))
        echo(f"lesson from {case}: {lesson.text or 'none'}")

    def _request(self, failed: Episode, policy: TextPolicy) -> Request:
        settings = self._settings
        sampling = Sampling(
            settings.learner_temperature, settings.learner_max_tokens, seed=settings.seed
        )
        question = f"{load_prompt().how_ended(failed)} {self._question}"
        return note_request(failed, policy, question, sampling)

    def _policy_of(self, number: int) -> TrialPolicy:
        """The policy of a round, or of the evaluation after the last one; with a temperature each samples anew."""
        text = lessons_text(readable(self._lessons[:number]))
        sample = number if self._settings.temperature else 0
        return TrialPolicy(self._policy, lambda _: text, sample)


def _place(number: int) -> str:
    """Name of a round's directory in that of the run."""
    return f"{LEARN_RESULTS}/{ROUND}{number}"


def _read_lessons(run: RunDirectory) -> list[Lesson]:
    """The lessons so far.

    Raises:
        RunDirectoryError: one is damaged, or one before others is missing.
    """
    path = run.file(LEARN_RESULTS) / LESSONS
    if not path.exists():
        return []
    lessons = read_lines(path, lambda row, where: convert(row, Lesson, where), if_damaged="refuse")
    for number, lesson in enumerate(lessons):
        if lesson.trial != number:
            raise damaged(str(path), f"the lesson after round {number} is missing")
    return lessons
