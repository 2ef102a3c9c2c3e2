"""What a batch shows while it runs: a bar on a terminal, a plain line now and then elsewhere, or nothing."""

from __future__ import annotations

import time
from typing import IO, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from inkdigits.batch.engines import PartDone
from inkdigits.batch.words import counted

__all__ = ["BarProgress", "BatchProgress", "LineProgress", "SilentProgress", "choose_progress"]

_SECONDS_BETWEEN_LINES = 10.0


class BatchProgress(Protocol):
    """Something that is told how a batch goes."""

    def say(self, message: str) -> None:
        """Take note of what happens before and after."""

    def begin(self, items: int) -> None:
        """Begin: so many items are left to read."""

    def part(self, done: PartDone) -> None:
        """Take note of a part that is written."""

    def close(self) -> None:
        """End, whether or not all is done."""


class SilentProgress:
    """Shows nothing."""

    def say(self, message: str) -> None:
        """Say nothing."""

    def begin(self, items: int) -> None:
        """Say nothing."""

    def part(self, done: PartDone) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Say nothing."""


class _Counts:
    """Sums over parts, and their line."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self.items = self._rows = self._doubtful = self._errors = 0

    def add(self, done: PartDone) -> None:
        self.items += done.items
        self._rows += done.rows
        self._doubtful += done.doubtful
        self._errors += done.errors

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._start

    def line(self) -> str:
        pace = self._rows / max(self.seconds, 1e-9)
        doubtful = self._doubtful / max(self._rows, 1)
        return f"{pace:.0f} fields/s, {doubtful:.1%} doubtful, {counted(self._errors, 'error')}"


class BarProgress:
    """A bar for a terminal, with the pace, the doubtful share, errors and the time left."""

    def __init__(self, stream: IO[str]) -> None:
        """Draw on ``stream``, a terminal."""
        self._bar = Progress(
            TextColumn("{task.completed:,.0f}/{task.total:,.0f}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[counts]}"),
            TimeRemainingColumn(),
            console=Console(file=stream),
            transient=True,
        )
        self._task = TaskID(0)
        self._counts = _Counts()

    def say(self, message: str) -> None:
        """Print it above the bar."""
        self._bar.console.print(message, markup=False, highlight=False)

    def begin(self, items: int) -> None:
        """Draw the bar."""
        self._counts = _Counts()
        self._task = self._bar.add_task("", total=items, counts="")
        self._bar.start()

    def part(self, done: PartDone) -> None:
        """Move the bar."""
        self._counts.add(done)
        self._bar.update(self._task, completed=self._counts.items, counts=self._counts.line())

    def close(self) -> None:
        """Take the bar away."""
        self._bar.stop()


class LineProgress:
    """A plain line every ten seconds, for a log."""

    def __init__(self, stream: IO[str]) -> None:
        """Write to ``stream``."""
        self._stream = stream
        self._counts = _Counts()
        self._items = 0
        self._next = 0.0

    def say(self, message: str) -> None:
        """Write a line."""
        self._stream.write(f"{message}\n")
        self._stream.flush()

    def begin(self, items: int) -> None:
        """Say how many there are."""
        self._counts, self._items, self._next = _Counts(), items, _SECONDS_BETWEEN_LINES
        self.say(f"{counted(items, 'item')} to read")

    def part(self, done: PartDone) -> None:
        """Write a line where the last one is some time ago."""
        self._counts.add(done)
        seconds = self._counts.seconds
        if seconds < self._next:
            return
        self._next = seconds + _SECONDS_BETWEEN_LINES
        left = seconds / self._counts.items * (self._items - self._counts.items)
        self.say(f"{self._counts.items:,} of {self._items:,} items, {self._counts.line()}, {left:.0f} s left")

    def close(self) -> None:
        """Write nothing more."""


def choose_progress(stream: IO[str]) -> BatchProgress:
    """Return a bar where ``stream`` is a terminal, lines elsewhere."""
    return BarProgress(stream) if stream.isatty() else LineProgress(stream)
