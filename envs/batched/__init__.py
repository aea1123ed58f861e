"""The batched engine: rooms, skills, object memory and network inputs as Numba kernels over many rooms.

Each module reimplements a readable one and names it; tests compare the two step by step.
"""

from typing import Any


def make_vector_env(task: str, num_envs: int, **kwargs: Any) -> Any:
    """Many rooms of a task that are stepped together, as `gymnasium.make_vec` makes them."""
    # imported here, so that `import envs` does not load the compiled code
    from envs.batched.vector import BatchedVectorEnv

    return BatchedVectorEnv(task, num_envs, **kwargs)
