"""Requests wait for nothing but a free worker; what waits is read together; nobody suffers for another."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.errors import ImageError
from inkdigits.reading import Reading
from inkdigits.web.batching import Batcher, FieldsJob, Lane
from inkdigits.web.problems import Problem


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(work())


class Recorder:
    """Reads images as their first pixel; holds on until it is let go, and keeps what came together."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.go = threading.Event()
        self.begun = threading.Event()

    def examine(self, images: Sequence[NDArray[np.uint8]]) -> list[Any]:
        values = [int(image[0, 0]) for image in images]
        self.begun.set()
        assert self.go.wait(10)
        self.batches.append(values)
        if 13 in values:
            raise RuntimeError("poison")
        return values

    def job(self, *values: int, key: str = "k", size: int = 1) -> FieldsJob[list[Any]]:
        images = [np.full((size, size), value, np.uint8) for value in values]
        return FieldsJob(key, len(images), lambda: images, self.examine, list)


def broken_job(error: Exception) -> FieldsJob[list[Reading]]:
    def decode() -> list[NDArray[np.uint8]]:
        raise error

    return FieldsJob("k", 1, decode, lambda _: [], list)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


def test_one_request_is_read_at_once_and_what_waits_is_read_together() -> None:
    async def work() -> None:
        recorder, sizes = Recorder(), []
        batcher = Batcher(1, 10, sizes.append)
        first = asyncio.create_task(batcher.read(recorder.job(1)))
        await until(recorder.begun.is_set)
        others = [asyncio.create_task(batcher.read(recorder.job(value, value))) for value in (2, 3)]
        other_kind = asyncio.create_task(batcher.read(recorder.job(4, key="other")))
        await until(lambda: batcher.waiting == 3)
        recorder.go.set()
        assert [await task for task in (first, *others, other_kind)] == [[1], [2, 2], [3, 3], [4]]
        assert recorder.batches == [[1], [2, 2, 3, 3], [4]]
        assert sizes == [1, 4, 1]
        await batcher.close()

    run(work)


def test_a_batch_has_bounds_of_images_and_of_pixels() -> None:
    async def work() -> None:
        recorder = Recorder()
        batcher = Batcher(1, 10, lambda _: None)
        tasks = [asyncio.create_task(batcher.read(recorder.job(0)))]
        await until(recorder.begun.is_set)
        tasks += [asyncio.create_task(batcher.read(recorder.job(*[n] * 40))) for n in (1, 2)]
        tasks += [asyncio.create_task(batcher.read(recorder.job(n, size=2500))) for n in (3, 4)]
        await until(lambda: batcher.waiting == 4)
        recorder.go.set()
        await asyncio.gather(*tasks)
        assert [sorted(set(batch)) for batch in recorder.batches] == [[0], [1, 3], [4], [2]]
        await batcher.close()

    run(work)


def test_a_full_queue_is_a_503_and_recovers() -> None:
    async def work() -> None:
        recorder = Recorder()
        batcher = Batcher(1, 1, lambda _: None)
        first = asyncio.create_task(batcher.read(recorder.job(1)))
        await until(recorder.begun.is_set)
        second = asyncio.create_task(batcher.read(recorder.job(2)))
        await until(lambda: batcher.waiting == 1)
        with pytest.raises(Problem) as caught:
            await batcher.read(recorder.job(3))
        assert (caught.value.status, caught.value.headers["Retry-After"]) == (503, "1")
        recorder.go.set()
        assert [await first, await second] == [[1], [2]]
        assert await batcher.read(recorder.job(3)) == [3]
        await batcher.close()

    run(work)


def test_an_error_is_its_own_jobs_answer_and_no_others() -> None:
    async def work() -> None:
        recorder = Recorder()
        batcher = Batcher(1, 10, lambda _: None)
        first = asyncio.create_task(batcher.read(recorder.job(1)))
        await until(recorder.begun.is_set)
        jobs = [recorder.job(2), broken_job(ImageError("torn")), recorder.job(13), recorder.job(3)]
        tasks = [asyncio.create_task(batcher.read(job)) for job in jobs]
        await until(lambda: batcher.waiting == 4)
        recorder.go.set()
        outcomes = await asyncio.gather(first, *tasks, return_exceptions=True)
        assert [outcomes[index] for index in (0, 1, 4)] == [[1], [2], [3]]
        assert isinstance(outcomes[2], ImageError)
        assert isinstance(outcomes[3], RuntimeError)
        assert await batcher.read(recorder.job(4)) == [4]
        await batcher.close()

    run(work)


def test_who_has_gone_is_not_read_for() -> None:
    async def work() -> None:
        recorder = Recorder()
        batcher = Batcher(1, 10, lambda _: None)
        first = asyncio.create_task(batcher.read(recorder.job(1)))
        await until(recorder.begun.is_set)
        gone, stays = (asyncio.create_task(batcher.read(recorder.job(value))) for value in (2, 3))
        await until(lambda: batcher.waiting == 2)
        gone.cancel()
        recorder.go.set()
        assert [await first, await stays] == [[1], [3]]
        assert recorder.batches == [[1], [3]]
        await batcher.close()

    run(work)


def test_closing_reads_what_waits() -> None:
    async def work() -> None:
        recorder = Recorder()
        batcher = Batcher(1, 10, lambda _: None)
        tasks = [asyncio.create_task(batcher.read(recorder.job(value, key=str(value)))) for value in range(3)]
        await until(lambda: batcher.waiting == 2)
        recorder.go.set()
        await batcher.close()
        assert [await task for task in tasks] == [[0], [1], [2]]

    run(work)


def test_a_lane_runs_in_order_is_bounded_and_counts_what_goes_on_alone() -> None:
    async def work() -> None:
        go, done = threading.Event(), []
        lane = Lane(1, 1)

        def long() -> str:
            assert go.wait(10)
            done.append(1)
            return "long"

        first = asyncio.create_task(lane.run(long))
        second = asyncio.create_task(lane.run(lambda: "short"))
        await until(lambda: lane.taken == 2)
        with pytest.raises(Problem) as caught:
            await lane.run(lambda: "none")
        assert caught.value.status == 503
        first.cancel()
        await asyncio.sleep(0)
        go.set()
        assert await second == "short"
        await until(lambda: lane.taken == 0)
        assert done == [1]
        await lane.close()

    run(work)
