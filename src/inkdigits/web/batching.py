"""Small requests of many clients, read together; and a bounded queue for work that takes longer.

Nothing waits to fill a batch: a request is read at once where a worker is free. What comes while all are busy is
read together as soon as one is done, so batches grow with the load and one lone request is never delayed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import InkdigitsError
from inkdigits.reading import Reading
from inkdigits.web.problems import Problem

__all__ = ["Batcher", "FieldsJob", "Lane"]

Result = TypeVar("Result")
Gray = NDArray[np.uint8]

_MOST_IMAGES = 64  # read together
_MOST_PIXELS = 8_000_000  # held decoded at a time, but for one larger request


Examine = Callable[[Sequence[Gray]], list[Reading]]
"""Reads uint8 gray images (H, W) of one kind with the same options, in order."""


@dataclass(eq=False)
class FieldsJob(Generic[Result]):
    """The images of one request.

    key: jobs of the same key are read alike, and may be read together. count: of images.
    decode: gives the images, gray; raises an InkdigitsError or a Problem. examine: reads images of this key.
    finish: what to make of the readings. All three run in a worker's thread.
    """

    key: str
    count: int
    decode: Callable[[], list[Gray]]
    examine: Examine
    finish: Callable[[list[Reading]], Result]
    alone: bool = field(init=False, default=False)
    answer: asyncio.Future[Result] = field(init=False)


class Batcher:
    """Reads jobs on worker threads, several together where they wait. To be used on one event loop."""

    def __init__(self, workers: int, most_waiting: int, on_batch: Callable[[int], None]) -> None:
        """Take how many threads there are, how many jobs may wait, and whom to tell the images of each batch."""
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="fields")
        self._free = workers
        self._most_waiting = most_waiting
        self._waiting: deque[FieldsJob[Any]] = deque()
        self._batches: set[asyncio.Task[None]] = set()
        self._on_batch = on_batch

    @property
    def waiting(self) -> int:
        """How many jobs wait for a worker."""
        return len(self._waiting)

    async def read(self, job: FieldsJob[Result]) -> Result:
        """Return what the job's ``finish`` makes of its readings; raise what reading it raises.

        Raises Problem 503 where too many wait.
        """
        if len(self._waiting) >= self._most_waiting:
            raise Problem(503, f"{len(self._waiting)} requests wait to be read already; try again soon")
        job.answer = asyncio.get_running_loop().create_future()
        self._waiting.append(job)
        self._start()
        return await job.answer

    async def close(self) -> None:
        """Read what waits, then end the threads."""
        while self._batches:
            await asyncio.wait(self._batches)
        self._executor.shutdown()

    def _start(self) -> None:
        while self._free and (jobs := self._next_batch()):
            self._free -= 1
            batch = asyncio.create_task(self._read(jobs))
            self._batches.add(batch)
            batch.add_done_callback(self._done)

    def _done(self, batch: asyncio.Task[None]) -> None:
        self._batches.discard(batch)
        self._free += 1
        self._start()

    async def _read(self, jobs: list[FieldsJob[Any]]) -> None:
        self._on_batch(sum(job.count for job in jobs))
        running = asyncio.get_running_loop().run_in_executor(self._executor, _read_batch, jobs)
        await asyncio.wait([running])
        error = running.exception()
        if error is None:
            for job, outcome in zip(jobs, running.result(), strict=True):
                _settle(job, outcome)
        elif len(jobs) == 1:
            _settle(jobs[0], _Failed(error))
        else:  # one of them may be the cause, and the others are not to suffer
            for job in reversed(jobs):
                job.alone = True
                self._waiting.appendleft(job)

    def _next_batch(self) -> list[FieldsJob[Any]]:
        """Take the job that waits longest, and others that are read like it; [] where nothing waits."""
        jobs: list[FieldsJob[Any]] = []
        others: deque[FieldsJob[Any]] = deque()
        count = 0
        for job in self._waiting:
            if job.answer.done():  # whoever asked has gone
                continue
            if not jobs or (
                job.key == jobs[0].key
                and not (job.alone or jobs[0].alone)
                and count + job.count <= _MOST_IMAGES
            ):
                jobs.append(job)
                count += job.count
            else:
                others.append(job)
        self._waiting = others
        return jobs


class Lane:
    """Runs longer work on threads of its own, in order, with a bounded queue. To be used on one event loop."""

    def __init__(self, workers: int, most_waiting: int) -> None:
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="pages")
        self._most = workers + most_waiting
        self._taken = 0

    @property
    def taken(self) -> int:
        """How many pieces of work wait or run."""
        return self._taken

    async def run(self, work: Callable[[], Result]) -> Result:
        """Return what ``work`` returns; raise Problem 503 where too much waits."""
        if self._taken >= self._most:
            raise Problem(
                503, f"{self._taken} long requests are under way already; try again soon", retry_after=5
            )
        self._taken += 1
        running = asyncio.get_running_loop().run_in_executor(self._executor, work)
        # What has begun goes on where nobody waits for it any more, and counts until it is done.
        running.add_done_callback(self._done)
        return await running

    async def close(self) -> None:
        """Do what waits, then end the threads."""
        await asyncio.to_thread(self._executor.shutdown)

    def _done(self, running: asyncio.Future[Result]) -> None:
        self._taken -= 1
        if not running.cancelled():
            running.exception()  # heard, also where nobody waits for it


@dataclass(frozen=True)
class _Failed:
    error: BaseException


def _settle(job: FieldsJob[Any], outcome: object) -> None:
    if job.answer.done():  # whoever asked has gone
        return
    if isinstance(outcome, _Failed):
        job.answer.set_exception(outcome.error)
    else:
        job.answer.set_result(outcome)


def _read_batch(jobs: list[FieldsJob[Any]]) -> list[object]:
    """Read jobs together, as many at a time as memory allows; return the outcome of each.

    Raises what reading raises, which the batch as a whole is to blame for.
    """
    outcomes: dict[int, object] = {}
    decoded: list[tuple[int, list[Gray]]] = []
    pixels = 0
    for place, job in enumerate(jobs):
        try:
            images = job.decode()
        except (InkdigitsError, Problem) as error:
            outcomes[place] = _Failed(error)
            continue
        size = sum(image.size for image in images)
        if decoded and pixels + size > _MOST_PIXELS:
            outcomes |= _read_decoded(jobs, decoded)
            decoded, pixels = [], 0
        decoded.append((place, images))
        pixels += size
    outcomes |= _read_decoded(jobs, decoded)
    return [outcomes[place] for place in range(len(jobs))]


def _read_decoded(jobs: list[FieldsJob[Any]], decoded: list[tuple[int, list[Gray]]]) -> dict[int, object]:
    if not decoded:
        return {}
    readings = iter(jobs[0].examine([image for _, images in decoded for image in images]))
    return {place: jobs[place].finish([next(readings) for _ in images]) for place, images in decoded}
