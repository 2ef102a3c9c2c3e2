"""The signature network as an ONNX file, checked against the Keras model, and what makes its probability honest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import ModelError
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.reading.signatures import (
    FEWEST_REFERENCES,
    SIGNATURE_SIZE,
    SignatureVerifier,
    signature_evidence,
)
from inkdigits.training.onnx_conversion import convert_to_onnx, write_facts
from inkdigits.training.onnx_export import whole_file
from inkdigits.training.signature_model import SignatureExamples

__all__ = ["Trial", "calibrate_signatures", "export_signature_onnx", "signature_trials"]

_TOLERANCE = 1e-4
_MOST_REFERENCES = 5  # of the eight signatures of a signer; the others are asked about
_OTHERS = 3  # signatures by somebody else, for each signer
_STEPS, _RATE = 200, 0.5


class Trial:
    """Questions about signers: similarity, agreement (float32 (N,)), and whether each is genuine, random or forged."""

    def __init__(self, rows: list[tuple[float, float, str]]) -> None:
        """Take a row a question."""
        self.similarity = np.array([row[0] for row in rows], np.float32)
        self.agreement = np.array([row[1] for row in rows], np.float32)
        self.kind = np.array([row[2] for row in rows])


def export_signature_onnx(model: Any, path: Path, facts: ModelFacts, check: NDArray[np.uint8]) -> None:
    """Write the network; raise ModelError where the file gives other points for ``check``, uint8 (N, 48, 128)."""
    with whole_file(path) as draft:
        convert_to_onnx(model, draft)
        write_facts(draft, facts)
        expected = np.asarray(model(facts.to_inputs(check), training=False))
        farthest = float(np.abs(SignatureVerifier(draft).embed(check) - expected).max())
        if not farthest <= _TOLERANCE:
            raise ModelError(f"the ONNX file's points differ from the Keras model's by up to {farthest:.1e}")


def signature_trials(path: Path, examples: SignatureExamples, seed: int) -> Trial:
    """Ask about signers that the network at ``path`` has not seen, with 3 to 5 references each."""
    verifier = SignatureVerifier(path)
    genuine = verifier.embed(examples.genuine.reshape(-1, *SIGNATURE_SIZE))
    forged = verifier.embed(examples.forged.reshape(-1, *SIGNATURE_SIZE))
    genuine = genuine.reshape(*examples.genuine.shape[:2], -1)
    forged = forged.reshape(*examples.forged.shape[:2], -1)
    return Trial(list(_questions(genuine, forged, np.random.default_rng(seed))))


def calibrate_signatures(path: Path, examples: SignatureExamples, seed: int) -> tuple[float, float, float]:
    """Return the three numbers of ``SignatureVerifier.to_probability``, fitted by logistic regression.

    Genuine questions weigh as much as the others together, and forged as much as random ones (Platt 1999).
    """
    trial = signature_trials(path, examples, seed)
    inputs = np.stack(
        [trial.similarity, trial.similarity - trial.agreement, np.ones_like(trial.similarity)], axis=1
    )
    truth = (trial.kind == "genuine").astype(np.float64)
    weights = np.zeros(len(truth))
    for kind, share in (("genuine", 0.5), ("random", 0.25), ("forged", 0.25)):
        weights[trial.kind == kind] = share / max(1, (trial.kind == kind).sum())
    numbers = np.zeros(3)
    for _ in range(_STEPS):
        guess = 1 / (1 + np.exp(-np.clip(inputs @ numbers, -50, 50)))
        slope = guess * (1 - guess) * weights
        curve = inputs.T @ (inputs * slope[:, None]) + 1e-6 * np.eye(3)
        numbers -= _RATE * np.linalg.solve(curve, inputs.T @ (weights * (guess - truth)))
    near, relative, offset = numbers.tolist()
    return max(near, 0.0), max(relative, 0.0), offset


def _questions(
    genuine: NDArray[np.float32], forged: NDArray[np.float32], rng: np.random.Generator
) -> Iterator[tuple[float, float, str]]:
    for signer in range(len(genuine)):
        references = genuine[signer, : rng.integers(FEWEST_REFERENCES, _MOST_REFERENCES + 1)]
        others = (signer + rng.integers(1, len(genuine), _OTHERS)) % len(genuine)
        asked = (
            ("genuine", genuine[signer, _MOST_REFERENCES:]),
            ("random", genuine[others, 0]),
            ("forged", forged[signer]),
        )
        for kind, queries in asked:
            for query in queries:
                yield (*signature_evidence(references, query), kind)
