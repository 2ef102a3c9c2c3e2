"""Images as bad cameras, worn paper and careless hands leave them: a model that learned from such reads what is new.

None of these changes is one of the corruptions that a model's robustness is measured by (see
``evaluation.corruptions``): their forms, their strengths and how they are mixed are others, and all are drawn over wide
ranges. Some are of the same family (dark and light, noise, blur, strokes across, turned and moved images), since a
picture has only so many ways to go wrong; that such mixtures carry over to corruptions that were never seen is what
AugMix showed (Hendrycks et al. 2020, arXiv:1912.02781).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.training.augmentation import Augmentation, augment

__all__ = ["wear"]

Planes = NDArray[np.float32]
Change = Callable[[Planes, np.random.Generator], Planes]

_BENT = Augmentation(rotation=14, shift=1.8, scale=0.2, stretch=0.12, shear=0.22, elastic=0.9)
_TREMBLING = Augmentation(elastic=0.7, elastic_knots=20)
_MOST_CHANGES = 3
_KERNELS = 24  # of blur, a call
_CLOUD_KNOTS = (2, 3, 5, 9, 14)
_EDGES = np.ones((3, 3), np.uint8)


def wear(images: NDArray[np.uint8], share: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return images, uint8 (N, H, W), ink bright on 0, of which ``share``, 0..1, went through one to three changes.

    They are turned, moved, scaled and bent more than handwriting is, too.
    """
    worn = images.copy()
    chosen = np.flatnonzero(rng.random(len(images)) < share)
    if not len(chosen):
        return worn
    planes = np.divide(augment(images[chosen], _BENT, rng), 255, dtype=np.float32)
    rounds = rng.integers(1, _MOST_CHANGES + 1, len(chosen))
    for number in range(_MOST_CHANGES):
        kinds = rng.integers(0, len(_CHANGES), len(chosen))
        for kind, change in enumerate(_CHANGES):
            here = np.flatnonzero((kinds == kind) & (rounds > number))
            if len(here):
                planes[here] = np.clip(change(planes[here], rng), 0, 1)
    worn[chosen] = np.rint(255 * planes).astype(np.uint8)
    return worn


def _uniform(low: float, high: float, planes: Planes, rng: np.random.Generator) -> Planes:
    """Return a number for each image, float32 (N, 1, 1)."""
    return rng.uniform(low, high, (len(planes), 1, 1)).astype(np.float32)


def _clouds(planes: Planes, rng: np.random.Generator) -> Planes:
    """Return a smooth field in 0..1 for each image, of three sizes of cloud."""
    _, height, width = planes.shape
    fields = np.zeros_like(planes)
    for knots in rng.choice(_CLOUD_KNOTS, 3, replace=False):
        coarse = rng.standard_normal((len(planes), knots, knots), np.float32)
        fields += np.stack(
            [cv2.resize(one, (width, height), interpolation=cv2.INTER_CUBIC) for one in coarse]
        )
    low, high = fields.min(axis=(1, 2), keepdims=True), fields.max(axis=(1, 2), keepdims=True)
    return np.asarray((fields - low) / np.maximum(high - low, 1e-6), np.float32)


def _light(planes: Planes, rng: np.random.Generator) -> Planes:
    """Less contrast, another level of gray, and a slope of light across."""
    _, height, width = planes.shape
    angle = _uniform(0, 2 * math.pi, planes, rng)
    across = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None, None, :]
    down = np.linspace(-0.5, 0.5, height, dtype=np.float32)[None, :, None]
    slope = _uniform(0, 0.5, planes, rng) * (np.cos(angle) * across + np.sin(angle) * down)
    contrast = _uniform(0.25, 1.1, planes, rng)
    level = rng.uniform(0, 1, (len(planes), 1, 1)).astype(np.float32) * np.maximum(1.2 - contrast, 0.1)
    return np.asarray(contrast * planes + level + slope, np.float32)


def _haze(planes: Planes, rng: np.random.Generator) -> Planes:
    """A veil of clouds over the ink."""
    veil = _uniform(0.2, 0.75, planes, rng)
    return (1 - veil) * planes + veil * _clouds(planes, rng)


def _grain(planes: Planes, rng: np.random.Generator) -> Planes:
    """Gaussian noise."""
    return planes + _uniform(0.03, 0.35, planes, rng) * rng.standard_normal(planes.shape, np.float32)


def _specks(planes: Planes, rng: np.random.Generator) -> Planes:
    """Single pixels of any gray."""
    hit = rng.random(planes.shape, np.float32) < _uniform(0.02, 0.22, planes, rng)
    return np.where(hit, rng.random(planes.shape, np.float32), planes)


def _gaps(planes: Planes, rng: np.random.Generator) -> Planes:
    """Ink of uneven strength, pixel by pixel, as of a dry pen."""
    depth = _uniform(0.2, 1.0, planes, rng)
    return planes * (1 - depth + 2 * depth * rng.random(planes.shape, np.float32))


def _smear(planes: Planes, rng: np.random.Generator) -> Planes:
    """A blur of any direction and length, from round to long."""
    kernels = [_blur_kernel(rng) for _ in range(_KERNELS)]
    chosen = rng.integers(0, _KERNELS, len(planes))
    return np.stack(
        [
            cv2.filter2D(plane, -1, kernels[which], borderType=cv2.BORDER_REFLECT)
            for plane, which in zip(planes, chosen, strict=True)
        ]
    )


def _blur_kernel(rng: np.random.Generator) -> Planes:
    long = math.exp(rng.uniform(math.log(0.5), math.log(3.2)))
    short = rng.uniform(0.3, min(long, 1.3))
    angle = rng.uniform(0, math.pi)
    y, x = np.mgrid[-7:8, -7:8].astype(np.float32)
    along = math.cos(angle) * x + math.sin(angle) * y
    across = -math.sin(angle) * x + math.cos(angle) * y
    kernel = np.exp(-0.5 * ((along / long) ** 2 + (across / short) ** 2))
    return np.asarray(kernel / kernel.sum(), np.float32)


def _tremble(planes: Planes, rng: np.random.Generator) -> Planes:
    """Bent from pixel to pixel, as through rough glass."""
    bent = augment(np.rint(255 * planes).astype(np.uint8), _TREMBLING, rng)
    return np.divide(bent, 255, dtype=np.float32)


def _patch(planes: Planes, rng: np.random.Generator) -> Planes:
    """A region on one side of an edge, or within a rectangle, inverted or of another light."""
    changed = planes.copy()
    _, height, width = planes.shape
    for plane in changed:
        region = (slice(*_span(height, rng)), slice(*_span(width, rng)))
        if rng.random() < 0.5:
            plane[region] = 1 - plane[region]
        else:
            gray = rng.random()
            plane[region] = gray + rng.uniform(0.2, 0.7) * (plane[region] - gray)
    return changed


def _span(length: int, rng: np.random.Generator) -> tuple[int, int]:
    """Return where a region begins and ends: from the edge more often than not, and often the whole length."""
    if rng.random() < 0.4:
        return 0, length
    cut = int(rng.integers(3, length - 3))
    if rng.random() < 0.7:
        return (0, cut) if rng.random() < 0.5 else (cut, length)
    other = int(rng.integers(3, length - 3))
    return min(cut, other), max(cut, other) + 2


def _strokes(planes: Planes, rng: np.random.Generator) -> Planes:
    """Up to three foreign strokes across, bright or dark: straight, broken or crooked."""
    changed = planes.copy()
    for plane in changed:
        layer = np.zeros(plane.shape, np.float32)
        for _ in range(rng.integers(1, 4)):
            points = rng.uniform(-4, plane.shape[0] + 4, (rng.integers(2, 6), 2)) * 16
            cv2.polylines(
                layer,
                [points.astype(np.int32)],
                False,
                rng.uniform(0.4, 1),
                int(rng.integers(1, 3)),
                cv2.LINE_AA,
                4,
            )
        if rng.random() < 0.4:
            holes = rng.random((7, 7), np.float32) < 0.4
            layer[
                cv2.resize(holes.astype(np.uint8), layer.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
            ] = 0
        if rng.random() < 0.8:
            np.maximum(plane, layer, out=plane)
        else:
            np.multiply(plane, 1 - layer, out=plane)
    return changed


def _stains(planes: Planes, rng: np.random.Generator) -> Planes:
    """Drops of one gray over the ink."""
    stained = _clouds(planes, rng) > _uniform(0.55, 0.8, planes, rng)
    depth = _uniform(0.4, 1.0, planes, rng) * stained
    return planes * (1 - depth) + depth * _uniform(0, 0.8, planes, rng)


def _outlines(planes: Planes, rng: np.random.Generator) -> Planes:
    """The rims of the strokes alone: what is wider less what is thinner."""
    changed = np.empty_like(planes)
    for plane, out in zip(planes, changed, strict=True):
        smooth = cv2.GaussianBlur(plane, (0, 0), float(rng.uniform(0.4, 1.2)))
        which = cv2.MORPH_GRADIENT if rng.random() < 0.5 else cv2.MORPH_DILATE
        rims = cv2.morphologyEx(smooth, which, _EDGES)
        rims = rims if which == cv2.MORPH_GRADIENT else rims - smooth
        out[:] = rims / max(float(rims.max()), 0.05)
        if rng.random() < 0.5:
            out[:] = out > rng.uniform(0.3, 0.7)
    return changed


def _hardened(planes: Planes, rng: np.random.Generator) -> Planes:
    """Black and white, or nearly: strokes grow thick or thin with the threshold."""
    steepness = _uniform(4, 40, planes, rng)
    return np.asarray(1 / (1 + np.exp(-steepness * (planes - _uniform(0.15, 0.8, planes, rng)))), np.float32)


_CHANGES: tuple[Change, ...] = (
    _light,
    _haze,
    _grain,
    _specks,
    _gaps,
    _smear,
    _tremble,
    _patch,
    _strokes,
    _stains,
    _outlines,
    _hardened,
)
