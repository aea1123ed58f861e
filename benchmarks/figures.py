"""The videos in img/: one held-out layout, played by a trained mediator, the baseline and always.

    python benchmarks/figures.py log/ppo/simpledoorkey/experiment01

The layout is the first on which the learned mediator opens the door and the baseline does not.
"""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agents import when2ask  # noqa: E402
from core.episode import Episode  # noqa: E402
from core.settings import EVALUATION_SEEDS, EvalSettings  # noqa: E402
from mediator.policies import ASK_POLICIES, Policy  # noqa: E402
from reports.video import record_video  # noqa: E402
from runner.build import make_worlds  # noqa: E402
from runner.room_player import evaluate_policy  # noqa: E402
from runner.trained import load_target  # noqa: E402


def main(run: Path) -> None:
    """Record three asking policies on one layout."""
    settings = EvalSettings(
        logdir=str(run.parents[2]),
        algo=run.parents[1].name,
        task=run.parent.name,
        save_name=run.name,
    )
    target = load_target(settings, frozenset(), when2ask.METHOD.name)
    [world] = make_worlds(
        when2ask.METHOD, target.settings, target.features, 10, is_worth_compiling=False
    )
    policies: dict[str, Policy] = {
        "learned": target.policy,
        "baseline": ASK_POLICIES["baseline"](),
        "always": ASK_POLICIES["always"](),
    }

    def play(name: str, layouts: range) -> list[Episode]:
        rollout = evaluate_policy(
            world.engine, policies[name], world.controller, settings.seed, layouts
        )
        return rollout.episodes(world.engine.task, world.controller.answers)

    pairs = zip(play("learned", EVALUATION_SEEDS), play("baseline", EVALUATION_SEEDS), strict=True)
    layout = next(int(a.case) for a, b in pairs if a.success and not b.success)
    for name in policies:
        [episode] = play(name, range(layout, layout + 1))
        scratch = ROOT / "img" / "film"
        gif, _ = record_video(episode, scratch)
        gif.replace(ROOT / "img" / f"{name}.gif")
        shutil.rmtree(scratch)
        print(
            f"img/{name}.gif: layout {layout}, {episode.num_steps} steps, {episode.asks} questions"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
