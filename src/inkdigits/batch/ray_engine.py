"""The parts of a batch, read by actors of a Ray cluster: the same workers, elsewhere."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Generator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from inkdigits.batch.engines import PartDone
from inkdigits.batch.guarded import GuardedWorker
from inkdigits.batch.inputs import Item
from inkdigits.batch.store import Part, write_part
from inkdigits.batch.work import Settings
from inkdigits.errors import InkdigitsError, MissingExtraError, UsageError

__all__ = ["ray_parts"]

_CONNECT_SECONDS = 5.0
_BLOCKS = 2000  # at most, of parts; each is a task
_OBJECT_STORE_BYTES = 200_000_000  # of a cluster started here; what passes through it is plans and counts


def ray_parts(
    parts: Sequence[Part],
    settings: Settings,
    folder: Path,
    cluster: str,
    workers: int | None,
    seconds: float,
) -> Generator[PartDone]:
    """Read parts with Ray Data, an actor a processor, and tell of each.

    folder: the output folder, under the same path on every machine of the cluster; actors write parts there
    themselves. cluster: an address ("auto" finds the cluster that this machine belongs to), or "local". workers: how
    many actors; None takes the cluster's processors. A part whose actor or machine is lost is read again by another.

    Raise MissingExtraError without Ray, UsageError where there is no such cluster, and what a worker raises.
    """
    if not parts:
        return
    ray = _connect(cluster, workers)
    try:
        actors = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        ray.data.DataContext.get_current().enable_progress_bars = False
        rows = [{"number": number, "items": [asdict(item) for item in items]} for number, items in parts]
        done = ray.data.from_items(rows, override_num_blocks=min(len(rows), _BLOCKS)).map_batches(
            _Actor,
            batch_size=1,
            num_cpus=1,
            compute=ray.data.ActorPoolStrategy(size=min(actors, len(rows))),
            fn_constructor_kwargs={
                "settings": settings,
                "folder": str(folder.absolute()),
                "seconds": seconds,
            },
        )
        for row in done.iter_rows():
            yield PartDone(**row | {name: tuple(row[name]) for name in ("confidences", "seconds")})
    except ray.exceptions.RayError as error:
        cause = getattr(error, "cause", None)
        raise (cause if isinstance(cause, InkdigitsError) else InkdigitsError(_last_line(error))) from error
    finally:
        ray.shutdown()


class _Actor:
    """Reads parts in a guarded process, and writes them."""

    def __init__(self, settings: Settings, folder: str, seconds: float) -> None:
        self._folder = Path(folder)
        self._worker = GuardedWorker(settings, seconds=seconds)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        (number,), (items,) = batch["number"], batch["items"]
        result = self._worker.read([Item(**item) for item in items])
        write_part(self._folder, int(number), result.rows)
        done = PartDone.of(int(number), len(items), result)
        return {name: [value] for name, value in asdict(done).items()}


def _connect(cluster: str, workers: int | None) -> Any:
    """Return the ray module, connected."""
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
                num_cpus=workers,
                include_dashboard=False,
                object_store_memory=_OBJECT_STORE_BYTES,
                **common,
            )
        else:
            ray.init(address=cluster, **common)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise UsageError(f"no Ray cluster answers at {cluster}: {_last_line(error)}") from error
    return ray


def _require_listener(cluster: str) -> None:
    """Raise UsageError where nothing listens at a host and port; Ray itself takes minutes to give up."""
    host, _, port = cluster.rpartition("://")[2].rpartition(":")
    if not (host and port.isdigit()):
        return
    try:
        socket.create_connection((host, int(port)), timeout=_CONNECT_SECONDS).close()
    except OSError as error:
        raise UsageError(f"no Ray cluster answers at {cluster}: {error}") from error


def _last_line(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1].strip() if lines else type(error).__name__
