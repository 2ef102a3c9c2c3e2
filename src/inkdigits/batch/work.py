"""A part of a batch, read: items in, rows out. What a worker does, wherever it runs."""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkdigits.batch.inputs import Item, read_item
from inkdigits.batch.rows import error_row, field_row, page_rows
from inkdigits.containers import Box, Field, Kind, Page
from inkdigits.errors import FormMismatchError, ImageError, MissingExtraError, UsageError
from inkdigits.files import write_whole
from inkdigits.reading import Document, Reader, StatusThresholds, Template, load_template, open_document
from inkdigits.reading.given_model import open_given_model
from inkdigits.reading.options import ReadOptions

__all__ = ["PartRows", "Settings", "Worker"]

_AT_ONCE = 64  # images of one field each
_PIXELS_AT_ONCE = 32_000_000
_CROP_PIXELS = 2_000_000  # of a crop to be reviewed, at most; servers take twice that
_CROP_MARGIN = 0.25  # of the height of the writing


@dataclass(frozen=True)
class Settings:
    """How everything in a batch is read.

    kind, options: as for ``Reader.read_fields``. pages: whether images are whole pages; PDFs always are. template:
    the file of the form that all pages are copies of. model: an ONNX file or run folder in place of a shipped one.
    review: a folder that gets the crops of doubtful fields. thresholds: which confidence earns which status.
    """

    kind: Kind = "auto"
    options: ReadOptions = field(default_factory=ReadOptions)
    pages: bool = False
    template: str | None = None
    model: str | None = None
    review: str | None = None
    thresholds: StatusThresholds = field(default_factory=StatusThresholds)

    def reader(self) -> tuple[Reader, Kind]:
        """Return a reader of one thread, and the kind of field that it reads, which a model may settle.

        Raise UsageError, ModelError or TemplateError for what cannot be meant.
        """
        classifier = line_model = None
        kind = self.kind
        if self.model is not None:
            classifier, line_model, kind = open_given_model(Path(self.model), self.kind)
        if self.template is not None and (
            self.pages or self.kind != "auto" or any(value is not None for value in self.options.values())
        ):
            raise UsageError(
                "the template says what the fields hold; leave kind, pages and the options of fields away"
            )
        if self.template is not None:
            load_template(self.template)
        reader = Reader(classifier, line_model, thresholds=self.thresholds, threads=1)
        reader.examine([], kind, **self.options)
        return reader, kind

    def absolute(self) -> Settings:
        """Return the same with paths that are found from any folder, and on the other machines of a cluster."""
        template, model = (
            None if path is None else str(Path(path).absolute()) for path in (self.template, self.model)
        )
        review = None if self.review is None else str(Path(self.review).resolve())
        return replace(self, template=template, model=model, review=review)

    @property
    def reads_pages(self) -> bool:
        """Whether images are whole pages, or copies of a form."""
        return self.pages or self.template is not None


@dataclass(frozen=True)
class PartRows:
    """The rows of a part, and the seconds that each item took, its share of what was read together."""

    rows: list[dict[str, Any]]
    seconds: list[float]


class Worker:
    """Reads parts with one reader, which lives as long."""

    def __init__(self, settings: Settings) -> None:
        """Make the reader; raises as ``Settings.reader`` does."""
        self._settings = settings
        self._reader, self._kind = settings.reader()
        self._template: Template | None = (
            None if settings.template is None else load_template(settings.template)
        )

    def read(self, items: Sequence[Item]) -> PartRows:
        """Return the rows of items, in order; what cannot be read is a row with its error.

        Which images are read together follows from the items alone, and so do the rows.
        """
        rows: list[dict[str, Any]] = []
        seconds = [0.0] * len(items)
        waiting = _Waiting()
        for index, item in enumerate(items):
            start = time.perf_counter()
            for picture in _pictures(item):
                if self._settings.reads_pages or picture.is_pdf:
                    start += self._flush(waiting, rows, seconds)
                    rows += self._page_rows(picture)
                    continue
                waiting.add(picture, index)
                if waiting.is_full:
                    start += self._flush(waiting, rows, seconds)
            seconds[index] += time.perf_counter() - start
        self._flush(waiting, rows, seconds)
        return PartRows(rows, seconds)

    def _flush(self, waiting: _Waiting, rows: list[dict[str, Any]], seconds: list[float]) -> float:
        """Read what waits, add its rows, share the seconds among its items, and return them."""
        start = time.perf_counter()
        pictures, indices = waiting.take()
        grays = [picture.gray for picture in pictures if picture.gray is not None]
        readings = iter(self._reader.examine(grays, self._kind, **self._settings.options))
        for picture in pictures:
            if picture.gray is None:
                rows.append(error_row(picture.source, picture.error, picture.page))
                continue
            reading = next(readings)
            rows.append(
                field_row(
                    picture.source,
                    reading.field,
                    page=picture.page or 1,
                    model=reading.model.name,
                    version=reading.model.version,
                )
            )
            about = Page(
                source=picture.source,
                number=picture.page or 1,
                model=reading.model.name,
                version=reading.model.version,
            )
            self._keep_for_review(reading.field, about, picture.gray)
        took = time.perf_counter() - start
        for index in indices:
            seconds[index] += took / len(indices)
        return took

    def _page_rows(self, picture: _Picture) -> Iterator[dict[str, Any]]:
        if picture.gray is None:
            yield error_row(picture.source, picture.error, picture.page)
            return
        try:
            page = self._read_page(picture.gray)
        except FormMismatchError as error:
            yield error_row(picture.source, str(error), picture.page)
            return
        numbered = replace(page, source=picture.source, number=picture.page or 1)
        cells = [cell for table in page.tables for row in table.cells for cell in row]
        for each in (*page.fields, *cells):
            crop = picture.gray if each.box is None else _crop(picture.gray, each.box)
            self._keep_for_review(each, numbered, crop)
        yield from page_rows(picture.source, numbered)

    def _read_page(self, gray: NDArray[np.uint8]) -> Page:
        if self._template is not None:
            return self._reader.read_form(gray, self._template)
        return self._reader.read_page(gray, self._kind, **self._settings.options)

    def _keep_for_review(self, field: Field, page: Page, crop: NDArray[np.uint8]) -> None:
        """Write the crop of a doubtful field, upright, and what was read, as a page of this field alone.

        Their name is the digest of the pixels, as of corrections that a server keeps: twice is once.
        """
        if self._settings.review is None or field.status != "review":
            return
        crop = _small_enough(np.rot90(crop, _quarter_turns(page)))
        height, width = crop.shape
        alone = replace(field, box=(0, 0, width, height), symbols=())  # whose boxes are those of the page
        about = replace(page, fields=(alone,), tables=(), size=(width, height), steps=())
        name = hashlib.sha256(repr(crop.shape).encode() + crop.tobytes()).hexdigest()[:32]
        buffer = io.BytesIO()
        Image.fromarray(crop).save(buffer, "PNG")
        folder = Path(self._settings.review)
        write_whole(folder / f"{name}.png", buffer.getvalue())
        write_whole(folder / f"{name}.json", json.dumps(about.to_dict()).encode())


@dataclass(frozen=True)
class _Picture:
    """A decoded page uint8 (H, W), or why there is none."""

    source: str
    page: int | None
    gray: NDArray[np.uint8] | None
    error: str = ""
    is_pdf: bool = False


class _Waiting:
    """Pictures of a field each that are read together; photos may be large, so no more than some pixels wait."""

    def __init__(self) -> None:
        self._pictures: list[_Picture] = []
        self._indices: list[int] = []

    def add(self, picture: _Picture, index: int) -> None:
        """Let a picture of the item of that index wait."""
        self._pictures.append(picture)
        self._indices.append(index)

    @property
    def is_full(self) -> bool:
        pixels = sum(0 if picture.gray is None else picture.gray.size for picture in self._pictures)
        return len(self._pictures) >= _AT_ONCE or pixels >= _PIXELS_AT_ONCE

    def take(self) -> tuple[list[_Picture], list[int]]:
        """Return what waits, and the index of the item of each; nothing waits any more."""
        taken = self._pictures, self._indices
        self._pictures, self._indices = [], []
        return taken


def _pictures(item: Item) -> Iterator[_Picture]:
    """Yield the pages of an item, decoded one at a time."""
    if item.error is not None:
        yield _Picture(item.source, None, None, item.error)
        return
    try:
        with open_document(read_item(item), name=item.source) as document:
            last = len(document) if item.last is None else item.last
            for number in range(item.first or 1, last + 1):
                yield _page(item, document, number)
    except (ImageError, MissingExtraError, OSError) as error:
        yield _Picture(item.source, item.first, None, str(error))


def _page(item: Item, document: Document, number: int) -> _Picture:
    try:
        return _Picture(item.source, number, document.page(number), is_pdf=document.is_pdf)
    except (ImageError, UsageError) as error:
        return _Picture(item.source, number, None, str(error))


def _quarter_turns(page: Page) -> int:
    """Return how often a page is to be turned by 90 degrees, against the clock, to lie upright."""
    turns = [step.removeprefix("turn ") for step in page.steps if step.startswith("turn ")]
    return int(turns[0]) // 90 if turns else 0


def _small_enough(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    factor = (_CROP_PIXELS / crop.size) ** 0.5
    if factor >= 1:
        return crop
    return np.asarray(cv2.resize(crop, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def _crop(gray: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    left, top, right, bottom = box
    margin = round(_CROP_MARGIN * (bottom - top))
    return gray[max(0, top - margin) : bottom + margin, max(0, left - margin) : right + margin]
