"""The models that are trained for a record, as plain Keras, like those of ``models.py``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.training.framework import import_keras
from inkdigits.training.models import IMAGE_SHAPE

__all__ = ["TINY_LOOK", "build_accurate", "build_fast", "build_tiny", "build_wider_fast", "whiten"]

TINY_LOOK = "look"
"""The name of the layer of ``build_tiny`` that is trained."""

_WHITENING = "whitening"
_PATCH, _STRIDE = 5, 2
_IMAGES = 2000  # that the whitening is computed from
_LEAST_VARIANCE = 1e-3
_SCALE = 0.5


def build_fast(num_classes: int = 10) -> Any:
    """Build a network for training in about a second: 71,994 parameters with 10 classes.

    The first convolution is not trained (see ``whiten``), so that neither its weights nor what comes before them needs
    a gradient: a fourth of the time. It strides, and the last one is pooled before it is rectified: the same numbers
    for a quarter of the work. It sees the inner 24 x 24 pixels alone, where MNIST's digits stand: a third less
    work in the layers that learn, for a little more error.
    """
    return _whitened("fast", 8, (32,), num_classes, rim=2)


def build_wider_fast(num_classes: int = 10) -> Any:
    """Build ``build_fast``'s network with one more convolution, and wider: 169,390 parameters with 10 classes."""
    return _whitened("fast-99.5", 10, (48, 64), num_classes)


def build_tiny(num_classes: int = 10) -> Any:
    """Build a network of few weights: 7,526 parameters with 10 classes, the statistics of normalization included.

    It looks at an image five times, as it is and shifted by a pixel each way, and answers with the mean: less
    error for five times the work. Its layer ``TINY_LOOK`` is one look, and what is trained.
    """
    keras = import_keras()
    layers = keras.layers
    look = keras.Sequential(
        [
            keras.Input(IMAGE_SHAPE),
            *_normalized(12, 5, strides=2),  # -> (N, 12, 12, 12)
            *_normalized(16, 3),
            *_normalized(16, 3),  # -> (N, 8, 8, 16)
            layers.MaxPooling2D(2),
            *_normalized(16, 3),  # -> (N, 2, 2, 16)
            layers.Flatten(),
            layers.Dense(num_classes),
            layers.Softmax(dtype="float32"),
        ],
        name=TINY_LOOK,
    )
    images = keras.Input(IMAGE_SHAPE, name="images")
    shifts = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
    looks = [look(_shifted(images, down, right)) for down, right in shifts]
    return keras.Model(images, layers.Average(dtype="float32", name="probabilities")(looks), name="tiny")


def build_accurate(num_classes: int = 10) -> Any:
    """Build a network for the lowest error in minutes of training: 280,234 parameters with 10 classes."""
    keras = import_keras()
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(IMAGE_SHAPE, name="images"),
            *_normalized(32, 5, strides=2, padding="same"),  # -> (N, 14, 14, 32)
            *_normalized(64, 3),
            *_normalized(64, 3),  # -> (N, 10, 10, 64)
            layers.MaxPooling2D(2),
            *_normalized(128, 3),  # -> (N, 3, 3, 128)
            layers.Flatten(),
            layers.Dense(128, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dense(num_classes),
            layers.Softmax(dtype="float32", name="probabilities"),
        ],
        name="accurate",
    )


def _shifted(images: Any, down: int, right: int) -> Any:
    """Return images moved by some pixels; what leaves them is lost, and 0 comes in."""
    if not (down or right):
        return images
    layers = import_keras().layers
    added = ((max(0, down), max(0, -down)), (max(0, right), max(0, -right)))
    lost = tuple(ends[::-1] for ends in added)
    return layers.Cropping2D(lost)(layers.ZeroPadding2D(added)(images))


def _normalized(filters: int, size: int, *, strides: int = 1, padding: str = "valid") -> list[Any]:
    """Return a convolution, its normalization and its rectifier."""
    layers = import_keras().layers
    return [
        layers.Conv2D(filters, size, strides=strides, padding=padding, use_bias=False),
        layers.BatchNormalization(),
        layers.ReLU(),
    ]


def _whitened(name: str, components: int, filters: tuple[int, ...], num_classes: int, rim: int = 0) -> Any:
    """Build a network whose first layer is whitened; it does not see the outer ``rim`` pixels of an image."""
    keras = import_keras()
    layers = keras.layers
    first = layers.Conv2D(
        2 * components,
        _PATCH,
        strides=_STRIDE,
        activation="relu",
        use_bias=False,
        trainable=False,
        name=_WHITENING,
    )  # -> (N, 12, 12, 2 * components) of 28 x 28 pixels, (N, 10, 10, 2 * components) of 24 x 24
    return keras.Sequential(
        [
            keras.Input(IMAGE_SHAPE, name="images"),
            *([layers.Cropping2D(rim)] if rim else []),
            first,
            *(layers.Conv2D(count, 3, activation="relu") for count in filters[:-1]),
            layers.Conv2D(filters[-1], 3),
            layers.MaxPooling2D(2),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(num_classes),
            layers.Softmax(dtype="float32", name="probabilities"),
        ],
        name=name,
    )


def whiten(model: Any, images: NDArray[np.uint8]) -> None:
    """Set the first convolution to the principal components of the images' patches, scaled to one variance.

    images: uint8 (N, 28, 28), those that teach. Each component stands there twice, once negated, since what follows
    keeps positive answers alone (after Jordan 2024, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU",
    arXiv:2404.00498).
    """
    patches = np.lib.stride_tricks.sliding_window_view(images[:_IMAGES], (_PATCH, _PATCH), axis=(1, 2))
    rows = patches[:, ::_STRIDE, ::_STRIDE].reshape(-1, _PATCH**2)
    inked = rows[rows.any(axis=1)] / np.float32(255)
    variances, directions = np.linalg.eigh(inked.T @ inked / max(1, len(inked)))
    layer = model.get_layer(_WHITENING)
    strongest = slice(None, -(layer.filters // 2) - 1, -1)
    filters = _SCALE * directions[:, strongest] / np.sqrt(variances[strongest] + _LEAST_VARIANCE)
    kernel = np.concatenate([filters, -filters], axis=1).reshape(_PATCH, _PATCH, 1, -1)
    layer.set_weights([kernel])
