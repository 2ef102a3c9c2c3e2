"""The fifteen corruptions that the MNIST-C paper names, each at its severity, in code of our own.

After Mu and Gilmer (2019, "MNIST-C: A Robustness Benchmark for Computer Vision", arXiv:1906.02337), whose parameters
these are. Noise, lines and fields are drawn anew, so that errors compare with those on the published arrays in kind and
size, not digit by digit. Blurs here blur both ways, and a fog field is a random piece of one of sixteen.

Every function takes uint8 (N, 28, 28), ink bright on 0, and a generator, and returns as many changed images.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import UsageError

__all__ = ["CORRUPTIONS", "corrupt"]

Images = NDArray[np.uint8]
Corruption = Callable[[Images, np.random.Generator], Images]

_SHOTS = 3  # photons of a white pixel
_IMPULSES = 0.17  # of all pixels
_GLASS_BLUR = 0.7  # pixels
_GLASS_ROUNDS = 2
_MOTION_REACH, _MOTION_SIGMA = 10, 3.0  # pixels
_TURN = 0.4  # radians; of rotation, and of the lean of shearing
_SCALE = 0.7
_BRIGHTER = 0.5  # of white
_SHIFT = 3  # pixels, both ways
_STRIPE = 7  # columns on either side
_FOG, _FOG_DECAY = 3.0, 1.4
_FOG_SIDE, _FOG_FIELDS = 256, 16
_LINE_REACH = 2.3  # pixels from a line's middle to where it has faded
_CANNY_SIGMA, _CANNY_LOW, _CANNY_HIGH = 1.0, 0.1, 0.2


def corrupt(name: str, images: Images, seed: int = 0) -> Images:
    """Return corrupted copies of images, uint8 (N, 28, 28), ink bright on 0; the same for the same seed.

    Raise UsageError for a name that is not in ``CORRUPTIONS``.

    >>> corrupt("stripe", np.zeros((1, 28, 28), np.uint8))[0, 0, [0, 6, 7, 20, 21]]
    array([255, 255,   0,   0, 255], dtype=uint8)
    """
    if name not in CORRUPTIONS:
        raise UsageError(f"no corruption is called {name!r}; expected one of {', '.join(CORRUPTIONS)}")
    if not len(images):
        return images.copy()
    # A stream for each, so that leaving one out changes no other.
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    return CORRUPTIONS[name](images, rng)


def _shot_noise(images: Images, rng: np.random.Generator) -> Images:
    """Light that comes in few photons: a Poisson count a pixel, 3 where the ink is fullest."""
    return _to_images(rng.poisson(images * (_SHOTS / 255)) / _SHOTS)


def _impulse_noise(images: Images, rng: np.random.Generator) -> Images:
    """17% of the pixels become black or white, either as often."""
    hit = rng.random(images.shape, np.float32)
    return np.where(hit < _IMPULSES, np.where(hit < _IMPULSES / 2, 0, 255), images).astype(np.uint8)


def _glass_blur(images: Images, rng: np.random.Generator) -> Images:
    """Blurred by 0.7 pixels, then twice every second pixel swapped with a neighbor, then blurred again."""
    changed = _blurred(images, _GLASS_BLUR)
    everything = np.arange(len(changed))
    height, width = changed.shape[1:]
    for _ in range(_GLASS_ROUNDS):
        for row in range(height - 1, 1, -1):
            for column in range(width - 1, 1, -1):
                swapped = everything[rng.random(len(changed)) < 0.5]
                other_row = row - rng.integers(0, 2, len(swapped))
                other_column = column - rng.integers(0, 2, len(swapped))
                here = changed[swapped, row, column]
                changed[swapped, row, column] = changed[swapped, other_row, other_column]
                changed[swapped, other_row, other_column] = here
    return _blurred(changed, _GLASS_BLUR)


def _motion_blur(images: Images, rng: np.random.Generator) -> Images:
    """Smeared one way, within 45 degrees of level, by half a Gaussian with a deviation of 3 pixels."""
    angles = rng.uniform(-math.pi / 4, math.pi / 4, len(images))
    side = 2 * _MOTION_REACH + 1
    changed = np.empty_like(images)
    for number, (image, angle) in enumerate(zip(images, angles, strict=True)):
        kernel = np.zeros((side, side), np.float32)
        for step in range(_MOTION_REACH + 1):
            _splat(
                kernel,
                _MOTION_REACH - step * math.sin(angle),
                _MOTION_REACH + step * math.cos(angle),
                math.exp(-0.5 * (step / _MOTION_SIGMA) ** 2),
            )
        changed[number] = cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)
    return changed


def _shear(images: Images, rng: np.random.Generator) -> Images:
    """Leaning by 0.4 radians to either side, about the middle."""
    linear = [np.array([[1, -math.sin(turn)], [0, math.cos(turn)]]) for turn in (_TURN, -_TURN)]
    return _warped(images, linear, rng)


def _scale(images: Images, rng: np.random.Generator) -> Images:
    """Shrunk to 0.7 of its size, about the middle."""
    return _warped(images, [np.eye(2) / _SCALE], rng)


def _rotate(images: Images, rng: np.random.Generator) -> Images:
    """Turned by 0.4 radians, to either side, about the middle."""
    linear = [
        np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
        for turn in (_TURN, -_TURN)
    ]
    return _warped(images, linear, rng)


def _brightness(images: Images, _: np.random.Generator) -> Images:
    """Every pixel brighter by half of white."""
    return _to_images(images / 255 + _BRIGHTER)


def _translate(images: Images, rng: np.random.Generator) -> Images:
    """Moved by 3 pixels along either axis, each to either side; what leaves the picture is lost."""
    room = np.pad(images, ((0, 0), (_SHIFT, _SHIFT), (_SHIFT, _SHIFT)))
    height, width = images.shape[1:]
    starts = 2 * _SHIFT * rng.integers(0, 2, (len(images), 2))
    return np.stack(
        [
            image[top : top + height, left : left + width]
            for image, (top, left) in zip(room, starts, strict=True)
        ]
    )


def _stripe(images: Images, _: np.random.Generator) -> Images:
    """The outer seven columns of either side inverted."""
    changed = images.copy()
    changed[:, :, :_STRIPE] = 255 - changed[:, :, :_STRIPE]
    changed[:, :, -_STRIPE:] = 255 - changed[:, :, -_STRIPE:]
    return changed


def _fog(images: Images, rng: np.random.Generator) -> Images:
    """A fractal field three times as bright as the ink, added, and all dimmed to the range that there was."""
    height, width = images.shape[1:]
    fields = [_fractal(rng) for _ in range(_FOG_FIELDS)]
    chosen = rng.integers(0, _FOG_FIELDS, len(images))
    tops = rng.integers(0, _FOG_SIDE - height, len(images))
    lefts = rng.integers(0, _FOG_SIDE - width, len(images))
    fog = np.stack(
        [
            fields[field][top : top + height, left : left + width]
            for field, top, left in zip(chosen, tops, lefts, strict=True)
        ]
    )
    brightest = images.max(axis=(1, 2), keepdims=True) / 255
    return _to_images((images / 255 + _FOG * fog) * brightest / (brightest + _FOG))


def _spatter(images: Images, rng: np.random.Generator) -> Images:
    """Dark drops: where smoothed noise is high, the image gives way to a quarter gray."""
    liquid = rng.normal(0.65, 0.3, images.shape).astype(np.float32)
    mask = np.stack([_smooth((_smooth(one, 1.0) > 0.65).astype(np.float32), 1.5) for one in liquid])
    mask[mask < 0.8] = 0
    return _to_images(images / 255 * (1 - mask) + mask * (63 / 255))


def _dotted_line(images: Images, rng: np.random.Generator) -> Images:
    """A line from side to side, two pixels of it drawn and two left out by turns."""
    height, width = images.shape[1:]
    ends = rng.integers(0, height - 1, (len(images), 2))
    drawn = (np.arange(width) // 2) % 2 == 1
    lines = np.stack([_line((0, first), (width - 1, last), images.shape[1:]) for first, last in ends])
    return _to_images(images / 255 + lines * drawn)


def _zigzag(images: Images, rng: np.random.Generator) -> Images:
    """A zigzag of four pixels a period and two of reach, all but from side to side, nearly level."""
    changed = images / np.float32(255)
    for image in changed:
        start = int(rng.integers(0, image.shape[0] - 1))
        rise = int(rng.integers(-5, 5))
        points = _zigzag_points((2, start), (image.shape[1] - 3, start + rise))
        for first, second in pairwise(points):
            np.add(image, _line(first, second, image.shape), out=image)
    return _to_images(changed)


def _canny_edges(images: Images, _: np.random.Generator) -> Images:
    """Nothing but edges, as Canny's detector finds them after a blur of one pixel."""
    return np.stack([_edges(image) for image in images]) if len(images) else images.copy()


CORRUPTIONS: dict[str, Corruption] = {
    "shot_noise": _shot_noise,
    "impulse_noise": _impulse_noise,
    "glass_blur": _glass_blur,
    "motion_blur": _motion_blur,
    "shear": _shear,
    "scale": _scale,
    "rotate": _rotate,
    "brightness": _brightness,
    "translate": _translate,
    "stripe": _stripe,
    "fog": _fog,
    "spatter": _spatter,
    "dotted_line": _dotted_line,
    "zigzag": _zigzag,
    "canny_edges": _canny_edges,
}
"""By name, in the paper's order."""


def _to_images(values: NDArray[np.floating]) -> Images:
    """Return 0..1 as 0..255, clipped."""
    return np.asarray(np.rint(255 * np.clip(values, 0, 1)), np.uint8)


def _smooth(image: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE), np.float32)


def _blurred(images: Images, sigma: float) -> Images:
    return np.stack([_to_images(_smooth(image / np.float32(255), sigma)) for image in images])


def _splat(kernel: NDArray[np.float32], row: float, column: float, weight: float) -> None:
    """Add a weight at a place between pixels, shared among the four around it."""
    top, left = math.floor(row), math.floor(column)
    for down, across in ((0, 0), (0, 1), (1, 0), (1, 1)):
        share = (1 - abs(row - top - down)) * (1 - abs(column - left - across))
        if share > 0:
            kernel[top + down, left + across] += weight * share


def _warped(images: Images, linear: list[NDArray[np.float64]], rng: np.random.Generator) -> Images:
    """Map each image by one of the (2, 2) matrices from its new (x, y) to its old one, about the middle."""
    height, width = images.shape[1:]
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    matrices = [np.column_stack([one, middle - one @ middle]) for one in linear]
    chosen = rng.integers(0, len(matrices), len(images))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.stack(
        [
            cv2.warpAffine(image, matrices[which], (width, height), flags=flags)
            for image, which in zip(images, chosen, strict=True)
        ]
    )


def _fractal(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a field in 0..1, (256, 256), by midpoint displacement: rough at all sizes, and it wraps around."""
    field = np.zeros((_FOG_SIDE, _FOG_SIDE))
    step, reach = _FOG_SIDE, 1.0
    while step >= 2:
        half = step // 2
        corners = field[::step, ::step]
        pairs = corners + np.roll(corners, -1, axis=0)
        around = (pairs + np.roll(pairs, -1, axis=1)) / 4
        middles = around + reach * rng.uniform(-1, 1, around.shape)
        field[half::step, half::step] = middles
        # The midpoints of the sides lie between two corners and two middles.
        across = corners + np.roll(corners, -1, axis=1) + middles + np.roll(middles, 1, axis=0)
        down = corners + np.roll(corners, -1, axis=0) + middles + np.roll(middles, 1, axis=1)
        field[::step, half::step] = across / 4 + reach * rng.uniform(-1, 1, across.shape)
        field[half::step, ::step] = down / 4 + reach * rng.uniform(-1, 1, down.shape)
        step, reach = half, reach / _FOG_DECAY**2
    field -= field.min()
    return np.asarray(field / field.max())


def _line(
    start: tuple[float, float], end: tuple[float, float], shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """Return a line from (column, row) to the right, 1 in its middle, fading above and below it."""
    columns = np.arange(shape[1])
    slope = (end[1] - start[1]) / (end[0] - start[0])
    middle = start[1] + slope * (columns - start[0])
    distance = np.minimum(np.abs(np.arange(shape[0])[:, None] - middle), _LINE_REACH - 1e-9)
    line = np.clip(1 + np.log(1 - distance / _LINE_REACH), 0, 1)
    line[:, (columns < math.floor(start[0])) | (columns >= math.ceil(end[0]))] = 0
    return np.asarray(line, np.float32)


def _zigzag_points(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[float, float]]:
    """Return the corners, (column, row), of a zigzag about the straight way from start to end."""
    turn = math.atan2(end[1] - start[1], end[0] - start[0])
    length = math.hypot(end[0] - start[0], end[1] - start[1])
    turns = int((length - 2) // 4) + 1
    along = [0.0, *(4.0 * number + 2 for number in range(turns)), length]
    aside = [0.0, *(2.0 * (-1) ** number for number in range(turns)), 0.0]
    points = [
        (
            start[0] + x * math.cos(turn) - y * math.sin(turn),
            start[1] + x * math.sin(turn) + y * math.cos(turn),
        )
        for x, y in zip(along, aside, strict=True)
    ]
    return [
        points[0],
        *(after for before, after in pairwise(points) if after[0] > before[0]),
    ]


def _edges(image: Images) -> Images:
    smooth = _smooth(np.divide(image, 255, dtype=np.float32), _CANNY_SIGMA)
    across = np.rint(255 * cv2.Sobel(smooth, cv2.CV_32F, 1, 0)).astype(np.int16)
    down = np.rint(255 * cv2.Sobel(smooth, cv2.CV_32F, 0, 1)).astype(np.int16)
    found = cv2.Canny(across, down, 255 * _CANNY_LOW, 255 * _CANNY_HIGH, L2gradient=True)
    return np.asarray(found, np.uint8)
