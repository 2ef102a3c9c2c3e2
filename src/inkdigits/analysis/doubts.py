"""Which labels look wrong, and which images are hard, by what models said that had not seen the labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigits.analysis.predictions import Predictions
from inkdigits.errors import MissingExtraError

__all__ = ["Doubt", "find_doubts", "find_hard"]


@dataclass(frozen=True)
class Doubt:
    """An image, by number, and what the models say of it.

    given: the class of its label. guess: the likeliest other class, or of a hard image the likeliest of all.
    score: 0..1, below 0.5 where the guess is likelier than the label; the lower, the more doubtful.
    chance_given, chance_guess: their probabilities. flagged: whether cleanlab counts it among the label errors.
    """

    number: int
    given: int
    guess: int
    score: float
    chance_given: float
    chance_guess: float
    flagged: bool


def find_doubts(
    predictions: Predictions, labels: NDArray[np.int64], splits: NDArray[np.int64], most: int
) -> tuple[list[Doubt], int]:
    """Return the ``most`` most doubtful labels of each split, the worst first, and how many are errors in all.

    labels, splits: int64 (N,), of the images that ``predictions`` are of. The rank is cleanlab's normalized margin: the
    label's probability less that of the likeliest other class. How many are errors is cleanlab's count by confident
    learning (Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels",
    arXiv:1911.00068).

    Raise MissingExtraError where cleanlab is not installed.
    """
    try:
        from cleanlab.filter import find_label_issues
        from cleanlab.rank import get_label_quality_scores
    except ModuleNotFoundError as error:
        raise MissingExtraError("analyze", error.name or "cleanlab") from error
    numbers = np.flatnonzero(predictions.judged)
    classes, given = np.unique(labels[numbers], return_inverse=True)
    chances = predictions.probabilities[numbers][:, classes].astype(np.float64)
    chances /= np.maximum(chances.sum(axis=1, keepdims=True), 1e-12)
    scores = get_label_quality_scores(given, chances, method="normalized_margin")
    flags = find_label_issues(given, chances, filter_by="prune_by_noise_rate", n_jobs=1)
    others = chances.copy()
    others[np.arange(len(given)), given] = -1
    guesses = others.argmax(axis=1)
    order = np.argsort(scores, kind="stable")
    rank = np.empty(len(order), np.int64)  # within the split
    for split in np.unique(splits):
        members = order[splits[numbers[order]] == split]
        rank[members] = np.arange(len(members))
    found = [
        Doubt(
            int(numbers[place]),
            int(classes[given[place]]),
            int(classes[guesses[place]]),
            float(scores[place]),
            float(chances[place, given[place]]),
            float(chances[place, guesses[place]]),
            bool(flags[place]),
        )
        for place in order
        if rank[place] < most
    ]
    return found, int(flags.sum())


def find_hard(predictions: Predictions, labels: NDArray[np.int64], most: int) -> list[Doubt]:
    """Return the ``most`` hardest images, whatever their labels: those that the models are least sure of.

    The score is the likeliest class's lead over the second.
    """
    numbers = np.flatnonzero(predictions.judged)
    chances = predictions.probabilities[numbers]
    order = np.argsort(chances, axis=1)
    first, second = order[:, -1], order[:, -2]
    rows = np.arange(len(numbers))
    leads = chances[rows, first] - chances[rows, second]
    return [
        Doubt(
            int(numbers[place]),
            int(labels[numbers[place]]),
            int(first[place]),
            float(leads[place]),
            float(chances[place, labels[numbers[place]]]),
            float(chances[place, first[place]]),
            False,
        )
        for place in np.argsort(leads, kind="stable")[:most]
    ]
