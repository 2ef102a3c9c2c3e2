"""Training of the signature network, on next to nothing."""

from pathlib import Path

import numpy as np
import pytest

from inkdigits.errors import ModelError
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.reading.signatures import SIGNATURE_SIZE, SignatureVerifier

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("signature-training")]

FACTS = ModelFacts("signature", "signature", "1", *SIGNATURE_SIZE, labels=("same", "other"))


def test_a_network_is_trained_exported_and_calibrated(tmp_path: Path) -> None:
    from inkdigits.training.signature_export import (
        calibrate_signatures,
        export_signature_onnx,
        signature_trials,
    )
    from inkdigits.training.signature_model import make_signature_examples, train_signature_net

    examples = make_signature_examples(14, 1)
    assert examples.genuine.shape == (14, 8, *SIGNATURE_SIZE)
    assert examples.forged.shape == (14, 4, *SIGNATURE_SIZE)
    said: list[str] = []
    model = train_signature_net(examples, steps=3, seed=1, report=said.append)
    path = tmp_path / "signature.onnx"
    export_signature_onnx(model, path, FACTS, examples.genuine[:, 0])
    points = SignatureVerifier(path).embed(examples.genuine[:, 0])
    assert np.linalg.norm(points, axis=1) == pytest.approx(1, abs=1e-4)
    trial = signature_trials(path, examples, 1)
    assert {kind: int((trial.kind == kind).sum()) for kind in ("genuine", "random", "forged")} == {
        "genuine": 42,
        "random": 42,
        "forged": 56,
    }
    near, relative, offset = calibrate_signatures(path, examples, 1)
    assert near >= 0
    assert relative >= 0
    assert np.isfinite(offset)


def test_a_file_that_answers_otherwise_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from inkdigits.training import signature_export
    from inkdigits.training.signature_model import build_signature_net

    monkeypatch.setattr(signature_export, "_TOLERANCE", -1.0)
    images = np.zeros((2, *SIGNATURE_SIZE), np.uint8)
    with pytest.raises(ModelError, match="differ from the Keras model's"):
        signature_export.export_signature_onnx(build_signature_net(), tmp_path / "a.onnx", FACTS, images)
    assert list(tmp_path.iterdir()) == []
