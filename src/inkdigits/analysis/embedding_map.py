"""A map of a data set: images that look alike to the classifier lie side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import MissingExtraError

__all__ = ["EmbeddingMap", "draw_map"]

_LEAST = 10  # images; fewer make no map
_DIMENSIONS = 30
_PERPLEXITY = 30


@dataclass(frozen=True, eq=False)
class EmbeddingMap:
    """Places of images on a map: numbers int64 (M,), and float32 (M, 2) in 0..1, across and down."""

    numbers: NDArray[np.int64]
    places: NDArray[np.float32]


def draw_map(features: NDArray[np.float32], most: int, *, seed: int = 0) -> EmbeddingMap | None:
    """Return a t-SNE map of at most ``most`` images, drawn at random; None where there are fewer than ten.

    features: float32 (N, F). t-SNE (van der Maaten and Hinton 2008) keeps neighbors together; distances between
    clusters, and their sizes, say little. openTSNE draws it: twice as fast as scikit-learn on some thousand points.

    Raise MissingExtraError where openTSNE is not installed.
    """
    try:
        from openTSNE import TSNE
        from sklearn.decomposition import PCA
    except ModuleNotFoundError as error:
        raise MissingExtraError("analyze", error.name or "openTSNE") from error
    if len(features) < _LEAST:
        return None
    rng = np.random.default_rng(seed)
    numbers = np.sort(rng.permutation(len(features))[:most])
    chosen = features[numbers].astype(np.float64)
    # Images that are all the same would leave nothing to scale by.
    chosen += 1e-6 * rng.standard_normal(chosen.shape)
    codes = PCA(min(_DIMENSIONS, *chosen.shape), random_state=seed).fit_transform(chosen)
    tsne = TSNE(
        perplexity=min(_PERPLEXITY, (len(codes) - 1) / 3),
        neighbors="exact",
        early_exaggeration_iter=150,
        n_iter=350,
        random_state=seed,
        n_jobs=1,  # threads that wait for one another at every step cost more than they save
    )
    places = np.asarray(tsne.fit(codes))
    low, high = places.min(axis=0), places.max(axis=0)
    return EmbeddingMap(numbers, ((places - low) / np.maximum(high - low, 1e-9)).astype(np.float32))
