"""A file's content, plain or gzipped, a piece at a time, so that nothing inflates further than believed."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inkdigits.errors import DataError

__all__ = ["CHUNK_BYTES", "first_bytes", "list_folder", "open_content"]

CHUNK_BYTES = 1 << 18
_GZIP_MAGIC = b"\x1f\x8b"


@contextmanager
def open_content(path: Path) -> Iterator[io.BufferedIOBase]:
    """Open ``path`` for reading, inflating it where it starts as gzip does, whatever its name ends in.

    Raise DataError where it is missing, a folder, unreadable or empty, and, while it is read inside the
    ``with``, where the gzip stream is truncated or damaged. The caller bounds how much it reads.
    """
    try:
        with path.open("rb") as file:
            magic = file.peek(2)[:2]
            if not magic:
                raise DataError(f"{path} is empty; expected a data set")
            if magic != _GZIP_MAGIC:
                yield file
                return
            with gzip.GzipFile(fileobj=file) as inflated:
                yield inflated
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist; give a file, a folder or the name mnist") from error
    except EOFError as error:
        raise DataError(f"{path} is a truncated gzip file; fetch or make it again") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} is a damaged gzip file ({error}); fetch or make it again") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error


def first_bytes(path: Path, count: int) -> bytes:
    """Return the first ``count`` bytes of the content, or all there are; raise as ``open_content`` does."""
    with open_content(path) as file:
        return file.read(count)


def list_folder(folder: Path) -> list[Path]:
    """Return what ``folder`` holds, sorted, since file systems differ in order.

    Raise DataError where it cannot be read.
    """
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise DataError(f"{folder} cannot be read: {error.strerror or error}") from error
