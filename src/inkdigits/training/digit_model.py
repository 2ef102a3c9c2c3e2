"""The classifier behind ``kind="digit"``: what it is and how it is trained.

Ten digits and "not a digit", on 28 x 28 images from the normalizer. Five 3 x 3 convolutions, of which two stride, keep
it near 10 million multiply-adds, so that several candidates an image cost little.
"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from inkdigits.training.digit_examples import LABELS, DigitExamples
from inkdigits.training.schedules import has_bfloat16

__all__ = ["build_digit_classifier", "train_digit_classifier"]

_WIDTHS_AND_STRIDES = ((24, 1), (32, 2), (64, 1), (64, 2), (96, 1))
_LEARNING_RATE = 2e-3
_SHIFT = 1  # pixels; the normalizer is never off by more


def build_digit_classifier() -> Any:
    """Return the uncompiled Keras model: float32 (N, 28, 28, 1) -> probabilities (N, 11), 721,659 parameters."""
    layers = keras.layers
    stack: list[Any] = [keras.Input((28, 28, 1))]
    for width, stride in _WIDTHS_AND_STRIDES:
        # Without batch normalization, which in bfloat16 costs a CPU more than these convolutions do.
        stack.append(
            layers.Conv2D(
                width, 3, strides=stride, padding="same", activation="relu", kernel_initializer="he_normal"
            )
        )
    stack += [
        layers.Flatten(),
        layers.Dropout(0.3),
        layers.Dense(128, activation="relu"),
        layers.Dropout(0.3),
    ]
    stack.append(layers.Dense(len(LABELS), activation="softmax", dtype="float32"))
    return keras.Sequential(stack, name="digit")


def train_digit_classifier(
    examples: DigitExamples, *, epochs: int, seed: int, batch_size: int = 256, verbose: int = 2
) -> Any:
    """Train and return the model in float32.

    It trains in mixed bfloat16 where the processor has it, with AdamW (Loshchilov and Hutter 2019,
    arXiv:1711.05101) under a cosine rate, on images shifted by up to one pixel.
    """
    keras.utils.set_random_seed(seed)
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if has_bfloat16() else "float32")
    try:
        model = build_digit_classifier()
    finally:
        keras.config.set_dtype_policy(policy)
    batches = _Batches(examples, batch_size, seed)
    steps = epochs * len(batches)
    rate = keras.optimizers.schedules.CosineDecay(
        _LEARNING_RATE / 20, steps, warmup_target=_LEARNING_RATE, warmup_steps=math.ceil(steps / 10)
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=1e-3),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(batches, epochs=epochs, verbose=verbose)
    exact = build_digit_classifier()
    exact.set_weights(model.get_weights())
    return exact


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Shuffled anew each epoch, each image shifted on its own."""

    def __init__(self, examples: DigitExamples, batch_size: int, seed: int) -> None:
        super().__init__()
        self._images = np.pad(examples.images, ((0, 0), (_SHIFT, _SHIFT), (_SHIFT, _SHIFT)))
        self._labels = examples.labels
        self._batch_size = batch_size
        self._rng = np.random.default_rng(seed)
        self._order = self._rng.permutation(len(self._labels))

    def __len__(self) -> int:
        return len(self._labels) // self._batch_size

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        shift = self._rng.integers(0, 2 * _SHIFT + 1, (2, len(chosen), 1, 1))
        rows = np.arange(28)[:, None] + shift[0]
        columns = np.arange(28)[None, :] + shift[1]
        images = self._images[chosen[:, None, None], rows, columns]
        return np.divide(images[..., None], 255, dtype=np.float32), self._labels[chosen]

    def on_epoch_end(self) -> None:
        self._order = self._rng.permutation(len(self._labels))
