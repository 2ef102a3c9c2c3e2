"""Fitting in a compiled loop: many steps a call, and little around them.

Keras' own loop comes back to Python after every step, which costs a small network more than the step does. Here a
TensorFlow function takes many steps a call. It needs the TensorFlow backend; the models stay plain Keras.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from inkdigits.errors import UsageError
from inkdigits.training.augmentation import augment
from inkdigits.training.fit import Fit, predict, require_finite
from inkdigits.training.progress import TrainingProgress
from inkdigits.training.recipes import Recipe
from inkdigits.training.schedules import CompiledTraining, has_bfloat16, learning_rates
from inkdigits.training.splits import LabeledSplit
from inkdigits.training.wear import wear

__all__ = ["fit_compiled"]

_SECONDS_A_CALL = 2.0  # about: Ctrl-C and the progress wait for a call to end
_FIRST_STEPS = 32
_SETTLING_STEPS = 400


def fit_compiled(
    model: Any,
    recipe: Recipe,
    train: LabeledSplit,
    validation: LabeledSplit | None,
    *,
    progress: TrainingProgress | None = None,
    log_folder: Path | None = None,
) -> Fit:
    """Train ``model`` in place, as ``recipe.compiled`` says, and judge it after each epoch on ``validation``.

    model: ends in a softmax of its own layer, or has a layer that does, where ``recipe.learner`` names one. It is
    trained in mixed bfloat16 where the processor has that, and left in float32. The compiling before the first step is
    told apart in ``Fit.compile_seconds``. Loss and accuracy in the history are of the images that an epoch saw: of the
    harder ones, where the recipe spares the easy ones; and of the learner.

    Raise as ``fit`` does, and UsageError for fewer images than a batch holds.
    """
    training = recipe.compiled
    if training is None:
        raise UsageError(f"{recipe.name} says nothing of compiled training; expected a recipe that does")
    if keras.config.backend() != "tensorflow":
        raise UsageError(
            f"{recipe.name} trains on TensorFlow alone; unset KERAS_BACKEND, or take another model"
        )
    if len(train) < recipe.batch_size:
        raise UsageError(
            f"{recipe.name} takes batches of {recipe.batch_size} and there are {len(train)} training images; "
            "take a smaller batch size"
        )
    start = time.perf_counter()
    if recipe.prepare is not None:
        recipe.prepare(model, train.images)
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    loop = _Loop(_learner(model, recipe), training, train, recipe.batch_size)
    compile_seconds = time.perf_counter() - start
    steps = [loop.steps(epoch) for epoch in range(1, recipe.epochs + 1)]
    rates = learning_rates(recipe.learning_rate, training.warmup, sum(steps))
    ends = np.cumsum(steps)
    rng = np.random.default_rng(random.getrandbits(32))
    if progress is not None:
        progress.begin(recipe.epochs, steps[0])
    history: list[dict[str, float]] = []
    kept: list[NDArray[np.float32]] = []
    interrupted = False
    try:
        for epoch in range(1, recipe.epochs + 1):
            start = time.perf_counter()
            end = ends[epoch - 1]
            means = loop.epoch(rates[end - steps[epoch - 1] : end], rng, epoch, progress)
            row = {"epoch": epoch, **means, "seconds": time.perf_counter() - start}
            seconds += row["seconds"]
            require_finite(row["loss"], epoch)
            if epoch == recipe.epochs and (training.augmentation is not None or training.spared):
                start = time.perf_counter()
                loop.settle(rng)
                seconds += time.perf_counter() - start
            kept = loop.weights()
            history = [*history, row]
            if validation is not None:
                model.set_weights(kept)
                row |= _judged(model, validation)
            if progress is not None:
                progress.epoch(row)
    except KeyboardInterrupt:
        if not history:
            raise
        interrupted = True
    finally:
        if progress is not None:
            progress.close()
    model.set_weights(kept)
    if log_folder is not None:
        _write_logs(log_folder, history)
    return Fit(history, seconds, interrupted, compile_seconds)


def _learner(model: Any, recipe: Recipe) -> Any:
    """Return what is trained: all of ``model``, or the layer that the recipe names.

    Where that is faster, it is the same of another model, of the same weights, that computes in bfloat16.
    """
    twin = _twin(model, recipe) if has_bfloat16() else model
    return twin if recipe.learner is None else twin.get_layer(recipe.learner)


def _twin(model: Any, recipe: Recipe) -> Any:
    """Return a model like ``model``, of the same weights, that computes in mixed bfloat16."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        twin = recipe.build(model.output_shape[-1])
    finally:
        keras.config.set_dtype_policy(policy)
    twin.set_weights(model.get_weights())
    return twin


def _judged(model: Any, split: LabeledSplit) -> dict[str, float]:
    probabilities = predict(model, split.images)
    own = np.maximum(probabilities[np.arange(len(split)), split.labels], 1e-12)
    right = probabilities.argmax(axis=1) == split.labels
    return {"val_loss": float(-np.log(own).mean()), "val_accuracy": float(right.mean())}


def _write_logs(folder: Path, history: list[dict[str, float]]) -> None:
    with tf.summary.create_file_writer(str(folder)).as_default():
        for row in history:
            for name, value in row.items():
                if name != "epoch":
                    tf.summary.scalar(f"epoch_{name}", value, step=int(row["epoch"]))


class _Loop:
    """A model, what it learns from, the optimizer's state, and the compiled function that takes steps."""

    def __init__(self, model: Any, training: CompiledTraining, train: LabeledSplit, batch_size: int) -> None:
        self._model, self._training, self._train, self._batch_size = model, training, train, batch_size
        self._variables = [variable.value for variable in model.trainable_variables]
        self._means = [tf.Variable(tf.zeros_like(value)) for value in self._variables]
        self._variances = [tf.Variable(tf.zeros_like(value)) for value in self._variables]
        self._steps = tf.Variable(0, dtype=tf.int64)
        self._logits = keras.Model(model.inputs, model.layers[-1].input)
        self._run = self._compile()
        self._gather = tf.function(
            lambda images: self._logits(tf.cast(images, self._model.compute_dtype) / 255, training=True)
        )
        self._warm_up()
        self._steps_a_call = _FIRST_STEPS
        self._losses = np.full(len(train), np.inf, np.float32)  # of each image, when it was last seen

    def steps(self, epoch: int) -> int:
        """Return how many steps an epoch, counted from 1, takes."""
        seen = len(self._train) * (1 if epoch == 1 else 1 - self._training.spared)
        return max(1, round(seen) // self._batch_size)

    def epoch(
        self,
        rates: NDArray[np.float32],
        rng: np.random.Generator,
        epoch: int,
        progress: TrainingProgress | None,
    ) -> dict[str, float]:
        """Go through the images that are not spared once, in a new order; return the means of loss and accuracy."""
        order = self._order(len(rates) * self._batch_size, rng)
        # All at once: how many steps a call takes depends on the clock, and a seed must not.
        images = self._images(order, rng).reshape(
            len(rates), self._batch_size, *self._train.images.shape[1:], 1
        )
        labels = self._train.labels[order].astype(np.int32).reshape(len(rates), -1)
        losses = np.empty(labels.shape, np.float32)
        spared = self.steps(1) - len(rates)  # for the progress, steps that are done
        right = 0.0
        done = 0
        while done < len(rates):
            start = time.perf_counter()
            part = slice(done, done + self._steps_a_call)
            of_part, hits = self._run(images[part], labels[part], rates[part])
            losses[part] = of_part
            right += float(hits)
            steps = len(of_part)
            done += steps
            seconds = time.perf_counter() - start
            self._steps_a_call = max(1, min(len(rates), round(steps * _SECONDS_A_CALL / seconds)))
            if progress is not None:
                accuracy = right / (done * self._batch_size)
                progress.batch(epoch, spared + done, float(losses[:done].mean()), accuracy)
        self._losses[order] = losses.ravel()
        return {"loss": float(losses.mean()), "accuracy": right / order.size}

    def settle(self, rng: np.random.Generator) -> None:
        """Let batch normalization gather its statistics on images as they will be read; no other weight changes.

        That is all of them, and as they are, for a model that learned from bent or from the harder ones; and worn, for
        one that is to read worn ones.
        """
        if not any(isinstance(layer, keras.layers.BatchNormalization) for layer in self._model.layers):
            return
        size = self._batch_size
        order = rng.permutation(len(self._train))
        images = self._images(order, rng) if self._training.wear else self._train.images[order]
        for step in range(_SETTLING_STEPS):
            start = step * size % (len(order) - size + 1)
            self._gather(images[start : start + size, ..., np.newaxis])

    def weights(self) -> list[NDArray[np.float32]]:
        """Return the weights as they are now."""
        return list(self._model.get_weights())

    def _order(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Return which ``count`` images an epoch sees, in a new order: those on which the loss was highest last."""
        order = rng.permutation(len(self._train))
        if self._training.spared:
            order = order[np.sort(np.argsort(-self._losses[order], kind="stable")[:count])]
        return order[:count]

    def _images(self, order: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.uint8]:
        augmentation, share = self._training.augmentation, self._training.wear
        images = self._train.images[order]
        if augmentation is not None:
            images = augment(images, augmentation, rng)
        return wear(images, share, rng) if share else images

    def _warm_up(self) -> None:
        """Take steps that change nothing, so that nothing is left to compile."""
        kept = [weight.numpy() for weight in self._model.weights]
        images = np.zeros((2, self._batch_size, *self._train.images.shape[1:], 1), np.uint8)
        self._run(images, np.zeros((2, self._batch_size), np.int32), np.zeros(2, np.float32))
        self._model.set_weights(kept)
        for variable in (*self._means, *self._variances, self._steps):
            variable.assign(tf.zeros_like(variable))

    def _compile(self) -> Callable[..., Any]:
        height, width = self._train.images.shape[1:]
        size = self._batch_size
        signature = [
            tf.TensorSpec((None, size, height, width, 1), tf.uint8),
            tf.TensorSpec((None, size), tf.int32),
            tf.TensorSpec((None,), tf.float32),
        ]

        @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]
        def run(images: Any, labels: Any, rates: Any) -> Any:
            losses = tf.TensorArray(tf.float32, tf.shape(rates)[0], element_shape=(size,))
            right = tf.constant(0.0)
            for index in tf.range(tf.shape(rates)[0]):
                of_batch, hits = self._step(images[index], labels[index], rates[index])
                losses, right = losses.write(index, of_batch), right + hits
            return losses.stack(), right

        run.get_concrete_function()
        return run  # type: ignore[no-any-return]

    def _step(self, images: Any, labels: Any, rate: Any) -> tuple[Any, Any]:
        inputs = tf.cast(images, self._model.compute_dtype) / 255
        with tf.GradientTape() as tape:
            logits = tf.cast(self._logits(inputs, training=True), tf.float32)
            losses = _smoothed_cross_entropy(logits, labels, self._training.label_smoothing)
            loss = tf.reduce_mean(losses)
        gradients = tape.gradient(loss, self._variables)
        self._steps.assign_add(1)
        number = tf.cast(self._steps, tf.float32)
        first, second = self._training.betas
        for variable, gradient, mean, variance in zip(
            self._variables, gradients, self._means, self._variances, strict=True
        ):
            # One operation a variable, where Keras' optimizers take a dozen.
            tf.raw_ops.ResourceApplyAdam(
                var=variable.handle,
                m=mean.handle,
                v=variance.handle,
                beta1_power=first**number,
                beta2_power=second**number,
                lr=rate,
                beta1=first,
                beta2=second,
                epsilon=1e-7,
                grad=gradient,
            )
        right = tf.equal(tf.argmax(logits, axis=1, output_type=tf.int32), labels)
        return losses, tf.reduce_sum(tf.cast(right, tf.float32))


def _smoothed_cross_entropy(logits: Any, labels: Any, smoothing: float) -> Any:
    """Return the cross-entropy of each row, float32 (N,) in nats: logits float32 (N, C), labels int32 (N,)."""
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    if smoothing:
        spread = -tf.reduce_mean(tf.nn.log_softmax(logits), axis=1)
        losses = (1 - smoothing) * losses + smoothing * spread
    return losses
