"""What a model makes of images worse than those that it is scored on: corrupted ones, and what is no digit at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import DataError
from inkdigits.evaluation.calibration import expected_calibration_error
from inkdigits.evaluation.corruptions import CORRUPTIONS, corrupt
from inkdigits.evaluation.evaluable import OpenModel, align_labels
from inkdigits.evaluation.measure import evaluate_probabilities
from inkdigits.evaluation.not_digits import draw_letters, draw_noise, draw_strokes

__all__ = ["CoverageCurve", "Rejection", "Robustness", "coverage_curve", "measure_robustness", "rejection_of"]

_NOT_DIGITS = 2000  # pictures of each kind
_KEPT = 0.95  # of the digits, where false alarms are counted
_POINTS = 200


@dataclass(frozen=True)
class Rejection:
    """How well confidence tells digits from what is none.

    auroc: the chance that a digit gets more confidence than what is none: 1 always, 0.5 a coin.
    false_alarms: the share, 0..1, of what is no digit that passes the threshold that 95% of the digits pass.
    """

    auroc: float
    false_alarms: float


@dataclass(frozen=True, eq=False)
class CoverageCurve:
    """The error of the answers that are kept where the least confident are turned away.

    coverage: float64 (P,), shares of all answers, rising to 1. risk: float64 (P,), the error of those kept, 0..1.
    area: the mean risk over all coverages; the lower the better.
    """

    coverage: NDArray[np.float64]
    risk: NDArray[np.float64]
    area: float

    def risk_at(self, coverage: float) -> float:
        """Return the error, 0..1, where that share of the answers is kept."""
        return float(np.interp(coverage, self.coverage, self.risk))


@dataclass(frozen=True, eq=False)
class Robustness:
    """What ``measure_robustness`` found of one model.

    name: the model's. n: images scored, of each corruption as many.
    clean_error_percent: on the images as they are. corrupted_error_percent: by corruption.
    clean_calibration_percent, corrupted_calibration_percent: the expected calibration error on the images as they are,
        and on all corrupted ones together.
    rejection: by kind of what is no digit. curve: of clean and corrupted images together.
    """

    name: str
    n: int
    clean_error_percent: float
    corrupted_error_percent: dict[str, float]
    clean_calibration_percent: float
    corrupted_calibration_percent: float
    rejection: dict[str, Rejection]
    curve: CoverageCurve

    @property
    def mean_corruption_error_percent(self) -> float:
        """The mean error over the fifteen corruptions."""
        return float(np.mean(list(self.corrupted_error_percent.values())))

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {
            "name": self.name,
            "n": self.n,
            "clean_error_percent": self.clean_error_percent,
            "mean_corruption_error_percent": self.mean_corruption_error_percent,
            "corrupted_error_percent": dict(self.corrupted_error_percent),
            "clean_calibration_percent": self.clean_calibration_percent,
            "corrupted_calibration_percent": self.corrupted_calibration_percent,
            "rejection": {
                kind: {"auroc": row.auroc, "false_alarms_at_95_percent": 100 * row.false_alarms}
                for kind, row in self.rejection.items()
            },
            "coverage_risk": {
                "area": self.curve.area,
                "coverage": self.curve.coverage.tolist(),
                "risk": self.curve.risk.tolist(),
            },
        }


def measure_robustness(
    models: Sequence[OpenModel],
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    class_names: tuple[str, ...],
    *,
    fonts: Path | None = None,
    seed: int = 0,
    tell: Callable[[str], None] | None = None,
) -> list[Robustness]:
    """Return how each model fares on the same images, corrupted in fifteen ways, and on what is no digit.

    images: uint8 (N, 28, 28), ink bright on 0, N at least 1. labels: integers (N,) that index class_names.
    fonts: a folder of fetched fonts, for letters; None leaves letters out. seed: of all that is drawn.
    tell: is called with the name of each set of images before it is scored: "clean", 15 corruptions, 2 or 3 kinds.

    The answer is the likeliest class that is written, and its confidence that class's probability: a model with a class
    "" for what is no digit has to answer as the others do, and says by a low confidence that it would rather not.
    Raise DataError for no images or a class that a model does not know, ModelError for a model that fails.
    """
    if not len(images):
        raise DataError("got no images; robustness needs at least one labeled image")
    tell = tell or (lambda name: None)  # noqa: ARG005
    aligned = [align_labels(labels, class_names, model.labels) for model in models]
    answers: list[list[_Answers]] = [[] for _ in models]
    for name in ("clean", *CORRUPTIONS):
        tell(name)
        scored = images if name == "clean" else corrupt(name, images, seed)
        for place, model in enumerate(models):
            answers[place].append(_answer(model, scored, aligned[place]))
    foreign: list[dict[str, NDArray[np.float64]]] = [{} for _ in models]
    for kind, pictures in _not_digits(min(_NOT_DIGITS, max(len(images), 10)), fonts, seed, tell):
        for place, model in enumerate(models):
            foreign[place][kind] = _confidence(model, model.predict(pictures).astype(np.float64))
    return [
        _summary(model, answers[place], foreign[place], len(images)) for place, model in enumerate(models)
    ]


def rejection_of(digits: NDArray[np.floating], others: NDArray[np.floating]) -> Rejection:
    """Return how well confidence tells digits (N,) from what is none (M,).

    >>> rejection_of(np.array([0.9, 0.8, 0.7]), np.array([0.1, 0.75]))
    Rejection(auroc=0.8333333333333334, false_alarms=0.5)
    """
    order = np.sort(digits)
    below = np.searchsorted(order, others, side="left")
    ties = np.searchsorted(order, others, side="right") - below
    beaten = len(digits) - below - ties / 2
    threshold = np.quantile(digits, 1 - _KEPT, method="lower")
    return Rejection(float(beaten.mean() / len(digits)), float((others >= threshold).mean()))


def coverage_curve(confidence: NDArray[np.floating], right: NDArray[np.bool_]) -> CoverageCurve:
    """Return the error of the most confident answers, by how many are kept, at up to 200 points.

    confidence: (N,). right: (N,). Answers of one confidence are kept or turned away together.

    >>> coverage_curve(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, False, False])).risk_at(0.5)
    0.0
    """
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(~right[order])
    kept = np.arange(1, len(order) + 1)
    # Where confidence does not fall from one answer to the next, no threshold lies between them.
    last = np.append(np.diff(confidence[order]) < 0, True)
    coverage, risk = kept[last] / len(order), wrong[last] / kept[last]
    shares = np.diff(coverage, prepend=0.0)
    chosen = np.unique(np.linspace(0, len(coverage) - 1, _POINTS).round().astype(int))
    return CoverageCurve(coverage[chosen], risk[chosen], float((risk * shares).sum()))


@dataclass(frozen=True, eq=False)
class _Answers:
    """Of one model on one set of images: error in percent, confidences (N,), and which were right, (N,)."""

    error_percent: float
    confidence: NDArray[np.float64]
    right: NDArray[np.bool_]


def _answer(model: OpenModel, images: NDArray[np.uint8], labels: NDArray[np.int64]) -> _Answers:
    probabilities = model.predict(images).astype(np.float64)
    evaluate_probabilities(probabilities, labels)  # refuses what are no probabilities
    chances = _written(model, probabilities)
    right = chances.argmax(axis=1) == labels
    return _Answers(100 * float(1 - right.mean()), chances.max(axis=1), right)


def _confidence(model: OpenModel, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(_written(model, probabilities).max(axis=1))


def _written(model: OpenModel, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities, (N, C), with 0 for the class "": it is no answer, and leaves the others unsure."""
    chances = np.clip(probabilities, 0, 1)
    if model.labels is not None and "" in model.labels:
        chances[:, model.labels.index("")] = 0
    return chances


def _not_digits(
    count: int, fonts: Path | None, seed: int, tell: Callable[[str], None]
) -> Sequence[tuple[str, NDArray[np.uint8]]]:
    rng = np.random.default_rng([seed, count])
    tell("noise")
    kinds = [("noise", draw_noise(count, rng))]
    tell("strokes")
    kinds.append(("strokes", draw_strokes(count, rng)))
    if fonts is not None:
        tell("letters")
        kinds.append(("letters", draw_letters(count, rng, fonts)))
    return kinds


def _summary(
    model: OpenModel, answers: list[_Answers], foreign: dict[str, NDArray[np.float64]], count: int
) -> Robustness:
    clean, *corrupted = answers
    confidence = np.concatenate([one.confidence for one in corrupted])
    right = np.concatenate([one.right for one in corrupted])
    return Robustness(
        name=model.name,
        n=count,
        clean_error_percent=clean.error_percent,
        corrupted_error_percent={
            name: one.error_percent for name, one in zip(CORRUPTIONS, corrupted, strict=True)
        },
        clean_calibration_percent=100 * expected_calibration_error(clean.confidence, clean.right),
        corrupted_calibration_percent=100 * expected_calibration_error(confidence, right),
        rejection={kind: rejection_of(clean.confidence, others) for kind, others in foreign.items()},
        curve=coverage_curve(
            np.concatenate([clean.confidence, confidence]), np.concatenate([clean.right, right])
        ),
    )
