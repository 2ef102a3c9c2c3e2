"""Corrections that clients send, kept in one folder, and given back as a zip of labeled pictures.

Nothing of a request names a file: a correction's name is the digest of its pixels. A picture is decoded and written
anew, gray, without whatever else its file held.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkdigits.containers import Field, Kind
from inkdigits.errors import OutputError
from inkdigits.files import explain_write_error, write_whole
from inkdigits.web.problems import Problem

__all__ = ["Correction", "CorrectionStore", "is_name"]

_DIGEST = 32  # letters of a file's name
_EPOCH = (1980, 1, 1, 0, 0, 0)  # zip's first day: the same corrections give the same archive


@dataclass(frozen=True)
class Correction:
    """A crop, uint8 gray (H, W), what is written there, and what was read."""

    image: NDArray[np.uint8]
    kind: Kind
    text: str
    read: Field


class CorrectionStore:
    """A folder of corrections: a PNG and a JSON file each. May be used from several threads.

    Raises OutputError where the folder cannot be made.
    """

    def __init__(self, folder: Path, most: int) -> None:
        """Take the folder, which is made where it is missing, and how many corrections it may hold."""
        self._folder = folder
        self._most = most
        self._lock = Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(explain_write_error(folder, error)) from error
        self._names = {path.stem for path in folder.glob("*.json") if is_name(path.stem)}

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def add(self, correction: Correction) -> str:
        """Keep a correction; a later one of the same crop takes its place. Return its name.

        Raises Problem 409 where the folder is full, and OutputError where it cannot be written.
        """
        pixels = correction.image
        name = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()[:_DIGEST]
        about = {"kind": correction.kind, "text": correction.text, "read": correction.read.to_dict()}
        with self._lock:
            if name not in self._names and len(self._names) >= self._most:
                raise Problem(
                    409, f"{self._most} corrections are kept, and no more fit; fetch and clear them"
                )
            write_whole(self._folder / f"{name}.png", _png(pixels))
            write_whole(self._folder / f"{name}.json", json.dumps(about).encode())
            self._names.add(name)
        return name

    def archive(self) -> bytes:
        """Return all corrections as a zip: single digits in a folder a digit, others beside a table of labels.

        digits/7/NAME.png is a 7; fields/labels.csv has the columns path and label. Either part alone is a data set.
        """
        buffer = io.BytesIO()
        rows = []
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, text, png in self._each():
                if len(text) == 1 and text in "0123456789":
                    _write(archive, f"digits/{text}/{name}.png", png)
                else:
                    _write(archive, f"fields/{name}.png", png)
                    rows.append((f"{name}.png", text))
            if rows:
                table = io.StringIO()
                csv.writer(table, lineterminator="\n").writerows([("path", "label"), *rows])
                _write(archive, "fields/labels.csv", table.getvalue().encode())
        return buffer.getvalue()

    def _each(self) -> Iterator[tuple[str, str, bytes]]:
        with self._lock:
            names = sorted(self._names)
        for name in names:
            try:
                about: dict[str, Any] = json.loads((self._folder / f"{name}.json").read_bytes())
                yield name, str(about["text"]), (self._folder / f"{name}.png").read_bytes()
            except (OSError, ValueError, KeyError, TypeError):
                continue  # someone has tidied the folder; what is there is given


def _png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def _write(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data)


def is_name(stem: str) -> bool:
    """Tell whether a text is the digest by which crops are named: nothing else names a file."""
    return len(stem) == _DIGEST and set(stem) <= set("0123456789abcdef")
