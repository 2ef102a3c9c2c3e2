"""Fitting: a recipe's model, images and labels in; a trained model and its history out."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import UsageError
from inkdigits.evaluation.keras_file import keras_warnings_ignored
from inkdigits.training.progress import TrainingProgress
from inkdigits.training.recipes import Recipe
from inkdigits.training.splits import LabeledSplit

__all__ = ["Fit", "fit", "model_inputs", "predict", "require_finite"]

# Images at a time where nothing is learned; more take memory and save no time.
FORWARD_BATCH_SIZE = 1000
# Asking for the loss waits for the batch to end, so it is asked for now and then.
SECONDS_BETWEEN_UPDATES = 0.25


@dataclass(frozen=True)
class Fit:
    """What fitting gave, beside the model that it changed.

    history: one row an epoch: epoch (from 1), loss, accuracy, seconds, and val_loss and val_accuracy where
        images were held out. seconds: wall time of all. interrupted: whether Ctrl-C ended it; the model then
        is as the last row found it. compile_seconds: wall time before the first step, where that is told apart.
        work: a folder to be removed once what was trained is kept; None for none.
    """

    history: list[dict[str, float]]
    seconds: float
    interrupted: bool
    compile_seconds: float | None = None
    work: Path | None = None


def fit(
    model: Any,
    recipe: Recipe,
    train: LabeledSplit,
    validation: LabeledSplit | None,
    *,
    progress: TrainingProgress | None = None,
    log_folder: Path | None = None,
) -> Fit:
    """Train ``model`` in place, as ``recipe`` says, on ``train``, and judge it after each epoch on
    ``validation``.

    The loss is the categorical cross-entropy of the tutorials, taken from label numbers rather than one-hot
    rows: the same numbers without the rows. log_folder: where TensorBoard logs go; None writes none.

    Raise KeyboardInterrupt where Ctrl-C came before the first epoch was whole, and UsageError where the loss is no
    longer a number.
    """
    model.compile(
        optimizer=keras.optimizers.Adam(recipe.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    recorder = _Recorder(progress)
    callbacks = [recorder]
    if log_folder is not None:
        callbacks.append(keras.callbacks.TensorBoard(log_folder, write_graph=False))
    if progress is not None:
        progress.begin(recipe.epochs, -(-len(train) // recipe.batch_size))
    interrupted = False
    start = time.perf_counter()
    try:
        with keras_warnings_ignored():
            model.fit(
                model_inputs(train.images),
                train.labels,
                batch_size=recipe.batch_size,
                epochs=recipe.epochs,
                validation_data=(
                    None if validation is None else (model_inputs(validation.images), validation.labels)
                ),
                validation_batch_size=FORWARD_BATCH_SIZE,
                callbacks=callbacks,
                verbose=0,
            )
    except KeyboardInterrupt:
        if not recorder.kept[0]:
            raise
        model.set_weights(recorder.kept[1])
        interrupted = True
    finally:
        if progress is not None:
            progress.close()
    return Fit(recorder.kept[0], time.perf_counter() - start, interrupted)


def predict(model: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a trained model's probabilities: uint8 (N, 28, 28) -> float32 (N, number of classes)."""
    return np.asarray(
        model.predict(model_inputs(images), batch_size=FORWARD_BATCH_SIZE, verbose=0), np.float32
    )


def model_inputs(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return images as the models take them: uint8 (N, 28, 28) -> float32 (N, 28, 28, 1) in 0..1."""
    return np.divide(images[..., np.newaxis], 255, dtype=np.float32)


def require_finite(loss: float, epoch: int) -> None:
    """Raise UsageError where the loss of an epoch is no longer a number."""
    if not math.isfinite(loss):
        raise UsageError(
            f"training diverged: the loss is {loss} after epoch {epoch}; try a smaller learning rate"
        )


class _Recorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps the history and the weights of the last whole epoch, and tells the progress."""

    def __init__(self, progress: TrainingProgress | None) -> None:
        super().__init__()
        self.kept: tuple[list[dict[str, float]], list[NDArray[np.float32]]] = ([], [])
        self._progress = progress
        self._epoch_start = self._last_update = 0.0

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002
        self._epoch_start = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        now = time.perf_counter()
        if self._progress is None or not logs or now - self._last_update < SECONDS_BETWEEN_UPDATES:
            return
        self._last_update = now
        epoch = len(self.kept[0]) + 1
        self._progress.batch(epoch, batch + 1, float(logs["loss"]), float(logs["accuracy"]))

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        values = {name: float(value) for name, value in (logs or {}).items()}
        require_finite(values["loss"], epoch + 1)
        row = {"epoch": epoch + 1, **values, "seconds": time.perf_counter() - self._epoch_start}
        # One assignment, so that Ctrl-C cannot come between a row and its weights.
        self.kept = ([*self.kept[0], row], self.model.get_weights())
        if self._progress is not None:
            self._progress.epoch(row)
