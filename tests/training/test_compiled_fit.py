"""The compiled loop, on a small network and 1,200 images."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from inkdigits.datasets import DataSet
from inkdigits.errors import UsageError
from inkdigits.training import Recipe
from inkdigits.training.augmentation import Augmentation
from inkdigits.training.compiled_fit import fit_compiled
from inkdigits.training.fit import predict
from inkdigits.training.schedules import CompiledTraining
from inkdigits.training.splits import LabeledSplit, choose_splits

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("keras")]


def build(num_classes: int) -> keras.Model:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(8, 5, strides=3, activation="relu"),
            layers.BatchNormalization(momentum=0.8),
            layers.Flatten(),
            layers.Dense(num_classes),
            layers.Softmax(dtype="float32"),
        ]
    )


RECIPE = Recipe("small", "Small", build, 3, 50, 0.01, CompiledTraining())


@pytest.fixture
def split(small_data: DataSet) -> LabeledSplit:
    return choose_splits(small_data, None).train


def fitted(
    recipe: Recipe, split: LabeledSplit, seed: int = 1, **options: object
) -> tuple[keras.Model, object]:
    keras.utils.set_random_seed(seed)
    model = build(10)
    return model, fit_compiled(model, recipe, split, None, **options)


@pytest.mark.parametrize(
    "training",
    [
        CompiledTraining(),
        CompiledTraining(label_smoothing=0.1),
        CompiledTraining(betas=(0.7, 0.9), warmup=0.05),
        CompiledTraining(augmentation=Augmentation(shift=0.5)),
    ],
    ids=["plain", "smoothed", "short warm-up", "augmented"],
)
def test_it_learns(split: LabeledSplit, training: CompiledTraining) -> None:
    recipe = replace(RECIPE, compiled=training)
    model, fit = fitted(recipe, split)
    right = predict(model, split.images).argmax(axis=1) == split.labels
    assert right.mean() > 0.8
    assert [row["epoch"] for row in fit.history] == [1, 2, 3]
    assert fit.history[-1]["loss"] < fit.history[0]["loss"]
    assert fit.history[-1]["accuracy"] > fit.history[0]["accuracy"]
    assert fit.seconds > 0
    assert fit.compile_seconds > 0
    assert not fit.interrupted


@pytest.mark.parametrize(
    "training",
    [
        CompiledTraining(),
        CompiledTraining(augmentation=Augmentation(rotation=5)),
        CompiledTraining(augmentation=Augmentation(rotation=5), spared=0.5),
    ],
    ids=["plain", "augmented", "spared"],
)
def test_the_same_seed_gives_the_same_weights(split: LabeledSplit, training: CompiledTraining) -> None:
    recipe = replace(RECIPE, epochs=2, compiled=training)
    (first, _), (again, _), (other, _) = (fitted(recipe, split, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(*pair) for pair in zip(first.get_weights(), again.get_weights(), strict=True))
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])


def test_the_model_stays_in_float32(split: LabeledSplit) -> None:
    model, _ = fitted(replace(RECIPE, epochs=1), split)
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}


def test_a_layer_of_the_model_may_be_what_learns(split: LabeledSplit) -> None:
    def build_two_looks(num_classes: int) -> keras.Model:
        look = build(num_classes)
        look.name = "look"
        images = keras.Input((28, 28, 1))
        return keras.Model(images, keras.layers.Average()([look(images), look(images)]))

    alone, history = fitted(RECIPE, split)
    keras.utils.set_random_seed(1)
    model = build_two_looks(10)
    again = fit_compiled(model, replace(RECIPE, build=build_two_looks, learner="look"), split, None)
    assert [row["loss"] for row in again.history] == [row["loss"] for row in history.history]
    assert predict(model, split.images[:50]) == pytest.approx(predict(alone, split.images[:50]), abs=1e-5)


def test_compiling_leaves_no_trace(split: LabeledSplit) -> None:
    # A rate of nothing but a hair: had the warm-up steps changed moments or statistics, these would show it.
    keras.utils.set_random_seed(1)
    model = build(10)
    before = model.get_weights()
    fit_compiled(model, replace(RECIPE, epochs=1, learning_rate=1e-12), split, None)
    for weight, old in zip(model.trainable_weights, (before[0], before[1], *before[2:4]), strict=False):
        assert np.allclose(weight.numpy(), old, atol=1e-6)


def test_validation_is_judged_each_epoch(split: LabeledSplit) -> None:
    keras.utils.set_random_seed(1)
    model = build(10)
    fit = fit_compiled(model, RECIPE, split.part(0, 1000), split.part(1000, None))
    right = predict(model, split.images[1000:]).argmax(axis=1) == split.labels[1000:]
    assert fit.history[-1]["val_accuracy"] == pytest.approx(right.mean())
    assert all(row["val_loss"] > 0 for row in fit.history)


def test_easy_images_are_spared(split: LabeledSplit) -> None:
    # Half of the images are blank and all of one label, which is learned at once; the others are what is left to learn.
    images = np.concatenate([split.images[:600], np.zeros_like(split.images[:600])])
    labels = np.concatenate([split.labels[:600], np.zeros_like(split.labels[:600])])
    mixed = LabeledSplit(images, labels)
    progress = Batches()
    recipe = replace(RECIPE, compiled=CompiledTraining(spared=0.5))
    _, spared = fitted(recipe, mixed, progress=progress)
    _, whole = fitted(RECIPE, mixed)
    assert spared.history[1]["loss"] > 1.5 * whole.history[1]["loss"]
    assert spared.history[1]["accuracy"] < whole.history[1]["accuracy"]
    # What is spared counts as done.
    assert progress.batches == 24
    assert [(epoch, batch) for epoch, batch in progress.seen if batch == 24] == [(1, 24), (2, 24), (3, 24)]
    assert all(batch > 12 for epoch, batch in progress.seen if epoch > 1)


@pytest.mark.parametrize("spared", [-0.1, 1.0, float("nan")])
def test_a_part_that_cannot_be_spared_is_refused(spared: float) -> None:
    with pytest.raises(UsageError, match="of the images are spared; expected a part from 0 to less than 1"):
        CompiledTraining(spared=spared)


class Batches:
    """A progress that keeps what it is told of batches."""

    def __init__(self) -> None:
        self.batches = 0
        self.seen: list[tuple[int, int]] = []

    def begin(self, epochs: int, batches: int) -> None:  # noqa: ARG002
        self.batches = batches

    def batch(self, epoch: int, batch: int, *_: float) -> None:
        self.seen.append((epoch, batch))

    def epoch(self, row: Mapping[str, float]) -> None:
        pass

    def close(self) -> None:
        pass


class Interrupts:
    """A progress that is interrupted once an epoch is whole, or before."""

    def __init__(self, after_epochs: int) -> None:
        self.left = after_epochs
        self.closed = False

    def begin(self, epochs: int, batches: int) -> None:
        pass

    def batch(self, *_: object) -> None:
        if self.left == 0:
            raise KeyboardInterrupt

    def epoch(self, _: Mapping[str, float]) -> None:
        self.left -= 1

    def close(self) -> None:
        self.closed = True


def test_an_interrupt_keeps_the_last_whole_epoch(split: LabeledSplit) -> None:
    progress = Interrupts(after_epochs=2)
    model, fit = fitted(RECIPE, split, progress=progress)
    assert fit.interrupted
    assert len(fit.history) == 2
    assert progress.closed
    right = predict(model, split.images).argmax(axis=1) == split.labels
    assert right.mean() > 0.6


def test_an_interrupt_before_a_whole_epoch_passes(split: LabeledSplit) -> None:
    with pytest.raises(KeyboardInterrupt):
        fitted(RECIPE, split, progress=Interrupts(after_epochs=0))


def test_fewer_images_than_a_batch_are_refused(split: LabeledSplit) -> None:
    with pytest.raises(UsageError, match="batches of 50 and there are 20 training images; take a smaller"):
        fitted(RECIPE, split.part(0, 20))


def test_a_rate_that_diverges_is_named(split: LabeledSplit) -> None:
    with pytest.raises(UsageError, match=r"training diverged: the loss is .*; try a smaller learning rate"):
        fitted(replace(RECIPE, learning_rate=1e30), split)


def test_logs_hold_the_history(split: LabeledSplit, tmp_path: Path) -> None:
    fitted(replace(RECIPE, epochs=1), split, log_folder=tmp_path)
    assert [path.stat().st_size > 100 for path in tmp_path.iterdir()] == [True]


def test_normalization_ends_with_the_statistics_of_images_as_they_are(split: LabeledSplit) -> None:
    recipe = replace(RECIPE, compiled=CompiledTraining(augmentation=Augmentation(shift=4)))
    model, _ = fitted(recipe, split)
    convolution, normalization = model.layers[:2]
    _, _, mean, variance = normalization.get_weights()
    answers = convolution(split.images[..., None] / np.float32(255)).numpy()
    assert mean == pytest.approx(answers.mean(axis=(0, 1, 2)), abs=0.02)
    assert variance == pytest.approx(answers.var(axis=(0, 1, 2)), rel=0.1, abs=0.01)
