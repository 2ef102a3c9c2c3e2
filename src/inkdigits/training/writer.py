"""Adapting the shipped digit classifier to one writer, while it stays as good on everyone else.

Its last layers learn from changed copies of the writer's digits, and are held to what the shipped classifier says of
other ink (learning without forgetting: Li and Hoiem 2016, arXiv:1606.09282). Where they still answer otherwise on
MNIST's validation images, the weights go back towards the shipped ones as far as it takes (Wortsman et al. 2022,
arXiv:2109.01903).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.datasets import load_mnist
from inkdigits.datasets.mnist import TAUGHT
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.reading.normalize import normalize_digit
from inkdigits.synthesis.digits import digit_photos
from inkdigits.synthesis.glyphs import MnistGlyphs
from inkdigits.synthesis.hands import GlyphSources
from inkdigits.training.negatives import draw_negatives
from inkdigits.training.pretrained import build_tail, join_model, load_front, load_pretrained
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

__all__ = ["Adapted", "adapt"]

_POOL = 2_000  # changed copies of the writer's digits
_OTHERS, _PHOTOS, _NEGATIVES = 1_500, 700, 200  # of MNIST, synthetic photos, what is no digit
_LEAST = 1e-7
_LEARNING_RATE = 5e-4
_SURE = 0.98  # that a writer's digit is what its label says
_MOST_LOST = 0.1  # points of error on MNIST's validation images; half of what is promised
_FARTHEST = 0.003  # nats there from the shipped answers, on average; errors are too few to tell of other sets
_STEPS = (
    1.0,
    0.9,
    0.8,
    0.7,
    0.6,
    0.5,
    0.4,
    0.3,
    0.2,
    0.1,
)  # of the way from the shipped weights to the tuned ones


@dataclass(frozen=True, eq=False)
class Adapted:
    """What adapting gave.

    model: Keras, float32 (N, 28, 28, 1) -> probabilities (N, 11), as the shipped classifier. facts: of the shipped one.
    images, labels, sources: the writer's digits, each as the candidate that a reader takes. held_out: what models that
    had not seen them say of them, float32 (N, 11). shipped: what the shipped classifier says. folds: how many models
    were held against samples that they had not seen. share: how far their weights and the kept ones went from the
    shipped to the tuned ones. mnist_errors: percent of MNIST's last 5,000 training images, before and after.
    history: one row an epoch of the last fit. seconds: wall time of all.
    """

    model: Any
    facts: ModelFacts
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    sources: tuple[str, ...]
    held_out: NDArray[np.float32]
    shipped: NDArray[np.float32]
    folds: int
    share: float
    mnist_errors: tuple[float, float]
    history: list[dict[str, float]]
    seconds: float


def adapt(samples: Samples, seed: int, progress: TrainingProgress | None = None) -> Adapted:
    """Adapt the shipped classifier to the writer of ``samples``, whose classes are digits.

    Each of three models is held against the third of the samples that it did not see, and a last one learns from all.
    """
    start = time.perf_counter()
    pretrained, facts = load_pretrained()
    labels = np.array([facts.labels.index(name) for name in samples.class_names], np.int64)[samples.labels]
    front = load_front(pretrained)
    classes = len(facts.labels)
    others = _other_ink(seed)
    share = max(1, _POOL // len(labels))
    owners = np.repeat(np.arange(len(labels)), min(share, MOST_COPIES))
    copies = changed_copies(samples.images[owners], seed)
    seen = forward(front, facts.to_inputs(np.concatenate([copies, others])))
    candidates = np.concatenate(samples.candidates)
    counts = [len(each) for each in samples.candidates]
    plain = forward(front, facts.to_inputs(candidates))
    tail = build_tail(pretrained, classes)
    tail.set_weights(pretrained.get_weights()[-len(tail.get_weights()) :])
    _, shipped = read_samples(forward(tail, plain), counts, facts)
    sure = _SURE * one_hot(labels[owners], classes) + (1 - _SURE) / classes
    targets = np.concatenate([sure, forward(tail, seen[len(owners) :])])
    fitter = TailFitter(tail, progress, FOLDS + 1, learning_rate=_LEARNING_RATE)
    history = fitter.fit(seen, targets, seed)
    reached, errors = _go_back(tail, pretrained, front, facts)
    kept = tail.get_weights()
    folds = split_folds(labels, FOLDS, seed)
    answers = np.zeros((len(candidates), classes), np.float32)
    for fold in range(FOLDS):
        chosen = np.concatenate([folds[owners] != fold, np.ones(len(others), np.bool_)])
        fitter.fit(seen[chosen], targets[chosen], seed + fold)
        _blend(tail, pretrained, tail.get_weights(), reached)
        held = np.repeat(folds == fold, counts)
        answers[held] = forward(tail, plain[held])
    fitter.close()
    taken, held_out = read_samples(answers, counts, facts)
    tail.set_weights(kept)
    return Adapted(
        join_model(front, tail),
        facts,
        candidates[taken],
        labels,
        samples.sources,
        held_out,
        shipped,
        FOLDS,
        reached,
        errors,
        history,
        time.perf_counter() - start,
    )


def _other_ink(seed: int) -> NDArray[np.uint8]:
    """Return what other people write, and what is no digit, as the normalizer gives it: uint8 (N, 28, 28)."""
    (images, labels), _ = load_mnist()
    images, labels = images[:TAUGHT], labels[:TAUGHT]
    chosen = np.random.default_rng([seed, 4]).permutation(len(images))[:_OTHERS]
    photos = [
        candidate.image
        for photo in digit_photos(_PHOTOS, seed, GlyphSources(mnist=MnistGlyphs(images, labels)))
        for candidate in normalize_digit(photo.image)
    ]
    return np.concatenate([images[chosen], np.array(photos, np.uint8), draw_negatives(_NEGATIVES, seed)])


def _go_back(tail: Any, pretrained: Any, front: Any, facts: ModelFacts) -> tuple[float, tuple[float, float]]:
    """Give ``tail`` weights towards the shipped ones that answer nearly as those on MNIST's validation images.

    Return the share of the way that is left, and the errors before and after in percent.
    """
    (images, labels), _ = load_mnist()
    truth = labels[TAUGHT:]
    tuned = tail.get_weights()
    seen = forward(front, facts.to_inputs(images[TAUGHT:]))

    def answers(share: float) -> NDArray[np.float32]:
        _blend(tail, pretrained, tuned, share)
        return np.maximum(forward(tail, seen), _LEAST)

    def error(said: NDArray[np.float32]) -> float:
        return 100 * float((said.argmax(axis=1) != truth).mean())

    shipped = answers(0.0)
    before = error(shipped)
    for share in _STEPS:
        said = answers(share)
        away = float((shipped * np.log(shipped / said)).sum(axis=1).mean())
        if error(said) <= before + _MOST_LOST and away <= _FARTHEST:
            return share, (before, error(said))
    _blend(tail, pretrained, tuned, 0.0)
    return 0.0, (before, before)


def _blend(tail: Any, pretrained: Any, tuned: list[NDArray[np.float32]], share: float) -> None:
    """Give ``tail`` weights that lie ``share`` of the way from the shipped ones to ``tuned``."""
    shipped = pretrained.get_weights()[-len(tuned) :]
    tail.set_weights([a + share * (b - a) for a, b in zip(shipped, tuned, strict=True)])
