"""How two sets of images differ: why a model that is right on one is wrong on the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.analysis.measures import MEASURES
from inkdigits.errors import MissingExtraError

__all__ = ["Drift", "MeasureDrift", "compare"]

_MOST = 4000  # images of either set
_DIMENSIONS = 32
_FOLDS = 4
_LEAST = 20  # images of either set; fewer tell nothing


@dataclass(frozen=True)
class MeasureDrift:
    """A measure in two sets: their means, and the difference in standard deviations of both together."""

    name: str
    first: float
    second: float
    difference: float


@dataclass(frozen=True, eq=False)
class Drift:
    """How a second set differs from a first.

    first, second: what they are called. measures: one row a measure.
    embedding_distance: the Fréchet distance of their embeddings over the first's own spread: 0 is the same.
    told_apart: how well a linear model tells images of one from the other's, as the area under the ROC curve:
        0.5 not at all, 1.0 always. None, both, where a set has fewer than 20 images.
    strangest: numbers of images of the second set, into what was compared, the least like the first's first.
    """

    first: str
    second: str
    measures: tuple[MeasureDrift, ...]
    embedding_distance: float | None
    told_apart: float | None
    strangest: NDArray[np.int64]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON, without the strangest images."""
        return {
            "first": self.first,
            "second": self.second,
            "embedding_distance": self.embedding_distance,
            "told_apart": self.told_apart,
            "measures": {
                row.name: {"first": row.first, "second": row.second, "difference": row.difference}
                for row in self.measures
            },
        }


def compare(
    first: tuple[str, NDArray[np.float32], NDArray[np.float32]],
    second: tuple[str, NDArray[np.float32], NDArray[np.float32]],
    *,
    seed: int = 0,
) -> Drift:
    """Return how the second set differs from the first; each is its name, its measures (N, 8) and its features (N, F).

    Of either set at most 4,000 images, drawn at random, are compared by embedding.

    Raise MissingExtraError where scikit-learn is not installed.
    """
    rows = tuple(
        _drift_of(measure.name, first[1][:, column], second[1][:, column])
        for column, measure in enumerate(MEASURES)
    )
    if min(len(first[2]), len(second[2])) < _LEAST:
        return Drift(first[0], second[0], rows, None, None, np.empty(0, np.int64))
    rng = np.random.default_rng(seed)
    chosen = [np.sort(rng.permutation(len(one[2]))[:_MOST]) for one in (first, second)]
    distance, told_apart, scores = _compare_features(first[2][chosen[0]], second[2][chosen[1]], seed)
    return Drift(
        first[0], second[0], rows, distance, told_apart, chosen[1][np.argsort(-scores, kind="stable")]
    )


def _drift_of(name: str, first: NDArray[np.float32], second: NDArray[np.float32]) -> MeasureDrift:
    first, second = first[~np.isnan(first)], second[~np.isnan(second)]
    if not (len(first) and len(second)):  # one of them is blank throughout
        return MeasureDrift(name, 0.0, 0.0, 0.0)
    means = float(first.mean()), float(second.mean())
    spread = float(np.sqrt((first.var() + second.var()) / 2))
    return MeasureDrift(name, *means, (means[1] - means[0]) / spread if spread > 1e-6 else 0.0)


def _compare_features(
    first: NDArray[np.float32], second: NDArray[np.float32], seed: int
) -> tuple[float, float, NDArray[np.float64]]:
    """Return the Fréchet distance, the area under the curve, and the second's odds of being the second's."""
    try:
        from sklearn.decomposition import PCA
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
        from sklearn.metrics import roc_auc_score
        from sklearn.model_selection import StratifiedKFold, cross_val_predict
    except ModuleNotFoundError as error:
        raise MissingExtraError("analyze", "scikit-learn") from error
    both = np.concatenate([first, second]).astype(np.float64)
    dimensions = min(_DIMENSIONS, len(first) - 1, len(second) - 1, both.shape[1])
    codes = PCA(dimensions, random_state=seed).fit_transform(both)
    distance = _frechet(codes[: len(first)], codes[len(first) :])
    origin = np.repeat([0, 1], [len(first), len(second)])
    scores = cross_val_predict(
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1, priors=[0.5, 0.5]),
        codes,
        origin,
        cv=StratifiedKFold(_FOLDS, shuffle=True, random_state=seed),
        method="decision_function",
    )
    return distance, float(roc_auc_score(origin, scores)), scores[len(first) :]


def _frechet(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return the Fréchet distance of two clouds as Gaussians, over the first's mean squared distance from its mean."""
    covariances = [np.cov(cloud, rowvar=False).reshape(cloud.shape[1], -1) for cloud in (first, second)]
    values, vectors = np.linalg.eigh(covariances[0])
    root = vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
    # The trace of the root of A B is that of the root of A^(1/2) B A^(1/2), which is symmetric.
    mixed = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ covariances[1] @ root), 0)).sum()
    squared = float(((first.mean(axis=0) - second.mean(axis=0)) ** 2).sum())
    squared += float(np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * mixed)
    return float(np.sqrt(max(squared, 0.0) / max(float(np.trace(covariances[0])), 1e-12)))
