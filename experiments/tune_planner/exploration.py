"""Exploration: the tuned model's own answers are tried in episodes, beside the scripted planner's."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from agents.when2ask import make_controller
from core.chat import Reply, Request
from core.console import Progress
from core.errors import PlanFormatError
from core.rooms.plan import format_plan
from core.settings import EVALUATION_SEEDS, PlannersSettings, TunePlannerSettings
from core.task import RoomTask
from experiments.tune_planner.outcomes import CandidateAnswer, Outcome, Tally
from experiments.tune_planner.questions import Demonstration, with_planner
from mediator.answer_table import AnswerTable
from mediator.mediator import read_plan
from mediator.policies import ASK_POLICIES
from planner.build import build_model, build_planners
from planner.chat import ChatModel
from planner.planner import Planner, Question
from runner.rooms.build import make_engine
from runner.rooms.player import evaluate_policy
from runner.rooms.rollout import Rollout
from tuning.selected import Selected

ROUND_STREAM = 11
"""Keeps the generators that draw the answers of the rounds apart from others of the same seed."""
CUT = "answers cut at --max_tokens"


@dataclass(frozen=True, slots=True)
class FixedAnswers:
    """Gives some questions a fixed answer each; a model answers the others, and those that are asked again.

    Attributes:
        model: answers what has no fixed answer.
        answers: question -> answer.
        in_flight: see `planner.chat.ChatModel`.
    """

    model: ChatModel
    answers: Mapping[str, str]
    in_flight: int = 1

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    def chat(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """The answers, in order."""
        others = iter(self.model.chat([one for one in requests if not self._is_fixed(one)]))
        for request in requests:
            if self._is_fixed(request):
                yield Reply(self.answers[request.question])
            else:
                yield next(others)

    def _is_fixed(self, request: Request) -> bool:
        return request.question in self.answers


def explore(
    settings: TunePlannerSettings,
    task: RoomTask,
    model_path: str,
    demonstrations: Sequence[Demonstration],
) -> Selected[Outcome]:
    """Sample answers to the questions that are trained on, and try them in episodes with training seeds.

    Args:
        settings: of the run.
        task: with its rooms.
        model_path: of the model that is tuned.
        demonstrations: all; of those held out nothing is tried, the model answers them in the episodes.

    Returns:
        The outcomes of all candidates, question by question.

    Raises:
        ModelError: the model gave no answer.
    """
    planner = _planner(settings, task, model_path)
    trained = [one for one in demonstrations if not one.is_held_out]
    candidates = sample_candidates(trained, planner, settings.num_samples)
    tally = _try_in_episodes(settings, planner, candidates.kept)
    outcomes = tuple(map(tally.outcome, candidates.kept))
    return Selected(outcomes, candidates.left_out)


def _planner(settings: TunePlannerSettings, task: RoomTask, model_path: str) -> Planner:
    """The tuned model as a planner that takes the most likely tokens."""
    asking = with_planner(PlannersSettings, settings, model_path)
    [planner] = build_planners(asking, [task], build_model(asking))
    return planner


def sample_candidates(
    demonstrations: Sequence[Demonstration], planner: Planner, num_samples: int
) -> Selected[CandidateAnswer]:
    """The different answers to each question: the expert's, the most likely one, and samples at temperature 1.

    Args:
        demonstrations: the questions with the expert's answers.
        planner: the tuned model, greedy.
        num_samples: of each question. Each has its own random numbers.
    """
    sampler = replace(planner, sampling=replace(planner.sampling, temperature=1.0))
    questions = [one.question for one in demonstrations]
    replies = [list(planner.model.chat([planner.request(Question(one)) for one in questions]))]
    for sample in range(num_samples):
        requests = [
            sampler.request(Question(question, 1 + number * num_samples + sample))
            for number, question in enumerate(questions)
        ]
        replies.append(list(planner.model.chat(requests)))
    kept: list[CandidateAnswer] = []
    left_out: Counter[str] = Counter()
    for demonstration, own in zip(demonstrations, zip(*replies, strict=True), strict=True):
        whole = [reply for reply in own if not reply.cut]
        left_out[CUT] += len(own) - len(whole)
        kept += distinct_candidates(demonstration, whole)
    return Selected(tuple(kept), left_out)


def distinct_candidates(
    demonstration: Demonstration, own: Sequence[Reply]
) -> list[CandidateAnswer]:
    """One answer for each plan, the expert's first, and one for each text without a feasible plan.

    Args:
        demonstration: the question with the expert's answer.
        own: answers of the tuned model.
    """
    plans = {reply.text: _feasible_plan(reply, demonstration) for reply in own}
    expert = format_plan(demonstration.plan)
    found = {
        expert: CandidateAnswer(demonstration.question, demonstration.answer, expert, is_own=False)
    }
    for text, plan in plans.items():
        known = found.get(plan or text)
        found[plan or text] = (
            CandidateAnswer(demonstration.question, text, plan, is_own=True)
            if known is None
            else replace(known, is_own=True)
        )
    return list(found.values())


def _feasible_plan(reply: Reply, demonstration: Demonstration) -> str:
    """The plan in a reply as text; empty if there is none that can be carried out."""
    try:
        return format_plan(read_plan(reply, demonstration.scene.known))
    except PlanFormatError:
        return ""


def _try_in_episodes(
    settings: TunePlannerSettings, planner: Planner, candidates: Sequence[CandidateAnswer]
) -> Tally:
    """Play all rounds; each draws an answer for each question, which it keeps to its end."""
    per_round = settings.explore_episodes // settings.explore_rounds
    rooms = with_planner(PlannersSettings, settings)
    engine = make_engine(
        rooms, "delta_codes", min(settings.num_envs, per_round), is_worth_compiling=True
    )
    policy = ASK_POLICIES[settings.explore_policy]()
    tally = Tally()
    with Progress("trying answers in episodes", settings.explore_rounds, "round") as progress:
        for number in range(settings.explore_rounds):
            answers = draw_answers(candidates, settings.seed, number)
            fixed = replace(planner, model=FixedAnswers(planner.model, answers))
            controller = make_controller(rooms, fixed, engine)
            # the rooms after those in which the questions were collected
            first = EVALUATION_SEEDS.stop + settings.num_episodes + number * per_round
            env_seeds = range(first, first + per_round)
            rollout = evaluate_policy(engine, policy, controller, settings.seed, env_seeds)
            tally.add(answers, used_answers(rollout, controller.answers), rollout.by_episode())
            progress.advance()
    return tally


def draw_answers(candidates: Sequence[CandidateAnswer], seed: int, number: int) -> dict[str, str]:
    """For each question one of its answers with a feasible plan, all equally likely.

    Args:
        candidates: answers.
        seed: of the run.
        number: of the round.
    """
    feasible: dict[str, list[str]] = {}
    for one in candidates:
        if one.plan:
            feasible.setdefault(one.question, []).append(one.answer)
    rng = np.random.default_rng((seed, ROUND_STREAM, number))
    return {question: answers[rng.integers(len(answers))] for question, answers in feasible.items()}


def used_answers(rollout: Rollout, answers: AnswerTable) -> set[tuple[int, str]]:
    """(episode, question) wherever the plan of the first answer to a question was used.

    In a situation in which that answer has no feasible plan, another answer was asked for; it is not meant.
    """
    episodes = np.repeat(np.arange(len(rollout.lengths)), rollout.lengths)
    columns = (episodes, rollout.questions, rollout.answer_slots)
    asked = np.unique(np.stack(columns, axis=1)[rollout.asked], axis=0)
    given = [
        (episode, answers.answer(question, slot)) for episode, question, slot in asked.tolist()
    ]
    return {(episode, answer.question) for episode, answer in given if not answer.rejected}
