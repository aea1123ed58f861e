"""`envs.batched.pyset` iterates in the order of the interpreter's own `set`.

Transcribed from CPython 3.11 (Objects/setobject.c). If this fails on a later version, the two engines
break ties of shortest paths differently there: transcribe that version's rules.
"""

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.batched import pyset
from envs.batched.search import HASHES, MAX_SIZE

SIDE = 12
POSES = [(x, y, direction) for x in range(SIDE) for y in range(SIDE) for direction in range(4)]


def key_of(pose):
    x, y, direction = pose
    return (x * MAX_SIZE + y) * 4 + direction


def pose_of(key):
    return key // 4 // MAX_SIZE, key // 4 % MAX_SIZE, key % 4


@numba.njit
def iterate(keys, are_added, hashes):
    """Apply the operations to an empty set and return its keys in order."""
    table = np.empty(pyset.MAX_SLOTS, np.int32)
    spare = np.empty(pyset.MAX_SLOTS, np.int32)
    mask, filled, size = pyset.clear(table), 0, 0
    for i in range(len(keys)):
        if are_added[i]:
            mask, filled, _ = pyset.add(table, spare, hashes, mask, filled, size, keys[i])
            size += 1
        else:
            for slot in range(mask + 1):
                if table[slot] == keys[i]:
                    table[slot] = pyset.REMOVED
            size -= 1
    slots = table[: mask + 1]
    return slots[slots >= 0]


def assert_same_order(operations):
    """Operations are (pose, whether it is added); none adds twice or removes what is absent."""
    expected = set()
    for pose, is_added in operations:
        if is_added:
            expected.add(pose)
        else:
            expected.remove(pose)
    keys = np.array([key_of(pose) for pose, _ in operations], dtype=np.int64)
    are_added = np.array([is_added for _, is_added in operations], dtype=np.bool_)
    assert [pose_of(key) for key in iterate(keys, are_added, HASHES).tolist()] == list(expected)


@given(st.lists(st.sampled_from(POSES), min_size=1, max_size=150))
def test_any_additions_and_removals_give_the_order_of_python_s_set(poses):
    """A pose is added at odd occurrences and removed at even ones."""
    present, operations = set(), []
    for pose in poses:
        operations.append((pose, pose not in present))
        present ^= {pose}
    assert_same_order(operations)


@pytest.mark.parametrize("seed", range(5))
def test_a_frontier_of_hundreds_of_poses_gives_the_order_of_python_s_set(seed):
    """Twice as many additions as removals: the table grows several times and is full of markers."""
    rng = np.random.default_rng(seed)
    absent = [POSES[i] for i in rng.permutation(len(POSES))]
    present, operations = [], []
    while absent:
        is_added = not present or rng.random() < 2 / 3
        pose = absent.pop() if is_added else present.pop(int(rng.integers(len(present))))
        if is_added:
            present.append(pose)
        operations.append((pose, is_added))
    assert_same_order(operations)
