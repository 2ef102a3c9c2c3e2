"""Whether a model's confidence can be believed: of the answers given with 90%, nine in ten should be right.

Answers are sorted by confidence into bins of equal width; within a bin the mean confidence is held against
the share of right answers. The expected calibration error is the mean gap, weighted by how many answers a bin
holds (Naeini, Cooper and Hauskrecht 2015, "Obtaining Well Calibrated Probabilities Using Bayesian Binning";
Guo et al. 2017, arXiv:1706.04599, whose 15 bins are the default here).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inkdigits.errors import DataError, UsageError
from inkdigits.reading.model_facts import LEAST_MASS, damped_log_odds

__all__ = [
    "ReliabilityBin",
    "expected_calibration_error",
    "fit_log_odds",
    "fit_temperature",
    "reliability_table",
]


@dataclass(frozen=True)
class ReliabilityBin:
    """The answers whose confidence lies in (lower, upper]; the first bin takes 0 as well.

    mean_confidence and accuracy are in 0..1, and NaN where the bin is empty.
    """

    lower: float
    upper: float
    count: int
    mean_confidence: float
    accuracy: float

    @property
    def gap(self) -> float:
        """How far confidence and accuracy are apart, 0..1; 0 for an empty bin."""
        return abs(self.mean_confidence - self.accuracy) if self.count else 0.0


def expected_calibration_error(confidence: ArrayLike, right: ArrayLike, bins: int = 15) -> float:
    """Return the expected calibration error, 0 (honest) to 1.

    confidence: floats in 0..1, one for each answer, shape (N,).
    right: booleans, whether that answer was right, shape (N,).
    bins: how many bins of equal width.

    Raises DataError where the two differ in length, are empty or not in 0..1; UsageError for fewer than 1
    bin.

    >>> expected_calibration_error([0.9, 0.9, 0.9, 0.9], [True, True, True, False])
    0.15
    """
    table = reliability_table(confidence, right, bins)
    total = sum(row.count for row in table)
    # Rounded where float64 stops meaning anything, so that 0.15 prints as 0.15.
    return round(math.fsum(row.count * row.gap for row in table) / total, 12)


def reliability_table(confidence: ArrayLike, right: ArrayLike, bins: int = 15) -> list[ReliabilityBin]:
    """Return one row for each bin, from the least to the most confident; arguments and errors as above.

    >>> [(row.count, row.accuracy) for row in reliability_table([0.2, 0.8, 0.9], [False, True, True], bins=2)]
    [(1, 0.0), (2, 1.0)]
    """
    confidence, right = _checked(confidence, right, bins)
    edges = np.arange(bins + 1) / bins
    place = np.digitize(confidence, edges[1:-1], right=True)
    counts = np.bincount(place, minlength=bins)
    confidence_sums = np.bincount(place, weights=confidence, minlength=bins)
    right_sums = np.bincount(place, weights=right, minlength=bins)
    return [
        ReliabilityBin(
            lower=float(edges[index]),
            upper=float(edges[index + 1]),
            count=int(count),
            mean_confidence=float(confidence_sums[index] / count) if count else math.nan,
            accuracy=float(right_sums[index] / count) if count else math.nan,
        )
        for index, count in enumerate(counts)
    ]


def _checked(
    confidence: ArrayLike, right: ArrayLike, bins: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    confidence = np.asarray(confidence, np.float64)
    right = np.asarray(right, np.float64)
    if bins < 1:
        raise UsageError(f"got {bins} bins; expected 1 or more")
    if confidence.ndim != 1 or confidence.shape != right.shape:
        raise DataError(f"got confidences {confidence.shape} and answers {right.shape}; expected both (N,)")
    if not len(confidence):
        raise DataError("got no answers; calibration needs at least one")
    # float32 softmax may overshoot 1 by its rounding; anything more is not a probability.
    if not (confidence.min() >= 0 and confidence.max() <= 1 + 1e-4):
        raise DataError(f"got confidences from {confidence.min():g} to {confidence.max():g}; expected 0 to 1")
    return confidence, right


def fit_temperature(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the temperature that makes probabilities most likely to be honest.

    probabilities: (N, C), rows that sum to 1. labels: (N,), the right classes. Log probabilities divided by the
    temperature and renormalized have the least negative log likelihood on the labels (Guo et al. 2017,
    arXiv:1706.04599); above 1 the model was too sure. It is sought from 0.2 to 5.

    Raises DataError where there are no labels, or the two differ in length.

    >>> probabilities = np.array([[0.99, 0.01]] * 4)
    >>> fit_temperature(probabilities, np.array([0, 0, 0, 1])) > 1
    True
    """
    if not len(labels) or len(labels) != len(probabilities):
        raise DataError(
            f"got {len(probabilities)} rows of probabilities and {len(labels)} labels; expected as many, and some"
        )
    logs = np.log(np.maximum(probabilities.astype(np.float64), 1e-12))
    right = logs[np.arange(len(labels)), labels]

    def loss(temperature: float) -> float:
        scaled = logs / temperature
        highest = scaled.max(axis=1)
        return float(
            np.mean(highest + np.log(np.exp(scaled - highest[:, None]).sum(axis=1)) - right / temperature)
        )

    # The loss has one minimum over the logarithm of the temperature: three passes, each ten times finer.
    center, reach = 0.0, math.log(5)
    for _ in range(3):
        steps = np.linspace(center - reach, center + reach, 21)
        center = float(steps[np.argmin([loss(math.exp(step)) for step in steps])])
        reach /= 10
    return math.exp(center)


def fit_log_odds(share: ArrayLike, mass: ArrayLike, right: ArrayLike) -> tuple[float, float, float]:
    """Return the three numbers of `ModelFacts.confidence` that are most likely to be honest.

    share: the best reading's part in the probability of all that were found, 0..1, shape (N,). mass: what the lattice
    gives to all of them, 0..1, shape (N,). right: whether the reading was right, shape (N,).

    A logistic regression by Newton's method, its targets drawn in a little from 0 and 1 (Platt 1999, "Probabilistic
    Outputs for Support Vector Machines"). Neither factor falls below 0, so that more evidence never means less
    confidence.

    Raises DataError as `expected_calibration_error` does.

    >>> slope, evidence, offset = fit_log_odds([0.9] * 4 + [0.6] * 4, [1.0] * 8, [1, 1, 1, 0, 1, 1, 0, 0])
    >>> 0 < slope < 1
    True
    """
    share, answers = _checked(share, right, 1)
    mass, _ = _checked(mass, right, 1)
    odds = [damped_log_odds(float(one)) for one in share]
    features = np.stack([odds, np.log(np.clip(mass, LEAST_MASS, 1)), np.ones(len(share))], axis=1)
    count_right, count_wrong = answers.sum(), (1 - answers).sum()
    targets = np.where(answers > 0, (count_right + 1) / (count_right + 2), 1 / (count_wrong + 2))
    used = np.array([True, True, True])
    while True:
        weights = np.zeros(3)
        weights[used] = _logistic_regression(features[:, used], targets)
        wrong = used & (weights < 0) & np.array([True, True, False])
        if not wrong.any():
            return float(weights[0]), float(weights[1]), float(weights[2])
        used &= ~wrong


def _logistic_regression(features: NDArray[np.float64], targets: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = np.zeros(features.shape[1])
    for _ in range(60):
        found = 1 / (1 + np.exp(-np.clip(features @ weights, -50, 50)))
        spread = found * (1 - found)
        curvature = features.T @ (features * spread[:, None]) + 1e-3 * np.eye(len(weights))
        step = np.linalg.solve(curvature, features.T @ (found - targets) + 1e-3 * weights)
        weights = weights - np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-9:
            break
    return weights
