"""Where the parts of a batch are read: in processes of this machine, or by actors of a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from inkdigits.batch.guarded import GuardedWorker
from inkdigits.batch.store import Part
from inkdigits.batch.work import PartRows, Settings

__all__ = ["PartDone", "WritePart", "local_parts"]

WritePart = Callable[[int, Sequence[dict[str, Any]]], None]


@dataclass(frozen=True)
class PartDone:
    """What is told of a part that is written: its number, how many items, rows, doubtful rows and errors."""

    number: int
    items: int
    rows: int
    doubtful: int
    errors: int
    confidences: tuple[float, ...]
    seconds: tuple[float, ...]

    @classmethod
    def of(cls, number: int, items: int, part: PartRows) -> PartDone:
        """Count the rows of a part."""
        statuses = [row["status"] for row in part.rows]
        return cls(
            number,
            items,
            len(part.rows),
            sum(status in ("review", "rejected") for status in statuses),
            statuses.count("error"),
            tuple(row["confidence"] for row in part.rows if row["confidence"] is not None),
            tuple(part.seconds),
        )


def local_parts(
    parts: Iterable[Part], settings: Settings, write: WritePart, workers: int, seconds: float
) -> Generator[PartDone]:
    """Read parts in ``workers`` processes, write each as it is done, and tell of it.

    seconds: as for ``GuardedWorker``. What ``write`` raises ends all.
    """
    free: SimpleQueue[GuardedWorker] = SimpleQueue()
    guarded = [GuardedWorker(settings, seconds=seconds) for _ in range(workers)]
    for each in guarded:
        free.put(each)

    def run(part: Part) -> PartDone:
        number, items = part
        worker = free.get()
        try:
            result = worker.read(items)
        finally:
            free.put(worker)
        write(number, result.rows)
        return PartDone.of(number, len(items), result)

    with ThreadPoolExecutor(workers) as pool:
        try:
            yield from _as_done(pool, run, parts, 2 * workers)
        finally:
            for each in guarded:
                each.close()
            pool.shutdown(cancel_futures=True)


def _as_done(
    pool: ThreadPoolExecutor, run: Callable[[Part], PartDone], parts: Iterable[Part], most: int
) -> Iterator[PartDone]:
    """Yield results as they come, with no more than ``most`` parts under way."""
    waiting: set[Future[PartDone]] = set()
    for part in parts:
        waiting.add(pool.submit(run, part))
        if len(waiting) >= most:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    while waiting:
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        yield from (future.result() for future in done)
