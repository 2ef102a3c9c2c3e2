"""A source of any kind -> one upright uint8 gray image.

Pillow decodes. EXIF orientation is honored, alpha is laid on paper of the opposite tone to the ink, and color is
projected on the axis along which ink and paper differ most, so that red, blue or pale ink keeps its contrast.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from inkdigits.errors import ImageError, MissingExtraError, UsageError
from inkdigits.pictures import DECODING_ERRORS, FORMAT_NAMES, PICTURE_FORMATS
from inkdigits.reading.sources import is_heic, is_pdf, is_stream, open_stream, path_or_bytes

__all__ = [
    "MAX_PIXELS",
    "ImageSource",
    "decode_gray",
    "decoding",
    "gray_from_picture",
    "list_images",
    "open_picture",
]

ImageSource = str | Path | bytes | BinaryIO | Image.Image | NDArray[np.uint8]

MAX_PIXELS = 120_000_000
"""A picture with more pixels than this is refused before it is decoded: a small file can unpack to any size."""

_LIMIT = f"at most {MAX_PIXELS // 1_000_000} million are read: scale it down"
_COLOR_SPREAD = 24
_LEAST_CONTRAST = 50  # gray levels by which ink differs from its paper in color, if not in tone
_AXIS_SAMPLE_STEP = 64
_PIXELS_AT_ONCE = 1 << 17


def decode_gray(source: ImageSource, *, name: str | None = None) -> NDArray[np.uint8]:
    """Return ``source`` as a uint8 gray image of shape (H, W), upright.

    source: a path, the bytes of an image file, a binary stream of them (read from where it stands to its end), a PIL
        image, or an array of shape (H, W), (H, W, 3) in RGB order or (H, W, 4) with alpha; uint8, bool or another
        integer type within 0..255.
    name: what messages call the source, such as "stdin"; by default its path, a stream's own name, or how many bytes
        it has. An array is told by its shape.

    Of an animated picture, and of a TIFF of several pages, this is the first.

    Raises ImageError where the source does not decode, is too large, or has another shape, type or range, and
    MissingExtraError for a HEIC image where the extra that decodes it is not installed.
    """
    if isinstance(source, np.ndarray):
        return _gray_from_array(source)
    if isinstance(source, Image.Image):
        return gray_from_picture(source, name or "the image")
    file, name = path_or_bytes(source, name)
    with open_stream(file, name) as (stream, head), open_picture(stream, head, name) as picture:
        return gray_from_picture(picture, name)


def list_images(images: Iterable[ImageSource]) -> list[ImageSource]:
    """Return several images as a list; raise UsageError for one image in place of several."""
    single = isinstance(images, str | Path | bytes | bytearray | memoryview | Image.Image)
    single = single or is_stream(images)
    if isinstance(images, np.ndarray):
        # A stack of images is one, too, where it cannot be taken for one in color.
        single = images.ndim == 2 or (images.ndim == 3 and images.shape[2] in (3, 4))
    if not single:
        try:
            return list(images)
        except TypeError:
            pass
    what = repr(images) if isinstance(images, str | Path) else f"one {type(images).__name__}"
    raise UsageError(f"images is {what}; expected several: pass a list, or read one with read_field")


def open_picture(stream: BinaryIO, head: bytes, name: str) -> Image.Image:
    """Return the picture that a stream holds, of which ``head`` are the first bytes; its pixels are not decoded yet.

    Raises ImageError where it is none, and MissingExtraError for a HEIC image without the extra that decodes it.
    """
    if is_pdf(head):
        raise ImageError(f"{name} is a PDF, which has pages: read it with read_pages, or with --page")
    with decoding(name):
        return _open_heic(stream) if is_heic(head) else Image.open(stream, formats=PICTURE_FORMATS)


@contextmanager
def decoding(name: str) -> Iterator[None]:
    """Turn whatever Pillow raises here into an ImageError of one line that begins with ``name``."""
    try:
        with warnings.catch_warnings():
            # Our own limit is checked before any pixel is decoded; and odd metadata helps nobody here.
            warnings.simplefilter("ignore")
            yield
    except UnidentifiedImageError:
        raise ImageError(
            f"{name} is not an image in a format that is read; expected {FORMAT_NAMES}"
        ) from None
    except Image.DecompressionBombError as error:
        raise ImageError(f"{name} has too many pixels; {_LIMIT}") from error
    except (*DECODING_ERRORS, RuntimeError) as error:  # the latter is how pillow-heif says it
        raise ImageError(f"{name} is a damaged image: {' '.join(str(error).split())}") from error


def _open_heic(stream: BinaryIO) -> Image.Image:
    try:
        from pillow_heif import HeifImageFile
    except ImportError as error:
        raise MissingExtraError("heic", "pillow-heif") from error
    picture: Image.Image = HeifImageFile(stream)  # the one that the file calls its primary image
    return picture


def gray_from_picture(picture: Image.Image, name: str) -> NDArray[np.uint8]:
    """Return a PIL image, the frame that it stands at, as ``decode_gray`` does."""
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise ImageError(f"{name} has {width} x {height} pixels; {_LIMIT}")
    if not width or not height:
        raise ImageError(f"{name} has no pixels ({width} x {height})")
    with decoding(name):
        picture.load()
        # exif_transpose copies what is upright already, and a photo is large.
        is_turned = picture.getexif().get(ExifTags.Base.Orientation, 1) != 1
        array = _to_array(ImageOps.exif_transpose(picture) if is_turned else picture)
    return _gray_from_array(array)


def _to_array(picture: Image.Image) -> NDArray[np.uint8]:
    if picture.mode.startswith("I"):  # 16-bit gray (or 32-bit holding 16): keep the high byte
        values = np.asarray(picture, np.int64)
        return np.clip(values >> 8 if values.max(initial=0) > 255 else values, 0, 255).astype(np.uint8)
    if picture.mode == "F":
        return _from_floats(np.asarray(picture, np.float32))
    if picture.mode in ("L", "RGB"):
        return _pixels(picture)
    if picture.mode == "1":
        return np.asarray(picture.convert("L"))
    has_alpha = picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info
    return _pixels(picture.convert("RGBA" if has_alpha else "RGB"))


def _from_floats(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return gray levels of 0..1, 0..255 or 0..65535, whichever is the least that holds them, as uint8.

    A few pixels may be beyond that: resampling overshoots, and cameras have hot pixels.
    """
    if not np.isfinite(values).all():
        raise ImageError("got a picture with pixels that are not finite; expected gray levels")
    bright = float(np.quantile(values, 0.999))
    top = next((top for top in (1, 255, 65535) if bright <= 1.05 * top), bright)
    return np.asarray(np.rint(np.clip(values * np.float32(255 / top), 0, 255)), np.uint8)


def _pixels(picture: Image.Image) -> NDArray[np.uint8]:
    """Return the pixels of a picture of 8-bit channels, (H, W) or (H, W, channels)."""
    width, height = picture.size
    channels = len(picture.getbands())
    pixels = np.empty((height, width) if channels == 1 else (height, width, channels), np.uint8)
    rows = max(1, _PIXELS_AT_ONCE // width)  # numpy's own way holds all pixels three times on the way
    for top in range(0, height, rows):
        pixels[top : top + rows] = np.asarray(picture.crop((0, top, width, min(top + rows, height))))
    return pixels


def _gray_from_array(array: NDArray[np.generic]) -> NDArray[np.uint8]:
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise ImageError(f"got an array of shape {array.shape}; expected (H, W), (H, W, 3) or (H, W, 4)")
    if not array.size:
        raise ImageError(f"got an array of shape {array.shape}, without a pixel")
    if array.shape[0] * array.shape[1] > MAX_PIXELS:
        raise ImageError(f"got {array.shape[1]} x {array.shape[0]} pixels; {_LIMIT}")
    pixels = _as_uint8(array)
    if pixels.ndim == 2:
        return np.ascontiguousarray(pixels)
    if pixels.shape[2] == 4:
        pixels = _lay_on_paper(pixels)
    return _project_color(pixels)


def _as_uint8(array: NDArray[np.generic]) -> NDArray[np.uint8]:
    if array.dtype == np.uint8:
        return array.view(np.uint8)
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if not np.issubdtype(array.dtype, np.integer):
        raise ImageError(f"got an array of {array.dtype}; expected uint8 with values 0..255")
    integers = array.astype(np.int64)
    low, high = int(integers.min()), int(integers.max())
    if low < 0 or high > 255:
        raise ImageError(f"got {array.dtype} values from {low} to {high}; expected uint8 with values 0..255")
    return integers.astype(np.uint8)


def _lay_on_paper(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    alpha = pixels[..., 3:].astype(np.float32) / 255
    visible = alpha.sum()
    tone = (pixels[..., :3] * alpha).sum() / (3 * visible) if visible else 0.0
    # A drawing app saves white ink on nothing as often as black ink on nothing.
    see_through = visible < 0.95 * alpha.size
    paper = 0.0 if see_through and tone > 160 else 255.0
    return np.rint(pixels[..., :3] * alpha + paper * (1 - alpha)).astype(np.uint8)


def _project_color(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    luma_weights = np.array([0.299, 0.587, 0.114], np.float32)
    step = max(1, min(pixels.shape[:2]) // _AXIS_SAMPLE_STEP)
    sample = pixels[::step, ::step].reshape(-1, 3).astype(np.float32)
    difference = sample - np.median(sample, axis=0)
    distance = np.abs(difference).max(axis=1)
    strongest = difference[distance >= max(np.quantile(distance, 0.95), 1)]
    if not len(strongest) or np.ptp(strongest, axis=1).max() < _COLOR_SPREAD:
        return _weigh_channels(pixels, luma_weights)
    _, _, axes = np.linalg.svd(strongest, full_matrices=False)
    axis = axes[0] / np.abs(axes[0]).sum()
    weights = np.abs(axis)
    # Noise and patterns of the paper are little, or on both sides of it.
    apart = float((strongest @ axis).mean())
    if abs(apart) >= _LEAST_CONTRAST and np.abs(difference @ weights).max() < _LEAST_CONTRAST:
        # The ink is brighter in one channel and darker in another: in their mean it is as bright as the paper.
        weights = axis if apart < 0 else -axis  # what is rarer is dark
    return _weigh_channels(pixels, weights.astype(np.float32))


def _weigh_channels(pixels: NDArray[np.uint8], weights: NDArray[np.float32]) -> NDArray[np.uint8]:
    lift = -255 * float(weights[weights < 0].sum())
    return np.asarray(cv2.transform(pixels, np.append(weights, np.float32(lift))[np.newaxis]), np.uint8)
