"""From a few samples of one's own symbols to a recognizer in a run folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from inkdigits._version import __version__
from inkdigits.errors import UsageError
from inkdigits.evaluation import evaluate_probabilities
from inkdigits.evaluation.calibration import fit_temperature
from inkdigits.reading.decode import ImageSource
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.training.framework import import_keras
from inkdigits.training.keras_file import save_keras_model
from inkdigits.training.onnx_export import export_onnx
from inkdigits.training.progress import TrainingProgress
from inkdigits.training.run import DEFAULT_FOLDER, LARGEST_SEED, Run, require_packages
from inkdigits.training.run_facts import machine_facts, package_versions
from inkdigits.training.run_files import write_history
from inkdigits.training.run_folder import open_run_folder
from inkdigits.training.samples import Samples, load_samples, normalize_samples

if TYPE_CHECKING:
    from inkdigits.training.tuning import Tuned

__all__ = ["finetune"]

_NAME = "own-symbols"
_TITLE = "Own symbols"
_REJECTED = 0.8  # as reading's StatusThresholds
# A temperature from a few samples without a mistake would promise certainty.
_LEAST_TEMPERATURE = 1.0


def finetune(
    images: str | Path | Iterable[ImageSource],
    labels: Sequence[str] | None = None,
    *,
    seed: int = 1,
    output: str | Path | None = None,
    progress: TrainingProgress | None = None,
) -> Run:
    """Make a recognizer of one's own symbols from a few samples of each, and leave a run folder, whole or not at all.

    images: with ``labels``, pictures of one symbol each: paths, bytes, PIL images or uint8 arrays (H, W) or (H, W, 3),
        any size, ink dark or light. Without, the path of a folder of folders, of a CSV of path and label, or of the
        unpacked archive of a server's corrections.
    labels: for each image what is written there, any text.
    seed: of copies, order and weights; the same seed gives the same metrics on the same machine.
    output: the folder to make; None makes runs/DATE-own-symbols-SEED.
    progress: is told how it goes; see ``BarProgress`` and ``LineProgress``.

    The features of the shipped digit classifier stay, its last layers are tuned on changed copies of the samples, and
    a last class, "", takes ink that is none of the symbols. The metrics are those of cross-validation, and so is the
    temperature: no model is judged on a sample that taught it. ``Run.metrics["skipped"]`` names what was left out.

    Raise DataError, naming offenders, for samples that cannot teach: a class alone or of one sample, a picture with
    two labels, labels that are the same once trimmed, more than 200 classes or 20,000 samples; UsageError for a seed
    that cannot be, OutputError where the folder cannot be made, MissingExtraError without the training extra.

    >>> finetune([], [], seed=-1)
    Traceback (most recent call last):
    ...
    inkdigits.errors.UsageError: seed is -1; expected a whole number from 0 to 4294967294
    """
    # Each fold adds to the seed.
    if not 0 <= seed < LARGEST_SEED:
        raise UsageError(f"seed is {seed}; expected a whole number from 0 to {LARGEST_SEED - 1}")
    if labels is None and not isinstance(images, str | Path):
        raise UsageError("images came without labels; give a label for each, or the path of a folder")
    if labels is not None and isinstance(images, str | Path):
        raise UsageError(f"images is {str(images)!r}; with labels give several images, or leave labels away")
    require_packages(tensorboard=False)
    default = DEFAULT_FOLDER / f"{date.today().isoformat()}-{_NAME}-{seed}"
    with open_run_folder(output, default) as folder:
        samples = (
            load_samples(Path(images))
            if isinstance(images, str | Path)
            else normalize_samples(images, labels or ())
        )
        import_keras()
        from inkdigits.training.tuning import tune

        tuned = tune(samples, seed, progress)
        metrics = _write_files(folder.draft, samples, tuned, seed)
        folder.publish()
    return Run(folder.path, _TITLE, tuned.model, metrics, tuned.history, "validation")


def _write_files(folder: Path, samples: Samples, tuned: Tuned, seed: int) -> dict[str, Any]:
    from inkdigits.evaluation.report import write_run_figures

    temperature = max(_LEAST_TEMPERATURE, fit_temperature(tuned.held_out, tuned.labels))
    powered = np.maximum(tuned.held_out, 1e-12) ** (1 / temperature)
    calibrated = np.asarray(powered / powered.sum(axis=1, keepdims=True), np.float32)
    class_names = (*samples.class_names, "")
    metrics = _metrics(samples, tuned, calibrated, seed) | {"temperature": round(temperature, 4)}
    save_keras_model(tuned.model, folder / "model.keras")
    facts = ModelFacts("classifier", _NAME, __version__, labels=class_names, temperature=temperature)
    export_onnx(tuned.model, folder / "model.onnx", facts, tuned.images[:1000])
    (folder / "metrics.json").write_text(
        json.dumps(metrics, indent=2, allow_nan=False, ensure_ascii=False) + "\n", "utf-8"
    )
    write_history(folder / "history.csv", tuned.history)
    write_run_figures(
        folder,
        title=f"{_TITLE}: {len(samples.class_names)} classes, cross-validated",
        history=tuned.history,
        images=tuned.images,
        labels=tuned.labels,
        probabilities=calibrated,
        class_names=class_names,
        metrics=metrics,
    )
    return metrics


def _metrics(samples: Samples, tuned: Tuned, calibrated: Any, seed: int) -> dict[str, Any]:
    none = len(samples.class_names)
    own = tuned.labels < none
    error = evaluate_probabilities(calibrated[own], tuned.labels[own]).error_percent
    rejected = calibrated[~own, none] >= _REJECTED
    false_alarms = calibrated[own, none] >= _REJECTED
    return {
        "model": _NAME,
        "test_error_percent": None,
        "validation_error_percent": error,
        "scored_on": "validation",
        "scored_error_percent": error,
        "folds": tuned.folds,
        "none_rejected_percent": round(100 * float(rejected.mean()), 2) if rejected.size else None,
        "symbols_rejected_percent": round(100 * float(false_alarms.mean()), 2),
        "train_seconds": round(tuned.seconds, 2),
        "parameters": tuned.model.count_params(),
        "epochs": len(tuned.history),
        "interrupted": False,
        "seed": seed,
        "images": {
            "train": len(samples.labels),
            "validation": int(own.sum()),
            "negatives": tuned.negatives,
        },
        "class_names": [*samples.class_names, ""],
        "skipped": list(samples.skipped),
        "versions": package_versions(),
        "machine": machine_facts(),
    }
