"""What the shipped digit classifier learns from: synthetic photos, seen through the one normalizer.

The normalizer gives several candidates where it cannot tell a frame or a shadow from ink. Each candidate is an
example: of its digit where its box is the digit's, and of "not a digit" where it holds something else. So the
classifier learns both to read and to choose.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Box
from inkdigits.reading.normalize import normalize_digit
from inkdigits.synthesis.digits import BLOCK, digit_block
from inkdigits.synthesis.fields import field_block
from inkdigits.synthesis.hands import GlyphSources
from inkdigits.training.writers import load_writers

__all__ = ["LABELS", "DigitExamples", "make_digit_examples"]

LABELS = (*"0123456789", "")
"""The classes of the digit classifier; the last is ink that is no digit."""

NOT_A_DIGIT = 10
# Between the two, a candidate holds part of the digit or something beside it, and teaches nothing clear.
_SAME_BOX, _OTHER_BOX = 0.66, 0.5
_DISTRACTORS = 16  # words, scribbles and the like, for each block of 256 digits


@dataclass(frozen=True)
class DigitExamples:
    """images: uint8 (N, 28, 28), ink bright on 0. labels: int64 (N,), indices into ``LABELS``."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


def make_digit_examples(
    count: int,
    seed: int,
    fonts: Path,
    *,
    mnist_images: int,
    held_out: bool = False,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> DigitExamples:
    """Draw about ``count`` synthetic photos, in whole blocks, and return every candidate that teaches something.

    fonts: the folder of fetched fonts. mnist_images: how many of MNIST's training images, the first ones, may be
    drawn from; with ``held_out`` those after them, and the fonts that are held out of training. progress: is told
    how many photos are done. The same arguments give the same examples, however many workers share the work.
    """
    blocks = range(-(-count // BLOCK))
    make = partial(_block_examples, seed, fonts, mnist_images, held_out)
    parts: list[DigitExamples] = []
    with ProcessPoolExecutor(workers) if workers > 1 else nullcontext() as pool:
        for part in map(make, blocks) if pool is None else pool.map(make, blocks, chunksize=2):
            parts.append(part)
            if progress is not None:
                progress(len(parts) * BLOCK)
    return DigitExamples(
        np.concatenate([part.images for part in parts]), np.concatenate([part.labels for part in parts])
    )


def _block_examples(seed: int, fonts: Path, mnist_images: int, held_out: bool, block: int) -> DigitExamples:
    cv2.setNumThreads(1)  # the processes share the cores already
    key = (fonts, mnist_images, held_out)
    if key not in _SOURCES:
        _SOURCES[key] = load_writers(fonts, mnist_images, held_out=held_out)
    images, labels = [], []
    for photo in digit_block(seed, block, _SOURCES[key]):
        for candidate in normalize_digit(photo.image):
            overlap = _overlap(candidate.box, photo.box)
            if overlap > _SAME_BOX or overlap < _OTHER_BOX:
                images.append(candidate.image)
                labels.append(photo.label if overlap > _SAME_BOX else NOT_A_DIGIT)
    for distractor in field_block(seed, block, _SOURCES[key], kind="reject", count=_DISTRACTORS):
        for candidate in normalize_digit(distractor.image):
            images.append(candidate.image)
            labels.append(NOT_A_DIGIT)
    return DigitExamples(np.array(images, np.uint8).reshape(-1, 28, 28), np.array(labels, np.int64))


# Glyph sources take seconds to load, so each process keeps its own.
_SOURCES: dict[tuple[Path, int, bool], GlyphSources] = {}


def _overlap(box: Box, other: tuple[float, float, float, float]) -> float:
    """Return the area that two boxes share over the area that either covers, 0..1."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    shared = max(0.0, width) * max(0.0, height)
    areas = (box[2] - box[0]) * (box[3] - box[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return shared / max(areas - shared, 1e-9)
