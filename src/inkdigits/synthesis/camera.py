"""What a camera or scanner makes of ink on paper: contrast, blur, noise, pixels, compression."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.synthesis.paper import grain, sheet

__all__ = ["Camera", "expose", "ink_on_paper"]

Picture = NDArray[np.uint8]
Plane = NDArray[np.float32]


@dataclass(frozen=True)
class Camera:
    """One way of taking a picture.

    `height` of the picture in pixels; `blur` and `motion` in heights of the picture; `noise` in gray levels;
    `jpeg` a quality of 10 to 95, or None; `bits` 8, or 1 for a black and white scan; `inverted` gives bright
    ink on black.
    """

    height: int
    blur: float = 0.0
    motion: float = 0.0
    noise: float = 0.0
    jpeg: int | None = None
    bits: int = 8
    inverted: bool = False


def ink_on_paper(
    ink: Picture,
    printed: Plane,
    rng: np.random.Generator,
    *,
    tone: float,
    darkness: float,
    pencil: bool,
) -> Plane:
    """Brightness, float32 (H, W) about 0 to 255, of a page.

    `ink` uint8 (H, W) is what is written, `printed` the darkness of what is on the paper else, `tone` the
    paper's brightness, `darkness` (0 to 1) that of the ink. With `pencil` the paper's grain breaks the
    strokes up.
    """
    written = ink * np.float32(darkness / 255)
    if pencil:
        rough = grain((ink.shape[0], ink.shape[1]), rng, "fine")
        written *= np.clip(1 + rough * np.float32(rng.uniform(0.08, 0.3)), 0, 1.3)
    # Paper rougher than this would hide faint ink.
    paper = sheet((ink.shape[0], ink.shape[1]), tone, rng, roughness=min(3.0, 0.08 * tone * darkness))
    paper *= 1 - np.maximum(written, printed)
    return paper


def expose(page: Plane, camera: Camera, rng: np.random.Generator) -> Picture:
    """The picture, uint8 (H, W), that `camera` takes of `page`, float32 of any size."""
    height, width = page.shape
    image = page
    if camera.blur * height > 0.25:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), camera.blur * height), np.float32)
    if camera.motion * height > 1:
        kernel = _motion_kernel(camera.motion * height, rng.uniform(0, np.pi))
        image = np.asarray(cv2.filter2D(image, -1, kernel), np.float32)
    if camera.height != height:
        size = (max(1, round(width * camera.height / height)), camera.height)
        method = cv2.INTER_AREA if camera.height < height else cv2.INTER_CUBIC
        image = np.asarray(cv2.resize(image, size, interpolation=method), np.float32)
    if camera.noise > 0:
        kind = "white" if rng.random() < 0.6 else "fine"
        image = image + grain((image.shape[0], image.shape[1]), rng, kind) * np.float32(camera.noise)
    picture = np.clip(image, 0, 255).astype(np.uint8)
    if camera.bits == 1:
        picture = _binarized(picture, rng)
    if camera.inverted:
        picture = 255 - picture
    return picture if camera.jpeg is None else _compressed(picture, camera.jpeg)


def _compressed(picture: Picture, quality: int) -> Picture:
    _, code = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, quality))
    return np.asarray(cv2.imdecode(code, cv2.IMREAD_GRAYSCALE), np.uint8)


def _binarized(picture: Picture, rng: np.random.Generator) -> Picture:
    low, _, _, _ = cv2.minMaxLoc(picture)
    high = cv2.mean(picture)[0]  # near the paper's tone: there is more paper than ink
    threshold = low + (high - low) * rng.uniform(0.5, 0.85)
    return np.where(picture > threshold, np.uint8(255), np.uint8(0))


def _motion_kernel(length: float, angle: float) -> Plane:
    size = int(np.ceil(length)) | 1
    kernel = np.zeros((size, size), np.float32)
    middle, reach = size / 2 - 0.5, length / 2
    ends = [
        (
            round((middle + sign * reach * np.cos(angle)) * 8),
            round((middle + sign * reach * np.sin(angle)) * 8),
        )
        for sign in (-1, 1)
    ]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_8, 3)
    return kernel / max(float(kernel.sum()), 1.0)
