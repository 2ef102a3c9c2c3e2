"""What a model needs to be fed and understood; it travels in the ONNX file's metadata, beside the weights.

The facts stand under one metadata key, ``inkdigits``, as JSON. A file without them is not ours and is refused, since
an image prepared for another model gives a confident wrong answer rather than an error.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import ModelError

__all__ = ["LEAST_MASS", "METADATA_KEY", "ModelFacts", "damped_log_odds"]

METADATA_KEY = "inkdigits"

LEAST_MASS = 1e-6
"""Of what the lattice gives to all the readings found, as float32 tells it."""

_SURE = math.log(
    99
)  # log odds; the search gives up what is less likely than a hundredth, and so hardly tells more
_LEAST_SHARE = 1e-9
_DIGITS = frozenset("0123456789")


@dataclass(frozen=True)
class ModelFacts:
    """The preprocessing facts of a model.

    kind: "classifier" (one symbol an image) or "line" (a CTC lattice).
    input_height, input_width: pixels, at least 1; a width of 0 means any width.
    labels: the classes in the order of the output's last axis, one string each, at least two.
    mean, scale: a uint8 pixel p is fed as (p / 255 - mean) / scale, ink bright on 0; scale is above 0.
    temperature: above 0; divides the log probabilities before they are renormalized (Guo et al. 2017,
        arXiv:1706.04599).
    confidence: by kind of field, and as "options" for numbers that the caller's options narrow, three numbers. The log
        odds of a reading among its rivals, damped, are multiplied by the first; the log of what the lattice gives to
        all of them by the second, both at least 0; the third is added: these are the log odds that are reported
        (Platt 1999, "Probabilistic Outputs for Support Vector Machines"). A kind that is not there is reported as
        it was found.
    """

    kind: str
    name: str
    version: str
    input_height: int = 28
    input_width: int = 28
    labels: tuple[str, ...] = tuple("0123456789")
    mean: float = 0.0
    scale: float = 1.0
    temperature: float = 1.0
    confidence: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)

    @property
    def has_other_symbols(self) -> bool:
        """Whether labels are other than digits; "", for what is none of them, does not count.

        >>> ModelFacts("classifier", "example", "1", labels=("check", "cross", "")).has_other_symbols
        True
        """
        return not set(self.labels) <= _DIGITS | {""}

    def to_confidence(self, kind: str, share: float, mass: float) -> float:
        """Return how sure one may be, 0..1, of the best reading of a field.

        share: its part, 0..1, in the probability of all readings that were found, and a little of what the kind
        and the options rule out. mass: the probability, 0..1, that it is any of those readings, and that no
        symbol stands there which the kind has not.

        >>> facts = ModelFacts("line", "example", "1", confidence={"date": (0.5, 1.0, 0.0)})
        >>> [round(facts.to_confidence("date", share, 1.0), 3) for share in (0.0, 0.5, 0.9, 1.0)]
        [0.024, 0.5, 0.75, 0.976]
        >>> round(facts.to_confidence("date", 0.9, 0.1), 3)
        0.231
        """
        if kind not in self.confidence:
            return share * mass
        slope, evidence, offset = self.confidence[kind]
        score = slope * damped_log_odds(share) + evidence * math.log(max(mass, LEAST_MASS)) + offset
        return 1 / (1 + math.exp(-min(max(score, -50), 50)))

    def to_inputs(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return images as the model is fed them: uint8 (N, H, W), ink bright on 0 -> float32 (N, H, W, 1).

        >>> facts = ModelFacts("classifier", "example", "1", mean=0.5, scale=0.25)
        >>> facts.to_inputs(np.array([[[0, 255]]], np.uint8)).ravel()
        array([-2.,  2.], dtype=float32)
        """
        if not images.size:
            return np.empty((*images.shape, 1), np.float32)
        looked_up = cv2.LUT(images.reshape(-1, images.shape[-1]), self._inputs)
        return np.asarray(looked_up, np.float32).reshape(*images.shape, 1)

    @cached_property
    def _inputs(self) -> NDArray[np.float32]:
        """What each pixel is fed as, float32 (256,): looking it up takes half as long as computing it anew."""
        pixels = np.arange(256, dtype=np.float32) / np.float32(255)
        return np.asarray((pixels - np.float32(self.mean)) / np.float32(self.scale), np.float32)

    def to_metadata(self) -> dict[str, str]:
        """Return the ONNX metadata properties that carry these facts."""
        return {METADATA_KEY: json.dumps(asdict(self))}

    @classmethod
    def from_metadata(cls, properties: Mapping[str, str], source: str) -> ModelFacts:
        """Undo ``to_metadata``.

        Raise ModelError, naming ``source``, where the facts are missing, malformed, or no model can have them.
        """
        if METADATA_KEY not in properties:
            raise ModelError(
                f"{source} is an ONNX file without inkdigits metadata; make one with inkdigits export"
            )
        try:
            read = json.loads(properties[METADATA_KEY])
            facts = cls(
                kind=str(read["kind"]),
                name=str(read["name"]),
                version=str(read["version"]),
                input_height=int(read["input_height"]),
                input_width=int(read["input_width"]),
                labels=tuple(str(label) for label in read["labels"]),
                mean=float(read["mean"]),
                scale=float(read["scale"]),
                temperature=float(read["temperature"]),
                confidence={
                    str(kind): (float(slope), float(evidence), float(offset))
                    for kind, (slope, evidence, offset) in dict(read.get("confidence", {})).items()
                },
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ModelError(f"{source} has malformed inkdigits metadata: {error!r}") from error
        facts._check(source)
        return facts

    def _check(self, source: str) -> None:
        wrong = None
        if self.input_height < 1 or self.input_width < 0:
            wrong = f"images of {self.input_height} x {self.input_width} pixels; expected at least 1"
        elif len(self.labels) < 2:
            wrong = f"{len(self.labels)} labels; expected at least 2"
        elif not math.isfinite(self.mean):
            wrong = f"a mean of {self.mean}; expected a finite number"
        for name, value in (("scale", self.scale), ("temperature", self.temperature)):
            if not (math.isfinite(value) and value > 0):
                wrong = f"a {name} of {value}; expected a finite number above 0"
        for kind, numbers in self.confidence.items():
            if not (all(map(math.isfinite, numbers)) and min(numbers[:2]) >= 0):
                wrong = (
                    f"a confidence of {numbers} for {kind}; expected finite numbers, the first two at least 0"
                )
        if wrong:
            raise ModelError(f"{source} has wrong inkdigits metadata: {wrong}")


def damped_log_odds(share: float) -> float:
    """Return the log odds of a probability, 0..1, growing by their logarithm alone beyond 1% and 99%.

    >>> [round(damped_log_odds(share), 2) for share in (0.5, 0.99, 0.9999, 1.0)]
    [0.0, 4.6, 6.32, 7.44]
    """
    bounded = min(max(share, _LEAST_SHARE), 1 - _LEAST_SHARE)
    odds = math.log(bounded / (1 - bounded))
    if abs(odds) <= _SURE:
        return odds
    return math.copysign(_SURE + math.log1p(abs(odds) - _SURE), odds)
