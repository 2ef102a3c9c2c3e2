"""What the shipped classifier makes of an image before it decides: the numbers that tell shapes apart."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from inkdigits.errors import MissingExtraError
from inkdigits.reading.classifier import Classifier
from inkdigits.weights import weights_path

__all__ = ["embed"]

_AT_ONCE = 2048


def embed(images: NDArray[np.uint8], tell: Callable[[int], None] | None = None) -> NDArray[np.float32]:
    """Return the last hidden layer of the shipped classifier of digits: uint8 (N, 28, 28) -> float32 (N, F).

    Ink is bright on 0. It was trained on MNIST's first 55,000 training images and on synthetic photos; symbols that
    are no digits are told apart by it as well, if less sharply. tell: is given how many more images are done.

    Raise MissingExtraError where onnx is not installed.
    """
    session, name, output = _hidden_layer()
    facts = Classifier(weights_path("digit")).facts
    parts = []
    for start in range(0, len(images), _AT_ONCE):
        part = images[start : start + _AT_ONCE]
        parts.append(np.asarray(session.run([output], {name: facts.to_inputs(part)})[0], np.float32))
        if tell is not None:
            tell(len(part))
    return np.concatenate(parts)


@cache
def _hidden_layer() -> tuple[onnxruntime.InferenceSession, str, str]:
    """Return the shipped classifier, the name of its input, and that of what its last matrix is fed."""
    try:
        import onnx
    except ModuleNotFoundError as error:
        raise MissingExtraError("analyze", "onnx") from error
    model = onnx.load(str(weights_path("digit")))
    last = [node for node in model.graph.node if node.op_type in ("MatMul", "Gemm")][-1]
    hidden = str(last.input[0])
    model.graph.output.append(onnx.helper.make_empty_tensor_value_info(hidden))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session, str(session.get_inputs()[0].name), hidden
