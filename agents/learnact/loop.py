"""How functions are learned (arXiv 2402.15809, section 3): made, tested in training cases, and improved."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from agents.learnact.evaluation import Learned, Models
from agents.learnact.learner.learner import Learner
from agents.learnact.policy import make_policy, make_wrapper
from agents.learnact.records import (
    place_name,
    read_candidate,
    terms,
    write_candidate,
    write_winner,
)
from agents.learnact.score import first_failure, score_of, without_unused
from agents.learnact.table import as_table_of_candidates, describe, metric_rows
from core.candidate import BASE, WINNER, Candidate, Failure, Proposal, candidate_name
from core.chat import Usage
from core.console import Progress, echo, show
from core.episode import Episode
from core.files import write_json
from core.library import Library
from core.metrics import rewrite_metrics
from core.run import EVAL_RESULTS, SUMMARY, RunDirectory
from core.settings import LearnActSettings
from core.task import TextTask
from envs.text.functions import Function
from planner.converse import Conversation, converse
from reports.dialogue import dialogue
from runner.evaluation.evaluate import play_again, play_and_keep, read_episodes
from runner.evaluation.text import paid_digests
from runner.player import Case


@dataclass(frozen=True, slots=True)
class _Plan:
    """A candidate to be made, and the conversation that makes it."""

    name: str
    parent: str
    failure: Failure | None
    conversation: Conversation[Proposal]


class FunctionLoop:
    """Learns functions for one task; see `agents.learnact.evaluation.LearningLoop`.

    Args:
        functions: the actions of each world.
        task: whose functions are learned.
        cases: the training cases.
        settings: of the run.
        models: that of the agent and that of the learner.
        run: the directory, locked; candidates that it holds are not made again.
    """

    def __init__(
        self,
        functions: Mapping[str, Sequence[Function]],
        task: TextTask,
        cases: Sequence[Case],
        settings: LearnActSettings,
        models: Models,
        run: RunDirectory,
    ) -> None:
        self._functions = functions[task.world]
        self._task = task
        self._cases = cases
        self._settings = settings
        self._models = models
        self._run = run
        self._learner = Learner(task, self._functions, settings)
        self._candidates: dict[str, Candidate] = {}
        self._episodes: dict[str, list[Episode]] = {}

    def paid(self) -> Iterator[str]:
        """Digests of the requests whose usage is in the candidates and episodes so far."""
        for name in self._names():
            candidate = read_candidate(self._run, name)
            if candidate is None:
                continue
            yield from candidate.proposal.paid
            agent = self._agent_with(candidate.proposal.library)
            yield from paid_digests(read_episodes(self._run, place_name(name)), agent.policy)

    def learn(self) -> Learned:
        """Make the candidates that are missing, and choose.

        Returns:
            An agent with the functions of the best candidate, without those that were never called with success.

        Raises:
            ModelError: the model gives no answer; candidates and episodes so far are kept.
        """
        self._keep(Candidate(BASE, "", Proposal("none", Library())))
        self._test(BASE)
        base = self._episodes[BASE]
        samples = range(self._settings.num_samples)
        self._try(
            _Plan(candidate_name(0, sample), "", None, self._learner.create(base, sample))
            for sample in samples
        )
        for iteration in range(1, self._settings.num_iterations + 1):
            best = self._best()
            library = best.proposal.library
            failure = first_failure(self._episodes[best.name], library)
            if failure is None:
                failed = f"no function of {best.name} has failed"
                reason = failed if library.functions else "there are no functions"
                echo(f"{reason}, so there is nothing to improve")
                break
            episode = next(one for one in self._episodes[best.name] if one.case == failure.case)
            self._try(
                _Plan(
                    candidate_name(iteration, sample),
                    best.name,
                    failure,
                    # if no improvement was chosen, the same question is asked again: other samples give other answers
                    self._learner.improve(
                        library, failure, episode, iteration * len(samples) + sample
                    ),
                )
                for sample in samples
            )
        return self._agent_with(self._finish(self._best()))

    def _agent_with(self, library: Library) -> Learned:
        """The agent with a library."""
        task, functions, settings = self._task, self._functions, self._settings
        return Learned(
            make_policy(task, functions, library, settings),
            make_wrapper(task, functions, library, settings),
        )

    def _names(self) -> list[str]:
        """The names of all candidates that there may be, in their order."""
        iterations = range(self._settings.num_iterations + 1)
        samples = range(self._settings.num_samples)
        return [
            BASE,
            *(candidate_name(number, sample) for number in iterations for sample in samples),
        ]

    def _try(self, plans: Iterable[_Plan]) -> None:
        """Make the candidates of an iteration, and test them one after the other."""
        planned = {plan.name: plan for plan in plans}
        made = self._made(planned)
        for name in planned:
            self._candidates[name] = made[name]
            if made[name].proposal.change != "none":
                self._test(name)
            self._show(self._candidates[name])

    def _made(self, planned: Mapping[str, _Plan]) -> dict[str, Candidate]:
        """The candidates with these names: read if the run holds them; otherwise made, in conversations side by side."""
        kept = {name: read_candidate(self._run, name) for name in planned}
        made = {name: candidate for name, candidate in kept.items() if candidate is not None}
        conversations = {
            name: plan.conversation for name, plan in planned.items() if name not in made
        }
        with Progress(f"learning {self._task.name}", len(conversations), "candidate") as progress:
            for name, proposal in converse(conversations, self._models.learner):
                plan = planned[name]
                play_again(self._run, place_name(name), "the record of the candidate was lost")
                made[name] = Candidate(name, plan.parent, proposal, plan.failure)
                write_candidate(self._run, made[name])
                progress.advance()
        return made

    def _keep(self, candidate: Candidate) -> None:
        """Keep a candidate, and write its record."""
        self._candidates[candidate.name] = candidate
        write_candidate(self._run, candidate)

    def _test(self, name: str) -> None:
        """Play the training cases with a candidate's functions."""
        candidate, settings = self._candidates[name], self._settings
        library = candidate.proposal.library
        title = f"{self._task.name}, training cases, candidate {name}"
        player = self._agent_with(library).player(
            title, self._task, self._models.agent, settings.train_max_steps, settings
        )
        kept = read_episodes(self._run, place_name(name))
        episodes = play_and_keep(player, self._cases, self._run, place_name(name), kept)
        self._episodes[name] = episodes
        score = score_of(episodes, library)
        self._keep(replace(candidate, score=score))
        write_json(self._run.file(place_name(name)) / SUMMARY, {"name": name, **terms(score)})
        if settings.show:
            for episode in episodes:
                echo(dialogue(episode))

    def _total(self, candidate: Candidate) -> float:
        assert candidate.score is not None
        return candidate.score.total(counts_correction=self._task.is_planning)

    def _best(self) -> Candidate:
        """The first candidate with the highest score among those with functions; the agent alone if none has any."""
        tested = [one for one in self._candidates.values() if one.name in self._episodes]
        learned = [one for one in tested if one.proposal.library.functions]
        return max(learned or tested, key=self._total)

    def _finish(self, best: Candidate) -> Library:
        """Drop the functions that were never called with success; write and print what was learned."""
        library = best.proposal.library
        used = without_unused(library, self._episodes[best.name])
        unused = tuple(name for name in library.names if name not in used.names)
        candidates = list(self._candidates.values())
        winner = Candidate(
            WINNER,
            best.name,
            Proposal("prune" if unused else "none", used, unused),
            None,
            best.score,
        )
        before = read_candidate(self._run, WINNER)
        if before is not None and before.proposal.library != used:
            play_again(self._run, EVAL_RESULTS, "the functions were others")
        write_candidate(self._run, winner)
        write_winner(self._run, candidates, winner, f"Functions for {self._task.name}")
        rewrite_metrics(self._run, list(metric_rows(candidates, self._total)), "candidate")
        echo(f"learning for {self._task.name}, training cases {', '.join(self._cases)}")
        show(as_table_of_candidates(candidates, best.name, self._total))
        if unused:
            echo(f"never called with success, and dropped: {', '.join(unused)}")
        echo(f"functions: {', '.join(used.names) or 'none'}")
        echo(f"learning: {self._usage().describe(self._settings.token_prices)}")
        return used

    def _usage(self) -> Usage:
        """What the answers of the learner, and of the agent in the training cases, have cost."""
        made = (candidate.proposal.usage for candidate in self._candidates.values())
        played = (episode.usage for episodes in self._episodes.values() for episode in episodes)
        return sum((*made, *played), Usage())

    def _show(self, candidate: Candidate) -> None:
        echo(describe(candidate))
        for refusal in candidate.proposal.refusals:
            echo(f"  not used: {refusal}")
        if self._settings.show and candidate.proposal.change != "none":
            echo(candidate.proposal.library.source)
