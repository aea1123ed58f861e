"""The batched engine: rooms, skills, object memory and network inputs as Numba kernels over many rooms.

Each module reimplements a readable one and names it; tests compare the two step by step.
"""
