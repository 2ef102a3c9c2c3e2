"""What the line model learns from: synthetic fields, seen through the line normalizer, kept on disk.

Making fields takes about as long as learning from them, and both want every core, so they are made first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.reading.line import STRIP_HEIGHT, normalize_line
from inkdigits.synthesis.hands import GlyphSources
from inkdigits.synthesis.shards import KINDS, read_shard, write_fields
from inkdigits.synthesis.texts import SYMBOLS
from inkdigits.training.writers import load_writers

__all__ = ["LABELS", "LineFields", "join_fields", "make_line_fields"]

LABELS = (*SYMBOLS, "~")
"""The symbols of the line model; the last is a word, a scribble or texture as a whole."""

LONGEST_TEXT = 14
_COLUMN_WIDTH = 2  # pixels a lattice column
_BLANK_STRIP = np.zeros((STRIP_HEIGHT, 16), np.uint8)


@dataclass(frozen=True)
class LineFields:
    """Strips side by side, and their texts.

    pixels: uint8 (sum of widths, 32), each strip on its side. starts, widths: int64 (N,).
    texts: str (N,), "~" for what is no number. codes: int8 (N, 14), indices into ``LABELS``, then -1.
    """

    pixels: NDArray[np.uint8]
    starts: NDArray[np.int64]
    widths: NDArray[np.int64]
    texts: NDArray[np.str_]
    codes: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.texts)

    def strip(self, index: int) -> NDArray[np.uint8]:
        """Return strip number ``index`` on its side, uint8 (W, 32): a view."""
        return self.pixels[self.starts[index] : self.starts[index] + self.widths[index]]


def make_line_fields(
    folder: Path,
    count: int,
    seed: int,
    fonts: Path,
    *,
    mnist_images: int,
    held_out: bool = False,
    workers: int = 1,
) -> LineFields:
    """Make ``count`` synthetic fields in ``folder``, or go on where that was broken off, and load them.

    fonts: the folder of fetched fonts. mnist_images: how many of MNIST's training images, the first ones, may be
    drawn from; with ``held_out`` those after them, and the fonts that are held out of training.
    """
    sources = partial(_load_writers, fonts, mnist_images, held_out)
    paths = write_fields(folder, count, seed, sources, workers=workers, height=STRIP_HEIGHT, prepare=_strip)
    parts = list(_parts(paths))
    widths = np.concatenate([part[1] for part in parts])
    texts = np.concatenate([part[2] for part in parts])
    pixels = np.concatenate([part[0] for part in parts])
    starts = np.concatenate([[0], np.cumsum(widths)[:-1]])
    codes = np.full((len(texts), LONGEST_TEXT), -1, np.int8)
    for row, text in zip(codes, texts, strict=True):
        row[: len(text)] = [LABELS.index(symbol) for symbol in text[:LONGEST_TEXT]]
    fields = LineFields(pixels, starts, widths, texts, codes)
    return replace(fields, **{name: getattr(fields, name)[_teaches(fields)] for name in _BY_FIELD})


def join_fields(parts: Sequence[LineFields]) -> LineFields:
    """Return the fields of all parts, one at least, in order."""
    before = np.cumsum([0, *(len(part.pixels) for part in parts[:-1])])
    return LineFields(
        pixels=np.concatenate([part.pixels for part in parts]),
        starts=np.concatenate([part.starts + start for part, start in zip(parts, before, strict=True)]),
        widths=np.concatenate([part.widths for part in parts]),
        texts=np.concatenate([part.texts for part in parts]),
        codes=np.concatenate([part.codes for part in parts]),
    )


_BY_FIELD = ("starts", "widths", "texts", "codes")


def _parts(paths: list[Path]) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.str_]]]:
    for path in paths:
        shard = read_shard(path)
        is_number = shard.kinds == KINDS.index("number")
        yield (
            np.ascontiguousarray(shard.pixels.T),
            np.diff(shard.bounds),
            np.where(is_number, shard.texts, "~"),
        )


def _teaches(fields: LineFields) -> NDArray[np.bool_]:
    """Leave out what holds no ink, and what the lattice has too few columns to spell."""
    ink = np.add.reduceat(fields.pixels.sum(axis=1, dtype=np.int64), fields.starts)
    repeats = np.array([sum(a == b for a, b in pairwise(text)) for text in fields.texts])
    lengths = np.char.str_len(fields.texts)
    return np.asarray(
        (ink > 0) & (lengths <= LONGEST_TEXT) & (fields.widths // _COLUMN_WIDTH > lengths + repeats)
    )


def _strip(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    line = normalize_line(image)
    return _BLANK_STRIP if line is None else line.image


def _load_writers(fonts: Path, mnist_images: int, held_out: bool) -> GlyphSources:
    cv2.setNumThreads(1)  # the processes share the cores already
    return load_writers(fonts, mnist_images, held_out=held_out)
