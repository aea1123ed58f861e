"""The iteration order of CPython's `set` of integer tuples, for `envs.batched.search`.

A transcription of insertion, removal and resizing in Objects/setobject.c of CPython 3.11. The table has
2^n slots. A key is probed from its hash, `LINEAR_PROBES` slots in a row and then at
``slot * 5 + 1 + perturb``. A removed key leaves a marker, and the last marker met before a free slot is
reused. A table that is three fifths full, markers included, is rebuilt for four times as many keys as it
holds. Iteration is in the order of the slots. tests/envs/batched/test_pyset.py compares it with `set`.
"""

from typing import Any

import numpy as np

from envs.batched.kernel import kernel

FREE, REMOVED = -1, -2
"""Values of a slot that holds no key; keys are 0 and above."""
MIN_SLOTS, MAX_SLOTS = 8, 4096
LINEAR_PROBES, PERTURB_SHIFT = 9, np.uint64(5)


@kernel
def clear(table: Any) -> int:
    """Empty the set; returns the mask of its table, the number of slots - 1."""
    table[:MIN_SLOTS] = FREE
    return MIN_SLOTS - 1


@kernel
def add(
    table: Any, spare: Any, hashes: Any, mask: int, filled: int, size: int, key: int
) -> tuple[int, int, bool]:
    """Add a key that the set does not hold.

    Args:
        table: ``(MAX_SLOTS,)`` int32 keys, `FREE` or `REMOVED`.
        spare: ``(MAX_SLOTS,)`` int32, overwritten.
        hashes: ``(K,)`` uint64, Python's hash of each key.
        mask: number of slots - 1.
        filled: number of slots that are not free.
        size: number of keys in the set.
        key: the new key.

    Returns:
        The new mask, the new number of filled slots, and whether the table was rebuilt.
    """
    slot = _find_slot(table, mask, hashes[key])
    if table[slot] == REMOVED:
        table[slot] = key
        return mask, filled, False
    table[slot] = key
    filled += 1
    if filled * 5 < mask * 3:
        return mask, filled, False
    return _rebuild(table, spare, hashes, mask, size + 1), size + 1, True


@kernel
def _find_slot(table: Any, mask: int, hashed: Any) -> int:
    """The slot for a new key."""
    perturb = hashed
    removed = -1
    start = np.int64(hashed & np.uint64(mask))
    while True:
        probes = LINEAR_PROBES if start + LINEAR_PROBES <= mask else 0
        for slot in range(start, start + probes + 1):
            if table[slot] == FREE:
                return removed if removed >= 0 else slot
            if table[slot] == REMOVED:
                removed = slot
        perturb >>= PERTURB_SHIFT
        start = np.int64(
            (np.uint64(start) * np.uint64(5) + np.uint64(1) + perturb) & np.uint64(mask)
        )


@kernel
def _rebuild(table: Any, spare: Any, hashes: Any, mask: int, size: int) -> int:
    """Move the keys to a table without markers; returns its mask."""
    num_slots = MIN_SLOTS
    while num_slots <= size * 4:
        num_slots *= 2
    spare[:num_slots] = FREE
    for slot in range(mask + 1):
        key = table[slot]
        if key >= 0:
            spare[_find_slot(spare, num_slots - 1, hashes[key])] = key
    table[:num_slots] = spare[:num_slots]
    return num_slots - 1
