"""Where an image or a document comes from: a path, bytes or a stream -> a stream that can be read from any place.

A file is never read as a whole here: it may be a scan of ten thousand pages. What is no file on a disk (a pipe, a
device, a stream that a caller has opened) is read to its end, within bounds.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeGuard

from inkdigits.errors import ImageError

__all__ = [
    "HEAD_BYTES",
    "MAX_STREAM_BYTES",
    "bytes_of",
    "is_heic",
    "is_pdf",
    "is_stream",
    "is_tiff",
    "open_stream",
    "path_or_bytes",
    "read_to_end",
]

HEAD_BYTES = 1024
"""How much of a file tells what it is."""

MAX_STREAM_BYTES = 512 * 1024 * 1024
"""What does not come from a file on a disk is held in memory, and may be this long."""

_PICTURE_STARTS = (b"\x89PNG", b"\xff\xd8", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"RIFF", b"GIF8", b"BM")
_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def path_or_bytes(source: object, name: str | None) -> tuple[str | Path | bytes, str]:
    """Return a source that is neither an array nor a PIL image, and what messages call it."""
    if source == "":
        raise ImageError("got an empty path; expected that of an image file")
    if isinstance(source, (str, Path)):
        return source, name or str(source)
    return bytes_of(source, name)


def bytes_of(source: object, name: str | None = None) -> tuple[bytes, str]:
    """Return the bytes of a source that is neither a path nor a picture, and what messages call it."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source), name or f"the image of {len(source)} bytes"
    if not is_stream(source):
        raise ImageError(
            f"got {type(source).__name__}; expected a path, bytes, a binary stream, a PIL image or a uint8 array"
        )
    own = getattr(source, "name", None)
    name = name or (own if isinstance(own, str) and own else "the stream")
    if isinstance(source, io.TextIOBase):
        raise ImageError(
            f'{name} is open for text; expected a stream that is open for bytes, as open(path, "rb") gives'
        )
    try:
        data = read_to_end(source, name)
    except ImageError:
        raise
    except Exception as error:  # archives, compression and connections have errors of their own
        raise ImageError(f"{name} cannot be read: {error or type(error).__name__}") from error
    if not data:
        raise ImageError(
            f"{name} is empty, or was read to its end before; stream.seek(0) goes back to its start"
        )
    return data, name


def is_stream(source: object) -> TypeGuard[BinaryIO]:
    """Tell whether a source is a file that is open, or like one."""
    return callable(getattr(source, "read", None)) and not isinstance(source, type)


@contextmanager
def open_stream(source: str | Path | bytes, name: str) -> Iterator[tuple[BinaryIO, bytes]]:
    """Give a stream that can seek, at its start, and the first bytes that it holds; close it afterwards.

    name: what messages call it. Raises ImageError where there is no such file, or where it is empty or too long.
    """
    with io.BytesIO(source) if isinstance(source, bytes) else _open_path(Path(source), name) as stream:
        try:
            head = stream.read(HEAD_BYTES)
            stream.seek(0)
        except OSError as error:
            raise ImageError(f"{name} cannot be read: {error.strerror}") from error
        if not head:
            raise ImageError(f"{name} is empty; expected an image")
        yield stream, head


def read_to_end(stream: BinaryIO, name: str) -> bytes:
    """Return what a stream of unknown length holds, from where it stands; b"" at its end.

    Raise ImageError where that is more than ``MAX_STREAM_BYTES``, and where the stream gives something else than bytes.
    """
    parts: list[bytes | bytearray] = []
    left = MAX_STREAM_BYTES + 1
    while left > 0:
        part: object = stream.read(left)  # of what is not buffered, it may be a part
        if not isinstance(part, bytes | bytearray):
            raise ImageError(f"{name} gives {type(part).__name__}; expected a stream that is open for bytes")
        if not part:
            return b"".join(parts)
        parts.append(part)
        left -= len(part)
    raise ImageError(
        f"{name} is a stream of more than {MAX_STREAM_BYTES >> 20} MB; save it to a file and give that"
    )


def is_pdf(head: bytes) -> bool:
    """Tell from its first bytes whether a file is a PDF; some programs write a few bytes of their own before it."""
    return b"%PDF-" in head and not head.startswith(_PICTURE_STARTS)


def is_tiff(head: bytes) -> bool:
    """Tell from its first bytes whether a file is a TIFF."""
    return head.startswith(_TIFF_STARTS)


def is_heic(head: bytes) -> bool:
    """Tell from its first bytes whether a file is a HEIC or HEIF image."""
    return head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS


def _open_path(path: Path, name: str) -> BinaryIO:
    if "\0" in str(path):
        raise ImageError(f"{name!r} holds a null character; no file is called so")
    try:
        if path.is_dir():
            raise ImageError(f"{name} is a folder; expected an image file")
        stream = path.open("rb")
        if path.is_file():
            return stream
        with stream:
            return io.BytesIO(read_to_end(stream, name))
    except FileNotFoundError:
        raise ImageError(f"{name} does not exist") from None
    except OSError as error:
        raise ImageError(f"{name} cannot be read: {error.strerror}") from error
