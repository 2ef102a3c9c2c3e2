"""Fitting the end of a classifier to what its front sees, again and again from the same start, for each fold."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from inkdigits.evaluation.keras_file import keras_warnings_ignored
from inkdigits.reading.digits import choose_candidate
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.training.augmentation import Augmentation, augment
from inkdigits.training.progress import TrainingProgress

__all__ = [
    "FOLDS",
    "MOST_COPIES",
    "TailFitter",
    "changed_copies",
    "forward",
    "one_hot",
    "read_samples",
    "split_folds",
]

FOLDS = 3
"""How many models are held against samples that they have not seen."""

MOST_COPIES = 40
"""Copies of a sample."""

_CHANGES = Augmentation(rotation=7.0, shift=0.8, scale=0.07, stretch=0.1, shear=0.12, elastic=0.7)
_EPOCHS = 4
_BATCH = 100
_AT_ONCE = 500


class TailFitter:
    """One tail that is fitted again and again from the same start, compiled once."""

    def __init__(
        self, tail: Any, progress: TrainingProgress | None, fits: int, *, learning_rate: float
    ) -> None:
        """Compile ``tail``, (N, 7, 7, 64) -> (N, C). progress: is told of ``fits`` fits as if they were one."""
        self.tail = tail
        self._rate = learning_rate
        self._progress = progress
        self._fits = fits
        self._done = 0
        self._last = time.perf_counter()
        tail.compile(
            optimizer=keras.optimizers.AdamW(learning_rate, weight_decay=1e-3),
            loss="categorical_crossentropy",
            metrics=["accuracy"],
        )
        tail.optimizer.build(tail.trainable_variables)
        # Compiling anew for each fit would cost more than the fit.
        self._state = [*tail.variables, *tail.optimizer.variables]
        with keras_warnings_ignored():
            self._first = [keras.ops.convert_to_numpy(variable) for variable in self._state]

    def fit(
        self, seen: NDArray[np.float32], targets: NDArray[np.float32], seed: int
    ) -> list[dict[str, float]]:
        """Fit from the start on what the front sees, (N, 7, 7, 64), to probabilities (N, C); return the history."""
        keras.utils.set_random_seed(seed)
        batches = len(targets) // _BATCH
        # A last batch of another size would be compiled for itself.
        order = np.random.default_rng(seed).permutation(len(targets))[: batches * _BATCH]
        for variable, value in zip(self._state, self._first, strict=True):
            variable.assign(value)
        if self._progress is not None and not self._done:
            self._progress.begin(self._fits * _EPOCHS, batches)
        rows: list[dict[str, float]] = []
        told = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda _, logs: rows.append(self._note(logs, len(rows) + 1))
        )
        slower = keras.callbacks.LearningRateScheduler(lambda epoch: self._rate * (1 - epoch / _EPOCHS))
        with keras_warnings_ignored():
            self.tail.fit(
                seen[order],
                targets[order],
                epochs=_EPOCHS,
                batch_size=_BATCH,
                verbose=0,
                callbacks=[told, slower],
            )
        return rows

    def close(self) -> None:
        """End the progress."""
        if self._progress is not None:
            self._progress.close()

    def _note(self, logs: Mapping[str, float], epoch: int) -> dict[str, float]:
        self._done += 1
        now = time.perf_counter()
        seconds, self._last = now - self._last, now
        row = {"loss": float(logs["loss"]), "accuracy": float(logs["accuracy"]), "seconds": seconds}
        if self._progress is not None:
            fit = 1 + (self._done - 1) // _EPOCHS
            self._progress.epoch({"epoch": self._done, "fit": fit, "fits": self._fits, **row})
        return {"epoch": epoch, **row}


def changed_copies(images: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    """Return images, uint8 (N, 28, 28), turned, moved, scaled, slanted and bent a little, each in its own way."""
    return augment(images, _CHANGES, np.random.default_rng([seed, 1]))


def forward(model: Any, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what a model says, without the compiling that ``predict`` does, which costs more than so few images."""
    parts = [
        keras.ops.convert_to_numpy(model(inputs[start : start + _AT_ONCE], training=False))
        for start in range(0, len(inputs), _AT_ONCE)
    ]
    return np.asarray(np.concatenate(parts), np.float32)


def read_samples(
    answers: NDArray[np.float32], counts: Sequence[int], facts: ModelFacts
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return which candidate of each sample a reader would take, and what the model says of it.

    answers: of all candidates, sample by sample, (the sum of counts, C). counts: how many candidates each sample has.
    The result: places among all candidates (N,), and probabilities (N, C).
    """
    ends = np.cumsum(counts)
    taken = np.array(
        [
            end - count + choose_candidate(answers[end - count : end], facts)
            for count, end in zip(counts, ends, strict=True)
        ],
        np.intp,
    )
    return taken, answers[taken]


def one_hot(labels: NDArray[np.int64], classes: int) -> NDArray[np.float32]:
    """Return labels (N,) as probabilities (N, classes)."""
    return np.eye(classes, dtype=np.float32)[labels]


def split_folds(labels: NDArray[np.int64], folds: int, seed: int) -> NDArray[np.int64]:
    """Return each image's fold, 0 .. folds - 1, every class spread over them as evenly as can be."""
    rng = np.random.default_rng([seed, 3])
    chosen = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        places = rng.permutation(np.flatnonzero(labels == label))
        chosen[places] = (np.arange(len(places)) + rng.integers(folds)) % folds
    return chosen
