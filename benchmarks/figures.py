"""The GIFs in img/: one evaluation seed, played by a trained mediator, the baseline and always.

    python benchmarks/figures.py log/ppo/simpledoorkey/experiment01

The seed is the first on which the trained mediator opens the door and the baseline does not.
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agents import when2ask  # noqa: E402
from core.episode import Episode  # noqa: E402
from core.settings import EVALUATION_SEEDS, EvalSettings  # noqa: E402
from mediator.policies import ASK_POLICIES, Policy  # noqa: E402
from reports.video import record_video  # noqa: E402
from runner.evaluation.trained import load_target  # noqa: E402
from runner.rooms.build import make_worlds  # noqa: E402
from runner.rooms.player import evaluate_policy  # noqa: E402


def main(arguments: Sequence[str]) -> None:
    """Record three policies on one evaluation seed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, help="directory of a trained run on one task")
    parser.add_argument("--out", type=Path, default=ROOT / "img", help="directory of the GIFs")
    given = parser.parse_args(arguments)

    run = given.run.resolve()
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

    def play(name: str, env_seeds: range) -> list[Episode]:
        rollout = evaluate_policy(
            world.engine, policies[name], world.controller, settings.seed, env_seeds
        )
        return rollout.episodes(world.engine.task, world.controller.answers)

    pairs = zip(play("learned", EVALUATION_SEEDS), play("baseline", EVALUATION_SEEDS), strict=True)
    seeds = [int(a.case) for a, b in pairs if a.success and not b.success]
    if not seeds:
        raise SystemExit(f"{run}: the mediator opens no door that the baseline does not open")
    given.out.mkdir(parents=True, exist_ok=True)
    for name in policies:
        [episode] = play(name, range(seeds[0], seeds[0] + 1))
        with TemporaryDirectory() as scratch:
            gif, _ = record_video(episode, Path(scratch))
            shutil.copyfile(gif, given.out / f"{name}.gif")
        print(
            f"{name}.gif: evaluation seed {seeds[0]}, {episode.num_steps} steps, {episode.asks} questions"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
