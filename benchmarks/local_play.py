"""How long a small model in this process takes for an evaluation in ALFWorld.

    python benchmarks/local_play.py
    python benchmarks/local_play.py --compare FILE    with what the same script has measured at an earlier commit

An untrained Llama (`tuning.tiny`) reads the prompts of `react` without worked examples and writes 25 tokens for each
step; what it writes names nothing, so the action is drawn by its answer from a few that every game allows. 134
episodes are active at once, 15 steps each. Measured is the CPU time of all of it: the conversations, the model, the
games. Written to benchmarks/results/local_play.json, and printed.
"""

import argparse
import json
import sys
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agents.react import ReActPolicy  # noqa: E402
from agents.text_prompt import load_text_prompt  # noqa: E402
from core.chat import Reply, Sampling, Usage  # noqa: E402
from core.files import write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from core.task import TEXT_TASKS  # noqa: E402
from envs.text.cases import cases_of  # noqa: E402
from planner.local import LocalModel  # noqa: E402
from runner.text import Move, TextPlayer, make_world  # noqa: E402
from tuning.tiny import make_tiny  # noqa: E402

NUM_EPISODES, NUM_STEPS, NUM_TOKENS = 134, 15, 25
ACTIONS = ("look", "inventory", "go to countertop 1", "go to cabinet 1", "go to drawer 1")
RESULTS = ROOT / "benchmarks" / "results" / "local_play.json"


@dataclass(frozen=True)
class DrawingPolicy(ReActPolicy):
    """Requests of `react`; the action is drawn by the answer."""

    def read(self, reply: Reply) -> Move:
        """See `ReActPolicy.read`."""
        return Move(ACTIONS[zlib.crc32(reply.text.encode()) % len(ACTIONS)])


def measure(shape: str, place: Path, num_episodes: int) -> dict[str, Any]:
    """Play all episodes with a new model."""
    task = TEXT_TASKS["alfworld"]
    cases = cases_of(task, "valid_unseen", num_episodes)
    world = make_world(task)
    prompt = load_text_prompt(task.world)
    texts = [*prompt.system, *(world.reset(options={"case": case})[0] for case in cases)]
    model = LocalModel(str(make_tiny(shape, texts, place, 0)))
    policy = DrawingPolicy(prompt, "react", Sampling(max_tokens=NUM_TOKENS), 0)
    player = TextPlayer(shape, task, policy, model, num_episodes, NUM_STEPS)
    started, cpu_started = time.perf_counter(), time.process_time()
    episodes = list(player.play(cases))
    usage = sum((episode.usage for episode in episodes), Usage())
    return {
        "model": shape,
        "num_episodes": num_episodes,
        "num_steps": NUM_STEPS,
        "num_tokens": NUM_TOKENS,
        "requests": usage.llm_calls,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "cpu_seconds": round(time.process_time() - cpu_started, 1),
        "seconds": round(time.perf_counter() - started, 1),
        "answers": zlib.crc32(
            "\n".join(
                step.answer for e in sorted(episodes, key=lambda e: e.case) for step in e.steps
            ).encode()
        ),
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--compare", type=Path)
    parser.add_argument("--num_episodes", type=int, default=NUM_EPISODES)
    parser.add_argument("--shapes", nargs="+", default=["tiny:96x2", "tiny:256x4"])
    flags = parser.parse_args()
    document: dict[str, Any] = {"command": "python benchmarks/local_play.py", **provenance()}
    with TemporaryDirectory() as place:
        document["rows"] = [
            measure(shape, Path(place) / "model", flags.num_episodes) for shape in flags.shapes
        ]
    if flags.compare is not None:
        before = json.loads(flags.compare.read_text())
        document["before"] = before
        for row, old in zip(document["rows"], before["rows"], strict=True):
            row["times_faster"] = round(old["cpu_seconds"] / row["cpu_seconds"], 1)
    print(json.dumps(document["rows"], indent=1))
    write_json(RESULTS, document)


if __name__ == "__main__":
    main()
