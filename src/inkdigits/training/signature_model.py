"""The network behind `inkdigits verify`: signatures of one hand near one another, those of others and forgeries apart.

Trained on synthetic signatures with the supervised contrastive loss (Khosla et al. 2020, arXiv:2004.11362), in which a
forger's copies of a signature are a class of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from inkdigits.reading.signatures import SIGNATURE_SIZE, normalize_signature
from inkdigits.synthesis.signatures import Signer

__all__ = ["SignatureExamples", "build_signature_net", "make_signature_examples", "train_signature_net"]

_WIDTHS_AND_STRIDES = ((16, 2), (32, 2), (48, 1), (64, 2), (96, 1))
_DIMENSIONS = 64
_GENUINE, _FORGED = 8, 4  # of each signer
_SIGNERS_A_BATCH, _GENUINE_A_BATCH, _FORGED_A_BATCH = 12, 4, 3
_TEMPERATURE = 0.1
_LEARNING_RATE = 1.5e-3


@dataclass(frozen=True, eq=False)
class SignatureExamples:
    """Normalized signatures: genuine uint8 (S, 8, 48, 128), and forged, by one forger each, uint8 (S, 4, 48, 128)."""

    genuine: NDArray[np.uint8]
    forged: NDArray[np.uint8]


def make_signature_examples(
    signers: int, seed: int, *, progress: Callable[[int], None] | None = None
) -> SignatureExamples:
    """Return the signatures of so many synthetic signers, photographed and normalized as pictures are when read."""
    genuine = np.zeros((signers, _GENUINE, *SIGNATURE_SIZE), np.uint8)
    forged = np.zeros((signers, _FORGED, *SIGNATURE_SIZE), np.uint8)
    for number in range(signers):
        rng = np.random.default_rng((seed, number))
        signer, forger = Signer.sample(rng), Signer.sample(rng)
        genuine[number] = [_seen(lambda: signer.sign(rng)) for _ in range(_GENUINE)]  # noqa: B023
        forged[number] = [_seen(lambda: signer.forge(forger, rng)) for _ in range(_FORGED)]  # noqa: B023
        if progress is not None:
            progress(number + 1)
    return SignatureExamples(genuine, forged)


def build_signature_net() -> Any:
    """Return the uncompiled model: float32 (N, 48, 128, 1) -> points of length 1, (N, 64)."""
    layers = keras.layers
    images = x = keras.Input((*SIGNATURE_SIZE, 1))
    for width, stride in _WIDTHS_AND_STRIDES:
        x = layers.Conv2D(width, 3, stride, padding="same", kernel_initializer="he_normal")(x)
        x = layers.ReLU()(x)
    x = layers.AveragePooling2D(2)(x)  # (3, 8): where on the line something stands counts
    x = layers.Flatten()(x)
    x = layers.Dense(_DIMENSIONS)(x)
    return keras.Model(images, layers.UnitNormalization()(x), name="signature")


def train_signature_net(
    examples: SignatureExamples, *, steps: int, seed: int, report: Callable[[str], None] | None = None
) -> Any:
    """Train and return the model in float32; each step sees 12 signers, some signatures and some forgeries of each."""
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    model = build_signature_net()
    rate = keras.optimizers.schedules.CosineDecay(
        _LEARNING_RATE / 20, steps, warmup_target=_LEARNING_RATE, warmup_steps=steps // 20
    )
    model.compile(optimizer=keras.optimizers.AdamW(rate, weight_decay=1e-3), loss=_contrastive_loss)
    losses: list[float] = []
    for step in range(steps):
        images, labels = _batch(examples, rng)
        losses.append(float(model.train_on_batch(images, labels)))
        if report is not None and (step + 1) % 250 == 0:
            report(f"step {step + 1:,} of {steps:,}, loss {np.mean(losses[-250:]):.3f}")
    return model


def _seen(draw: Callable[[], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    while True:
        image = normalize_signature(draw())
        if image is not None:
            return image


def _batch(
    examples: SignatureExamples, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    images, labels = [], []
    for place, signer in enumerate(rng.choice(len(examples.genuine), _SIGNERS_A_BATCH, replace=False)):
        for label, pool, count in (
            (2 * place, examples.genuine[signer], _GENUINE_A_BATCH),
            (2 * place + 1, examples.forged[signer], _FORGED_A_BATCH),
        ):
            images += [_varied(pool[index], rng) for index in rng.choice(len(pool), count, replace=False)]
            labels += [label] * count
    batch = np.stack(images)[..., np.newaxis] / np.float32(255)
    return np.asarray(batch, np.float32), np.array(labels)


def _varied(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the same signature a little turned, moved and scaled, by a thinner or a broader pen, darker or paler."""
    height, width = image.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.normal(0, 2.0), rng.uniform(0.92, 1.04))
    matrix = np.asarray(turn, np.float64)
    matrix[:, 2] += rng.normal(0, 1.0, 2)
    varied = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR)
    if rng.random() < 0.4:
        change = cv2.dilate if rng.random() < 0.5 else cv2.erode
        share = rng.uniform(0.2, 0.8)
        varied = cv2.addWeighted(varied, 1 - share, change(varied, np.ones((2, 2), np.uint8)), share, 0)
    return np.asarray(cv2.convertScaleAbs(varied, alpha=rng.uniform(0.7, 1.2)), np.uint8)


def _contrastive_loss(labels: Any, points: Any) -> Any:
    """Return the supervised contrastive loss of a batch: labels (N,) or (N, 1), points (N, D) of length 1."""
    ops = keras.ops
    labels = ops.reshape(labels, (-1, 1))
    count = ops.shape(points)[0]
    others = 1 - ops.eye(count)
    same = ops.cast(ops.equal(labels, ops.transpose(labels)), "float32") * others
    scores = ops.matmul(points, ops.transpose(points)) / _TEMPERATURE
    scores = scores - ops.max(scores, axis=1, keepdims=True)
    total = ops.sum(ops.exp(scores) * others, axis=1, keepdims=True)
    likelihood = scores - ops.log(total)
    return -ops.mean(ops.sum(likelihood * same, axis=1) / ops.maximum(ops.sum(same, axis=1), 1.0))
