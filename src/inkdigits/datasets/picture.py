"""One picture file as a 28 x 28 image made as MNIST's: ink bright on 0, boxed into 20 x 20, centered by mass.

Pillow is imported when the first picture is read, so that data sets of arrays never wait for it.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.datasets.data_set import IMAGE_SIZE
from inkdigits.errors import DataError, InkdigitsError
from inkdigits.pictures import DECODING_ERRORS, FORMAT_NAMES, PICTURE_FORMATS

if TYPE_CHECKING:
    from PIL import Image

    from inkdigits.datasets.picture_log import PictureLog
    from inkdigits.reading.decode import ImageSource

__all__ = [
    "MOST_PIXELS",
    "Prepare",
    "normalize_picture",
    "picture_bytes",
    "picture_candidates",
    "read_picture",
]

Prepare = Callable[[bytes], NDArray[np.uint8]]
"""From the bytes of a picture file to uint8 (28, 28), ink bright on 0."""

MOST_PIXELS = 1 << 26
_MOST_FILE_BYTES = 1 << 28


def read_picture(path: Path, prepare: Prepare, log: PictureLog | None = None) -> NDArray[np.uint8]:
    """Return a picture file as uint8 (28, 28).

    A picture of 28 x 28 pixels is taken as it is, grayed, and inverted where its border is bright; any other
    goes through ``prepare``. A ``log`` is told its size. Raise DataError, naming the file, where it does not decode or
    has no ink, is larger than 256 MiB or 67 million pixels, or where ``prepare`` refuses it or returns something else.
    """
    try:
        content = picture_bytes(path)
        with _opened(content) as picture:
            if log is not None:
                log.note_size(path, picture.size)
            if picture.size == (IMAGE_SIZE, IMAGE_SIZE):
                return _bright_on_dark(picture)
        image = prepare(content)
    except InkdigitsError as error:
        raise DataError(f"{path}: {error}") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    if (
        not isinstance(image, np.ndarray)
        or image.dtype != np.uint8
        or image.shape != (IMAGE_SIZE, IMAGE_SIZE)
    ):
        raise DataError(f"{path}: prepare returned {_describe(image)}; expected uint8 (28, 28)")
    return image


def picture_bytes(path: Path) -> bytes:
    """Return what a picture file holds; raise DataError where that is more than 256 MiB. OSError passes."""
    if path.stat().st_size > _MOST_FILE_BYTES:
        raise DataError(f"larger than {_MOST_FILE_BYTES:,} bytes; expected the picture of one symbol")
    return path.read_bytes()


def normalize_picture(source: ImageSource) -> NDArray[np.uint8]:
    """Make a picture, however it comes, 28 x 28 as the reader does: the default ``prepare``.

    What a model learns from is then what it sees when it reads. Raise DataError where the picture does not
    decode or has no ink.
    """
    return np.asarray(picture_candidates(source)[0], np.uint8)


def picture_candidates(source: ImageSource, *, marks: bool = False) -> NDArray[np.uint8]:
    """Return all that ``normalize_picture`` could mean, the likeliest first: uint8 (K, 28, 28), K at least 1.

    marks: as ``inkdigits.reading.normalize.normalize_digit`` takes it. Raise DataError as ``normalize_picture`` does.
    """
    from inkdigits.reading.decode import decode_gray
    from inkdigits.reading.normalize import normalize_digit

    candidates = normalize_digit(decode_gray(source), marks=marks)
    if not candidates:
        raise DataError("the picture has no ink; expected one symbol on paper")
    return np.stack([candidate.image for candidate in candidates])


@contextmanager
def _opened(content: bytes) -> Iterator[Image.Image]:
    """Open a picture, its header read and its pixels not yet; what its decoder raises becomes a DataError."""
    from PIL import Image, UnidentifiedImageError

    with warnings.catch_warnings():
        # What Pillow has to say about a picture that it decodes (odd metadata, its size) helps nobody here.
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(content), formats=PICTURE_FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Image.DecompressionBombError
                yield picture
        except Image.DecompressionBombError as error:
            raise DataError(f"too many pixels; expected at most {MOST_PIXELS:,}: scale it down") from error
        except UnidentifiedImageError as error:
            raise DataError(f"not a picture; expected {FORMAT_NAMES}") from error
        except DECODING_ERRORS as error:
            raise DataError(f"does not decode as a picture ({_first_line(error)}); save it again") from error


def _bright_on_dark(picture: Image.Image) -> NDArray[np.uint8]:
    from inkdigits.reading.decode import decode_gray

    gray = decode_gray(picture)
    return 255 - gray if np.median(_border(gray)) > 127 else gray


def _border(gray: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


def _describe(image: object) -> str:
    return f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
