"""From a few samples of one's own symbols to a recognizer in a run folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inkdigits._version import __version__
from inkdigits.errors import UsageError
from inkdigits.evaluation import evaluate_probabilities
from inkdigits.evaluation.calibration import fit_temperature
from inkdigits.reading.decode import ImageSource
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.training.framework import import_keras
from inkdigits.training.progress import TrainingProgress
from inkdigits.training.run import DEFAULT_FOLDER, LARGEST_SEED, Run, require_packages
from inkdigits.training.run_facts import machine_facts, package_versions
from inkdigits.training.run_files import Scores, write_model_and_scores
from inkdigits.training.run_folder import open_run_folder
from inkdigits.training.samples import Samples, load_samples, normalize_samples, require_digits

if TYPE_CHECKING:
    from inkdigits.training.tuning import Tuned
    from inkdigits.training.writer import Adapted

__all__ = ["confused_classes", "finetune"]

_NAME = "own-symbols"
_TITLE = "Own symbols"
_WRITER_NAME = "digit-of-one-writer"
_WRITER_TITLE = "One writer's digits"
_REJECTED = 0.8  # as reading's StatusThresholds
_ALIKE = 1 / 3  # of a class read as another
# A temperature from a few samples without a mistake would promise certainty.
_LEAST_TEMPERATURE = 1.0


def finetune(
    images: str | Path | Iterable[ImageSource],
    labels: Sequence[str] | None = None,
    *,
    keep_digits: bool = False,
    seed: int = 1,
    output: str | Path | None = None,
    progress: TrainingProgress | None = None,
) -> Run:
    """Make a recognizer of one's own symbols from a few samples of each, and leave a run folder, whole or not at all.

    images: with ``labels``, pictures of one symbol each: paths, bytes, PIL images or uint8 arrays (H, W) or (H, W, 3),
        any size, ink dark or light. Without, the path of a folder of folders, of a CSV of path and label, or of the
        unpacked archive of a server's corrections.
    labels: for each image what is written there, any text.
    keep_digits: adapt the shipped digit reader to one writer's digits instead. All labels are digits, not all ten need
        be there, and the model reads everyone else about as well as before: at most 0.1 points of MNIST's validation
        images are lost, and the metrics say how many.
    seed: of copies, order and weights; the same seed gives the same metrics on the same machine.
    output: the folder to make; None makes runs/DATE-own-symbols-SEED.
    progress: is told how it goes; see ``BarProgress`` and ``LineProgress``.

    The features of the shipped digit classifier stay, its last layers are tuned on changed copies of the samples, and
    a last class, "", takes ink that is none of the symbols. The metrics are those of cross-validation, and so is the
    temperature: no model is judged on a sample that taught it. ``Run.metrics["skipped"]`` names what was left out,
    and ``Run.metrics["confused"]`` classes that are mostly told apart wrongly.

    Raise DataError, naming offenders, for samples that cannot teach: a class alone, of one sample or of none that can
    be read, a picture with two labels, labels that are the same once trimmed, more than 200 classes or 20,000 samples;
    UsageError for a seed that cannot be or an output among the samples, OutputError where the folder cannot be made,
    MissingExtraError without the training extra.

    >>> finetune([], [], seed=-1)
    Traceback (most recent call last):
    ...
    inkdigits.errors.UsageError: seed is -1; expected a whole number from 0 to 4294967294
    """
    # Each fold adds to the seed.
    if not isinstance(seed, int | np.integer) or not 0 <= seed < LARGEST_SEED:
        raise UsageError(f"seed is {seed}; expected a whole number from 0 to {LARGEST_SEED - 1}")
    if labels is None and not isinstance(images, str | Path):
        raise UsageError("images came without labels; give a label for each, or the path of a folder")
    if labels is not None and isinstance(images, str | Path):
        raise UsageError(f"images is {str(images)!r}; with labels give several images, or leave labels away")
    require_packages(tensorboard=False)
    name = _WRITER_NAME if keep_digits else _NAME
    default = DEFAULT_FOLDER / f"{date.today().isoformat()}-{name}-{seed}"
    if isinstance(images, str | Path):
        _refuse_among_samples(Path(images), default if output is None else Path(output))
    with open_run_folder(output, default) as folder:
        samples = (
            load_samples(Path(images))
            if isinstance(images, str | Path)
            else normalize_samples(images, () if labels is None else labels)
        )
        if keep_digits:
            require_digits(samples)
        import_keras()
        result = _adapt(samples, seed, progress) if keep_digits else _tune(samples, seed, progress)
        write_model_and_scores(folder.draft, result.model, result.facts, result.scores)
        folder.publish()
    scores = result.scores
    return Run(folder.path, result.title, result.model, scores.metrics, scores.history, "validation")


def _refuse_among_samples(source: Path, output: Path) -> None:
    """Raise UsageError where the run folder would be a class of the next run."""
    if source.is_dir() and output.resolve().is_relative_to(source.resolve()):
        raise UsageError(f"{output} lies in {source}, where each folder is a class; choose another place")


@dataclass(frozen=True, eq=False)
class _Result:
    """A model and its facts, and scores on what models that had not seen it say."""

    title: str
    model: Any
    facts: ModelFacts
    scores: Scores


def _tune(samples: Samples, seed: int, progress: TrainingProgress | None) -> _Result:
    from inkdigits.training.tuning import tune

    tuned = tune(samples, seed, progress)
    temperature = max(_LEAST_TEMPERATURE, fit_temperature(tuned.held_out, tuned.labels))
    calibrated = _at_temperature(tuned.held_out, temperature)
    names = (*samples.class_names, "")
    none = len(samples.class_names)
    own = tuned.labels < none
    rejected = calibrated[~own, none] >= _REJECTED
    error = evaluate_probabilities(calibrated[own], tuned.labels[own]).error_percent
    metrics = _common_metrics(_NAME, samples, error, tuned, names, seed) | {
        "folds": tuned.folds,
        "none_rejected_percent": round(100 * float(rejected.mean()), 2) if rejected.size else None,
        "symbols_rejected_percent": round(100 * float((calibrated[own, none] >= _REJECTED).mean()), 2),
        "images": {"train": len(samples.labels), "validation": int(own.sum()), "negatives": tuned.negatives},
        "confused": confused_classes(calibrated[own].argmax(axis=1), tuned.labels[own], names),
        "temperature": round(temperature, 4),
    }
    facts = ModelFacts("classifier", _NAME, __version__, labels=names, temperature=temperature)
    heading = f"{_TITLE}: {none} classes, cross-validated"
    scores = Scores(
        heading,
        metrics,
        tuned.history,
        tuned.images[own],
        tuned.labels[own],
        calibrated[own],
        tuned.sources,
        cross_validated=True,
    )
    return _Result(_TITLE, tuned.model, facts, scores)


def _adapt(samples: Samples, seed: int, progress: TrainingProgress | None) -> _Result:
    from inkdigits.training.writer import adapt

    adapted = adapt(samples, seed, progress)
    temperature = max(adapted.facts.temperature, fit_temperature(adapted.held_out, adapted.labels))
    calibrated = _at_temperature(adapted.held_out, temperature)
    before, after = adapted.mnist_errors
    error = evaluate_probabilities(calibrated, adapted.labels).error_percent
    facts = replace(adapted.facts, name=_WRITER_NAME, version=__version__, temperature=temperature)
    metrics = _common_metrics(_WRITER_NAME, samples, error, adapted, facts.labels, seed) | {
        "folds": adapted.folds,
        "shipped_error_percent": evaluate_probabilities(adapted.shipped, adapted.labels).error_percent,
        "mnist_validation_error_percent": {"before": round(before, 2), "after": round(after, 2)},
        "share_of_tuning_kept": adapted.share,
        "images": {"train": len(samples.labels), "validation": len(samples.labels)},
        "temperature": round(temperature, 4),
    }
    heading = f"{_WRITER_TITLE}: {len(samples.class_names)} of ten digits, cross-validated"
    scores = Scores(
        heading,
        metrics,
        adapted.history,
        adapted.images,
        adapted.labels,
        calibrated,
        adapted.sources,
        cross_validated=True,
    )
    return _Result(_WRITER_TITLE, adapted.model, facts, scores)


def confused_classes(
    read: NDArray[np.intp], labels: NDArray[np.int64], names: Sequence[str]
) -> list[dict[str, str | int]]:
    """Return the classes of which a third or more are read as one other: they may be too alike to tell apart."""
    confused: list[dict[str, str | int]] = []
    for label in np.unique(labels):
        answers = np.bincount(read[labels == label], minlength=len(names))
        count = int(answers.sum())
        answers[label] = 0
        rival = int(answers.argmax())
        if answers[rival] >= _ALIKE * count:
            confused.append(
                {"label": names[label], "read_as": names[rival], "times": int(answers[rival]), "of": count}
            )
    return confused


def _at_temperature(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    powered = np.maximum(probabilities, 1e-12) ** (1 / temperature)
    return np.asarray(powered / powered.sum(axis=1, keepdims=True), np.float32)


def _common_metrics(
    name: str, samples: Samples, error: float, fitted: Tuned | Adapted, names: Sequence[str], seed: int
) -> dict[str, Any]:
    return {
        "model": name,
        "test_error_percent": None,
        "validation_error_percent": error,
        "scored_on": "validation",
        "scored_error_percent": error,
        "train_seconds": round(fitted.seconds, 2),
        "parameters": fitted.model.count_params(),
        "epochs": len(fitted.history),
        "interrupted": False,
        "seed": seed,
        "class_names": list(names),
        "skipped": list(samples.skipped),
        "versions": package_versions(),
        "machine": machine_facts(),
    }
