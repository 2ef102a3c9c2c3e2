"""What a model needs to be fed and understood; it travels in the ONNX file's metadata, beside the weights.

The facts stand under one metadata key, ``inkdigits``, as JSON. A file without them is not ours and is refused, since
an image prepared for another model gives a confident wrong answer rather than an error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from inkdigits.errors import ModelError

__all__ = ["METADATA_KEY", "ModelFacts"]

METADATA_KEY = "inkdigits"


@dataclass(frozen=True)
class ModelFacts:
    """The preprocessing facts of a model.

    kind: "classifier" (one symbol an image) or "line" (a CTC lattice).
    input_height, input_width: pixels; a width of 0 means any width.
    labels: the classes in the order of the output's last axis, one string each.
    mean, scale: a uint8 pixel p is fed as (p / 255 - mean) / scale, ink bright on 0.
    temperature: divides the log probabilities before they are renormalized (Guo et al. 2017, arXiv:1706.04599).
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

    def to_metadata(self) -> dict[str, str]:
        """Return the ONNX metadata properties that carry these facts."""
        return {METADATA_KEY: json.dumps(asdict(self))}

    @classmethod
    def from_metadata(cls, properties: Mapping[str, str], source: str) -> ModelFacts:
        """Undo ``to_metadata``; raise ModelError, naming ``source``, where the facts are missing or malformed."""
        if METADATA_KEY not in properties:
            raise ModelError(
                f"{source} is an ONNX file without inkdigits metadata; make one with inkdigits export"
            )
        try:
            facts = json.loads(properties[METADATA_KEY])
            return cls(
                kind=str(facts["kind"]),
                name=str(facts["name"]),
                version=str(facts["version"]),
                input_height=int(facts["input_height"]),
                input_width=int(facts["input_width"]),
                labels=tuple(str(label) for label in facts["labels"]),
                mean=float(facts["mean"]),
                scale=float(facts["scale"]),
                temperature=float(facts["temperature"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{source} has malformed inkdigits metadata: {error!r}") from error
