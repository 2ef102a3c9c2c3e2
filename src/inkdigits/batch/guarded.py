"""Reading in a process of its own, so that a picture that crashes or stops the decoder costs one row."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, TimeoutError, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import resource_tracker
from typing import Self

import cv2
from pebble import ProcessExpired, ProcessPool

from inkdigits.batch.inputs import Item
from inkdigits.batch.rows import error_row
from inkdigits.batch.work import PartRows, Settings, Worker
from inkdigits.errors import ImageError, InkdigitsError

__all__ = ["GuardedWorker"]

_POLL_SECONDS = 0.5
_SECONDS_AN_ITEM = 1.0  # that a part gets for each item but one: hundreds of large photos may take minutes
_STARTS = 3  # of processes that end before they take anything, in a row


class GuardedWorker:
    """A ``Worker`` in a process of its own, which is replaced when it dies; to be closed, best by ``with``.

    seconds: how long one item may take; a part gets a second more for each other one. A part whose process dies is read
    once more as a whole, since whoever kills processes may have meant another. A part that takes too long, or whose
    process dies again, is read item by item, and a document's piece page by page; the one that does it is a row with
    its error. So is one on which the reader fails in a way that nobody foresaw.
    """

    def __init__(self, settings: Settings, *, seconds: float = 120.0) -> None:
        self._settings = settings
        self._seconds = seconds
        self._closed = False
        self._lock = threading.Lock()  # a pool is not replaced while it is closed
        self._pool = self._new_pool()

    def read(self, items: Sequence[Item]) -> PartRows:
        """Return what ``Worker.read`` returns.

        Raise what keeps all items from being read, such as a model that is gone or a full disk, as an InkdigitsError.
        """
        result = self._try(items)
        if isinstance(result, _Died):
            result = self._try(items)
        if isinstance(result, PartRows):
            return result
        if len(items) > 1:
            parts = [self.read([item]) for item in items]
            return PartRows(
                [row for part in parts for row in part.rows],
                [each for part in parts for each in part.seconds],
            )
        (item,) = items
        if item.first is None or item.first == item.last:
            return PartRows([error_row(item.source, result, item.first)], [0.0])
        assert item.last is not None
        pages = [
            self.read([replace(item, first=page, last=page)]) for page in range(item.first, item.last + 1)
        ]
        return PartRows(
            [row for page in pages for row in page.rows], [sum(sum(page.seconds) for page in pages)]
        )

    def close(self) -> None:
        """End the process, whatever it does; a ``read`` in another thread raises CancelledError."""
        with self._lock:
            self._closed = True
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=1,
            context=multiprocessing.get_context("spawn"),
            initializer=_start,
            initargs=(self._settings,),
        )

    def _replace_pool(self) -> None:
        with self._lock:
            if self._closed:
                raise CancelledError
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = self._new_pool()

    def _try(self, items: Sequence[Item]) -> PartRows | str:
        """Return the rows, or why there are none."""
        for _ in range(_STARTS):
            try:
                return self._try_once(items)
            except BrokenProcessPool:
                # The process ended while it started or had nothing to do, and its pool gave itself up.
                self._replace_pool()
        raise InkdigitsError(
            f"the process that reads ended {_STARTS} times before it took anything; is there memory for it, and does "
            'a script keep its work under if __name__ == "__main__"?'
        )

    def _try_once(self, items: Sequence[Item]) -> PartRows | str:
        seconds = self._seconds + _SECONDS_AN_ITEM * (len(items) - 1)
        try:
            with _without_interrupts():
                future = self._pool.schedule(_read, args=(items,), timeout=seconds)
        except RuntimeError as error:  # what a pool that gave itself up, or is closed, says
            raise BrokenProcessPool from error
        # A pool that is stopped may leave a call without an answer.
        while not wait([future], _POLL_SECONDS).done:
            if self._closed:
                raise CancelledError
        try:
            return future.result()
        except TimeoutError:
            return f"reading it took more than {seconds:.0f} seconds"
        except ProcessExpired as error:
            return _Died(f"reading it ended the process that read (exit code {error.exitcode})")
        except Exception as error:
            fatal = isinstance(error, InkdigitsError) and not isinstance(error, ImageError)
            if fatal or isinstance(error, BrokenProcessPool | CancelledError):
                raise
            # One item that finds a fault in the reader costs one row.
            return f"reading it failed: {type(error).__name__}: {error}"


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Keep Ctrl-C from what is started here, threads and processes, until ``_start`` has seen to it."""
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    resource_tracker.ensure_running()  # which, when it starts, lets Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Died(str):
    """Why there are no rows, where the process is gone."""


_worker: list[Worker | InkdigitsError] = []  # of this process


def _start(settings: Settings) -> None:
    # Ctrl-C reaches the whole group; the process that was started by hand decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    try:
        _worker[:] = [Worker(settings)]
    except InkdigitsError as error:  # raised here, nobody would hear of it
        _worker[:] = [error]


def _read(items: Sequence[Item]) -> PartRows:
    (worker,) = _worker
    if isinstance(worker, InkdigitsError):
        raise worker
    return worker.read(items)
