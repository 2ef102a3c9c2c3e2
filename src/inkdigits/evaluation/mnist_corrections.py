"""The labels of MNIST's test set that people reject, and the error of a model once they are put right.

Northcutt, Athalye and Mueller (2021, "Pervasive Label Errors in Test Sets Destabilize Machine Learning
Benchmarks", arXiv:2103.14749) had five annotators look at each test image whose label a model doubted: is it
the given label, the model's guess, or neither? Their votes are public (github.com/cleanlab/label-errors,
mturk/mnist_mturk.json).

The rule here follows the votes and nothing else:

- where most annotators (3 of 5 or more) chose the guess, the guess is the right label;
- where neither label has such a majority, there is no right answer to hold a model against, and the image is
  left out;
- every other image keeps its label.

That corrects 10 labels and leaves 5 images out of 10,000. A raw error always stands first; the corrected one
tells how much of it is the labels' fault, and it is not comparable with figures from the literature.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigits.datasets.idx import idx_header
from inkdigits.datasets.mnist import MNIST_SHA256

__all__ = ["MNIST_TEST_VOTES", "LabelVotes", "corrected_error_percent", "is_mnist_test"]

MNIST_TEST_SIZE = 10_000


@dataclass(frozen=True)
class LabelVotes:
    """What annotators said of one test image: how many chose the given label, the guess, or neither."""

    index: int
    given: int
    guess: int
    votes_given: int
    votes_guess: int
    votes_neither: int

    @property
    def corrected(self) -> int | None:
        """The label that most annotators chose; None where there is none."""
        majority = (self.votes_given + self.votes_guess + self.votes_neither) // 2 + 1
        if self.votes_guess >= majority:
            return self.guess
        return self.given if self.votes_given >= majority else None


# Of the images shown to annotators, those whose given label found no majority.
MNIST_TEST_VOTES = (
    LabelVotes(947, given=8, guess=9, votes_given=0, votes_guess=5, votes_neither=0),
    LabelVotes(1621, given=0, guess=6, votes_given=2, votes_guess=3, votes_neither=0),
    LabelVotes(1901, given=9, guess=4, votes_given=2, votes_guess=3, votes_neither=0),
    LabelVotes(2130, given=4, guess=9, votes_given=2, votes_guess=2, votes_neither=1),
    LabelVotes(2462, given=2, guess=0, votes_given=0, votes_guess=4, votes_neither=1),
    LabelVotes(2597, given=5, guess=3, votes_given=0, votes_guess=4, votes_neither=1),
    LabelVotes(2654, given=6, guess=1, votes_given=0, votes_guess=2, votes_neither=3),
    LabelVotes(3520, given=6, guess=4, votes_given=2, votes_guess=0, votes_neither=3),
    LabelVotes(3558, given=5, guess=0, votes_given=1, votes_guess=4, votes_neither=0),
    LabelVotes(5937, given=5, guess=3, votes_given=1, votes_guess=3, votes_neither=1),
    LabelVotes(6651, given=0, guess=6, votes_given=0, votes_guess=5, votes_neither=0),
    LabelVotes(6783, given=1, guess=6, votes_given=2, votes_guess=3, votes_neither=0),
    LabelVotes(8527, given=4, guess=9, votes_given=2, votes_guess=2, votes_neither=1),
    LabelVotes(9679, given=6, guess=3, votes_given=2, votes_guess=0, votes_neither=3),
    LabelVotes(9729, given=5, guess=6, votes_given=2, votes_guess=3, votes_neither=0),
)


def corrected_error_percent(predicted: NDArray[np.integer], labels: NDArray[np.integer]) -> float:
    """Return the error over MNIST's test set after the corrections, in percent of the 9,995 that count.

    predicted, labels: the 10,000 predicted and given labels, in the set's own order.
    """
    corrected = np.array(labels, np.int64)
    counts = np.ones(len(corrected), bool)
    for votes in MNIST_TEST_VOTES:
        if votes.corrected is None:
            counts[votes.index] = False
        else:
            corrected[votes.index] = votes.corrected
    return 100 * float(np.mean(predicted[counts] != corrected[counts]))


def is_mnist_test(images: NDArray[np.uint8], labels: NDArray[np.integer]) -> bool:
    """Tell whether these are MNIST's 10,000 test images and labels, all and in order, by their SHA-256.

    images: uint8 (N, 28, 28); labels: integers (N,).
    """
    if images.shape != (MNIST_TEST_SIZE, 28, 28) or labels.shape != (MNIST_TEST_SIZE,):
        return False
    # Labels come first because they are quick to hash; a label above 255 must not wrap into range.
    if labels.min() < 0 or labels.max() > 9:
        return False
    if _idx_sha256(labels.astype(np.uint8)) != MNIST_SHA256["t10k-labels"]:
        return False
    return _idx_sha256(images) == MNIST_SHA256["t10k-images"]


def _idx_sha256(array: NDArray[np.uint8]) -> str:
    # Of the IDX file that holds the array, which is what MNIST's sums are of.
    return hashlib.sha256(idx_header(array.shape) + array.tobytes()).hexdigest()
