"""The pictures in img/: one held-out layout, played by a trained mediator, the baseline and always.

    python benchmarks/figures.py log/ppo/simpledoorkey/experiment01

The layout is the first on which the learned mediator opens the door and the baseline does not.
"""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agents.evaluate import evaluate, load_policy  # noqa: E402
from agents.film import Film  # noqa: E402
from agents.room import Room  # noqa: E402
from agents.when2ask import NAME, make_asking  # noqa: E402
from core.episode import Episode  # noqa: E402
from core.settings import EVALUATION_SEEDS, EvalSettings  # noqa: E402
from core.task import find_task  # noqa: E402
from mediator.ask import WAYS, Policy  # noqa: E402
from planner.build import build_planner  # noqa: E402


def main(run: Path) -> None:
    """Film three ways of asking on one layout."""
    settings = EvalSettings(
        logdir=str(run.parents[2]),
        policy=run.parents[1].name,
        task=run.parent.name,
        save_name=run.name,
    )
    settings, learned, features = load_policy(settings, frozenset(), NAME)
    task = find_task(settings.task)
    method = make_asking(settings, task, build_planner(settings, task))
    rooms = [Room(task, settings.skills, features) for _ in range(10)]
    policies: dict[str, Policy] = {
        "learned": learned,
        "baseline": WAYS["baseline"](),
        "always": WAYS["always"](),
    }

    def play(name: str, layouts: range, film: Film | None = None) -> list[Episode]:
        watch = film.watch if film is not None else None
        return evaluate(rooms, policies[name], method, settings.seed, layouts, watch)

    pairs = zip(play("learned", EVALUATION_SEEDS), play("baseline", EVALUATION_SEEDS), strict=True)
    layout = next(a.seed for a, b in pairs if a.success and not b.success)
    for name in policies:
        film = Film(range(layout, layout + 1))
        [episode] = play(name, range(layout, layout + 1), film)
        scratch = ROOT / "img" / "film"
        gif, _ = film.write(episode, scratch)
        gif.replace(ROOT / "img" / f"{name}.gif")
        shutil.rmtree(scratch)
        print(
            f"img/{name}.gif: layout {layout}, {episode.num_steps} steps, {episode.asks} questions"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
