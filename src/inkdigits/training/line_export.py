"""The line model as an ONNX file of 8 bits, checked against the Keras model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from inkdigits.errors import ModelError
from inkdigits.reading.classifier import open_session
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.training.onnx_conversion import INPUT_NAME, OPSET, write_facts
from inkdigits.training.onnx_export import whole_file
from inkdigits.training.onnx_quantization import quantize_onnx

__all__ = ["export_line_onnx"]

_LEAST_AGREEMENT = 0.9
_BATCH = 16
_WIDTH_STEP = 16


def export_line_onnx(
    model: Any,
    path: Path,
    facts: ModelFacts,
    check: Sequence[NDArray[np.uint8]],
    calibrate: Sequence[NDArray[np.uint8]],
) -> float:
    """Write the line model in 8 bits; return how often its best path spells what the Keras model's does.

    check, calibrate: strips, uint8 (32, W), made from training data; the latter set the activations' ranges.

    Raises ModelError where fewer than 90% agree: on strips that are hard to read 8 bits tip the balance either way.
    Raises OutputError where the file cannot be written.
    """
    with whole_file(path) as draft:
        full = draft.with_name("full.onnx")
        _convert(model, full)
        # The last layer's scores range widely, and the search lives on their differences.
        quantize_onnx(full, draft, _batches(calibrate), exact_operators=["MatMul", "Gemm"])
        write_facts(draft, facts)
        session = open_session(draft, threads=0)
        same = total = 0
        for batch in _batches(check):
            expected = np.asarray(model(batch, training=False)).argmax(axis=-1)
            actual = session.run(None, {INPUT_NAME: batch})[0].argmax(axis=-1)
            blank = len(facts.labels)
            same += sum(_spell(a, blank) == _spell(b, blank) for a, b in zip(expected, actual, strict=True))
            total += len(batch)
        if same < _LEAST_AGREEMENT * total:
            raise ModelError(
                f"8 bits are too few for {facts.name}: {same} of {total} strips are read the same"
            )
    return same / total


def _convert(model: Any, path: Path) -> None:
    import onnx
    import tf2onnx

    # Keras' own export cannot leave the width free.
    signature = [tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name=INPUT_NAME)]
    graph, _ = tf2onnx.convert.from_function(
        tf.function(lambda strips: model(strips, training=False), input_signature=signature),
        input_signature=signature,
        opset=OPSET,
    )
    onnx.save(graph, path)


def _batches(strips: Sequence[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
    """Give strips of one width (rounded up) together: float32 (n, 32, W, 1) in 0..1."""

    def width(strip: NDArray[np.uint8]) -> int:
        return -(-int(strip.shape[1]) // _WIDTH_STEP) * _WIDTH_STEP

    for wide, group in groupby(sorted(strips, key=width), width):
        alike = list(group)
        for start in range(0, len(alike), _BATCH):
            chosen = alike[start : start + _BATCH]
            batch = np.zeros((len(chosen), chosen[0].shape[0], wide, 1), np.float32)
            for place, strip in enumerate(chosen):
                batch[place, :, : strip.shape[1], 0] = strip / np.float32(255)
            yield batch


def _spell(path: NDArray[np.int64], blank: int) -> list[int]:
    """Merge repeats and drop blanks."""
    return [int(index) for index, _ in groupby(path.tolist()) if index != blank]
