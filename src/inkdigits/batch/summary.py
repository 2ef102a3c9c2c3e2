"""What a batch came to, in numbers and in a figure."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from inkdigits.batch.engines import PartDone
from inkdigits.batch.words import counted
from inkdigits.files import write_whole

__all__ = ["Summary", "write_summary"]

_BINS = 20
# Upper edges in seconds: a millisecond to a minute, in steps of a third of a decade.
_SECONDS = np.concatenate([[0], np.geomspace(1e-3, 60, 15), [np.inf]])


def _no_confidences() -> NDArray[np.int64]:
    return np.zeros(_BINS, np.int64)


def _no_seconds() -> NDArray[np.int64]:
    return np.zeros(len(_SECONDS) - 1, np.int64)


@dataclass
class Summary:
    """Counts of a batch: items (files, rows of a list, pieces of documents), rows, doubtful and errors.

    items, read_seconds and seconds tell of this call alone; the others of all rows. confidences: how many rows in
    each twentieth of 0..1, int64 (20,). seconds: how many items by how long they took.
    """

    items: int = 0
    rows: int = 0
    doubtful: int = 0
    errors: int = 0
    read_seconds: float = 0.0
    confidences: NDArray[np.int64] = field(default_factory=_no_confidences)
    seconds: NDArray[np.int64] = field(default_factory=_no_seconds)

    @classmethod
    def of_tables(cls, tables: Iterable[pa.Table]) -> Summary:
        """Count rows that are written."""
        summary = cls()
        for table in tables:
            statuses = table.column("status")
            summary.rows += len(table)
            summary.errors += int(pc.sum(pc.equal(statuses, "error")).as_py() or 0)
            doubtful = pc.is_in(statuses, pa.array(["review", "rejected"]))
            summary.doubtful += int(pc.sum(doubtful).as_py() or 0)
            summary._count(table.column("confidence").drop_null().to_numpy())
        return summary

    def add(self, done: PartDone) -> None:
        """Count a part that was read now."""
        self.items += done.items
        self.rows += done.rows
        self.doubtful += done.doubtful
        self.errors += done.errors
        self._count(np.array(done.confidences))
        self.seconds += np.histogram(np.array(done.seconds), _SECONDS)[0]

    def line(self) -> str:
        """Return one line for people."""
        text = f"{counted(self.rows, 'row')}, {self.doubtful:,} doubtful, {counted(self.errors, 'error')}"
        if self.items and self.read_seconds:
            pace = self.items / self.read_seconds
            text += f"; {counted(self.items, 'item')} in {self.read_seconds:.0f} s, {pace:.0f} a second"
        return text

    def _count(self, confidences: NDArray[np.float64]) -> None:
        self.confidences += np.histogram(confidences, _BINS, (0, 1))[0]


def write_summary(summary: Summary, folder: Path) -> None:
    """Write summary.json and summary.png. Raises OutputError."""
    about = {
        "rows": summary.rows,
        "doubtful": summary.doubtful,
        "errors": summary.errors,
        "items_this_time": summary.items,
        "seconds_this_time": round(summary.read_seconds, 2),
        "confidence_histogram": summary.confidences.tolist(),
    }
    write_whole(folder / "summary.json", (json.dumps(about, indent=2) + "\n").encode())
    write_whole(folder / "summary.png", _figure(summary))


def _figure(summary: Summary) -> bytes:
    from matplotlib.figure import Figure

    figure = Figure((10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.bar((np.arange(_BINS) + 0.5) / _BINS, summary.confidences, 0.9 / _BINS, color="#2563eb")
    left.set(title="How sure", xlabel="confidence", ylabel="rows")
    if summary.confidences.any():
        left.set_yscale("symlog")
    names = ["< 1 ms", *(_duration(edge) for edge in _SECONDS[1:-1])]
    right.bar(range(len(summary.seconds)), summary.seconds, color="#64748b")
    right.set(title="How long", xlabel="time an item, from", ylabel="items read this time")
    right.set_xticks(range(0, len(names), 2), names[::2], rotation=45, ha="right")
    figure.suptitle(summary.line())
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=110)
    return buffer.getvalue()


def _duration(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.0f} s"
