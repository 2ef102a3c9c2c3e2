"""A source of any kind -> its pages, one at a time.

A PDF and a TIFF have as many pages as they say, any other picture has one: of an animated GIF, PNG or WebP that is
its first frame, of a HEIC or MPO file with several pictures the primary one. A TIFF's previews of smaller size are no
pages.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkdigits.errors import ImageError, UsageError
from inkdigits.reading.decode import (
    ImageSource,
    decode_gray,
    decoding,
    gray_from_picture,
    open_picture,
)
from inkdigits.reading.pdf import PdfPages
from inkdigits.reading.sources import is_pdf, is_tiff, open_stream, path_or_bytes

__all__ = ["Document", "open_document"]

_KIND_OF_FRAME = (
    254  # TIFF's NewSubfileType; its first bit says that a frame is a smaller picture of another one
)
_MOST_FRAMES = 100_000  # of a TIFF; a small file can chain them for minutes


class Document(ABC):
    """The pages of one source, to be closed, best by ``with``; ``len`` tells how many there are before any is decoded.

    name: what messages call it. is_pdf: whether it is a PDF, and its pages are pages of paper.
    """

    is_pdf = False

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    def __len__(self) -> int: ...

    def page(self, number: int) -> NDArray[np.uint8]:
        """Return a page, counted from 1, as ``decode_gray`` returns an image: uint8 gray (H, W), upright.

        Raises ImageError where this page cannot be read, though another one may be, and UsageError where there is no
        such page.
        """
        if not 1 <= number <= len(self):
            pages = "1 page" if len(self) == 1 else f"{len(self)} pages"
            raise UsageError(f"page {number} is asked for, and {self.name} has {pages}, counted from 1")
        return self._decode(number)

    @abstractmethod
    def _decode(self, number: int) -> NDArray[np.uint8]: ...

    @abstractmethod
    def close(self) -> None:
        """Close the file, end the process that renders."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_document(source: ImageSource, *, name: str | None = None) -> Document:
    """Open a PDF (path, bytes or binary stream), a TIFF of several pages, or any image that ``decode_gray`` takes.

    A PDF's page is rendered at 300 dots an inch, or at as many as 16 million pixels allow, as its rotation says, with
    annotations and filled-in form fields.

    name: what messages call the source, such as "stdin"; by default its path, a stream's own name, or how many bytes it
        has.

    Raises ImageError where it cannot be opened: it is missing, damaged, encrypted or without pages; and
    MissingExtraError for a HEIC image where the extra that decodes it is not installed.

    >>> with open_document(np.zeros((20, 30), np.uint8)) as document:
    ...     len(document), document.page(1).shape
    (1, (20, 30))
    """
    if isinstance(source, np.ndarray | Image.Image):
        return _Picture(lambda: decode_gray(source, name=name), name or "the image", ExitStack())
    file, name = path_or_bytes(source, name)
    with ExitStack() as stack:
        stream, head = stack.enter_context(open_stream(file, name))
        if is_pdf(head):
            is_on_disk = not isinstance(file, bytes) and Path(file).is_file()
            return _Pdf(PdfPages(file if is_on_disk else stream.read(), name), name)
        picture = stack.enter_context(open_picture(stream, head, name))
        if is_tiff(head):
            return _Tiff(picture, name, stack.pop_all())
        return _Picture(lambda: gray_from_picture(picture, name), name, stack.pop_all())


def decode_one_page(source: str | Path | bytes, name: str | None = None) -> NDArray[np.uint8]:
    """Return an image file as ``decode_gray`` does, but raise ImageError for a TIFF of several pages, too."""
    file, name = path_or_bytes(source, name)
    with open_stream(file, name) as (stream, head), open_picture(stream, head, name) as picture:
        require_one_page(picture, head, name)
        return gray_from_picture(picture, name)


def require_one_page(picture: Image.Image, head: bytes, name: str) -> None:
    """Raise ImageError where an open picture, of which ``head`` are the first bytes, is a TIFF of several pages.

    Where one image is one field, all pages but the first would be lost unseen.
    """
    if not is_tiff(head):
        return
    frames = _full_size_frames(picture, name)
    if len(frames) > 1:
        raise ImageError(
            f"{name} has {len(frames)} pages; expected an image of one field: "
            "read it as pages (read_pages, --page), or take it apart"
        )
    picture.seek(frames[0])


class _Picture(Document):
    """One page."""

    def __init__(self, decode: Callable[[], NDArray[np.uint8]], name: str, stack: ExitStack) -> None:
        super().__init__(name)
        self._decode_picture = decode
        self._stack = stack

    def __len__(self) -> int:
        return 1

    def _decode(self, number: int) -> NDArray[np.uint8]:  # noqa: ARG002 - there is but one
        return self._decode_picture()

    def close(self) -> None:
        self._stack.close()


class _Tiff(Document):
    """The full-size frames of a TIFF."""

    def __init__(self, picture: Image.Image, name: str, stack: ExitStack) -> None:
        super().__init__(name)
        self._picture = picture
        self._stack = stack
        self._frames = _full_size_frames(picture, name)

    def __len__(self) -> int:
        return len(self._frames)

    def _decode(self, number: int) -> NDArray[np.uint8]:
        what = self.name if len(self) == 1 else f"page {number} of {self.name}"
        with decoding(what):
            self._picture.seek(self._frames[number - 1])
        return gray_from_picture(self._picture, what)

    def close(self) -> None:
        self._stack.close()


def _full_size_frames(picture: Image.Image, name: str) -> list[int]:
    """Return the numbers, from 0, of the frames that are pages; a damaged frame is the last one, and counts."""
    frames: list[int] = []
    for frame in range(_MOST_FRAMES):
        try:
            with decoding(name):
                picture.seek(frame)
                is_preview = bool(int(picture.tag_v2.get(_KIND_OF_FRAME, 0)) & 1)  # type: ignore[attr-defined]
        except ImageError as error:
            if isinstance(error.__cause__, EOFError):  # the end
                break
            return [*frames, frame]
        if not is_preview:
            frames.append(frame)
    else:
        raise ImageError(f"{name} has more than {_MOST_FRAMES} pages; split it")
    return frames or [0]


class _Pdf(Document):
    """The pages of a PDF."""

    is_pdf = True

    def __init__(self, pages: PdfPages, name: str) -> None:
        super().__init__(name)
        self._pages = pages

    def __len__(self) -> int:
        return self._pages.count

    def _decode(self, number: int) -> NDArray[np.uint8]:
        return decode_gray(self._pages.page(number), name=f"page {number} of {self.name}")

    def close(self) -> None:
        self._pages.close()
