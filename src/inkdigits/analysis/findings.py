"""What an analysis found, as one container."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from inkdigits.analysis.collection import Collection
from inkdigits.analysis.doubts import Doubt
from inkdigits.analysis.drift import Drift
from inkdigits.analysis.duplicates import NearPair
from inkdigits.analysis.embedding_map import EmbeddingMap
from inkdigits.analysis.measures import Outlier
from inkdigits.analysis.predictions import Predictions
from inkdigits.datasets import DataSet, PictureLog

__all__ = ["Analysis"]


@dataclass(frozen=True, eq=False)
class Analysis:
    """What ``analyze`` found; images are named by their number in ``collection``.

    data: as it was analyzed. log: the pictures that were read, and those that could not be.
    measures: float32 (N, 8), see ``MEASURES``. blank: images without ink. outliers: the furthest first.
    exact, near: images that are the same, or nearly. clashes: the groups of ``exact`` under more than one label.
    predictions, doubts, suspected, hardest: what models make of the labels, the labels that look wrong, the worst
        first, how many of all the labels cleanlab takes for errors, and the hardest images; None, empty and 0 where
        fewer than two classes can be told apart.
    map: None for fewer than ten images. drifts: between splits, and from ``other``, the set it was held against.
    strangers: the images that are least like ``other``'s. notes: a line each on what deserves attention.
    """

    data: DataSet
    collection: Collection
    log: PictureLog
    measures: NDArray[np.float32]
    blank: NDArray[np.int64]
    outliers: list[Outlier]
    exact: list[list[int]]
    near: list[NearPair]
    clashes: list[list[int]]
    predictions: Predictions | None
    doubts: list[Doubt]
    suspected: int
    hardest: list[Doubt]
    map: EmbeddingMap | None
    drifts: list[Drift]
    other: Collection | None = None
    strangers: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
