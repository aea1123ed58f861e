"""Tiny jobs, and measurements that were never made."""

from core.settings import RL_DEFAULTS, TrainSettings
from experiments.jobs import AS_TRAINED, RL, Job
from experiments.run_jobs import Measurement


def tiny_job(logdir, policy="baseline", **changes):
    """A job of less than a second."""
    flags = {
        "n_itr": 1,
        "traj_per_itr": 2,
        "num_envs": 2,
        "epochs": 1,
        "test_num": 3,
        "eval_every": 0,
    }
    flags |= {"save_name": policy, "logdir": str(logdir), "engine": "readable"}
    flags = {**(RL_DEFAULTS if policy == RL else {}), **flags}
    return Job(policy, TrainSettings(**{**flags, **changes}))


def measured(asks, success=1.0, action_selection="sampled"):
    """One measurement with these questions, and 1 for everything else."""
    ones = (1.0,) * len(asks)
    values = {
        "asks": tuple(asks),
        "steps": ones,
        "success": (success,) * len(asks),
        "return": ones,
        "llm_calls": ones,
    }
    return [Measurement("SimpleDoorKey", AS_TRAINED, action_selection, values)]
