"""The reader: images in, fields out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Field, Kind
from inkdigits.errors import ImageError, UsageError
from inkdigits.reading.classifier import Classifier
from inkdigits.reading.decode import ImageSource, decode_gray
from inkdigits.reading.digits import DigitRecognizer, Reading, StatusThresholds
from inkdigits.reading.line_model import LineModel
from inkdigits.reading.lines import LineRecognizer
from inkdigits.reading.values import DecimalMark, ValueOptions
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
        self._given_classifier = classifier
        self._given_line_model = line_model
        self._threads = threads
        self.thresholds = thresholds or StatusThresholds()

    def read_field(
        self,
        image: ImageSource,
        kind: Kind = "auto",
        *,
        day_first: bool | None = None,
        decimal_mark: DecimalMark | None = None,
    ) -> Field:
        """Read one image of one field; see ``read_fields``."""
        return self.examine([image], kind, day_first=day_first, decimal_mark=decimal_mark)[0].field

    def read_fields(
        self,
        images: Sequence[ImageSource],
        kind: Kind = "auto",
        *,
        day_first: bool | None = None,
        decimal_mark: DecimalMark | None = None,
    ) -> list[Field]:
        """Read each image as one field, in order, batched inside; [] for [].

        images: paths, bytes, PIL images or uint8 arrays of shape (H, W) or (H, W, 3), any size, ink dark or light.
        kind: "digit" (exactly one), "number" (integers, decimals, thousands, negative), "percent", "date", or
            "auto" where it is not known.
        day_first: whether 03/04/22 is the 3rd of April; None: not known, and such a date wants review.
        decimal_mark: "." or ","; None: not known, and 1.234 wants review.

        Raises ImageError, naming its index, for an image that cannot be read, and UsageError for an unknown kind.
        """
        readings = self.examine(images, kind, day_first=day_first, decimal_mark=decimal_mark)
        return [reading.field for reading in readings]

    def examine(
        self,
        images: Sequence[ImageSource],
        kind: Kind = "auto",
        *,
        day_first: bool | None = None,
        decimal_mark: DecimalMark | None = None,
    ) -> list[Reading]:
        """Read each image as ``read_fields`` does, and keep what the model saw beside each field."""
        if kind not in get_args(Kind):
            raise UsageError(f"kind is {kind!r}; expected one of {', '.join(get_args(Kind))}")
        options = ValueOptions(day_first, decimal_mark)
        grays = _decode_all(images)
        if not grays:
            return []
        if kind == "digit":
            return self._digits.recognize(grays)
        return self._lines.recognize(grays, kind, options)

    @cached_property
    def _digits(self) -> DigitRecognizer:
        classifier = self._given_classifier or Classifier(weights_path("digit"), threads=self._threads)
        return DigitRecognizer(classifier, self.thresholds)

    @cached_property
    def _lines(self) -> LineRecognizer:
        model = self._given_line_model or LineModel(weights_path("line"), threads=self._threads)
        return LineRecognizer(model, self.thresholds)


def _decode_all(images: Sequence[ImageSource]) -> list[NDArray[np.uint8]]:
    if len(images) == 1:
        return [decode_gray(images[0])]
    decoded = []
    for index, image in enumerate(images):
        try:
            decoded.append(decode_gray(image))
        except ImageError as error:
            raise ImageError(f"image {index} of {len(images)}: {error}") from error
    return decoded
