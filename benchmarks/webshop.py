"""How fast WebShop is here, and what its scripted player earns.

    python benchmarks/webshop.py                  (part of: make bench)

Rates are as those of benchmarks/text_worlds.py; every round makes the same searches, which are remembered.
Written to benchmarks/results/webshop.json.
"""

import random
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import gymnasium

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import envs  # noqa: E402, F401 registers the worlds
from benchmarks.text_worlds import listed, play_expert, replay, report, seconds_each  # noqa: E402
from envs.text.webshop.catalogue import make_products  # noqa: E402
from envs.text.webshop.expert import Expert  # noqa: E402
from envs.text.webshop.shop import open_shop  # noqa: E402


def random_actions(
    env: gymnasium.Env[str, str], case: str, search: str, rng: random.Random
) -> list[str]:
    """A search, and random admissible actions until the episode ends."""
    env.reset(options={"case": case})
    env.step(search)
    actions, is_over = [search], False
    while not is_over:
        actions.append(rng.choice(listed(env)))
        _, _, terminated, truncated, _ = env.step(actions[-1])
        is_over = terminated or truncated
    return actions


def figures() -> Iterator[dict[str, object]]:
    """Everything that is measured."""
    started = time.process_time()
    make_products()
    yield {"name": "make the catalogue", "value": time.process_time() - started, "unit": "s"}
    env, rng = gymnasium.make("WebShop-v0"), random.Random(0)
    played = {case: play_expert(env, case, Expert) for case in open_shop().cases("test")}
    experts = {case: actions for case, (actions, _) in played.items()}
    walks = {case: random_actions(env, case, each[0], rng) for case, each in experts.items()}
    for name, commands, lists in (
        ("the scripted player's actions", experts, False),
        ("random actions", walks, False),
        ("random actions, with admissible commands", walks, True),
    ):
        rate = 1 / seconds_each(replay(env, commands, lists=lists))
        yield {"name": name, "value": rate, "unit": "actions/s"}
    scores = [info["score"] for _, info in played.values()]
    yield {"name": "scripted player, mean reward", "value": statistics.mean(scores), "unit": ""}
    wins = 100 * sum(score == 1 for score in scores) / len(scores)
    yield {"name": "scripted player, success", "value": wins, "unit": "%"}
    length = statistics.mean(map(len, experts.values()))
    yield {"name": "scripted player", "value": length, "unit": "actions"}


def main() -> None:
    """Measure, print and write."""
    report("webshop", "python benchmarks/webshop.py", figures())


if __name__ == "__main__":
    main()
