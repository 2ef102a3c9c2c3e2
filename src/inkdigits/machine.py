"""What this machine lets a program have: processor cores, and how libraries are told to take few of them."""

import os

__all__ = ["available_cores", "thread_environment"]


def available_cores() -> int:
    """Return how many cores this process may use, one at least."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def thread_environment(threads: int) -> dict[str, str]:
    """Return the environment variables that let a process of TensorFlow or NumPy use so many threads."""
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    return dict.fromkeys(names, str(threads))
