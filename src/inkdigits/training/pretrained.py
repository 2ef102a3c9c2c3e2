"""The shipped classifier of digits as Keras layers: a fixed front that sees, and a tail to be tuned.

Its weights are read out of the shipped ONNX file, so that what is tuned is what reads.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import ModelError
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.training.digit_model import build_digit_classifier
from inkdigits.weights import weights_path

__all__ = ["build_tail", "feature_model", "join_model", "load_front", "load_pretrained"]

_FRONT_LAYERS = 4  # convolutions; their output is (7, 7, 64)
_FEATURES = "features"


def load_pretrained() -> tuple[Any, ModelFacts]:
    """Return the shipped classifier as a Keras model, float32 (N, 28, 28, 1) -> (N, 11), and its facts.

    Raise ModelError where the file's weights do not fit the model.
    """
    import onnx

    model = build_digit_classifier()
    read = onnx.load(weights_path("digit"))
    arrays = {one.name: onnx.numpy_helper.to_array(one) for one in read.graph.initializer}
    weights = [
        arrays[name]
        for node in read.graph.node
        if node.op_type in ("Conv", "MatMul", "Add")
        for name in node.input[1:]
        if name in arrays
    ]
    # ONNX has kernels as (out, in, rows, columns), Keras as (rows, columns, in, out).
    weights = [one.transpose(2, 3, 1, 0) if one.ndim == 4 else one for one in weights]
    expected = [one.shape for one in model.get_weights()]
    if [one.shape for one in weights] != expected:
        raise ModelError("the shipped digit classifier has not the weights that its Keras model has")
    model.set_weights(weights)
    properties = {one.key: one.value for one in read.metadata_props}
    return model, ModelFacts.from_metadata(properties, "digit.onnx")


def load_front(pretrained: Any) -> Any:
    """Return the pretrained model's first convolutions: float32 (N, 28, 28, 1) -> (N, 7, 7, 64)."""
    return keras.Sequential(
        [keras.Input((28, 28, 1)), *pretrained.layers[:_FRONT_LAYERS]],
        name="front",
    )


def build_tail(pretrained: Any, num_classes: int) -> Any:
    """Return what follows the front, to be tuned: (N, 7, 7, 64) -> probabilities (N, num_classes).

    It begins with the pretrained weights, the last layer with new ones.
    """
    layers = keras.layers
    tail = keras.Sequential(
        [
            keras.Input((7, 7, 64)),
            layers.Conv2D(96, 3, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(128, activation="relu", name=_FEATURES),
            layers.Dropout(0.3),
            layers.Dense(num_classes, activation="softmax"),
        ],
        name="tail",
    )
    weights: list[NDArray[np.float32]] = tail.get_weights()
    tail.set_weights([*pretrained.get_weights()[2 * _FRONT_LAYERS : -2], *weights[-2:]])
    return tail


def feature_model(tail: Any) -> Any:
    """Return the tail as far as its features: (N, 7, 7, 64) -> (N, 128)."""
    return keras.Model(tail.inputs[0], tail.get_layer(_FEATURES).output)


def join_model(front: Any, tail: Any) -> Any:
    """Return front and tail as one Keras model of plain layers: float32 (N, 28, 28, 1) -> probabilities."""
    whole = keras.Sequential([keras.Input((28, 28, 1)), *front.layers, *tail.layers], name="own_symbols")
    whole.trainable = True
    return whole
