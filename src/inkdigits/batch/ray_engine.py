"""The parts of a batch, read by actors of a Ray cluster: the same workers, elsewhere."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from inkdigits.batch.engines import PartDone
from inkdigits.batch.guarded import GuardedWorker
from inkdigits.batch.inputs import Item
from inkdigits.batch.store import Part, write_part
from inkdigits.batch.work import Settings
from inkdigits.cluster import connect_to_ray, own_error

__all__ = ["ray_parts"]

_MOST_TASKS = 2000
_PARTS_A_TASK = (
    4  # where there are many: to hand a task out costs time, and what a lost actor did of one is done again
)
_TASKS_AN_ACTOR = 32  # at least, before tasks grow, so that all actors end at about the same time


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
    ray = connect_to_ray(cluster, workers)
    try:
        actors = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        ray.data.DataContext.get_current().enable_progress_bars = False
        rows = [{"number": number, "items": [asdict(item) for item in items]} for number, items in parts]
        done = ray.data.from_items(rows, override_num_blocks=_tasks(len(rows), actors)).map_batches(
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
        raise own_error(error) from error
    finally:
        ray.shutdown()


def _tasks(parts: int, actors: int) -> int:
    together = min(_PARTS_A_TASK, max(1, parts // (_TASKS_AN_ACTOR * actors)))
    return min(-(-parts // together), _MOST_TASKS)


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
