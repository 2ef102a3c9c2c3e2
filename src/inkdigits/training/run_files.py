"""The files of a run folder."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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

__all__ = ["Scores", "write_history", "write_model_and_scores", "write_run_files"]


@dataclass(frozen=True, eq=False)
class Scores:
    """What a run folder tells of its model.

    heading: of the report. metrics: what metrics.json holds. history: one row an epoch.
    images, labels, probabilities: what the model was scored on and what it said, uint8 (N, 28, 28), int64 (N,), float32
        (N, number of classes).
    names: of the images, such as the files that they came from; () counts them. cross_validated:
        whether the probabilities are of models that had not seen the images, not of the model in the folder.
    """

    heading: str
    metrics: dict[str, Any]
    history: list[dict[str, float]]
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    names: tuple[str, ...] = ()
    cross_validated: bool = False


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
    from inkdigits.training.fit import predict

    answers = {
        name: predict(model, split.images)
        for name, split in splits.named().items()
        if name != "train" or splits.scored_on == "train"
    }
    scored = splits.named()[splits.scored_on]
    metrics = _metrics(model, recipe, data, splits, fitted, seed, answers)
    scores = Scores(
        f"{recipe.title} on {data.name}",
        metrics,
        fitted.history,
        scored.images,
        scored.labels,
        answers[splits.scored_on],
    )
    facts = ModelFacts("classifier", recipe.name, __version__, labels=data.class_names)
    write_model_and_scores(folder, model, facts, scores)
    return metrics


def write_model_and_scores(folder: Path, model: Any, facts: ModelFacts, scores: Scores) -> None:
    """Write model.keras, model.onnx, metrics.json, history.csv, figures and report.html; raise as write_run_files."""
    from inkdigits.evaluation.report import write_run_figures

    save_keras_model(model, folder / "model.keras")
    export_onnx(model, folder / "model.onnx", facts, scores.images[:CHECK_COUNT])
    text = json.dumps(scores.metrics, indent=2, allow_nan=False, ensure_ascii=False)
    (folder / "metrics.json").write_text(text + "\n", "utf-8")
    write_history(folder / "history.csv", scores.history)
    write_run_figures(
        folder,
        title=scores.heading,
        history=scores.history,
        images=scores.images,
        labels=scores.labels,
        probabilities=scores.probabilities,
        class_names=facts.labels,
        metrics=scores.metrics,
        names=scores.names,
        cross_validated=scores.cross_validated,
    )


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
