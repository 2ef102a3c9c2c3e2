"""A gray image -> how much ink each pixel holds, whatever the paper, the light and the pen.

The background is estimated by morphological closing (it erases dark strokes and keeps the paper's own shading), the
ink is the difference to it, and the ink's polarity is the one that covers less of the picture and of its border.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "WORKING_SIZE",
    "InkImage",
    "WorkingImage",
    "at_most",
    "confidence_of_empty",
    "extract_ink",
    "gray_quantile",
    "quantile",
    "strong_ink",
    "to_working_size",
]

WORKING_SIZE = 96
"""The longer side, in pixels, of the picture on which ink is looked for: a digit's strokes are then 3 to 20 wide."""

_MIN_SHORT_SIDE = 24
_MAX_LONG_SIDE = 384
_LINE_HEIGHT = 64
_MAX_LINE_WIDTH = 1024
_MIN_CONTRAST = 9.0
_NOISE_FACTOR = 3.0
_PAPER_STEP = 4
_UNSURE_POLARITY = 0.2
_SURELY_BARE = 0.6  # of the difference from which on there is ink
# What is surely ink, however little there is of it: gray levels, and times the paper's noise.
_STRONG_CONTRAST, _STRONG_FACTOR = 30.0, 8.0


@dataclass(frozen=True)
class InkImage:
    """Ink at working size.

    ink: float32 (h, w), the difference to the paper in gray levels (0..255), at least 0.
    threshold: gray levels; a pixel above it belongs to a stroke.
    noise: gray levels; the standard deviation of the paper's texture.
    scale: (vertical, horizontal) working pixels per original pixel.
    unevenness: gray levels; how far the paper's brightest and darkest parts are apart.
    """

    ink: NDArray[np.float32]
    threshold: float
    noise: float
    scale: tuple[float, float]
    unevenness: float

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Which pixels are ink: bool (h, w)."""
        return self.ink > self.threshold


@dataclass(frozen=True)
class WorkingImage:
    """A picture at the size on which ink is looked for.

    pixels: float32 (h, w), 0..255. scale: (vertical, horizontal) working pixels per original pixel.
    """

    pixels: NDArray[np.float32]
    scale: tuple[float, float]

    @property
    def polarities(self) -> tuple[bool, ...]:
        """Whether the ink is lighter than the paper; both, the likelier first, where it may be either."""
        level, _ = cv2.threshold(self.pixels.astype(np.uint8), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        bright = self.pixels > level
        depth = max(1, min(bright.shape) // 12)
        border = np.ones(bright.shape, bool)
        border[depth:-depth, depth:-depth] = False
        # Paper is most of a picture and most of its border. A frame around a cell can fool the border, and a fat
        # digit that fills a tight crop the area, hence both. Dark ink is what people write with.
        bright_share = float(bright.mean()) + float(bright[border].mean())
        if abs(bright_share - 1) < _UNSURE_POLARITY:
            return (False, True) if bright_share > 0.9 else (True, False)
        return (bright_share < 1,)


def to_working_size(gray: NDArray[np.uint8], *, line: bool = False) -> WorkingImage:
    """Scale a uint8 gray image (H, W) for finding ink: to a working size, or with ``line`` to a working height."""
    height, width = gray.shape
    if line:
        factor = min(_LINE_HEIGHT / height, _MAX_LINE_WIDTH / width)
    else:
        factor = WORKING_SIZE / max(height, width)
        factor = max(factor, min(_MIN_SHORT_SIDE / min(height, width), _MAX_LONG_SIDE / max(height, width)))
    return _scaled(gray, factor)


def at_most(gray: NDArray[np.uint8], longest: int) -> WorkingImage:
    """Scale a uint8 gray image (H, W) down so that its longer side has ``longest`` pixels; a smaller one stays."""
    return _scaled(gray, min(1.0, longest / max(gray.shape)))


def strong_ink(working: WorkingImage) -> NDArray[np.bool_]:
    """Return where there surely is ink, bool (h, w): far from the paper and its texture, however little it is."""
    ink, _ = _difference(working, working.polarities[0], 0.5)
    return np.asarray(ink > max(_STRONG_CONTRAST, _STRONG_FACTOR * _noise(ink)))


def _scaled(gray: NDArray[np.uint8], factor: float) -> WorkingImage:
    height, width = gray.shape
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    skip = max(1, int(0.25 / factor))  # area averaging of many megapixels is slow, and no better
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    pixels = cv2.resize(np.ascontiguousarray(gray[::skip, ::skip]), size, interpolation=how)
    return WorkingImage(pixels.astype(np.float32), (size[1] / height, size[0] / width))


def extract_ink(working: WorkingImage, *, light: bool = False, paper_detail: float = 0.5) -> InkImage | None:
    """Return the ink of a picture, or None where the paper is bare.

    light: whether the ink is lighter than the paper.
    paper_detail: the size of what counts as paper, as a share of the shorter side. Small values follow the edges of
        shadows, and lose strokes that are broader.
    """
    ink, paper = _difference(working, light, paper_detail)
    noise = _noise(ink)
    threshold = _stroke_threshold(ink, noise)
    if threshold is None:
        return None
    return InkImage(np.maximum(ink, 0), threshold, noise, working.scale, float(np.ptp(paper)))


def confidence_of_empty(gray: NDArray[np.uint8], *, line: bool = False) -> float:
    """Return how sure it is, 0.5 to 1, that a uint8 gray image (H, W) without strokes to read holds no faint ones.

    It is 0.5 where the strongest difference to the paper all but counts as ink, and 1 up to three fifths of that: of
    synthetic fields that seemed empty, hardly one with writing was below. Strokes that count, and are none to read,
    are a frame.
    """
    working = to_working_size(gray, line=line)
    ink, _ = _difference(working, working.polarities[0], 0.5)
    strongest, least = _strength(ink, _noise(ink))
    share = strongest / least
    if share >= 1:
        return 1.0
    return 1 - 0.5 * max(0.0, (share - _SURELY_BARE) / (1 - _SURELY_BARE))


def quantile(values: NDArray[np.float32], share: float) -> float:
    """Return the value that a ``share`` (0..1) of values, of any shape, does not exceed."""
    flat = values.ravel()
    place = round(share * (flat.size - 1))
    return float(np.partition(flat, place)[place])


def gray_quantile(gray: NDArray[np.uint8], share: float) -> int:
    """Return the gray level that a ``share`` (0..1) of the pixels of a uint8 image do not exceed."""
    below = np.bincount(gray.ravel(), minlength=256).cumsum()
    return int(np.searchsorted(below, max(1.0, share * gray.size)))


def _paper(working: NDArray[np.float32], detail: float) -> NDArray[np.float32]:
    # The paper varies slowly, so a quarter of the resolution will do. The brightest of each block stands for it, or
    # thin strokes would darken the paper under them.
    smooth = cv2.blur(working, (3, 3))
    brightest = cv2.dilate(smooth, np.ones((_PAPER_STEP, _PAPER_STEP), np.uint8))
    coarse = brightest[::_PAPER_STEP, ::_PAPER_STEP]
    size = max(3, round(detail * min(coarse.shape)) | 1)
    closed = cv2.morphologyEx(
        coarse, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8), borderType=cv2.BORDER_REPLICATE
    )
    softened = cv2.GaussianBlur(closed, (0, 0), size / 6)
    height, width = working.shape
    return np.asarray(cv2.resize(softened, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _noise(ink: NDArray[np.float32]) -> float:
    lower = ink <= quantile(ink[::2, ::2], 0.5)  # a quarter of the pixels tells the median as well
    return float(cv2.meanStdDev(ink, mask=lower.view(np.uint8))[1][0, 0]) * 1.6 + 0.5


def _difference(
    working: WorkingImage, light: bool, paper_detail: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return how far each pixel is from its paper, in gray levels, ink positive, and the paper."""
    pixels = 255 - working.pixels if light else working.pixels
    paper = _paper(pixels, paper_detail)
    # Ink takes away a share of the light: in a shadow the same stroke differs less from its paper.
    share = np.clip(np.float32(cv2.mean(paper)[0]) / np.maximum(paper, 1), 0.5, 2)
    return np.asarray((paper - pixels) * share, np.float32), paper


def _strength(region: NDArray[np.float32], noise: float) -> tuple[float, float]:
    """Return the strongest difference to the paper, and the least that counts as ink.

    A hundredth of the pixels of a square may be ink by chance. A wide picture has no more of it by chance, and a digit
    is no smaller for standing in one.
    """
    square = min(region.shape) / max(region.shape)
    return quantile(region, 1 - 0.01 * square), max(_MIN_CONTRAST, _NOISE_FACTOR * noise)


def _stroke_threshold(ink: NDArray[np.float32], noise: float) -> float | None:
    depth = [max(1, round(0.12 * side)) for side in ink.shape]
    middle = ink[depth[0] : -depth[0], depth[1] : -depth[1]]
    if middle.size < 16:
        middle = ink
    for region in (middle, ink):
        strongest, least = _strength(region, noise)
        if strongest >= least:
            scaled = np.clip(region * (255 / strongest), 0, 255).astype(np.uint8)
            level, _ = cv2.threshold(scaled, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
            return max(float(level) * strongest / 255 * 0.9, 2 * noise)
    return None
