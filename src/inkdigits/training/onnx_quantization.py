"""An ONNX file in 8 bits: static quantization, each channel's weights on a scale of their own."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import MissingExtraError
from inkdigits.training.onnx_conversion import INPUT_NAME

__all__ = ["quantize_onnx"]


def quantize_onnx(
    full: Path,
    path: Path,
    batches: Iterable[NDArray[np.float32]],
    exact_operators: Sequence[str] = (),
    exact_layers: Sequence[str] = (),
) -> None:
    """Write ``full`` to ``path`` with 8-bit weights and activations.

    batches: inputs that set the activations' ranges; training data, never what is scored on.
    exact_operators: ONNX operators that stay in float32. exact_layers: parts of the names of nodes that do.

    So does the first convolution. It takes the picture itself, where saturated ink is the highest number that there is:
    processors without VNNI add two such products in 16 bits, which they overflow.
    """
    try:
        from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    except ModuleNotFoundError as error:
        raise MissingExtraError("train", error.name or "onnx") from error

    import onnx

    class Batches(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._batches = iter(batches)

        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            batch = next(self._batches, None)
            return None if batch is None else {INPUT_NAME: batch}

    nodes = onnx.load(full).graph.node
    first = [node.name for node in nodes if node.op_type == "Conv"][:1]
    with _without_warnings():
        quantize_static(
            full,
            path,
            Batches(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=first
            + [
                node.name
                for node in nodes
                if node.op_type in exact_operators or any(part in node.name for part in exact_layers)
            ],
        )


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Keep the quantizer, which advises through the root logger, quiet."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
