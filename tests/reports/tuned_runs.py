"""Run directories of verbs that tune a language model, made by hand."""

from core.chat import Message
from core.episode import Episode, Step
from core.files import write_json, write_lines
from core.trajectory import Pair
from reports.statistics import summarize
from tests.reports.learned_runs import HOSTILE, begin_run
from tuning.formats import write_pairs

TRAIN, TEST = ("gripper/prob03", "gripper/prob10"), ("gripper/prob08", "gripper/prob15")
START, LOOK, SEEN = "The robot is in rooma.", "look around", "There is a ball."
PICK, HELD, MOVE = "pick ball1", "ball1 is held.", "move to roomb"
WRONG = f"drop ball1 {HOSTILE}"


def played(case, *answers, score=0.0):
    """An episode with these answers; the world says the same after each."""
    seen = [START, SEEN, HELD, HELD][: len(answers)]
    steps = [
        Step(answer, 0.0, observation=before, answer=answer)
        for answer, before in zip(answers, seen, strict=True)
    ]
    return Episode(
        "gripper", case, success=score == 1, score=score, terminated=score == 1, truncated=score < 1,
        steps=tuple(steps), goal="ball1 is at roomb", final_observation="The end.",
    )  # fmt: skip


def turns(*contents):
    """Answers and observations in turns."""
    return tuple(
        Message("user" if number % 2 else "assistant", content)
        for number, content in enumerate(contents)
    )


PROMPT = (Message("system", "Carry all balls."), Message("user", START))
EXPERT = (LOOK, PICK, MOVE)
PAIRS = (
    Pair(TRAIN[0], PROMPT, turns(LOOK, SEEN, PICK, HELD, MOVE), turns(LOOK, SEEN, WRONG)),
    Pair(TRAIN[1], PROMPT, turns(LOOK, SEEN, PICK), turns(LOOK)),
)
"""The first differs from the second answer on; of the second, one side ends where the other goes on."""


def evaluation(place, episodes, *, is_finished=True):
    write_lines(place / "episodes.jsonl", (episode.to_json() for episode in episodes))
    if is_finished:
        summary = {name: mean._asdict() for name, mean in summarize(episodes).items()}
        document = {"title": "", "settings": {}, "summary": summary, "commit": None, "versions": {}}
        write_json(place / "summary.json", document)


def stage(place, kind, num_steps, *, is_finished=True):
    """A training with this number of rows, whose numbers grow with the step."""
    names = {
        "sft": ("loss",),
        "dpo": ("loss", "margin", "accuracy", "chosen_change", "rejected_change"),
    }
    rows = [
        {"step": step, **{f"{kind}/{name}": step / 4 for name in names[kind]}}
        for step in range(1, num_steps + 1)
    ]  # fmt: skip
    write_lines(place / "metrics.jsonl", rows)
    if is_finished:
        write_json(
            place / "tuned.json", {"num_steps": num_steps, "metrics": rows[-1], "warnings": []}
        )


def score(place, *scores):
    """An evaluation in which the cases have these scores."""
    evaluation(
        place,
        [played(case, LOOK, score=score) for case, score in zip(TEST, scores, strict=True)],
    )


def demonstrations(path):
    evaluation(path / "expert", [played(case, *EXPERT, score=1) for case in TRAIN])


def write_eto(path):
    """A finished run with two rounds, the second without pairs, and one control."""
    begin_run(path, "eto")
    demonstrations(path)
    score(path / "expert" / "test", 1, 1)
    stage(path / "sft", "sft", 4)
    score(path / "sft" / "dev", 0, 0.5)
    score(path / "sft" / "test", 0, 0.5)
    for number, pairs in ((1, PAIRS), (2, ())):
        place = path / "iterations" / str(number)
        explored = [played(TRAIN[0], LOOK, WRONG, WRONG, score=0.25), played(TRAIN[1], LOOK)]
        evaluation(place / "explore", explored)
        write_pairs(place / "pairs.json", pairs)
    place = path / "iterations" / "1"
    stage(place / "dpo", "dpo", 2)
    score(place / "dev", 0.5, 1)
    score(place / "test", 0, 1)
    stage(path / "controls" / "more_sft", "sft", 2)
    score(path / "controls" / "more_sft" / "test", 0, 0.75)
    rows = [
        {"iteration": 0, "dev/score": 0.25},
        {"iteration": 1, "pairs/kept": 2, "pairs/left_out": 1, "explore/win": 0, "explore/tie": 1, "explore/lose": 2},
    ]  # fmt: skip
    write_lines(path / "metrics.jsonl", rows)
    write_json(path / "best.json", {"best": "ETO 1", "model": "", "dev": {}, "test": {}})
    return path


def write_killed(path):
    """A run that was killed in the training of its first round, while a part of what it wrote is there."""
    begin_run(path, "eto")
    demonstrations(path)
    stage(path / "sft", "sft", 4)
    score(path / "sft" / "dev", 0, 0.5)
    evaluation(path / "sft" / "test", [played(TEST[0], LOOK)], is_finished=False)
    write_pairs(path / "iterations" / "1" / "pairs.json", PAIRS)
    stage(path / "iterations" / "1" / "dpo", "dpo", 1, is_finished=False)
    return path


def write_sft(path):
    """A run of sft."""
    begin_run(path, "sft")
    demonstrations(path)
    stage(path / "sft", "sft", 4)
    score(path / "eval", 0, 0.5)
    return path


def write_dpo(path):
    """A run of dpo."""
    begin_run(path, "dpo")
    write_pairs(path / "pairs.json", PAIRS)
    stage(path / "dpo", "dpo", 2)
    score(path / "eval", 0, 1)
    return path
