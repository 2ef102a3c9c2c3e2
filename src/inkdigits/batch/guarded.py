"""Reading in a process of its own, so that a picture that crashes or stops the decoder costs one row."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Sequence
from concurrent.futures import CancelledError, TimeoutError, wait
from types import TracebackType
from typing import Self

import cv2
from pebble import ProcessExpired, ProcessPool

from inkdigits.batch.inputs import Item
from inkdigits.batch.rows import error_row
from inkdigits.batch.work import PartRows, Settings, Worker

__all__ = ["GuardedWorker"]

_POLL_SECONDS = 0.5


class GuardedWorker:
    """A ``Worker`` in a process of its own, which is replaced when it dies; to be closed, best by ``with``.

    seconds: how long a part, or one item alone, may take. A part whose process dies is read once more as a whole, since
    whoever kills processes may have meant another. A part that takes too long, or whose process dies again, is read
    item by item, and the item that does it is a row with its error.
    """

    def __init__(self, settings: Settings, *, seconds: float = 120.0) -> None:
        self._seconds = seconds
        self._closed = False
        self._pool = ProcessPool(
            max_workers=1,
            context=multiprocessing.get_context("spawn"),
            initializer=_start,
            initargs=(settings,),
        )

    def read(self, items: Sequence[Item]) -> PartRows:
        """Return what ``Worker.read`` returns; raise what it raises."""
        result = self._try(items)
        if isinstance(result, _Died):
            result = self._try(items)
        if isinstance(result, PartRows):
            return result
        if len(items) == 1:
            return PartRows([error_row(items[0].source, result)], [0.0])
        parts = [self.read([item]) for item in items]
        return PartRows(
            [row for part in parts for row in part.rows], [each for part in parts for each in part.seconds]
        )

    def close(self) -> None:
        """End the process, whatever it does; a ``read`` in another thread raises CancelledError."""
        self._closed = True
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _try(self, items: Sequence[Item]) -> PartRows | str:
        """Return the rows, or why there are none."""
        future = self._pool.schedule(_read, args=(items,), timeout=self._seconds)
        # A pool that is stopped may leave a call without an answer.
        while not wait([future], _POLL_SECONDS).done:
            if self._closed:
                raise CancelledError
        try:
            return future.result()
        except TimeoutError:
            return f"reading it took more than {self._seconds:.0f} seconds"
        except ProcessExpired as error:
            return _Died(f"reading it ended the process that read (exit code {error.exitcode})")


class _Died(str):
    """Why there are no rows, where the process is gone."""


_worker: list[Worker] = []  # of this process


def _start(settings: Settings) -> None:
    # Ctrl-C reaches the whole group; the process that was started by hand decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    _worker[:] = [Worker(settings)]


def _read(items: Sequence[Item]) -> PartRows:
    return _worker[0].read(items)
