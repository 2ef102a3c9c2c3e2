"""Tuning the end of the shipped classifier on a few samples: many changed copies, fixed first layers, folds."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from inkdigits.datasets import load_mnist
from inkdigits.evaluation.keras_file import keras_warnings_ignored
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.training.augmentation import Augmentation, augment
from inkdigits.training.negatives import draw_negatives, unlike
from inkdigits.training.pretrained import build_tail, feature_model, join_model, load_front, load_pretrained
from inkdigits.training.progress import TrainingProgress
from inkdigits.training.samples import Samples

__all__ = ["Tuned", "tune"]

_CHANGES = Augmentation(rotation=7.0, shift=0.8, scale=0.07, stretch=0.1, shear=0.12, elastic=0.7)
_MOST_COPIES = 40
_POOL = 4_000  # changed copies of samples, unless there are more samples
_DRAWN, _MNIST = 900, 500  # negatives
_MNIST_IMAGES = 55_000  # of the training images; the others choose
_EPOCHS = 4
_FOLDS = 3
_MANY = 2_000  # samples from which on one held-out part says enough
_BATCH = 100
_AT_ONCE = 500
_LEARNING_RATE = 1.5e-3
_COMPARED = 2_000  # samples whose features are compared with the negatives'
_IS_DIGIT = 0.5  # mean probability from which on a class is taken for a digit


@dataclass(frozen=True, eq=False)
class Tuned:
    """What tuning gave.

    model: Keras, float32 (N, 28, 28, 1) -> probabilities (N, number of classes + 1), the last "none of these".
    held_out: what models that had not seen them say of ``images``, float32 (M, number of classes + 1).
    images, labels: the samples that were held out at some time, and after them as many negatives.
    folds: how many models were held against samples that they had not seen. negatives: how many taught.
    history: one row an epoch of the last model's fit. seconds: wall time of all.
    """

    model: Any
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    held_out: NDArray[np.float32]
    folds: int
    negatives: int
    history: list[dict[str, float]]
    seconds: float


def tune(samples: Samples, seed: int, progress: TrainingProgress | None = None) -> Tuned:
    """Tune the shipped classifier's last layers on samples and on negatives, and hold it against unseen samples.

    Each of three models is held against the third of the samples that it did not see, and a last one learns from all;
    of more than 2,000 samples one third is held out once.
    """
    start = time.perf_counter()
    pretrained, facts = load_pretrained()
    front = load_front(pretrained)
    none = len(samples.class_names)
    negatives = _choose_negatives(samples, pretrained, front, facts, seed)
    images = np.concatenate([samples.images, negatives])
    labels = np.concatenate([samples.labels, np.full(len(negatives), none)])
    folds = _folds(labels, seed)
    owners = _copies(labels, none)
    copies = augment(images[owners], _CHANGES, np.random.default_rng([seed, 1]))
    seen = _forward(front, facts.to_inputs(copies))
    plain = _forward(front, facts.to_inputs(images))
    count = 1 if len(samples.labels) > _MANY else _FOLDS
    fitter = _TailFitter(build_tail(pretrained, none + 1), progress, count + 1)
    answers = np.zeros((len(images), none + 1), np.float32)
    for fold in range(count):
        chosen = folds[owners] != fold
        fitter.fit(seen[chosen], labels[owners][chosen], seed + fold)
        held = folds == fold
        answers[held] = _forward(fitter.tail, plain[held])
    history = fitter.fit(seen, labels[owners], seed)
    fitter.close()
    own = np.flatnonzero((folds < count) & (labels != none))
    others = np.flatnonzero((folds < count) & (labels == none))[: len(own)]
    scored = np.concatenate([own, others])
    return Tuned(
        join_model(front, fitter.tail),
        images[scored],
        labels[scored],
        answers[scored],
        count,
        len(negatives),
        history,
        time.perf_counter() - start,
    )


class _TailFitter:
    """One tail that is fitted again and again from the same start, compiled once."""

    def __init__(self, tail: Any, progress: TrainingProgress | None, fits: int) -> None:
        self.tail = tail
        self._progress = progress
        self._epochs = fits * _EPOCHS
        self._done = 0
        self._last = time.perf_counter()
        tail.compile(
            optimizer=keras.optimizers.AdamW(_LEARNING_RATE, weight_decay=1e-3),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )
        tail.optimizer.build(tail.trainable_variables)
        # Compiling anew for each fit would cost more than the fit.
        self._state = [*tail.variables, *tail.optimizer.variables]
        with keras_warnings_ignored():
            self._first = [keras.ops.convert_to_numpy(variable) for variable in self._state]

    def fit(self, seen: NDArray[np.float32], labels: NDArray[np.int64], seed: int) -> list[dict[str, float]]:
        """Fit from the start on what the front sees, (N, 7, 7, 64); return the history."""
        keras.utils.set_random_seed(seed)
        batches = len(labels) // _BATCH
        # A last batch of another size would be compiled for itself.
        order = np.random.default_rng(seed).permutation(len(labels))[: batches * _BATCH]
        for variable, value in zip(self._state, self._first, strict=True):
            variable.assign(value)
        if self._progress is not None and not self._done:
            self._progress.begin(self._epochs, batches)
        rows: list[dict[str, float]] = []
        told = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda _, logs: rows.append(self._note(logs, len(rows) + 1))
        )
        slower = keras.callbacks.LearningRateScheduler(lambda epoch: _LEARNING_RATE * (1 - epoch / _EPOCHS))
        with keras_warnings_ignored():
            self.tail.fit(
                seen[order],
                labels[order],
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
            self._progress.epoch({"epoch": self._done, **row})
        return {"epoch": epoch, **row}


def _choose_negatives(
    samples: Samples, pretrained: Any, front: Any, facts: ModelFacts, seed: int
) -> NDArray[np.uint8]:
    """Return negatives that look like none of the samples: uint8 (N, 28, 28), in random order."""
    rng = np.random.default_rng([seed, 2])
    digits = _forward(pretrained, facts.to_inputs(samples.images))
    means = np.stack([digits[samples.labels == k].mean(axis=0) for k in range(len(samples.class_names))])
    taken = np.flatnonzero(means[:, :10].max(axis=0) > _IS_DIGIT)
    (x_train, y_train), _ = load_mnist()
    free = np.flatnonzero(~np.isin(y_train[:_MNIST_IMAGES], taken))
    mnist = x_train[rng.permutation(free)[:_MNIST]]
    candidates = np.concatenate([draw_negatives(_DRAWN, seed), mnist])
    features = feature_model(build_tail(pretrained, 2))

    def look(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return _forward(features, _forward(front, facts.to_inputs(images)))

    compared = _spread(samples.labels, rng)
    far = unlike(look(candidates), look(samples.images[compared]), samples.labels[compared])
    return np.asarray(candidates[rng.permutation(far)], np.uint8)


def _spread(labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.intp]:
    """Return up to 2,000 places, as many of each class as there are or as it takes."""
    each = max(2, _COMPARED // (int(labels.max()) + 1))
    return np.concatenate(
        [rng.permutation(np.flatnonzero(labels == label))[:each] for label in np.unique(labels)]
    )


def _forward(model: Any, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what a model says, without the compiling that ``predict`` does, which costs more than so few images."""
    parts = [
        keras.ops.convert_to_numpy(model(inputs[start : start + _AT_ONCE], training=False))
        for start in range(0, len(inputs), _AT_ONCE)
    ]
    return np.asarray(np.concatenate(parts), np.float32)


def _folds(labels: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return each image's fold, 0 .. 2, every class spread over them as evenly as can be."""
    rng = np.random.default_rng([seed, 3])
    folds = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        places = rng.permutation(np.flatnonzero(labels == label))
        folds[places] = (np.arange(len(places)) + rng.integers(_FOLDS)) % _FOLDS
    return folds


def _copies(labels: NDArray[np.int64], none: int) -> NDArray[np.intp]:
    """Return which image each copy is of: classes alike in number, negatives once."""
    counts = np.bincount(labels)
    share = _POOL / none
    repeats = np.clip(np.rint(share / counts), 1, _MOST_COPIES).astype(np.intp)
    repeats[none] = 1
    return np.repeat(np.arange(len(labels)), repeats[labels])
