"""A server's side of a good model in gripper: as a learner it says what stands in tests/golden/learnact_chat.json."""

import re

from core.chat import Request, Sampling
from core.files import read_json
from core.learning_text import CREATE_CUE, EXAMPLE_CUE, IMPROVE_CUE
from planner.chat import seed_of
from tests.planner.fake_server import completion
from tests.repository import ROOT

CHAT = read_json(ROOT / "tests" / "golden" / "learnact_chat.json")
CUES = {CREATE_CUE: "create", EXAMPLE_CUE: "example", IMPROVE_CUE: "improve"}
SAMPLES = [seed_of(Request((), (), sample, Sampling())) for sample in range(4)]
"""The seeds of a run's samples, two for each iteration."""
FLAGS = {
    "task": "gripper", "num_samples": 2, "num_iterations": 1, "test_num": 2, "max_steps": 12, "shots": 0,
    "planner": "fastchat", "llm_model": "good",
}  # fmt: skip


def answer(document):
    """What the model says."""
    messages = [message["content"] for message in document["messages"]]
    for cue, kind in CUES.items():
        if messages[-1].endswith(cue):
            answers = CHAT[kind][SAMPLES.index(document["seed"]) % 2]
            attempt = len(messages) // 2 - 1
            return completion(answers[min(attempt, len(answers) - 1)])
    return completion(act(*messages))


def act(system, first, *rest):
    """The next call: it carries a ball that is near, if it knows how to, and otherwise walks to and fro."""
    now = (rest[-1] if rest else first).splitlines()[-1]
    is_in = dict(re.findall(r"(ball\d+) is in (room\w)", now))
    wanted = dict(re.findall(r"(ball\d+) is in (room\w)", first.splitlines()[-2]))
    here = re.search(r"The robot is in (room\w)", now)[1]
    there = "rooma" if here == "roomb" else "roomb"
    walk = f"move({here!r}, {there!r})"
    if "carry(" not in system:
        return walk
    wrong = [ball for ball in wanted if is_in.get(ball, here) != wanted[ball]]
    ball = min(wrong, key=lambda ball: is_in[ball] != here)
    if "Note for carry" in system and is_in[ball] != here:
        return walk
    return f"carry({ball!r}, {is_in[ball]!r}, {wanted[ball]!r})"
