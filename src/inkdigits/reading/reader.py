"""The reader: images in, fields out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Alternative, Field, Kind, Status, Symbol
from inkdigits.errors import ImageError, UsageError
from inkdigits.reading.classifier import Classifier
from inkdigits.reading.decode import ImageSource, decode_gray
from inkdigits.reading.normalize import NormalizedDigit, normalize_digit
from inkdigits.weights import weights_path

__all__ = ["Reader", "Reading", "StatusThresholds"]

NOT_A_DIGIT = ""
"""The label of the class of ink that is no digit, in models that have one."""

_ALTERNATIVES = 3


@dataclass(frozen=True)
class StatusThresholds:
    """From which probability on a field is called what.

    ok: a reading of at least this confidence is "ok"; below it, "review".
    rejected: ink that is no digit with at least this probability is "rejected".
    """

    ok: float = 0.9
    rejected: float = 0.8

    def __post_init__(self) -> None:
        for name, value in (("ok", self.ok), ("rejected", self.rejected)):
            if not 0 <= value <= 1:
                raise UsageError(f"threshold {name} is {value}; expected a probability from 0 to 1")


@dataclass(frozen=True)
class Reading:
    """A field, and what the model saw: uint8 (28, 28), or None where there was no ink."""

    field: Field
    model_input: NDArray[np.uint8] | None


class Reader:
    """Reads handwriting with shipped or own weights, in onnxruntime.

    A reader may be shared between threads. Reading one digit:

    >>> import numpy as np
    >>> blank = np.full((60, 60), 255, np.uint8)
    >>> Reader().read_field(blank, kind="digit").status
    'empty'
    """

    def __init__(
        self,
        classifier: Classifier | None = None,
        *,
        thresholds: StatusThresholds | None = None,
        threads: int = 0,
    ) -> None:
        """Load the models.

        classifier: a model for single digits; the shipped one by default.
        thresholds: which confidence earns which status.
        threads: how many cores onnxruntime may use; 0 means all.
        """
        self.classifier = classifier or Classifier(weights_path("digit"), threads=threads)
        self.thresholds = thresholds or StatusThresholds()

    def read_field(self, image: ImageSource, kind: Kind = "digit") -> Field:
        """Read one image of one field; see ``read_fields``."""
        return self.examine([image], kind)[0].field

    def read_fields(self, images: Sequence[ImageSource], kind: Kind = "digit") -> list[Field]:
        """Read each image as one field, in order, batched inside; [] for [].

        images: paths, bytes, PIL images or uint8 arrays of shape (H, W) or (H, W, 3), any size, ink dark or light.
        kind: "digit" (exactly one handwritten digit).

        Raises ImageError, naming its index, for an image that cannot be read, and UsageError for an unknown kind.
        """
        return [reading.field for reading in self.examine(images, kind)]

    def examine(self, images: Sequence[ImageSource], kind: Kind = "digit") -> list[Reading]:
        """Read each image as ``read_fields`` does, and keep what the model saw beside each field."""
        if kind != "digit":
            raise UsageError(f"kind is {kind!r}; this version reads 'digit'")
        candidates = [normalize_digit(gray) for gray in _decode_all(images)]
        flat = [candidate.image for group in candidates for candidate in group]
        if flat:
            probabilities = self.classifier.predict(
                np.stack(flat)
            )  # (number of candidates, number of labels)
        readings = []
        start = 0
        for group in candidates:
            if not group:
                readings.append(Reading(Field(kind, "", None, 1.0, "empty"), None))
                continue
            readings.append(self._decide(group, probabilities[start : start + len(group)]))
            start += len(group)
        return readings

    def _decide(self, candidates: list[NormalizedDigit], probabilities: NDArray[np.float32]) -> Reading:
        labels = self.classifier.facts.labels
        written = np.array([label != NOT_A_DIGIT for label in labels])
        best = int(probabilities[:, written].max(axis=1).argmax())
        candidate, chances = candidates[best], probabilities[best]
        order = [int(index) for index in np.argsort(-chances) if written[index]]
        text, confidence = labels[order[0]], float(chances[order[0]])
        status: Status = "ok" if confidence >= self.thresholds.ok else "review"
        if 1 - float(chances[written].sum()) >= self.thresholds.rejected:
            return Reading(
                Field("digit", "", None, confidence, "rejected", box=candidate.box), candidate.image
            )
        alternatives = tuple(
            Alternative(labels[index], _value(labels[index]), float(chances[index]))
            for index in order[1 : 1 + _ALTERNATIVES]
        )
        symbols = (Symbol(text, confidence, candidate.box),)
        field = Field("digit", text, _value(text), confidence, status, alternatives, symbols, candidate.box)
        return Reading(field, candidate.image)


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


def _value(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
