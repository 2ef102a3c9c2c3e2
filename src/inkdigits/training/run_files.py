"""The files of a run folder."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inkdigits._version import __version__
from inkdigits.datasets import DataSet
from inkdigits.evaluation import evaluate_probabilities
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.training.keras_file import save_keras_model
from inkdigits.training.onnx_export import CHECK_COUNT, export_onnx
from inkdigits.training.recipes import Recipe
from inkdigits.training.run_facts import machine_facts, package_versions
from inkdigits.training.splits import LabeledSplit, TrainingSplits

if TYPE_CHECKING:
    from inkdigits.training.fit import Fit

__all__ = ["write_history", "write_run_files"]


def write_run_files(
    folder: Path,
    model: Any,
    recipe: Recipe,
    data: DataSet,
    splits: TrainingSplits,
    fitted: Fit,
    seed: int,
) -> dict[str, Any]:
    """Score a trained model, write all that a run folder holds, and return the metrics.

    folder: exists, and is not looked at by others yet. data: as it was loaded, which the checksum is of;
    splits: as it was trained on.

    Raise ModelError where the ONNX file would not answer as the model does. OSError passes.
    """
    from inkdigits.evaluation.report import write_run_figures
    from inkdigits.training.fit import predict

    answers = {
        name: predict(model, split.images)
        for name, split in splits.named().items()
        if name != "train" or splits.scored_on == "train"
    }
    scored = splits.named()[splits.scored_on]
    metrics = _metrics(model, recipe, data, splits, fitted, seed, answers)
    save_keras_model(model, folder / "model.keras")
    facts = ModelFacts("classifier", recipe.name, __version__, labels=data.class_names)
    export_onnx(model, folder / "model.onnx", facts, scored.images[:CHECK_COUNT])
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=2, allow_nan=False) + "\n")
    write_history(folder / "history.csv", fitted.history)
    write_run_figures(
        folder,
        title=f"{recipe.title} on {data.name}",
        history=fitted.history,
        images=scored.images,
        labels=scored.labels,
        probabilities=answers[splits.scored_on],
        class_names=data.class_names,
        metrics=metrics,
    )
    return metrics


def _metrics(
    model: Any,
    recipe: Recipe,
    data: DataSet,
    splits: TrainingSplits,
    fitted: Fit,
    seed: int,
    answers: Mapping[str, NDArray[np.float32]],
) -> dict[str, Any]:
    named = splits.named()
    errors = {name: _error_percent(probabilities, named[name]) for name, probabilities in answers.items()}
    return {
        "model": recipe.name,
        "test_error_percent": errors.get("test"),
        "validation_error_percent": errors.get("validation"),
        "scored_on": splits.scored_on,
        "scored_error_percent": errors[splits.scored_on],
        "train_seconds": round(fitted.seconds, 2),
        "compile_seconds": None if fitted.compile_seconds is None else round(fitted.compile_seconds, 2),
        "parameters": model.count_params(),
        "epochs": len(fitted.history),
        "interrupted": fitted.interrupted,
        "seed": seed,
        "recipe": recipe.options(),
        "data": data.name,
        "data_checksum": data.checksum,
        "images": {name: len(split) for name, split in named.items()},
        "class_names": list(data.class_names),
        "versions": package_versions(),
        "machine": machine_facts(),
    }


def _error_percent(probabilities: NDArray[np.float32], split: LabeledSplit) -> float:
    return evaluate_probabilities(probabilities, split.labels).error_percent


def write_history(path: Path, history: Sequence[Mapping[str, float]]) -> None:
    """Write one row an epoch as CSV. OSError passes."""
    columns = list(dict.fromkeys(name for row in history for name in row))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(history)
