"""The verb tune_planner: a language model learns to answer the mediator's questions.

First it imitates the scripted planner's plans for some of a task's questions. Then its own answers are tried in
episodes, and it learns to prefer the answers with the better outcomes, as ETO does with trajectories (arXiv
2403.02502). Two controls with as many gradient steps say what that is worth.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from core.console import echo, show
from core.decode import convert
from core.errors import ModelMissing
from core.files import read_json, write_json
from core.provenance import provenance
from core.run import CONFIG, RunDirectory, saved_settings
from core.settings import TunePlannerSettings, is_tiny, to_json
from core.task import RoomTask, find_task
from experiments.tune_planner.evaluation import evaluate_planner
from experiments.tune_planner.exploration import explore
from experiments.tune_planner.outcomes import (
    Outcome,
    contrasts,
    describe_rejected,
    good_answers,
)
from experiments.tune_planner.questions import Demonstration, demonstrate
from experiments.tune_planner.stages import ETO, MORE_SFT, RFT, SFT, Stages
from experiments.tune_planner.table import Row, as_tables
from planner.prompt import load_prompt
from runner.refuse import MAY_CHANGE, check_resumed, refusal_to_replace, refuse_other_settings
from tuning.encoding import ChatEncoder
from tuning.processes import check_devices
from tuning.selected import Selected
from tuning.tiny import make_tiny
from tuning.tokenizer import load_tokenizer

QUESTIONS, OUTCOMES, RESULTS = "questions.json", "outcomes.json", "results.json"
BASE = "base"
"""The directory of a model from scratch."""
SCRIPTED, UNTUNED = "scripted", "untuned"
"""Rows of the table that are not trained here; the untuned model reads the prompt's worked examples."""
MAX_TOKENS = 512
"""Of a training conversation: the prompt without worked examples, a question and a plan."""


def tune_planner(settings: TunePlannerSettings) -> list[Row]:
    """Tune and evaluate; print and write the table.

    Returns:
        Its rows.

    Raises:
        SettingsError: the task has too few questions, no such model can be made, or there is no such device.
        RunDirectoryError: the directory holds a run, and neither --resume nor --overwrite is given; or it was begun
            with other settings; or a file is damaged.
        ModelMissing: there is no such model, or a package is missing.
        TrainingDiverged: a loss is no longer a finite number; finished stages are kept.
        TrainingInterrupted: a process that trains with this one has ended.
    """
    task = find_task(settings.task, settings.rooms)
    check_devices(settings.device, settings.num_processes)
    with RunDirectory.of(settings) as run:
        _begin(run, settings)
        demonstrations = demonstrate(settings)
        write_json(run.file(QUESTIONS), {"questions": list(map(_as_json, demonstrations))})
        run.publish()
        base = _base_model(run, settings, task, demonstrations)
        prompt = load_prompt(task, shows_examples=False)
        encoder = ChatEncoder(load_tokenizer(base), MAX_TOKENS)
        stages = Stages(run, settings, prompt, encoder)
        rows = list(_Tuning(run, settings, task, demonstrations, base, stages).rows())
        results = {"rows": [asdict(row) for row in rows], "settings": to_json(settings)}
        write_json(run.file(RESULTS), {**results, **provenance()})
    for table in as_tables(rows):
        show(table)
    echo(f"kept in {run.path}")
    return rows


def _begin(run: RunDirectory, settings: TunePlannerSettings) -> None:
    """Begin a new run, or check that this one goes on with the same settings.

    Raises:
        RunDirectoryError: the directory holds another run, or one that must not be replaced.
    """

    def check() -> bool:
        if not run.file(CONFIG).exists():
            return False
        refuse_other_settings(run, saved_settings(run.file(CONFIG)), settings, MAY_CHANGE)
        return True

    if settings.resume and check_resumed(run, check):
        return
    if run.is_used and not settings.overwrite:
        raise refusal_to_replace(run)
    run.begin()
    run.write_config(settings.group, settings)


def _as_json(one: Demonstration) -> dict[str, object]:
    return {"question": one.question, "answer": one.answer, "is_held_out": one.is_held_out}


def _base_model(
    run: RunDirectory,
    settings: TunePlannerSettings,
    task: RoomTask,
    demonstrations: Sequence[Demonstration],
) -> str:
    """The model that is tuned; one from scratch is made once.

    Raises:
        SettingsError: no such model can be made.
        ModelMissing: a package is missing.
    """
    if is_tiny(settings.model_path):
        if not run.file(BASE).exists():
            prompt = load_prompt(task)
            said = [message.content for message in prompt.messages]
            known = [text for one in demonstrations for text in (one.question, one.answer)]
            make_tiny(
                settings.model_path,
                [*said, prompt.complaint, *known],
                run.file(BASE),
                settings.seed,
            )
        return str(run.file(BASE))
    if settings.model_path:
        return settings.model_path
    try:
        # slow to import, and not always installed
        from planner.smollm import default_model
    except ImportError as error:
        raise ModelMissing(f"the small model needs {error.name}: make install-llm") from None
    return str(default_model())


@dataclass(frozen=True, slots=True)
class _Tuning:
    """Makes the rows of the table, one stage after the other.

    Attributes:
        run: the directory, locked.
        settings: of the run.
        task: with its rooms.
        demonstrations: the questions.
        base: path of the model that is tuned.
        stages: trains.
    """

    run: RunDirectory
    settings: TunePlannerSettings
    task: RoomTask
    demonstrations: Sequence[Demonstration]
    base: str
    stages: Stages

    def rows(self) -> Iterator[Row]:
        """The rows, each as soon as it is evaluated."""
        yield self._row(SCRIPTED, "", 0, shows_examples=True)
        if not is_tiny(
            self.settings.model_path
        ):  # from scratch it answers nothing that can be read
            yield self._row(UNTUNED, self.base, 0, shows_examples=True)
        sft = self.stages.imitate(self.base, self.demonstrations)
        yield self._row(SFT, str(sft.model), sft.num_steps)
        yield from self._after(str(sft.model))

    def _after(self, model: str) -> Iterator[Row]:
        """The stages after imitation, if there is anything to learn from the outcomes."""
        margin = self.settings.margin
        outcomes = self._outcomes(model)
        pairs, good = contrasts(outcomes, margin), good_answers(outcomes, margin)
        echo(f"pairs: {pairs.describe()}")
        echo(f"good answers: {good.describe()}")
        if not pairs.kept:
            echo("no answer was clearly better than another one: there is nothing to contrast")
            return
        echo(describe_rejected(pairs.kept))
        eto = self.stages.contrast(model, pairs.kept)
        yield self._row(ETO, str(eto.model), eto.num_steps)
        more = self.stages.imitate_more(model, self.demonstrations, eto.num_steps)
        yield self._row(MORE_SFT, str(more.model), more.num_steps)
        if good.kept:
            rft = self.stages.imitate_good(model, good.kept, eto.num_steps)
            yield self._row(RFT, str(rft.model), rft.num_steps)

    def _outcomes(self, model: str) -> list[Outcome]:
        """The outcomes of the answers, from the run's file if it has them."""
        path = self.run.file(OUTCOMES)
        if not path.exists():
            found = explore(self.settings, self.task, model, self.demonstrations)
            rows = [asdict(one) for one in found.kept]
            write_json(path, {"outcomes": rows, "left_out": dict(found.left_out)})
        kept = convert(read_json(path), _KeptOutcomes, str(path))
        echo(f"candidates: {Selected(tuple(kept.outcomes), kept.left_out).describe()}")
        return kept.outcomes

    def _row(self, name: str, model: str, steps: int, *, shows_examples: bool = False) -> Row:
        evaluation = evaluate_planner(
            self.run, self.settings, name, model, self.demonstrations, shows_examples=shows_examples
        )
        return Row(name, steps, evaluation)


@dataclass(frozen=True, slots=True)
class _KeptOutcomes:
    """The document of `OUTCOMES`."""

    outcomes: list[Outcome]
    left_out: dict[str, int]
