"""A line model in onnxruntime: strips in, lattices out, batched by width."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import ModelError
from inkdigits.reading.classifier import open_session, require_input, run_session
from inkdigits.reading.lattice import Lattice
from inkdigits.reading.line import STRIP_HEIGHT
from inkdigits.reading.model_facts import ModelFacts

__all__ = ["LineModel"]

_WIDTH_STEP = 16
_BLANK_WIDTH = 32  # of the strip that a model is tried on when it is loaded
_MOST_COLUMNS = 64 * 256  # of pixels in a batch, to bound memory


class LineModel:
    """An ONNX line model and its facts: float32 (N, 32, W, 1) -> logits (N, T, number of symbols + 1)."""

    def __init__(self, path: str | Path, *, threads: int = 0) -> None:
        """Load ``path``; raise ModelError where it is missing, damaged, not ours, or no line model as its facts say.

        threads: how many cores onnxruntime may use; 0 means all.
        """
        self._session = open_session(Path(path), threads)
        self.facts = ModelFacts.from_metadata(self._session.get_modelmeta().custom_metadata_map, str(path))
        if self.facts.kind != "line":
            raise ModelError(f"{path} is a {self.facts.kind} model; expected a line model")
        if self.facts.input_height != STRIP_HEIGHT:
            raise ModelError(
                f"{path} takes strips of height {self.facts.input_height}; expected {STRIP_HEIGHT} pixels"
            )
        self._source = str(path)
        self._input = require_input(self._session, (STRIP_HEIGHT, 0), self._source)
        self._require_scores(self._run(np.zeros((1, STRIP_HEIGHT, _BLANK_WIDTH), np.uint8)))

    def _run(self, strips: NDArray[np.uint8]) -> NDArray[np.float32]:
        return run_session(self._session, self._input, self.facts.to_inputs(strips), self._source)

    def _require_scores(self, logits: NDArray[np.float32]) -> None:
        """Raise ModelError where what a blank strip gives is not one score a symbol, and one for the blank."""
        count = len(self.facts.labels)
        if any(len(label) != 1 for label in self.facts.labels):
            raise ModelError(f"{self._source} has labels of several characters; expected one each")
        if logits.ndim != 3 or len(logits) != 1 or not logits.shape[1] or logits.shape[2] != count + 1:
            raise ModelError(
                f"{self._source} gives {logits.shape} for one strip; "
                f"expected (1, T, {count + 1}), one a label and one for the blank"
            )
        if not np.isfinite(logits).all():
            raise ModelError(f"{self._source} gives scores that are not finite; train or export it again")

    def lattices(self, strips: Sequence[NDArray[np.uint8]]) -> list[Lattice]:
        """Return the lattice of each strip, uint8 (32, W), in order."""
        lattices: list[Lattice | None] = [None] * len(strips)
        symbols = "".join(self.facts.labels)
        for chosen in _batches([strip.shape[1] for strip in strips]):
            width = _padded(strips[chosen[0]].shape[1])
            batch = np.zeros((len(chosen), self.facts.input_height, width), np.uint8)
            for place, index in enumerate(chosen):
                batch[place, :, : strips[index].shape[1]] = strips[index]
            logits = self._run(batch)  # (n, T, number of symbols + 1)
            probabilities = _softmax(logits / np.float32(self.facts.temperature))
            columns_a_pixel = logits.shape[1] / width
            for place, index in enumerate(chosen):
                # What was padded holds no ink, but for the columns beside the strip that still see it.
                used = min(logits.shape[1], int(np.ceil(strips[index].shape[1] * columns_a_pixel)) + 1)
                lattices[index] = Lattice(probabilities[place, :used], symbols)
        return [lattice for lattice in lattices if lattice is not None]


def _padded(width: int) -> int:
    return -(-width // _WIDTH_STEP) * _WIDTH_STEP


def _batches(widths: list[int]) -> list[list[int]]:
    """Group indices of strips that are padded to the same width, in batches that are not too large.

    The model sees what a strip is padded with. So the padding depends on the strip alone, or a field would be read
    differently in other company.
    """
    batches: list[list[int]] = []
    for index in sorted(range(len(widths)), key=widths.__getitem__):
        width = _padded(widths[index])
        alike = bool(batches) and _padded(widths[batches[-1][0]]) == width
        if alike and (len(batches[-1]) + 1) * width <= _MOST_COLUMNS:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)
