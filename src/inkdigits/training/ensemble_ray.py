"""The members of an ensemble, trained as tasks of a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from inkdigits.cluster import connect_to_ray, own_error
from inkdigits.machine import LEAN_KERAS, thread_environment
from inkdigits.training.ensemble_member import train_member, write_member

__all__ = ["train_on_ray"]

_RETRIES = 3


def train_on_ray(
    cluster: str,
    folder: Path,
    job: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    seeds: Sequence[int],
    tell: Callable[[dict[str, float]], None],
) -> None:
    """Train the members of ``seeds``, a processor each, and write each into ``folder`` as it is done.

    cluster: as for ``connect_to_ray``, whose machines must all have inkdigits with its train extra. tell: is told the
    rows of each history. A member whose machine is lost is trained again elsewhere.

    Raise what ``connect_to_ray`` raises, and InkdigitsError where a member cannot be trained.
    """
    ray = connect_to_ray(cluster, None)
    try:
        environment = {"env_vars": thread_environment(1) | {LEAN_KERAS: "1"}}
        member = ray.remote(num_cpus=1, max_retries=_RETRIES, runtime_env=environment)(train_member)
        stored = ray.put(dict(arrays))
        waiting = {member.remote(dict(job), stored, seed): seed for seed in seeds}
        while waiting:
            (done, *_), _ = ray.wait(list(waiting), num_returns=1)
            seed = waiting.pop(done)
            history, weights = ray.get(done)
            write_member(folder, seed, history, weights)
            for row in history:
                tell(row)
    except ray.exceptions.RayError as error:
        raise own_error(error) from error
    finally:
        ray.shutdown()
