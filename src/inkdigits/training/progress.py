"""What a training shows while it runs: a bar on a terminal, a plain line an epoch elsewhere, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

__all__ = ["BarProgress", "LineProgress", "TrainingProgress", "choose_progress"]


class TrainingProgress(Protocol):
    """Something that is told how a training goes.

    Losses are in nats an image and accuracies in 0..1; batches and epochs count from 1.
    """

    def begin(self, epochs: int, batches: int) -> None:
        """Begin: so many epochs of so many batches."""

    def batch(self, epoch: int, batch: int, loss: float, accuracy: float) -> None:
        """Take note of a batch that is done, with the means of the epoch so far; some are left out."""

    def epoch(self, row: Mapping[str, float]) -> None:
        """Take note of an epoch that is done: its row of the history (see ``Fit``).

        Where several models are fitted in turn, ``row["fit"]`` of ``row["fits"]`` is the one, from 1.
        """

    def close(self) -> None:
        """End, whether or not all epochs are done."""


class BarProgress:
    """A bar for a terminal: epoch, loss and accuracy so far, time left; a line stays for every epoch done."""

    def __init__(self, stream: IO[str]) -> None:
        """Draw on ``stream``, a terminal."""
        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]}  batch {task.fields[batch]}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[means]}"),
            TimeRemainingColumn(),
            console=Console(file=stream),
            transient=True,
        )
        self._task = TaskID(0)
        self._epochs = self._batches = 0

    def begin(self, epochs: int, batches: int) -> None:
        """Draw the bar."""
        self._epochs, self._batches = epochs, batches
        self._task = self._bar.add_task(
            "", total=epochs * batches, epoch=f"1/{epochs}", batch=f"0/{batches}", means=""
        )
        self._bar.start()

    def batch(self, epoch: int, batch: int, loss: float, accuracy: float) -> None:
        """Move the bar."""
        self._bar.update(
            self._task,
            completed=(epoch - 1) * self._batches + batch,
            epoch=f"{epoch}/{self._epochs}",
            batch=f"{batch}/{self._batches}",
            means=f"loss {loss:.4f}  accuracy {accuracy:.2%}",
        )

    def epoch(self, row: Mapping[str, float]) -> None:
        """Leave a line above the bar."""
        self._bar.update(self._task, completed=row["epoch"] * self._batches)
        self._bar.console.print(_epoch_line(row, self._epochs), highlight=False)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.stop()


class LineProgress:
    """A plain line an epoch, for logs and pipes."""

    def __init__(self, stream: IO[str]) -> None:
        """Write to ``stream``."""
        self._stream = stream
        self._epochs = 0

    def begin(self, epochs: int, batches: int) -> None:  # noqa: ARG002
        """Remember how many epochs there will be."""
        self._epochs = epochs

    def batch(self, epoch: int, batch: int, loss: float, accuracy: float) -> None:
        """Say nothing: batches are too many for lines."""

    def epoch(self, row: Mapping[str, float]) -> None:
        """Write the epoch's line."""
        self._stream.write(_epoch_line(row, self._epochs) + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Do nothing: every line is written already."""


def choose_progress(stream: IO[str]) -> TrainingProgress:
    """Return a bar where ``stream`` is a terminal, else lines."""
    return BarProgress(stream) if stream.isatty() else LineProgress(stream)


def _epoch_line(row: Mapping[str, float], epochs: int) -> str:
    line = f"epoch {row['epoch']:.0f}/{epochs}  loss {row['loss']:.4f}  accuracy {row['accuracy']:.2%}"
    if "fits" in row:
        line = f"model {row['fit']:.0f} of {row['fits']:.0f}  {line}"
    if "val_loss" in row:
        line += f"  validation loss {row['val_loss']:.4f}  accuracy {row['val_accuracy']:.2%}"
    return f"{line}  {row['seconds']:.1f} s"
