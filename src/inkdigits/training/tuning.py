"""Tuning the end of the shipped classifier on a few samples: many changed copies, fixed first layers, folds."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.datasets import load_mnist
from inkdigits.datasets.mnist import TAUGHT
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.training.negatives import draw_negatives, unlike
from inkdigits.training.pretrained import build_tail, feature_model, join_model, load_front, load_pretrained
from inkdigits.training.progress import TrainingProgress
from inkdigits.training.samples import Samples
from inkdigits.training.tail_fitter import (
    FOLDS,
    MOST_COPIES,
    TailFitter,
    changed_copies,
    forward,
    one_hot,
    read_samples,
    split_folds,
)

__all__ = ["Tuned", "tune"]

_POOL = 4_000  # changed copies of samples, unless there are more samples
_DRAWN, _MNIST = 900, 500  # negatives
_MANY = 2_000  # samples from which on one held-out part says enough
_LEARNING_RATE = 1.5e-3
_COMPARED = 2_000  # samples whose features are compared with the negatives'
_IS_DIGIT = 0.5  # mean probability from which on a class is taken for a digit


@dataclass(frozen=True, eq=False)
class Tuned:
    """What tuning gave.

    model: Keras, float32 (N, 28, 28, 1) -> probabilities (N, number of classes + 1), the last "none of these".
    images, labels: the samples that were held out at some time, each as the candidate that a reader takes, and after
        them as many negatives. sources: where the samples came from.
    held_out: what models that had not seen them say of ``images``, float32 (M, number of classes + 1).
    folds: how many models were held against samples that they had not seen. negatives: how many taught.
    history: one row an epoch of the last model's fit. seconds: wall time of all.
    """

    model: Any
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    sources: tuple[str, ...]
    held_out: NDArray[np.float32]
    folds: int
    negatives: int
    history: list[dict[str, float]]
    seconds: float


def tune(samples: Samples, seed: int, progress: TrainingProgress | None = None) -> Tuned:
    """Tune the shipped classifier's last layers on samples and on negatives, and hold it against unseen samples.

    Each of three models is held against the third of the samples that it did not see, read as a reader reads them, and
    a last one learns from all; of more than 2,000 samples one third is held out once.
    """
    start = time.perf_counter()
    pretrained, facts = load_pretrained()
    front = load_front(pretrained)
    none = len(samples.class_names)
    its_facts = replace(facts, labels=(*samples.class_names, ""))
    marks = its_facts.has_other_symbols  # negatives are normalized as a reader will
    own_folds = split_folds(samples.labels, FOLDS, seed)
    negatives, apart = _choose_negatives(samples, own_folds, pretrained, front, facts, seed, marks=marks)
    images = np.concatenate([samples.images, negatives])
    labels = np.concatenate([samples.labels, np.full(len(negatives), none)])
    folds = np.concatenate([own_folds, split_folds(np.zeros(len(negatives), np.int64), FOLDS, seed)])
    # Which images may teach the model of each fold, and the last one.
    teaches = np.concatenate([np.ones((FOLDS + 1, len(own_folds)), np.bool_), apart], axis=1)
    teaches[:FOLDS] &= folds != np.arange(FOLDS)[:, np.newaxis]
    owners = _copies(labels, none)
    copies = changed_copies(images[owners], seed)
    seen = forward(front, facts.to_inputs(copies))
    candidates = np.concatenate([*samples.candidates, negatives])
    counts = [*map(len, samples.candidates), *[1] * len(negatives)]
    plain = forward(front, facts.to_inputs(candidates))
    count = 1 if len(samples.labels) > _MANY else FOLDS
    fitter = TailFitter(build_tail(pretrained, none + 1), progress, count + 1, learning_rate=_LEARNING_RATE)
    targets = one_hot(labels[owners], none + 1)
    answers = np.zeros((len(candidates), none + 1), np.float32)
    for fold in range(count):
        chosen = teaches[fold, owners]
        fitter.fit(seen[chosen], targets[chosen], seed + fold)
        held = np.repeat(folds == fold, counts)
        answers[held] = forward(fitter.tail, plain[held])
    chosen = teaches[FOLDS, owners]
    history = fitter.fit(seen[chosen], targets[chosen], seed)
    fitter.close()
    taken, said = read_samples(answers, counts, its_facts)
    own = np.flatnonzero((folds < count) & (labels != none))
    others = np.flatnonzero((folds < count) & (labels == none) & teaches[FOLDS])[: len(own)]
    scored = np.concatenate([own, others])
    return Tuned(
        join_model(front, fitter.tail),
        candidates[taken[scored]],
        labels[scored],
        tuple(samples.sources[index] for index in own),
        said[scored],
        count,
        int(apart[FOLDS].sum()),
        history,
        time.perf_counter() - start,
    )


def _choose_negatives(
    samples: Samples,
    folds: NDArray[np.int64],
    pretrained: Any,
    front: Any,
    facts: ModelFacts,
    seed: int,
    *,
    marks: bool,
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return negatives in random order, uint8 (N, 28, 28), and which are unlike which samples, bool (FOLDS + 1, N).

    Row k is of those that look like no sample outside of fold k, since a model that is held against fold k may not know
    of its samples; the last row of those that look like no sample at all.
    """
    rng = np.random.default_rng([seed, 2])
    digits = forward(pretrained, facts.to_inputs(samples.images))
    means = np.stack([digits[samples.labels == k].mean(axis=0) for k in range(len(samples.class_names))])
    taken = np.flatnonzero(means[:, :10].max(axis=0) > _IS_DIGIT)
    (x_train, y_train), _ = load_mnist()
    free = np.flatnonzero(~np.isin(y_train[:TAUGHT], taken))
    mnist = x_train[rng.permutation(free)[:_MNIST]]
    candidates = rng.permutation(np.concatenate([draw_negatives(_DRAWN, seed, marks=marks), mnist]))
    features = feature_model(build_tail(pretrained, 2))

    def look(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return forward(features, forward(front, facts.to_inputs(images)))

    compared = _spread(samples.labels, rng)
    theirs, ours = look(candidates), look(samples.images[compared])
    apart = np.zeros((FOLDS + 1, len(candidates)), np.bool_)
    for fold in range(FOLDS + 1):
        known = folds[compared] != fold
        apart[fold, unlike(theirs, ours[known], samples.labels[compared][known])] = True
    kept = apart.any(axis=0)
    return candidates[kept], apart[:, kept]


def _spread(labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.intp]:
    """Return up to 2,000 places, as many of each class as there are or as it takes."""
    each = max(2, _COMPARED // (int(labels.max()) + 1))
    return np.concatenate(
        [rng.permutation(np.flatnonzero(labels == label))[:each] for label in np.unique(labels)]
    )


def _copies(labels: NDArray[np.int64], none: int) -> NDArray[np.intp]:
    """Return which image each copy is of: classes alike in number, negatives once."""
    counts = np.bincount(labels)
    share = _POOL / none
    repeats = np.clip(np.rint(share / counts), 1, MOST_COPIES).astype(np.intp)
    repeats[none] = 1
    return np.repeat(np.arange(len(labels)), repeats[labels])
