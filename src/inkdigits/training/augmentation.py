"""New images from old ones: turned, moved, scaled, stretched, slanted and bent.

Hundreds of images are laid under one another and warped in one go of OpenCV's compiled remapping, so that making them
costs a training of two cores little.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Augmentation", "augment"]

_MARGIN = 4  # rows of paper between one image and the next
_AT_ONCE = 512  # images; OpenCV takes at most 32,767 rows


@dataclass(frozen=True)
class Augmentation:
    """How far images are changed; what is 0 is left alone.

    rotation: the standard deviation of the angle, degrees. shift: that of either offset, pixels. scale and
        stretch: those of the logarithms of size and of width against height. shear: that of the slant, columns a
        row. elastic: that of the displacement, pixels, of a field drawn at ``elastic_knots`` x ``elastic_knots``
        points and made smooth between them (after Simard, Steinkraus and Platt 2003, "Best practices for
        convolutional neural networks applied to visual document analysis").
    """

    rotation: float = 0.0
    shift: float = 0.0
    scale: float = 0.0
    stretch: float = 0.0
    shear: float = 0.0
    elastic: float = 0.0
    elastic_knots: int = 6


def augment(
    images: NDArray[np.uint8], augmentation: Augmentation, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Return changed copies of images, uint8 (N, H, W), ink bright on 0; what leaves an image is lost."""
    changed = np.empty_like(images)
    for start in range(0, len(images), _AT_ONCE):
        part = images[start : start + _AT_ONCE]
        changed[start : start + _AT_ONCE] = _warped(part, augmentation, rng)
    return changed


def _warped(
    images: NDArray[np.uint8], augmentation: Augmentation, rng: np.random.Generator
) -> NDArray[np.uint8]:
    count, height, width = images.shape
    rows, columns = _sources(count, height, width, augmentation, rng)
    # Beyond an image's own rows there is paper of its own, never the neighbor's ink.
    np.clip(rows, -_MARGIN + 1, height + _MARGIN - 2, out=rows)
    rows += (_MARGIN + (height + 2 * _MARGIN) * np.arange(count, dtype=np.float32))[:, None, None]
    sheet = np.pad(images, ((0, 0), (_MARGIN, _MARGIN), (0, 0))).reshape(-1, width)
    warped = cv2.remap(
        sheet,
        columns.reshape(-1, width),
        rows.reshape(-1, width),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    return np.asarray(warped, np.uint8).reshape(images.shape)


def _sources(
    count: int, height: int, width: int, augmentation: Augmentation, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return from which row and column each pixel is taken, float32 (count, height, width) each."""

    def drawn(deviation: float) -> NDArray[np.float32]:
        return (deviation * rng.standard_normal(count, np.float32))[:, None, None]

    angle = np.radians(drawn(augmentation.rotation))
    size, stretch = drawn(augmentation.scale), drawn(augmentation.stretch) / 2
    shear = drawn(augmentation.shear)
    tall, wide = np.exp(size - stretch), np.exp(size + stretch)
    y = np.arange(height, dtype=np.float32)[None, :, None] - np.float32((height - 1) / 2)
    x = np.arange(width, dtype=np.float32)[None, None, :] - np.float32((width - 1) / 2)
    cosine, sine = np.cos(angle), np.sin(angle)
    rows = (cosine * y - sine * x) * tall + (drawn(augmentation.shift) + np.float32((height - 1) / 2))
    columns = (sine * y + cosine * x + shear * y) * wide + (
        drawn(augmentation.shift) + np.float32((width - 1) / 2)
    )
    if augmentation.elastic:
        knots = augmentation.elastic_knots
        down, across = _smooth_basis(height, knots), _smooth_basis(width, knots)
        bend = augmentation.elastic * rng.standard_normal((2, count, knots, knots), np.float32)
        bend = down @ bend @ across.T
        rows += bend[0]
        columns += bend[1]
    return rows, columns


def _smooth_basis(length: int, knots: int) -> NDArray[np.float32]:
    """Return float32 (length, knots): how much each knot has to say at each pixel, of unit variance together."""
    places = np.linspace(-0.5, length - 0.5, knots)
    spacing = places[1] - places[0]
    basis = np.exp(-0.5 * ((np.arange(length)[:, None] - places) / (0.7 * spacing)) ** 2)
    return np.asarray(basis / np.sqrt((basis**2).sum(axis=1, keepdims=True)), np.float32)
