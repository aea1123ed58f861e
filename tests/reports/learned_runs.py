"""Run directories of methods that learn, made by hand."""

from dataclasses import asdict, replace

from core.candidate import BASE, WINNER, Candidate, Failure, Proposal, Score
from core.chat import Usage
from core.episode import Episode, Step
from core.files import write_json, write_lines
from core.library import LearnedFunction, Library
from core.reflection import Lesson
from reports.statistics import summarize

HOSTILE = "</script><img src=x onerror='window.intruder = 1'>"
CASES = ("gripper/prob08", "gripper/prob10", "gripper/prob15")
TEST_CASES = (*CASES, "gripper/prob01")
USAGE = Usage(llm_calls=2, prompt_tokens=900, completion_tokens=100, seconds=3.5)
CARRY_1 = LearnedFunction(
    "carry",
    "def carry(ball, room):\n    pick(ball, 'rooma', 'left')\n    move('rooma', room)\n    drop(ball, room, 'left')",
    "carry(ball, room)",
    f"Bring a ball to a room. {HOSTILE}",
)
CARRY_2 = replace(
    CARRY_1,
    source="def carry(ball, room):\n    if 'robot is in roomb' in last_observation():\n"
    "        move('roomb', 'rooma')\n    pick(ball, 'rooma', 'left')\n    move('rooma', room)\n"
    "    drop(ball, room, 'left')",
    version=2,
)
CARRY_3 = replace(CARRY_2, notes=(f"The left hand has to be free. {HOSTILE}",))
FETCH = LearnedFunction(
    "fetch", "def fetch(ball):\n    pick(ball, 'rooma', 'left')", "fetch(ball)", ""
)
LIFT = replace(FETCH, name="lift", signature="lift(ball)")
FAILED = "carry('ball2', 'roomb')"
ENDED = (
    "Carried out: pick.\nThe code ended early: line 1, `carry('ball2', 'roomb')`: in carry, line 2, "
    "`pick('ball2', 'rooma', 'left')`: the robot is not in rooma.\nThe robot is in roomb."
)
FAILURE = Failure(CASES[1], "carry", FAILED, ENDED)


def proposal(change, functions, changed, refusals=()):
    """What a learner made, for the same cost each time."""
    return Proposal(change, Library(functions), changed, refusals, USAGE, ("digest",))


CANDIDATES = (
    Candidate(BASE, "", Proposal("none", Library()), None, Score(30, 0, 0, 0.0)),
    Candidate(
        "0_0", "", proposal("create", (CARRY_1, FETCH), ("carry", "fetch")), None, Score(20, 10, 8, 1 / 3)
    ),
    Candidate(
        "0_1",
        "",
        proposal("create", (LIFT,), ("lift",), (f"line 3: classes cannot be used {HOSTILE}",)),
        None,
        Score(30, 2, 1, 0.0),
    ),
    Candidate(
        "1_0", "0_0", proposal("update", (CARRY_2, FETCH), ("carry",)), FAILURE, Score(16, 10, 9, 2 / 3)
    ),
    Candidate("1_1", "0_0", proposal("none", (CARRY_1, FETCH), (), ("there is no function",)), FAILURE),
    Candidate(
        "2_0", "1_0", proposal("note", (CARRY_3, FETCH), ("carry",)), FAILURE, Score(12, 10, 10, 1.0)
    ),
    Candidate(
        "2_1", "1_0", proposal("update", (replace(CARRY_2, version=3), FETCH), ("carry",)), FAILURE
    ),
)  # fmt: skip
CHOSEN = Candidate(
    WINNER, "2_0", Proposal("prune", Library((CARRY_3,)), ("fetch",)), None, CANDIDATES[5].score
)


def played(case, *codes, success=False):
    """An episode whose decisions are these; `FAILED` is a failure, what begins with ``pick`` calls no function."""
    after = [ENDED if code == FAILED else f"Carried out: {code}." for code in codes]
    steps = [
        Step(code, 0.0, observation=before, answer=f"```python\n{code}\n```", is_valid=code != FAILED)
        for code, before in zip(codes, ("The robot is in rooma.", *after), strict=False)
    ]  # fmt: skip
    return Episode(
        "gripper", case, success=success, score=float(success), terminated=success, truncated=not success,
        steps=tuple(steps), goal="ball1 is at roomb", final_observation=after[-1],
    )  # fmt: skip


def write_evaluation(path, settings, episodes):
    """The evaluation of a run, with the means without the training cases."""

    def plain(chosen):
        return {name: mean._asdict() for name, mean in summarize(chosen).items()}

    place = path / "eval_results"
    write_lines(place / "episodes.jsonl", (episode.to_json() for episode in episodes))
    held_out = [episode for episode in episodes if episode.case not in CASES]
    document = {
        "title": "learnact on gripper, scripted",
        "settings": settings,
        "summary": plain(episodes),
        "training_cases": CASES,
        "held_out": plain(held_out),
        "commit": None,
        "versions": {},
    }
    write_json(place / "summary.json", document)


def begin_run(path, method):
    """What a run writes first; returns its settings."""
    settings = {"task": "robotic_planning", "save_name": path.name}
    write_json(
        path / "config.json", {"method": method, "commit": None, "versions": {}, "settings": settings}
    )  # fmt: skip
    return settings


def write_candidate(path, candidate, episodes=()):
    """A candidate with the episodes in which it was tested."""
    place = path / "learn_results" / candidate.name
    write_json(place / "candidate.json", asdict(candidate))
    if episodes:
        write_lines(place / "episodes.jsonl", (episode.to_json() for episode in episodes))


def write_learnact(path, *, is_finished=True):
    """A run of learnact: `CANDIDATES`, of which `CHOSEN` is kept, and an evaluation if it is finished."""
    settings = begin_run(path, "learnact")
    for candidate in CANDIDATES:
        code = FAILED if candidate.name in ("0_0", "1_0") else "pick('ball1', 'rooma', 'left')"
        episodes = [
            played(CASES[0], "carry('ball1', 'roomb')", success=True),
            played(CASES[1], "pick('ball1', 'rooma', 'left')", code),
            played(CASES[2], "pick('ball1', 'rooma', 'left')"),
        ]
        write_candidate(path, candidate, episodes if candidate.score else ())
    write_lines(path / "metrics.jsonl", [{"candidate": 0, "learning/total": 0.0}])
    if is_finished:
        write_candidate(path, CHOSEN)
        episodes = [
            played(case, "carry('ball1', 'roomb')", FAILED, success=number > 0)
            if number
            else played(case, "pick('ball1', 'rooma', 'left')")
            for number, case in enumerate(TEST_CASES)
        ]
        write_evaluation(path, settings, episodes)
    return path


def write_lessons(path):
    """A run of act_reflexion: two rounds, with a lesson after each, of which the second was cut."""
    settings = begin_run(path, "act_reflexion")
    place = path / "learn_results"
    for number, solved in enumerate((1, 2)):
        episodes = [played(case, "pick", success=i < solved) for i, case in enumerate(CASES)]
        write_lines(
            place / f"round_{number}" / "episodes.jsonl", (episode.to_json() for episode in episodes)
        )  # fmt: skip
    lessons = (
        Lesson(0, f"Free a hand first. {HOSTILE}", USAGE, case=CASES[1]),
        Lesson(1, "Carry two", USAGE, cut=True, case=CASES[2]),
    )
    write_lines(place / "lessons.jsonl", map(asdict, lessons))
    write_evaluation(path, settings, [played(case, "pick", success=True) for case in TEST_CASES])
    return path
