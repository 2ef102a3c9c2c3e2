"""The models of the MNIST tutorials, as plain Keras.

Every builder takes the number of classes and returns an uncompiled model that maps float32 (N, 28, 28, 1), 0
paper and 1 ink, to probabilities (N, number of classes). They stay free of any backend's own operations, so
that KERAS_BACKEND=jax and =torch train them as well.
"""

from __future__ import annotations

from typing import Any

from inkdigits.training.framework import import_keras

__all__ = ["IMAGE_SHAPE", "build_cnn", "build_larger_cnn", "build_mlp"]

IMAGE_SHAPE = (28, 28, 1)


def build_mlp(num_classes: int = 10) -> Any:
    """Build the tutorials' multilayer perceptron: one hidden layer as wide as the image has pixels.

    623,290 parameters with 10 classes. Weights start normal with a deviation of 0.05, as there.
    """
    keras = import_keras()
    layers = keras.layers

    def normal() -> Any:
        return keras.initializers.RandomNormal(stddev=0.05)

    return keras.Sequential(
        [
            keras.Input(IMAGE_SHAPE, name="images"),
            layers.Flatten(),  # (N, 28, 28, 1) -> (N, 784)
            layers.Dense(784, activation="relu", kernel_initializer=normal()),
            layers.Dense(
                num_classes, activation="softmax", kernel_initializer=normal(), name="probabilities"
            ),
        ],
        name="mlp",
    )


def build_cnn(num_classes: int = 10) -> Any:
    """Build the tutorials' simple convolutional network: 592,074 parameters with 10 classes."""
    keras = import_keras()
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(IMAGE_SHAPE, name="images"),
            layers.Conv2D(32, 5, activation="relu"),  # -> (N, 24, 24, 32)
            layers.MaxPooling2D(2),  # -> (N, 12, 12, 32)
            layers.Dropout(0.2),
            layers.Flatten(),  # -> (N, 4608)
            layers.Dense(128, activation="relu"),
            layers.Dense(num_classes, activation="softmax", name="probabilities"),
        ],
        name="cnn",
    )


def build_larger_cnn(num_classes: int = 10) -> Any:
    """Build the tutorials' larger convolutional network: 59,933 parameters with 10 classes."""
    keras = import_keras()
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(IMAGE_SHAPE, name="images"),
            layers.Conv2D(30, 5, activation="relu"),  # -> (N, 24, 24, 30)
            layers.MaxPooling2D(2),  # -> (N, 12, 12, 30)
            layers.Conv2D(15, 3, activation="relu"),  # -> (N, 10, 10, 15)
            layers.MaxPooling2D(2),  # -> (N, 5, 5, 15)
            layers.Dropout(0.2),
            layers.Flatten(),  # -> (N, 375)
            layers.Dense(128, activation="relu"),
            layers.Dense(50, activation="relu"),
            layers.Dense(num_classes, activation="softmax", name="probabilities"),
        ],
        name="larger-cnn",
    )
