"""What this machine lets a program have: processor cores, and how libraries are told to take little."""

import os

__all__ = ["LEAN_KERAS", "available_cores", "thread_environment"]

# The variable by which a process of inkdigits' own, and those that it starts, load Keras without what they never use.
LEAN_KERAS = "INKDIGITS_LEAN_KERAS"


def available_cores() -> int:
    """Return how many cores this process may use, one at least."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def thread_environment(threads: int) -> dict[str, str]:
    """Return the environment variables that let a process of TensorFlow or NumPy use so many threads."""
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    return dict.fromkeys(names, str(threads))
