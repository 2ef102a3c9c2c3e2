"""What a model needs to be fed and understood; it travels in the ONNX file's metadata, beside the weights.

The facts stand under one metadata key, ``inkdigits``, as JSON. A file without them is not ours and is refused, since
an image prepared for another model gives a confident wrong answer rather than an error.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import ModelError

__all__ = ["METADATA_KEY", "ModelFacts"]

METADATA_KEY = "inkdigits"


@dataclass(frozen=True)
class ModelFacts:
    """The preprocessing facts of a model.

    kind: "classifier" (one symbol an image) or "line" (a CTC lattice).
    input_height, input_width: pixels, at least 1; a width of 0 means any width.
    labels: the classes in the order of the output's last axis, one string each, at least two.
    mean, scale: a uint8 pixel p is fed as (p / 255 - mean) / scale, ink bright on 0; scale is above 0.
    temperature: above 0; divides the log probabilities before they are renormalized (Guo et al. 2017,
        arXiv:1706.04599).
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

    def to_inputs(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return images as the model is fed them: uint8 (N, H, W), ink bright on 0 -> float32 (N, H, W, 1).

        >>> facts = ModelFacts("classifier", "example", "1", mean=0.5, scale=0.25)
        >>> facts.to_inputs(np.array([[[0, 255]]], np.uint8)).ravel()
        array([-2.,  2.], dtype=float32)
        """
        inputs = images[..., np.newaxis] / np.float32(255)
        return np.asarray((inputs - np.float32(self.mean)) / np.float32(self.scale), np.float32)

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
        if wrong:
            raise ModelError(f"{source} has wrong inkdigits metadata: {wrong}")
