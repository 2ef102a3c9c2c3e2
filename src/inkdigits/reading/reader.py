"""The reader: images in, fields out."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Unpack

import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Field, Kind, Page
from inkdigits.errors import ImageError, UsageError
from inkdigits.reading.auto import AutoRecognizer
from inkdigits.reading.classifier import Classifier
from inkdigits.reading.decode import ImageSource, decode_gray, list_images
from inkdigits.reading.digits import AskedField, DigitRecognizer, Reading, StatusThresholds
from inkdigits.reading.documents import open_document
from inkdigits.reading.forms import read_form
from inkdigits.reading.limits import known_options
from inkdigits.reading.line_model import LineModel
from inkdigits.reading.lines import LineRecognizer
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.reading.options import ReadOptions, ValueOptions
from inkdigits.reading.page import read_page
from inkdigits.reading.template_file import load_template
from inkdigits.reading.templates import Template
from inkdigits.weights import weights_path

__all__ = ["Reader"]


class Reader:
    """Reads handwriting with shipped or own weights, in onnxruntime.

    Models load when they are first needed. A reader may be shared between threads.

    >>> import numpy as np
    >>> blank = np.full((60, 200), 255, np.uint8)
    >>> Reader().read_field(blank, kind="digit").status
    'empty'
    """

    def __init__(
        self,
        classifier: Classifier | None = None,
        line_model: LineModel | None = None,
        *,
        thresholds: StatusThresholds | None = None,
        threads: int = 0,
    ) -> None:
        """Choose the models.

        classifier: for single digits; the shipped one by default.
        line_model: for everything longer; the shipped one by default.
        thresholds: which confidence earns which status.
        threads: how many cores onnxruntime may use; 0 means all.
        """
        for given, wanted, name in (
            (classifier, Classifier, "classifier"),
            (line_model, LineModel, "line_model"),
            (thresholds, StatusThresholds, "thresholds"),
        ):
            if given is not None and not isinstance(given, wanted):
                raise UsageError(f"{name} is {given!r}; expected a {wanted.__name__}, or None for what ships")
        self._given_classifier = classifier
        self._given_line_model = line_model
        self._threads = threads
        self.thresholds = thresholds or StatusThresholds()

    def read_field(
        self,
        image: ImageSource,
        kind: Kind = "auto",
        **options: Unpack[ReadOptions],
    ) -> Field:
        """Read one image of one field; see ``read_fields``."""
        kind = self._settled(kind)
        known = known_options(kind, options)
        return self._examine([decode_gray(image)], kind, known)[0].field

    def read_fields(
        self,
        images: Iterable[ImageSource],
        kind: Kind = "auto",
        **options: Unpack[ReadOptions],
    ) -> list[Field]:
        """Read each image as one field, in order, batched inside; [] for [].

        images: paths, bytes, binary streams, PIL images or uint8 arrays of shape (H, W) or (H, W, 3), any size, ink
            dark or light.
        kind: "digit" (exactly one), "number" (integers, decimals, thousands, negative), "percent", "date", or
            "auto" where it is not known; with a classifier of other symbols, that is "digit", whatever the symbol.
        day_first: whether 03/04/22 is the 3rd of April; None: not known, and such a date wants review.
        decimal_mark: "." or ","; None: not known, and 1.234 wants review.
        pattern: a regular expression that the whole text matches, such as ``\\d{5}``.
        choices: the texts that may be, as of a roster.
        minimum, maximum: bounds of the value, numbers or days.
        check: tells of a whole text whether it may be, such as a checksum.

        The best reading that all of this allows is what is returned; where none is likely enough, the status is
        "rejected".

        Raises ImageError, naming its index, for an image that cannot be read, and UsageError for one image in place of
        several, for an unknown kind, and for options that cannot be meant or that nothing of the kind can meet.
        """
        return [reading.field for reading in self.examine(images, kind, **options)]

    def examine(
        self,
        images: Iterable[ImageSource],
        kind: Kind = "auto",
        **options: Unpack[ReadOptions],
    ) -> list[Reading]:
        """Read each image as ``read_fields`` does, and keep what the model saw beside each field."""
        kind = self._settled(kind)
        known = known_options(kind, options)
        return self._examine(_decode_all(images), kind, known)

    def read_page(
        self, image: ImageSource, kind: Kind = "auto", *, number: int = 1, **options: Unpack[ReadOptions]
    ) -> Page:
        """Find ruled tables, boxed fields, combs and numbers lying free on a photo or scan of a page, and read them.

        image: as for ``read_fields``, or a PDF, with dark rules on light paper. It may lie on any side, and be
            photographed at an angle.
        kind: of each cell; "auto" decides cell by cell whether it is one digit or something longer.
        number: which page of a PDF or TIFF, counted from 1; ``read_pages`` reads all of them.
        options: those of ``read_fields``, for each cell.

        Boxes are in pixels of the image, upright as its EXIF data says. A merged cell is read once: its field stands
        at its first row and column, the other places that it covers hold an "empty" field with the same box. What is
        in no table stands in ``fields``, in reading order; words and drawings are left out. A page without any of
        these is no error.

        Raises ImageError for an image that cannot be read, and UsageError as ``read_fields`` does, or where the
        document has no such page.
        """
        kind = self._settled(kind)
        known = known_options(kind, options)
        with closing(self._pages_of(image, kind, (number,), known)) as pages:
            return next(pages)

    def read_pages(
        self,
        source: ImageSource,
        kind: Kind = "auto",
        *,
        numbers: Iterable[int] | None = None,
        **options: Unpack[ReadOptions],
    ) -> Iterator[Page]:
        """Read the pages of a PDF, of a TIFF or of any image, each as ``read_page`` does, when it is asked for.

        numbers: which pages, counted from 1, in this order, such as ``range(1, 11)``; None: all of them.

        Each page has its ``number`` and its ``source``. The document is opened with the first page and closed after
        the last; no page is held, so ten thousand of them need no more memory than one.

        Raises UsageError for an unknown kind or for options that cannot be meant; then, with the page where it
        happens, ImageError where the document cannot be opened or this page of it cannot be read (``numbers`` goes on
        after it), and UsageError where there is no such page.
        """
        kind = self._settled(kind)
        return self._pages_of(source, kind, numbers, known_options(kind, options))

    def _pages_of(
        self, source: ImageSource, kind: Kind, numbers: Iterable[int] | None, known: ValueOptions
    ) -> Generator[Page]:
        name = str(source) if isinstance(source, str | Path) else None
        with open_document(source) as document:
            for number in range(1, len(document) + 1) if numbers is None else numbers:
                gray = document.page(number)
                page = read_page(
                    gray,
                    kind,
                    lambda patches, kind: self._examine_patches(patches, kind, known),
                    lambda patches, kind: self._examine_patches(patches, kind, ValueOptions()),
                )
                yield replace(page, source=name, number=number)

    def read_form(self, image: ImageSource, template: Template | str | Path) -> Page:
        """Read the named fields of a filled copy of a printed form in a photo or scan.

        image: as for ``read_fields``, with dark print and writing on light paper. The form may lie on any side, and be
            photographed at an angle.
        template: the form's, or the path of its file; what it costs to prepare it is paid once.

        The fields stand in the template's order, each with its name and the box of its place in pixels of the image.
        Where a sum of the template is not right, its fields are "review", as is a field whose printed label is written
        over; a field that the image does not show is "review" without a text.

        Raises ImageError for an image that cannot be read, FormMismatchError for one that is no copy of the form, shows
        less than 60% of it, two of them, or another version, whose labels are elsewhere, and
        TemplateError for a template that cannot be meant.
        """
        known = template if isinstance(template, Template) else load_template(template)
        page = read_form(decode_gray(image), known, self._examine_each, self.thresholds)
        return replace(page, source=str(image) if isinstance(image, str | Path) else None)

    def models(self) -> tuple[ModelFacts, ...]:
        """Return the facts of the models, which load here where they have not yet: the classifier's, the line model's.

        >>> [facts.kind for facts in Reader().models()]
        ['classifier', 'line']
        """
        return self._digits.facts, self._lines.facts

    def _settled(self, kind: Kind) -> Kind:
        """Return "digit" for "auto" with a classifier of other symbols, with which no line model can compete."""
        given = self._given_classifier
        return "digit" if kind == "auto" and given is not None and given.facts.has_other_symbols else kind

    def _examine_patches(
        self, grays: Sequence[NDArray[np.uint8]], kind: Kind, known: ValueOptions
    ) -> list[Reading]:
        """Read pieces of a page: "auto" as lines alone, since a page asks for digits itself where one may be."""
        return (
            self._lines.recognize(grays, "auto", known)
            if kind == "auto"
            else self._examine(grays, kind, known)
        )

    def _examine(self, grays: Sequence[NDArray[np.uint8]], kind: Kind, known: ValueOptions) -> list[Reading]:
        if not grays:
            return []
        if kind == "digit":
            return self._digits.recognize(grays, known)
        if kind == "auto":
            return AutoRecognizer(self._digits, self._lines).recognize(grays, known)
        return self._lines.recognize(grays, kind, known)

    def _examine_each(self, asked: Sequence[AskedField]) -> list[Reading]:
        """Read images as what is asked of each, in order, as many together as a model can take."""
        readings: dict[int, Reading] = {}
        lines: list[int] = []
        others: dict[tuple[Kind, ValueOptions], list[int]] = {}
        for index, one in enumerate(asked):
            is_line = one.kind not in ("digit", "auto")
            (lines if is_line else others.setdefault((one.kind, one.options), [])).append(index)
        if lines:
            found = self._lines.recognize_each([asked[index] for index in lines])
            readings.update(zip(lines, found, strict=True))
        for (kind, options), alike in others.items():
            found = self._examine([asked[index].image for index in alike], kind, options)
            readings.update(zip(alike, found, strict=True))
        return [readings[index] for index in range(len(asked))]

    @cached_property
    def _digits(self) -> DigitRecognizer:
        classifier = self._given_classifier or Classifier(weights_path("digit"), threads=self._threads)
        return DigitRecognizer(classifier, self.thresholds)

    @cached_property
    def _lines(self) -> LineRecognizer:
        model = self._given_line_model or LineModel(weights_path("line"), threads=self._threads)
        return LineRecognizer(model, self.thresholds)


def _decode_all(images: Iterable[ImageSource]) -> list[NDArray[np.uint8]]:
    sources = list_images(images)
    decoded = []
    for index, image in enumerate(sources):
        try:
            decoded.append(decode_gray(image))
        except ImageError as error:
            raise ImageError(f"images[{index}] of {len(sources)}: {error}") from error
    return decoded
