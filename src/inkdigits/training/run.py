"""Training: a model's name and a data set in, a run folder out."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inkdigits.datasets import DataSet, load_data
from inkdigits.errors import MissingExtraError, UsageError
from inkdigits.training.framework import import_keras
from inkdigits.training.interrupts import interrupts_deferred
from inkdigits.training.onnx_conversion import require_converter
from inkdigits.training.progress import TrainingProgress
from inkdigits.training.recipes import Recipe, find_recipe
from inkdigits.training.run_files import write_run_files
from inkdigits.training.run_folder import open_run_folder
from inkdigits.training.splits import choose_splits

if TYPE_CHECKING:
    from inkdigits.training.fit import Fit

__all__ = [
    "DEFAULT_FOLDER",
    "LARGEST_SEED",
    "Run",
    "TrainingInterrupted",
    "find_fit",
    "require_packages",
    "train",
]

DEFAULT_FOLDER = Path("runs")
LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True, eq=False)
class Run:
    """A training that is done.

    folder: model.keras, model.onnx, metrics.json, history.csv, the figures and report.html.
    title: what people call the model ("CNN").
    model: the trained Keras model, float32 (N, 28, 28, 1) -> probabilities (N, number of classes).
    metrics: what metrics.json holds. history: one row an epoch, as history.csv.
    scored_on: the split that the report's figures show: "test", or without labeled test images "validation",
        or without those "train".
    """

    folder: Path
    title: str
    model: Any
    metrics: Mapping[str, Any]
    history: list[dict[str, float]]
    scored_on: str


class TrainingInterrupted(KeyboardInterrupt):
    """Ctrl-C, after at least one whole epoch: ``run`` is as the last one left it, written and usable."""

    def __init__(self, run: Run) -> None:
        """Take the run that was cut short."""
        super().__init__(f"interrupted after epoch {len(run.history)}; the run is in {run.folder}")
        self.run = run


def train(
    model: str | Recipe = "cnn",
    data: str | Path | DataSet = "mnist",
    *,
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    seed: int = 1,
    validation: int | None = None,
    output: str | Path | None = None,
    progress: TrainingProgress | None = None,
    tensorboard: bool = False,
    cluster: str | None = None,
) -> Run:
    """Train a model, judge it, and leave a run folder, whole or not at all.

    model: a name from ``RECIPES`` ("mlp", "cnn", "larger-cnn", "fast", "fast-99.5", "tiny", "accurate", "robust",
        "ensemble") or a recipe of your own. The members of an ensemble that was interrupted are kept beside the run,
        and the same call goes on with them.
    data: "mnist", a path that ``load_data`` takes, or a data set.
    epochs, batch_size, learning_rate: in place of the recipe's.
    seed: of the first weights, the order of the images and dropout. The same seed gives the same metrics on
        the same machine.
    validation: how many training images, the last ones, to hold out for the learning curves; 0 trains on all.
        None takes the data set's own validation images; without them it is 0, as in the MNIST tutorials, or a
        tenth where there are no labeled test images to score.
    output: the folder to make; None makes runs/DATE-MODEL-SEED.
    progress: is told how it goes; see ``BarProgress`` and ``LineProgress``.
    tensorboard: whether to write TensorBoard logs, into the run folder.
    cluster: the address of a Ray cluster that trains an ensemble's members, or "local"; None trains them here.

    Test images are scored once, at the end. Raise UsageError, DataError or OutputError before training starts
    where something cannot be, OutputError where the disk is full, MissingExtraError without the training
    extra, and on Ctrl-C TrainingInterrupted, or before the first whole epoch a bare KeyboardInterrupt, with
    nothing written.

    >>> train("cnn", epochs=0)
    Traceback (most recent call last):
    ...
    inkdigits.errors.UsageError: epochs is 0; expected a whole number from 1
    """
    recipe = find_recipe(model) if isinstance(model, str) else model
    recipe = replace(
        recipe,
        epochs=recipe.epochs if epochs is None else epochs,
        batch_size=recipe.batch_size if batch_size is None else batch_size,
        learning_rate=recipe.learning_rate if learning_rate is None else learning_rate,
    )
    require_packages(tensorboard)
    if cluster is not None and recipe.members == 1:
        raise UsageError(f"a cluster trains the members of an ensemble, and {recipe.name} is one model")
    if not 0 <= seed <= LARGEST_SEED:
        raise UsageError(f"seed is {seed}; expected a whole number from 0 to {LARGEST_SEED}")
    default = DEFAULT_FOLDER / f"{date.today().isoformat()}-{recipe.name}-{seed}"
    with open_run_folder(output, default) as folder:
        data = data if isinstance(data, DataSet) else load_data(data)
        splits = choose_splits(data, validation)
        import_keras().utils.set_random_seed(seed)
        keras_model = _build(recipe, len(data.class_names))
        log_folder = folder.draft / "tensorboard" if tensorboard else None
        fit = find_fit(recipe) if recipe.members == 1 else _ensemble_fit(seed, folder.path.parent, cluster)
        fitted = fit(
            keras_model, recipe, splits.train, splits.validation, progress=progress, log_folder=log_folder
        )
        # Ctrl-C while this writes would lose epochs that are whole.
        with interrupts_deferred() as interrupted:
            metrics = write_run_files(folder.draft, keras_model, recipe, data, splits, fitted, seed)
            folder.publish()
            if fitted.work is not None:
                shutil.rmtree(fitted.work, ignore_errors=True)
    run = Run(folder.path, recipe.title, keras_model, metrics, fitted.history, splits.scored_on)
    if fitted.interrupted or interrupted():
        raise TrainingInterrupted(run)
    return run


def find_fit(recipe: Recipe) -> Callable[..., Fit]:
    """Return what fits a single model of a recipe: ``fit_compiled`` where the recipe says how, else ``fit``.

    Keras must have been imported by ``import_keras``, which silences it.
    """
    if recipe.compiled is None:
        from inkdigits.training.fit import fit

        return fit
    from inkdigits.training.compiled_fit import fit_compiled

    return fit_compiled


def _build(recipe: Recipe, num_classes: int) -> Any:
    if recipe.members == 1:
        return recipe.build(num_classes)
    from inkdigits.training.ensemble import build_ensemble

    return build_ensemble(recipe, num_classes)


def _ensemble_fit(seed: int, folder: Path, cluster: str | None) -> Callable[..., Fit]:
    from inkdigits.training.ensemble import fit_ensemble

    return partial(fit_ensemble, seed=seed, folder=folder, cluster=cluster)


def require_packages(tensorboard: bool) -> None:
    """Raise MissingExtraError for what would be missed only once the model is trained."""
    require_converter()
    if find_spec("matplotlib") is None:
        raise MissingExtraError("train", "matplotlib")
    if tensorboard and find_spec("tensorboard") is None:
        raise MissingExtraError("tensorboard", "tensorboard")
