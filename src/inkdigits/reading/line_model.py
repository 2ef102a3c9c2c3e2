"""A line model in onnxruntime: strips in, lattices out, batched by width."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import ModelError
from inkdigits.reading.classifier import open_session
from inkdigits.reading.lattice import Lattice
from inkdigits.reading.model_facts import ModelFacts

__all__ = ["LineModel"]

_WIDTH_STEP = 16
_MOST_COLUMNS = 64 * 256  # of pixels in a batch, to bound memory


class LineModel:
    """An ONNX line model and its facts: float32 (N, 32, W, 1) -> logits (N, T, number of symbols + 1)."""

    def __init__(self, path: str | Path, *, threads: int = 0) -> None:
        """Load ``path``; raise ModelError where it is missing, damaged, not ours or no line model.

        threads: how many cores onnxruntime may use; 0 means all.
        """
        self._session = open_session(Path(path), threads)
        self.facts = ModelFacts.from_metadata(self._session.get_modelmeta().custom_metadata_map, str(path))
        if self.facts.kind != "line":
            raise ModelError(f"{path} is a {self.facts.kind} model; expected a line model")
        self._input = self._session.get_inputs()[0].name

    def lattices(self, strips: Sequence[NDArray[np.uint8]]) -> list[Lattice]:
        """Return the lattice of each strip, uint8 (32, W), in order."""
        lattices: list[Lattice | None] = [None] * len(strips)
        symbols = "".join(self.facts.labels)
        for chosen in _batches([strip.shape[1] for strip in strips]):
            width = -(-max(strips[index].shape[1] for index in chosen) // _WIDTH_STEP) * _WIDTH_STEP
            batch = np.zeros((len(chosen), self.facts.input_height, width, 1), np.float32)
            for place, index in enumerate(chosen):
                batch[place, :, : strips[index].shape[1], 0] = strips[index]
            batch = (batch / np.float32(255) - np.float32(self.facts.mean)) / np.float32(self.facts.scale)
            logits = self._session.run(None, {self._input: batch})[0]  # (n, T, number of symbols + 1)
            probabilities = _softmax(logits / np.float32(self.facts.temperature))
            columns_a_pixel = logits.shape[1] / width
            for place, index in enumerate(chosen):
                # What was padded holds no ink, but for the columns beside the strip that still see it.
                used = min(logits.shape[1], int(np.ceil(strips[index].shape[1] * columns_a_pixel)) + 1)
                lattices[index] = Lattice(probabilities[place, :used], symbols)
        return [lattice for lattice in lattices if lattice is not None]


def _batches(widths: list[int]) -> list[list[int]]:
    """Group indices so that little is padded and no batch is too large."""
    batches: list[list[int]] = []
    for index in sorted(range(len(widths)), key=widths.__getitem__):
        width = widths[index]
        first = widths[batches[-1][0]] if batches else 0
        if batches and width <= 1.3 * first + _WIDTH_STEP and (len(batches[-1]) + 1) * width <= _MOST_COLUMNS:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)
