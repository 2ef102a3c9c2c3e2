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

_MOST_LOST = 0.015
_BATCH = 16
_WIDTH_STEP = 16


def export_line_onnx(
    model: Any,
    path: Path,
    facts: ModelFacts,
    check: Sequence[tuple[NDArray[np.uint8], str]],
    calibrate: Sequence[NDArray[np.uint8]],
) -> tuple[float, float]:
    """Write the line model in 8 bits; return the shares of texts that the Keras model and the file read right.

    check: strips, uint8 (32, W), and their texts, made from training data. calibrate: other strips, which set the
    activations' ranges.

    Raises ModelError where the file reads 1.5 points less of them right: the best path is held against the text, since
    on strips that are hard to read 8 bits tip the balance either way. Raises OutputError where the file cannot be
    written.
    """
    strips = [strip for strip, _ in check]
    texts = [text for _, text in check]
    with whole_file(path) as draft:
        full = draft.with_name("full.onnx")
        _convert(model, full)
        # The last layer's scores range widely, and the search lives on their differences. So do the sums of the
        # residual branches, and variances are squares.
        quantize_onnx(
            full,
            draft,
            (batch for _, batch in _batches(calibrate)),
            exact_operators=["MatMul", "Gemm", "Add", "GlobalAveragePool"],
            exact_layers=["layer_normalization"],
        )
        write_facts(draft, facts)
        session = open_session(draft, threads=0)
        right = np.zeros(2, np.int64)
        for chosen, batch in _batches(strips):
            paths = np.asarray(model(batch, training=False)), session.run(None, {INPUT_NAME: batch})[0]
            for which, scores in enumerate(paths):
                spelled = [_spell(best, facts.labels) for best in scores.argmax(axis=-1)]
                right[which] += sum(text == texts[index] for text, index in zip(spelled, chosen, strict=True))
        if right[1] < right[0] - _MOST_LOST * len(strips):
            raise ModelError(
                f"8 bits are too few for {facts.name}: of {len(strips)} strips it reads {right[1]} right, "
                f"the Keras model {right[0]}"
            )
    return float(right[0] / len(strips)), float(right[1] / len(strips))


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


def _batches(
    strips: Sequence[NDArray[np.uint8]],
) -> Iterator[tuple[list[int], NDArray[np.float32]]]:
    """Give strips of one width (rounded up) together: their indices, and float32 (n, 32, W, 1) in 0..1."""

    def width(index: int) -> int:
        return -(-int(strips[index].shape[1]) // _WIDTH_STEP) * _WIDTH_STEP

    for wide, group in groupby(sorted(range(len(strips)), key=width), width):
        alike = list(group)
        for start in range(0, len(alike), _BATCH):
            chosen = alike[start : start + _BATCH]
            batch = np.zeros((len(chosen), len(strips[chosen[0]]), wide, 1), np.float32)
            for place, index in enumerate(chosen):
                strip = strips[index]
                batch[place, :, : strip.shape[1], 0] = strip / np.float32(255)
            yield chosen, batch


def _spell(path: NDArray[np.int64], labels: Sequence[str]) -> str:
    """Merge repeats and drop blanks."""
    return "".join(labels[index] for index, _ in groupby(path.tolist()) if index < len(labels))
