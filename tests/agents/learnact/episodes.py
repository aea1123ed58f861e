"""Small episodes and libraries for tests of what is learned from them."""

from agents.learnact.learner.revision import revise
from core.episode import Episode, Step
from core.library import Library
from envs.text.code import ENDED

FETCH = """\
def fetch(ball, here, there):
    '''Bring a ball.'''
    pick(ball, here, 'left')
    move(here, there)
"""
DELIVER = """\
def deliver(ball, here, there):
    '''Bring a ball and put it down.'''
    fetch(ball, here, there)
    drop(ball, there, 'left')
"""
SWAP = """\
def swap(first, second, here):
    '''Change two balls.'''
    drop(first, here, 'left')
    pick(second, here, 'left')
"""
ACTIONS = ("pick", "move", "drop")
LIBRARY = revise(Library(), FETCH + DELIVER + SWAP, ACTIONS).library
FAILED_IN_FETCH = (
    f"{ENDED} line 1, `deliver('b', 'x', 'y')`: in deliver, line 3, `fetch(ball, here, there)`: "
    "in fetch, line 3, `pick('b', 'x', 'left')`: Gripper left is not free."
)


def episode(case, *decisions, success=False):
    """An episode of (code, whether it ran to its end, the observation after it)."""
    told = ["The first observation.", *(observation for _, _, observation in decisions)]
    steps = tuple(
        Step(code, 0.0, observation=before, is_valid=is_valid)
        for (code, is_valid, _), before in zip(decisions, told, strict=False)
    )
    return Episode(
        "gripper",
        case,
        success=success,
        score=float(success),
        terminated=success,
        truncated=not success,
        steps=steps,
        goal="",
        final_observation=told[-1],
    )
