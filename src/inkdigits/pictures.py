"""Which picture files are decoded, and how Pillow fails at them: one list of each for every room."""

from __future__ import annotations

import struct
import zlib

__all__ = ["DECODING_ERRORS", "FORMAT_NAMES", "PICTURE_FORMATS"]

PICTURE_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "PPM")
"""What ``PIL.Image.open`` may take a file for: no decoder that hands the file to another program, as EPS does."""

FORMAT_NAMES = "PNG, JPEG, TIFF, WebP, BMP, GIF or PPM"
"""``PICTURE_FORMATS`` as messages name them."""

DECODING_ERRORS = (
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    EOFError,
    KeyError,
    IndexError,
    struct.error,
    zlib.error,
)
"""What Pillow raises at a damaged file, beside ``PIL.Image.DecompressionBombError``."""
