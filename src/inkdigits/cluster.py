"""A Ray cluster: how to reach it, or to start one on this machine."""

from __future__ import annotations

import logging
import os
import socket
from typing import Any

from inkdigits.errors import InkdigitsError, MissingExtraError, UsageError

__all__ = ["connect_to_ray", "last_line", "own_error"]

_CONNECT_SECONDS = 5.0
_OBJECT_STORE_BYTES = 500_000_000  # of a cluster started here


def connect_to_ray(cluster: str, workers: int | None) -> Any:
    """Return the ray module, connected to a cluster; ``ray.shutdown()`` ends that.

    cluster: an address ("auto" finds the cluster that this machine belongs to), or "local", which starts one here, of
    ``workers`` processors, or as many as there are.

    Raise MissingExtraError without Ray, and UsageError where there is no such cluster.
    """
    # What Ray reports about its use over the network is nobody's business who reads forms.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        import ray.data
    except ModuleNotFoundError as error:
        raise MissingExtraError("cluster", error.name or "ray") from error
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    _require_listener(cluster)
    common = {"log_to_driver": False, "logging_level": "ERROR"}
    try:
        if cluster == "local":
            ray.init(
                address="local",  # a new one, even where another runs
                num_cpus=workers,
                include_dashboard=False,
                object_store_memory=_OBJECT_STORE_BYTES,
                **common,
            )
        else:
            ray.init(address=cluster, **common)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise UsageError(f"no Ray cluster answers at {cluster}: {last_line(error)}") from error
    return ray


def last_line(error: BaseException) -> str:
    """Return the last line of what an error says, where Ray puts what matters."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1].strip() if lines else type(error).__name__


def own_error(error: BaseException) -> InkdigitsError:
    """Return the InkdigitsError that a task or an actor raised, or one of what Ray says of its own."""
    cause = getattr(error, "cause", None)
    return cause if isinstance(cause, InkdigitsError) else InkdigitsError(last_line(error))


def _require_listener(cluster: str) -> None:
    """Raise UsageError where nothing listens at a host and port; Ray itself takes minutes to give up."""
    host, _, port = cluster.rpartition("://")[2].rpartition(":")
    if not (host and port.isdigit()):
        return
    try:
        socket.create_connection((host, int(port)), timeout=_CONNECT_SECONDS).close()
    except OSError as error:
        raise UsageError(f"no Ray cluster answers at {cluster}: {error}") from error
