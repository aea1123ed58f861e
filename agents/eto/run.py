"""The verb eto: demonstrations, supervised training, rounds of exploration and training on pairs, and controls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.eto.controls import train_controls
from agents.eto.demonstrations import demonstrate, play_expert
from agents.eto.experiment import Cases, EvaluatedModel, Experiment, choose_cases
from agents.eto.rounds import Round, run_rounds
from agents.eto.stages import check_model, first_model, imitate, imitation_recipe, show_values
from agents.eto.table import Rows, as_table, metric_rows
from agents.eto.tuning_run import TuningRun, in_run
from core.console import count, echo, show
from core.files import remove, write_json
from core.metrics import rewrite_metrics
from core.run import BEST, BEST_MODEL
from core.settings import EtoSettings, is_tiny
from runner.evaluation.evaluate import Evaluation
from runner.evaluation.text import check_texts

METHOD = "eto"
EXPERT, UNTUNED, SFT, BEST_ON_DEV = "expert", "untuned", "SFT", "ETO, best on dev"
"""Names of agents in the table."""


@dataclass(frozen=True, slots=True)
class EtoRun:
    """What a run has left.

    Attributes:
        title: task and model.
        path: of its directory.
        sft: the model that the rounds begin with.
        rounds: in their order.
        tests: evaluations on the test cases, by name, in the order of the table.
    """

    title: str
    path: Path
    sft: EvaluatedModel
    rounds: tuple[Round, ...]
    tests: Mapping[str, Evaluation]

    @property
    def best(self) -> EvaluatedModel:
        """The model of the round with the highest mean score on the dev cases; of equals the first."""
        return max((one.tuned for one in self.rounds), key=lambda one: one.dev_score)

    def __repr__(self) -> str:
        """One line."""
        return f"{self.title}: {count(len(self.rounds), 'round')}, the best is {self.best.name}, kept in {self.path}"


def eto(settings: EtoSettings) -> list[EtoRun]:
    """Carry out the method, or several experiments of it, and print the tables.

    Each experiment has a run directory ``LOGDIR/eto/TASK/SAVE_NAME``; with --resume what is finished there is not
    repeated, and what is left comes out as in a run that was not interrupted.

    Raises:
        SettingsError: the task has no cases to train on, or there is nothing to train on.
        RunDirectoryError: a directory holds a run, and neither --resume nor --overwrite is given; or it was started
            with other settings; or a file is damaged.
        ModelError: the model cannot be used; what is finished is kept for --resume.
        TrainingDiverged: a loss is no longer finite.
        TrainingInterrupted: a process that trains with this one has ended.
    """
    check_model(settings)
    runs = [_run(each) for each in settings.experiments()]
    if len(runs) > 1:
        echo(f"means over {count(len(runs), 'experiment')} and their cases, 95 % intervals")
        show(as_table(rows_of(runs)))
    return runs


def _run(settings: EtoSettings) -> EtoRun:
    """One experiment."""
    with in_run(METHOD, settings) as run:
        show_values(settings)
        check_texts([run.task], settings)
        finished = _stages(run, settings, choose_cases(run, settings))
        _finish(finished, run)
    return finished


def _stages(run: TuningRun, settings: EtoSettings, cases: Cases) -> EtoRun:
    """All stages; what is finished is not repeated."""
    demonstrated = demonstrate(run, settings, cases.train)
    experiment = Experiment(run, settings, cases, {one.case: one for one in demonstrated})
    start = first_model(settings, demonstrated, run.file("base"))
    if is_tiny(settings.model_path):
        echo("untuned: a model from scratch, whose answers cannot be read before it is trained")
    tests = {UNTUNED: experiment.test(UNTUNED, start, UNTUNED)}
    tests[EXPERT] = play_expert(
        run, settings, f"{EXPERT}, test cases", cases.test, f"{EXPERT}/test"
    )
    run.show(tests[EXPERT])
    tuned = imitate(start, demonstrated, imitation_recipe(settings), run.file("sft"), SFT, settings)
    sft = experiment.evaluate(SFT, str(tuned.model), "sft")
    tests[SFT] = sft.test
    rounds = run_rounds(experiment, sft)
    tests |= {one.tuned.name: one.tuned.test for one in rounds}
    tests |= train_controls(experiment, sft, rounds)
    title = f"eto on {run.task.name}, {settings.model_path}, seed {settings.seed}"
    return EtoRun(title, run.directory.path, sft, tuple(rounds), tests)


def _finish(finished: EtoRun, run: TuningRun) -> None:
    """Write which round is the best, the metrics over the rounds, and print the table."""
    best, path = finished.best, finished.path
    rewrite_metrics(run.directory, list(metric_rows(finished.sft, finished.rounds)), "iteration")
    model = Path(best.model)
    link = path / BEST_MODEL
    remove(link)
    link.symlink_to(model.relative_to(path), target_is_directory=True)
    write_json(path / BEST, _as_json(finished))
    echo(finished.title)
    show(as_table(rows_of([finished]), best.name))
    if finished.sft.dev_score >= best.dev_score:
        echo(
            f"on the dev cases no round is better than {SFT}: score {finished.sft.dev_score:.3f}, "
            f"{best.name} {best.dev_score:.3f}"
        )
    echo(f"* the best round on the dev cases; its model is {link}")


def _as_json(finished: EtoRun) -> dict[str, Any]:
    candidates = [finished.sft, *(one.tuned for one in finished.rounds)]
    return {
        "best": finished.best.name,
        "model": str(Path(finished.best.model).relative_to(finished.path)),
        "dev": {one.name: one.dev_score for one in candidates},
        "test": {
            name: {quantity: estimate._asdict() for quantity, estimate in one.summary.items()}
            for name, one in finished.tests.items()
        },
    }


def rows_of(runs: Sequence[EtoRun]) -> Rows:
    """The test episodes of each agent in each experiment; those that some experiment lacks are left out."""
    tests = [run.tests if len(runs) == 1 else _with_best(run) for run in runs]
    return {
        name: [one[name].episodes for one in tests]
        for name in tests[0]
        if all(name in one for one in tests)
    }


def _with_best(run: EtoRun) -> dict[str, Evaluation]:
    """The evaluations, with that of the best round behind those of all rounds."""
    tests = {}
    for name, evaluation in run.tests.items():
        tests[name] = evaluation
        if name == run.rounds[-1].tuned.name:
            tests[BEST_ON_DEV] = run.best.test
    return tests
