"""How good a model is on labeled images: its error, what it mixes up, whether its confidence is honest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import DataError, ModelError
from inkdigits.evaluation.calibration import expected_calibration_error
from inkdigits.evaluation.evaluable import Evaluable, open_model
from inkdigits.evaluation.mnist_corrections import corrected_error_percent, is_mnist_test

__all__ = ["Evaluation", "evaluate", "evaluate_probabilities"]

# Keras clips here as well, so that this loss and the one that training prints are the same number.
SMALLEST_PROBABILITY = 1e-7


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What ``evaluate`` found.

    error_percent, errors, n: the wrong answers, in percent, as a count, and of how many images.
    confusion: int64 (C, C), ``confusion[given, predicted]`` images.
    precision, recall: float64 (C,) in 0..1; NaN for a class that was never predicted, or never there.
    calibration_error_percent: the expected calibration error over 15 bins (see ``calibration``).
    negative_log_likelihood: nats an image, probabilities below 1e-7 counted as 1e-7.
    mean_confidence: the mean probability of the predicted class, 0..1.
    corrected_error_percent: on MNIST's test set, the error after the publicly known label corrections
        (see ``mnist_corrections``); None on any other images.
    """

    error_percent: float
    errors: int
    n: int
    confusion: NDArray[np.int64]
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    calibration_error_percent: float
    negative_log_likelihood: float
    mean_confidence: float
    corrected_error_percent: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return this evaluation as plain JSON, the error first; an undefined precision or recall is None."""
        return {
            "error_percent": self.error_percent,
            "errors": self.errors,
            "n": self.n,
            "corrected_error_percent": self.corrected_error_percent,
            "calibration_error_percent": self.calibration_error_percent,
            "negative_log_likelihood": self.negative_log_likelihood,
            "mean_confidence": self.mean_confidence,
            "precision": _nan_as_none(self.precision),
            "recall": _nan_as_none(self.recall),
            "confusion": self.confusion.tolist(),
        }


def evaluate(model: Evaluable, images: NDArray[np.uint8], labels: NDArray[np.integer]) -> Evaluation:
    """Run a model over labeled images and say how good it is.

    model: a Keras model, a ``Classifier``, a run folder, a .onnx or .keras file, or a shipped model's name
        ("digit").
    images: uint8 (N, 28, 28), ink bright on 0, N at least 1.
    labels: integers (N,), each the index of a class.

    Raises DataError for images or labels that do not fit each other or the model's classes, or where there
    are none; ModelError for a model that is not there, cannot be run or does not give probabilities.

    >>> from inkdigits.datasets import load_data
    >>> test = load_data("mnist").test
    >>> evaluate("digit", test.images[:500], test.labels[:500]).error_percent < 2
    True
    """
    images, labels = np.asarray(images), np.asarray(labels)
    _check_images(images, labels)
    return evaluate_probabilities(open_model(model).predict(images), labels, images)


def evaluate_probabilities(
    probabilities: NDArray[np.floating], labels: NDArray[np.integer], images: NDArray[np.uint8] | None = None
) -> Evaluation:
    """Do as ``evaluate`` does with answers that are already there.

    probabilities: floats (N, C), each row a distribution over the classes.
    labels: integers (N,).
    images: uint8 (N, 28, 28); without them MNIST's test set is not recognized, and no corrected error given.
    """
    probabilities, labels = np.asarray(probabilities, np.float64), np.asarray(labels)
    _check_labels(labels, len(probabilities))
    _check_probabilities(probabilities, labels)
    probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)  # float32 sums to 1 only nearly
    n, num_classes = probabilities.shape
    labels = labels.astype(np.int64)  # a uint8 label times the number of classes would wrap
    predicted = probabilities.argmax(axis=1)
    confidence = probabilities[np.arange(n), predicted]
    right = predicted == labels
    errors = int(n - right.sum())
    confusion = np.bincount(labels * num_classes + predicted, minlength=num_classes**2)
    confusion = confusion.reshape(num_classes, num_classes)
    likelihood = probabilities[np.arange(n), labels].clip(SMALLEST_PROBABILITY, 1)
    known = images is not None and is_mnist_test(images, labels)
    return Evaluation(
        error_percent=100 * errors / n,
        errors=errors,
        n=n,
        confusion=confusion,
        precision=_ratio(np.diag(confusion), confusion.sum(axis=0)),
        recall=_ratio(np.diag(confusion), confusion.sum(axis=1)),
        calibration_error_percent=100 * expected_calibration_error(confidence, right),
        negative_log_likelihood=float(-np.log(likelihood).mean()),
        mean_confidence=float(confidence.mean()),
        corrected_error_percent=corrected_error_percent(predicted, labels) if known else None,
    )


def _check_images(images: NDArray[Any], labels: NDArray[Any]) -> None:
    if images.ndim != 3 or images.dtype != np.uint8:
        raise DataError(f"got {images.dtype} images of shape {images.shape}; expected uint8 (N, 28, 28)")
    _check_labels(labels, len(images))


def _check_labels(labels: NDArray[Any], count: int) -> None:
    if labels.shape != (count,) or not np.issubdtype(labels.dtype, np.integer):
        raise DataError(
            f"got {labels.dtype} labels of shape {labels.shape} for {count} images;"
            f" expected integers ({count},)"
        )
    if not count:
        raise DataError("got no images; evaluating needs at least one labeled image")


def _check_probabilities(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> None:
    if probabilities.ndim != 2 or probabilities.shape[1] < 2:
        raise ModelError(f"the model gives {probabilities.shape}; expected (N, number of classes)")
    num_classes = probabilities.shape[1]
    if labels.min() < 0 or labels.max() >= num_classes:
        raise DataError(
            f"got labels from {labels.min()} to {labels.max()}; the model knows 0 to {num_classes - 1}"
        )
    sums_are_one = np.allclose(probabilities.sum(axis=1), 1, atol=1e-3)
    if not (sums_are_one and probabilities.min() >= 0):
        raise ModelError("the model's outputs are not probabilities; expected a softmax as its last layer")


def _ratio(part: NDArray[np.integer], whole: NDArray[np.integer]) -> NDArray[np.float64]:
    result = np.full(part.shape, np.nan)
    np.divide(part, whole, out=result, where=whole > 0)
    return result


def _nan_as_none(values: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]
