"""What a server does, apart from HTTP: one reader, loaded once, and the queues before it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from starlette.requests import Request

from inkdigits.errors import InkdigitsError
from inkdigits.reading import Classifier, LineModel, Reader
from inkdigits.web.batching import Batcher, Lane
from inkdigits.web.bodies import Bodies
from inkdigits.web.corrections import CorrectionStore
from inkdigits.web.metrics import Metrics
from inkdigits.web.problems import Problem
from inkdigits.web.settings import Settings

__all__ = ["Service", "make_reader", "service_of"]

Result = TypeVar("Result")

_SMALL_BYTES = 64_000  # are parsed in a millisecond or two
_MOST_LONG = 8  # documents and exports that wait


class Service:
    """One server's reader and queues. To be opened, and closed for good, on the event loop that it serves.

    reader: what reads; by default one that ``make_reader`` makes of the settings, in the background.

    Raises OutputError where the folder of corrections cannot be made.
    """

    def __init__(self, settings: Settings, reader: Reader | None = None) -> None:
        self.settings = settings
        self.corrections = (
            None
            if settings.corrections is None
            else CorrectionStore(settings.corrections, settings.most_corrections)
        )
        self.bodies = Bodies(settings)
        self.metrics = Metrics(
            {
                "inkdigits_requests_waiting": (
                    "Requests that wait for a worker.",
                    lambda: self.fields.waiting,
                ),
                "inkdigits_long_requests": ("Documents and exports under way.", lambda: self.lane.taken),
                "inkdigits_held_bytes": ("Bytes of requests that are held.", lambda: self.bodies.held),
                "inkdigits_ready": ("Whether the models are loaded.", lambda: self.is_ready),
            }
        )
        self.fields = Batcher(settings.worker_threads, settings.queue, self.metrics.count_batch)
        self.lane = Lane(1, _MOST_LONG)
        self.loading_error: InkdigitsError | None = None
        self._reader = reader
        self._ready = asyncio.Event()
        self._loading: asyncio.Task[None] | None = None

    @property
    def is_ready(self) -> bool:
        """Whether the models are loaded."""
        return self._ready.is_set()

    def open(self) -> None:
        """Begin to load the models."""
        self._loading = asyncio.create_task(self._load())

    async def close(self) -> None:
        """Finish what was begun."""
        if self._loading is not None:
            await self._loading
        await self.fields.close()
        await self.lane.close()

    async def loaded(self) -> None:
        """Wait until the models are loaded, or ``loading_error`` says why they are not."""
        if self._loading is not None:
            await asyncio.shield(self._loading)

    async def reader(self) -> Reader:
        """Return the reader once it is loaded; raise Problem 503 where that failed."""
        if self._reader is None or not self.is_ready:
            await self.loaded()
            if self._reader is None:
                raise Problem(503, "the models are not loaded; the server's log says why", retry_after=30)
        return self._reader

    async def parse(self, work: Callable[[], Result], size: int) -> Result:
        """Return what ``work`` makes of so many bytes: at once where they are few, else beside the event loop."""
        return work() if size <= _SMALL_BYTES else await asyncio.to_thread(work)

    async def _load(self) -> None:
        try:
            self._reader = await asyncio.to_thread(
                partial(_warm, self._reader) if self._reader else partial(make_reader, self.settings)
            )
        except InkdigitsError as error:
            self.loading_error = error
        else:
            self._ready.set()


def make_reader(settings: Settings) -> Reader:
    """Return a reader with its models loaded, each one thread, since several requests are read at the same time.

    OpenCV is kept to one thread for the same reason, in the whole process: for small pictures, a second one costs more
    than it does. Raises ModelError where a model cannot be loaded.
    """
    import cv2

    cv2.setNumThreads(1)
    digit = None if settings.digit_model is None else Classifier(_model_file(settings.digit_model), threads=1)
    line = None if settings.line_model is None else LineModel(_model_file(settings.line_model), threads=1)
    return _warm(Reader(digit, line, threads=1))


def service_of(request: Request) -> Service:
    """Return the service of the app that a request came to."""
    service: Service = request.app.state.service
    return service


def _warm(reader: Reader) -> Reader:
    """Load what loads when it is first needed."""
    import numpy as np

    blank = np.full((32, 32), 255, np.uint8)
    reader.read_field(blank, "digit")
    reader.read_field(blank, "number")
    return reader


def _model_file(path: Path) -> Path:
    return path / "model.onnx" if path.is_dir() else path
