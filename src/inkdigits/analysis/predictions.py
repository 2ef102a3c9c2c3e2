"""What models say of images whose labels they have not seen.

A large set teaches networks of its own, the recipe "fast-99.5" once a fold, no image spared; a small one, or one of
very many classes, a linear discriminant over what the shipped classifier sees (`features`). Which was chosen on MNIST's
training images with labels put wrong on purpose: see ``benchmarks/label_errors.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inkdigits.analysis.collection import UNLABELED, Collection
from inkdigits.evaluation.calibration import fit_temperature
from inkdigits.training.framework import import_keras
from inkdigits.training.recipes import Recipe, find_recipe
from inkdigits.training.run import find_fit
from inkdigits.training.splits import LabeledSplit

__all__ = ["FOLDS", "Predictions", "assign_folds", "networks_recipe", "predict_unseen"]

FOLDS = 5
_LEAST_CLASSES = 2
_RECIPE = "fast-99.5"
_LEAST_FOR_NETWORKS = 10_000  # images
_MOST_CLASSES_FOR_NETWORKS = 100
_LEAST_A_CLASS_FOR_NETWORKS = 50
_SHRINKAGE = 0.3

Tell = Callable[[int], None]
Predictor = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Predictions:
    """What models that had not seen an image's label make of it.

    probabilities: float32 (N, C); NaN where ``judged`` is false. judged: bool (N,).
    taught_by: the split that the models learned from. method: which models, in words.
    """

    probabilities: NDArray[np.float32]
    judged: NDArray[np.bool_]
    taught_by: str
    method: str


def predict_unseen(
    collection: Collection,
    features: NDArray[np.float32],
    *,
    twins: Sequence[Sequence[int]] = (),
    seed: int = 0,
    tell: Tell | None = None,
) -> Predictions | None:
    """Return the predictions for every image with a label; None where fewer than two classes can be told apart.

    features: float32 (N, F), what ``embed`` returned. twins: groups of images, by number, that are the same or nearly:
    no model that learned one of them is asked about another, whose label it would only repeat. seed: of the folds and
    the networks. tell: is called with 1 as each of the 5 models is done.

    The first split with labels teaches: each of its fifths is predicted by the model of the other four. Other splits
    teach nothing, and are predicted by all five, their probabilities averaged. An image whose class has no other one
    but its twins among those that teach is not judged, for no model could name it.
    """
    labeled = collection.labels != UNLABELED
    if not labeled.any():
        return None
    teacher = collection.split_names[int(collection.splits[labeled].min())]
    teaching = collection.members(teacher)
    teaching = teaching[labeled[teaching]]
    counts = np.bincount(collection.labels[teaching], minlength=len(collection.class_names))
    if (counts >= 2).sum() < 2:
        return None
    teaching = teaching[counts[collection.labels[teaching]] >= 2]
    known = np.zeros(len(collection), bool)
    known[labeled] = counts[collection.labels[labeled]] >= 2
    others = np.setdiff1d(np.flatnonzero(known), teaching)
    predict, method = _choose(collection, features, counts, len(teaching), seed)
    probabilities = np.full((len(collection), len(collection.class_names)), np.nan, np.float32)
    probabilities[others] = 0
    group = np.arange(len(collection))
    for members in twins:
        group[list(members)] = min(members)
    folds = assign_folds(collection.labels[teaching], seed, group[teaching])
    # The one model that may be asked about an image of another split that has a twin among those that teach; -1: all.
    fold_of = dict(zip(group[teaching].tolist(), folds.tolist(), strict=True))
    only = np.array([fold_of.get(number, -1) for number in group[others].tolist()], np.int64)
    for fold in range(FOLDS):
        held, taught = teaching[folds == fold], teaching[folds != fold]
        classes = np.unique(collection.labels[taught])
        strange = ~np.isin(collection.labels[held], classes) | (len(classes) < _LEAST_CLASSES)
        known[held[strange]] = False
        held = held[~strange]
        if len(classes) >= _LEAST_CLASSES:
            found = predict(taught, np.concatenate([held, others]))
            probabilities[held] = found[: len(held)]
            weights = np.where(only < 0, np.float32(1 / FOLDS), (only == fold).astype(np.float32))
            probabilities[others] += found[len(held) :] * weights[:, None]
        if tell is not None:
            tell(1)
    known[others[probabilities[others].sum(axis=1) == 0]] = False
    probabilities[~known] = np.nan
    if not known.any():
        return None
    if method.startswith("networks"):
        return Predictions(probabilities, known, teacher, f"{FOLDS} {method}, one a fold")
    # Discriminants are far too sure, and what is sure beyond float32 has no order.
    judged = teaching[known[teaching]]
    temperature = (
        max(1.0, fit_temperature(probabilities[judged], collection.labels[judged])) if len(judged) else 1.0
    )
    powered = np.maximum(probabilities, 1e-12) ** np.float32(1 / temperature)
    probabilities = np.asarray(powered / powered.sum(axis=1, keepdims=True), np.float32)
    return Predictions(probabilities, known, teacher, f"{FOLDS} {method}, one a fold")


def assign_folds(
    labels: NDArray[np.int64], seed: int, groups: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Return a fold for each label, int64 (N,) in 0..4: the images of each class are dealt out, shuffled.

    A class of two or more images is then in two folds or more, so that no fold's model misses it; but for images of one
    group, by number in ``groups`` (N,), which are kept in one fold.

    >>> folds = assign_folds(np.array([0] * 10 + [1] * 2), seed=0)
    >>> np.bincount(folds[:10]), len(set(folds[10:].tolist()))
    (array([2, 2, 2, 2, 2]), 2)
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    folds = np.empty(len(labels), np.int64)
    # Dealt on from class to class, so that many small classes do not all begin with the first fold.
    folds[order] = np.arange(len(labels)) % FOLDS
    if groups is None:
        return folds
    _, first, place = np.unique(groups, return_index=True, return_inverse=True)
    return np.asarray(folds[first][place], np.int64)


def _choose(
    collection: Collection, features: NDArray[np.float32], counts: NDArray[np.int64], taught: int, seed: int
) -> tuple[Predictor, str]:
    present = counts[counts >= 2]
    if (
        taught >= _LEAST_FOR_NETWORKS
        and len(collection.class_names) <= _MOST_CLASSES_FOR_NETWORKS
        and present.min() >= _LEAST_A_CLASS_FOR_NETWORKS
    ):
        return _networks(collection, seed), f'networks of the recipe "{_RECIPE}"'
    return _discriminants(collection, features), "linear discriminants over the shipped classifier's features"


def networks_recipe() -> Recipe:
    """Return how a large set's networks are trained.

    No image is spared: those whose labels are wrong never become easy, and would be what is learned most.
    """
    recipe = find_recipe(_RECIPE)
    if recipe.compiled is None:
        return recipe
    return replace(recipe, compiled=replace(recipe.compiled, spared=0.0))


def _networks(collection: Collection, seed: int) -> Predictor:
    recipe = networks_recipe()
    keras = import_keras()
    from inkdigits.training.fit import predict

    trained = 0

    def fit_and_predict(teaching: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.float32]:
        nonlocal trained
        keras.backend.clear_session()
        keras.utils.set_random_seed(seed + trained)
        trained += 1
        model = recipe.build(len(collection.class_names))
        train = LabeledSplit(collection.images[teaching], collection.labels[teaching])
        if find_fit(recipe)(model, recipe, train, None).interrupted:
            raise KeyboardInterrupt  # the fit keeps what it has; here that is of no use
        return predict(model, collection.images[wanted])

    return fit_and_predict


def _discriminants(collection: Collection, features: NDArray[np.float32]) -> Predictor:
    spread = features.std(axis=0)
    scaled = (features[:, spread > 0] - features[:, spread > 0].mean(axis=0)) / spread[spread > 0]

    def fit_and_predict(teaching: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.float32]:
        found = np.zeros((len(wanted), len(collection.class_names)), np.float32)
        classes, labels = np.unique(collection.labels[teaching], return_inverse=True)
        found[:, classes] = _discriminate(scaled[teaching].astype(np.float64), labels, scaled[wanted])
        return found

    return fit_and_predict


def _discriminate(
    rows: NDArray[np.float64], labels: NDArray[np.int64], wanted: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return Fisher's linear discriminant of C classes, fitted to rows (N, F), as probabilities of wanted, (M, C).

    One covariance serves all classes, drawn towards a round one, so that few images a class are enough.
    """
    counts = np.bincount(labels)
    means = np.zeros((len(counts), rows.shape[1]))
    np.add.at(means, labels, rows)
    means /= counts[:, None]
    within = rows - means[labels]
    covariance = within.T @ within / len(rows)
    level = max(float(np.trace(covariance)) / max(len(covariance), 1), 1e-9)
    drawn = (1 - _SHRINKAGE) * covariance + _SHRINKAGE * level * np.eye(len(covariance))
    directions = np.linalg.solve(drawn, means.T)  # (F, C)
    offsets = np.log(counts / counts.sum()) - 0.5 * (means.T * directions).sum(axis=0)
    scores = wanted @ directions + offsets
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(chances / chances.sum(axis=1, keepdims=True))
