"""ONNX files that give the answers of the Keras model they come from, or are not written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import ModelError, OutputError
from inkdigits.files import explain_write_error, write_whole
from inkdigits.reading.classifier import open_session
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.training.onnx_conversion import INPUT_NAME, convert_to_onnx, write_facts
from inkdigits.training.onnx_quantization import quantize_onnx

__all__ = ["CHECK_COUNT", "export_int8_onnx", "export_onnx", "whole_file"]

# How many images an export is checked on.
CHECK_COUNT = 1000
TOLERANCE = 1e-4
LEAST_INT8_AGREEMENT = 0.99
CALIBRATION_BATCH_SIZE = 100


def export_onnx(model: Any, path: Path, facts: ModelFacts, check_images: NDArray[np.uint8]) -> None:
    """Write a Keras classifier as an ONNX file, checked against it on ``check_images``.

    model: maps float32 (N, 28, 28, 1) to probabilities (N, number of labels).
    path: the file, which appears whole or not at all; an existing one is refused.
    facts: how images are prepared; they travel in the file's metadata.
    check_images: uint8 (N, 28, 28), ink bright on 0; 1,000 of those that the model is for.

    Raise ModelError where ONNX Runtime gives another answer on any image, or a probability more than 1e-4
    off; OutputError where the file cannot be written; MissingExtraError where tf2onnx or TensorFlow is not
    installed.
    """
    expected = _keras_probabilities(model, facts, check_images)
    with whole_file(path) as draft:
        convert_to_onnx(model, draft)
        write_facts(draft, facts)
        actual = _onnx_probabilities(draft, facts, check_images)
        different = int((actual.argmax(axis=1) != expected.argmax(axis=1)).sum())
        farthest = float(np.abs(actual - expected).max(initial=0))
        if different or not farthest <= TOLERANCE:
            raise ModelError(
                f"the ONNX file of {facts.name} differs from the Keras model: {different} of "
                f"{len(check_images)} answers, probabilities by up to {farthest:.1e}; "
                f"expected none and at most {TOLERANCE:.0e}"
            )


def export_int8_onnx(
    model: Any,
    path: Path,
    facts: ModelFacts,
    check_images: NDArray[np.uint8],
    calibration_images: NDArray[np.uint8],
) -> float:
    """Write a Keras classifier as an ONNX file of 8-bit weights and activations; return how often the two
    agree.

    calibration_images: uint8 (N, 28, 28), which set the activations' ranges; training images, never those
    scored on. The rest is as for ``export_onnx``. Agreement is the part (0..1) of ``check_images`` on which
    the answers are the same; ModelError is raised below 0.99.
    """
    expected = _keras_probabilities(model, facts, check_images)
    with whole_file(path) as draft:
        full = draft.with_name("full.onnx")
        convert_to_onnx(model, full)
        inputs = facts.to_inputs(calibration_images)
        starts = range(0, len(inputs), CALIBRATION_BATCH_SIZE)
        # In steps of 1/255 probabilities would no longer add up to 1.
        quantize_onnx(
            full, draft, (inputs[start : start + CALIBRATION_BATCH_SIZE] for start in starts), ["Softmax"]
        )
        write_facts(draft, facts)
        actual = _onnx_probabilities(draft, facts, check_images)
        agreement = float((actual.argmax(axis=1) == expected.argmax(axis=1)).mean())
        if agreement < LEAST_INT8_AGREEMENT:
            raise ModelError(
                f"8 bits are too few for {facts.name}: the answers agree on {agreement:.1%} of "
                f"{len(check_images)} images; expected at least {LEAST_INT8_AGREEMENT:.0%}, "
                "so export it without --int8"
            )
    return agreement


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a place to write a file to, and put the file at ``path`` once all is well."""
    if path.exists():
        raise OutputError(f"{path} exists already; choose another file, or remove it")
    if not path.absolute().parent.is_dir():
        raise OutputError(f"{path.parent} is not a folder; make it first, or choose another place")
    try:
        with TemporaryDirectory() as folder:
            draft = Path(folder) / "model.onnx"
            yield draft
            write_whole(path, draft.read_bytes())
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(explain_write_error(path, error)) from error


def _keras_probabilities(model: Any, facts: ModelFacts, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    expected = (None, facts.input_height, facts.input_width, 1)
    if tuple(model.input_shape) != expected or tuple(model.output_shape) != (None, len(facts.labels)):
        raise ModelError(
            f"{facts.name} maps {model.input_shape} to {model.output_shape}; "
            f"expected {expected} to (None, {len(facts.labels)})"
        )
    return np.asarray(model.predict(facts.to_inputs(images), batch_size=CHECK_COUNT, verbose=0), np.float32)


def _onnx_probabilities(path: Path, facts: ModelFacts, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    # The bare session and not Classifier, which divides by the temperature that the Keras model knows nothing
    # of.
    session = open_session(path, threads=0)
    return np.asarray(session.run(None, {INPUT_NAME: facts.to_inputs(images)})[0], np.float32)
