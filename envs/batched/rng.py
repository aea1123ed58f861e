"""NumPy's default generator, bit for bit, so that a seed gives the same layout as in MiniGrid.

Seeding is `numpy.random.SeedSequence`; the generator is PCG64 (O'Neill 2014, XSL-RR, 128 bits, here in
two halves); bounded integers use Lemire's method (2019, arXiv 1805.10941) on 32 bits, for which NumPy
takes the low and then the high half of each 64-bit draw.
"""

from typing import Any

import numpy as np

from envs.batched.kernel import kernel

U = np.uint64
LOW_32 = U(0xFFFFFFFF)
ZERO, ONE, SIX, N16, N32, N58, N63, N64 = U(0), U(1), U(6), U(16), U(32), U(58), U(63), U(64)

# numpy.random.SeedSequence
INIT_A, MULT_A = U(0x43B0D7E5), U(0x931E8875)
INIT_B, MULT_B = U(0x8B51F9DD), U(0x58F38DED)
MIX_L, MIX_R = U(0xCA01F9DD), U(0x4973F715)
POOL = 4

PCG_HIGH, PCG_LOW = U(0x2360ED051FC65DA4), U(0x4385DF649FCCF645)

RNG_WORDS = 6
STATE_HIGH, STATE_LOW, STEP_HIGH, STEP_LOW, SPARE, HAS_SPARE = range(RNG_WORDS)
"""Six 64-bit words of a generator: state, increment, the unused half of the last draw, whether there is one."""


@kernel
def seed_generator(rng: Any, seed: int) -> None:
    """Set the state of ``PCG64(SeedSequence(seed))``; seeds of up to 64 bits."""
    pool = np.zeros(POOL, dtype=np.uint64)
    pool[0] = U(seed) & LOW_32
    pool[1] = U(seed) >> N32
    constant = INIT_A
    for i in range(POOL):
        pool[i], constant = _hash(pool[i], constant, MULT_A)
    for source in range(POOL):
        for target in range(POOL):
            if source != target:
                hashed, constant = _hash(pool[source], constant, MULT_A)
                mixed = (MIX_L * pool[target] - MIX_R * hashed) & LOW_32
                pool[target] = mixed ^ (mixed >> N16)

    words = np.zeros(POOL, dtype=np.uint64)
    constant = INIT_B
    for i in range(2 * POOL):
        hashed, constant = _hash(pool[i % POOL], constant, MULT_B)
        words[i // 2] |= hashed << (N32 if i % 2 else ZERO)

    rng[SPARE] = rng[HAS_SPARE] = ZERO
    rng[STATE_HIGH] = rng[STATE_LOW] = ZERO
    rng[STEP_HIGH] = (words[2] << ONE) | (words[3] >> N63)
    rng[STEP_LOW] = (words[3] << ONE) | ONE
    _advance(rng)
    low = rng[STATE_LOW] + words[1]
    carry = ONE if low < words[1] else ZERO
    rng[STATE_HIGH] += words[0] + carry
    rng[STATE_LOW] = low
    _advance(rng)


@kernel
def _hash(value: Any, constant: Any, multiplier: Any) -> Any:
    value = value ^ constant
    constant = (constant * multiplier) & LOW_32
    value = (value * constant) & LOW_32
    return value ^ (value >> N16), constant


@kernel
def _advance(rng: Any) -> None:
    """One step: state = state * multiplier + increment, in 128 bits."""
    high, low = rng[STATE_HIGH], rng[STATE_LOW]
    # the high half of low * PCG_LOW, from products of 32 bits
    a, b = low >> N32, low & LOW_32
    c, d = PCG_LOW >> N32, PCG_LOW & LOW_32
    middle = ((b * d) >> N32) + ((a * d) & LOW_32) + b * c
    carried = a * c + ((a * d) >> N32) + (middle >> N32)
    new_low = low * PCG_LOW + rng[STEP_LOW]
    overflow = ONE if new_low < rng[STEP_LOW] else ZERO
    rng[STATE_HIGH] = carried + high * PCG_LOW + low * PCG_HIGH + rng[STEP_HIGH] + overflow
    rng[STATE_LOW] = new_low


@kernel
def _next_32(rng: Any) -> Any:
    """32 random bits: the low half of a 64-bit draw, then its high half."""
    if rng[HAS_SPARE]:
        rng[HAS_SPARE] = ZERO
        return rng[SPARE]
    _advance(rng)
    mixed = rng[STATE_HIGH] ^ rng[STATE_LOW]
    turn = rng[STATE_HIGH] >> N58
    drawn = (mixed >> turn) | (mixed << ((N64 - turn) & N63))
    rng[SPARE] = drawn >> N32
    rng[HAS_SPARE] = ONE
    return drawn & LOW_32


@kernel
def integer(rng: Any, low: int, high: int) -> Any:
    """``rng.integers(low, high)``; a range of one number consumes no bits."""
    span = U(high - low)
    if span == ONE:
        return low
    product = _next_32(rng) * span
    if product & LOW_32 < span:
        threshold = (LOW_32 + ONE - span) % span
        while product & LOW_32 < threshold:
            product = _next_32(rng) * span
    return low + np.int64(product >> N32)
