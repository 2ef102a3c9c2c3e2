"""A search over a recipe's numbers with Ray Tune: many short trainings, judged on held-out training images."""

from __future__ import annotations

import csv
import io
import json
import logging
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits._version import __version__
from inkdigits.cluster import connect_to_ray
from inkdigits.datasets import DataSet, load_data
from inkdigits.errors import DataError, MissingExtraError, UsageError
from inkdigits.files import write_whole
from inkdigits.machine import LEAN_KERAS
from inkdigits.training.recipes import Recipe, find_recipe
from inkdigits.training.run import DEFAULT_FOLDER, find_fit
from inkdigits.training.run_folder import open_run_folder, refuse_taken
from inkdigits.training.splits import LabeledSplit, choose_splits
from inkdigits.training.trial_log import TrialLog, trial_key

__all__ = ["Sweep", "Trial", "sweep"]

_HELD_OUT = 5000  # at most, where the data has no validation images of its own
_WIDTH = 10.0  # the search goes from a tenth of the recipe's learning rate to ten times it


@dataclass(frozen=True)
class Trial:
    """One training: its numbers, its error on the held-out images in percent, its seconds, or why it failed."""

    learning_rate: float
    batch_size: int
    epochs: int
    error_percent: float | None
    seconds: float | None
    failure: str | None = None


@dataclass(frozen=True)
class Sweep:
    """A search that is done: its folder, and its trials, the best first, failed ones last."""

    folder: Path
    trials: tuple[Trial, ...]

    def importance(self) -> dict[str, float]:
        """Return, of each option that was varied, how far the error follows it: Spearman's rank correlation, -1..1."""
        done = [trial for trial in self.trials if trial.error_percent is not None]
        errors = _ranks([trial.error_percent or 0.0 for trial in done])
        found = {}
        for name in ("learning_rate", "batch_size", "epochs"):
            values = _ranks([getattr(trial, name) for trial in done])
            if len(done) > 2 and values.std() > 0 and errors.std() > 0:
                found[name] = float(np.corrcoef(values, errors)[0, 1])
        return found


def sweep(
    model: str = "cnn",
    data: str | Path | DataSet = "mnist",
    *,
    trials: int = 16,
    epochs: Sequence[int] | None = None,
    learning_rates: tuple[float, float] | None = None,
    batch_sizes: Sequence[int] | None = None,
    validation: int | None = None,
    seed: int = 1,
    cluster: str = "local",
    output: str | Path | None = None,
    tell: Callable[[Trial], None] | None = None,
) -> Sweep:
    """Train ``trials`` times with numbers drawn at random, and leave a folder: trials.csv, sweep.json, sweep.png.

    model: a recipe's name; the first trial has its own numbers, or the nearest that may be. learning_rates: drawn
    evenly in their logarithm, by default from a tenth of the recipe's to ten times it. batch_sizes, epochs: what is
    chosen from; by default a half to four times the recipe's, and the recipe's. validation: how many training images,
    the last ones, judge; the test images are never looked at. cluster: a Ray cluster's address, or "local"; each trial
    has one processor.
    tell: is told of each trial that is done. Those that are done are kept in a hidden file beside the folder until it
    is there: the same call goes on where one was stopped, however that was.

    Random search (Bergstra and Bengio 2012, "Random search for hyper-parameter optimization"): of few options that
    matter it tries as many values as there are trials. Raise UsageError for numbers that cannot be, DataError where
    nothing can be held out, MissingExtraError without Ray Tune.
    """
    recipe = find_recipe(model)
    if recipe.members > 1:
        raise UsageError(f"{model} is an ensemble; sweep over the recipe of its members")
    if trials < 1:
        raise UsageError(f"trials is {trials}; expected a whole number from 1")
    low, high = learning_rates or (recipe.learning_rate / _WIDTH, recipe.learning_rate * _WIDTH)
    sizes = list(batch_sizes or [max(1, recipe.batch_size * factor // 2) for factor in (1, 2, 4, 8)])
    lengths = list(epochs or [recipe.epochs])
    for rate in (low, high):
        replace(recipe, learning_rate=rate)  # tells of what cannot be
    for size in sizes:
        replace(recipe, batch_size=size)
    for length in lengths:
        replace(recipe, epochs=length)
    if low >= high:
        raise UsageError(f"learning rates are {low} to {high}; expected the lower one first")
    refuse_taken(output)
    train, held_out, num_classes = _splits(data, validation)
    space = {"learning_rate": (low, high), "batch_size": sizes, "epochs": lengths}
    about = {"version": __version__, "model": model, "space": space, "num_classes": num_classes, "seed": seed}
    parent = DEFAULT_FOLDER if output is None else Path(output).absolute().parent
    log = TrialLog(parent, about, (train.images, train.labels, held_out.images, held_out.labels))
    try:
        found = _search(recipe, train, held_out, num_classes, space, trials, seed, cluster, log, tell)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"interrupted; {len(log.results)} of {trials} trials are kept, and the same command goes on from there"
        ) from None
    with open_run_folder(output, DEFAULT_FOLDER / f"{date.today().isoformat()}-sweep-{model}") as folder:
        done = Sweep(folder.path, found)
        _write_files(folder.draft, model, done)
        folder.publish()
    log.remove()
    return done


def _splits(data: str | Path | DataSet, validation: int | None) -> tuple[LabeledSplit, LabeledSplit, int]:
    data = data if isinstance(data, DataSet) else load_data(data)
    if validation is None and data.validation is None and data.train is not None:
        validation = min(_HELD_OUT, max(1, len(data.train.images) // 10))
    splits = choose_splits(data, validation)
    if splits.validation is None:
        raise DataError(f"{data.name}: validation is {validation}; a sweep needs images to judge by")
    return splits.train, splits.validation, len(data.class_names)


def _search(
    recipe: Recipe,
    train: LabeledSplit,
    held_out: LabeledSplit,
    num_classes: int,
    space: Mapping[str, Any],
    trials: int,
    seed: int,
    cluster: str,
    log: TrialLog,
    tell: Callable[[Trial], None] | None,
) -> tuple[Trial, ...]:
    # Else Ctrl-C ends the search early, as if it were done.
    os.environ.setdefault("TUNE_DISABLE_SIGINT_HANDLER", "1")
    ray = connect_to_ray(cluster, None)
    try:
        from ray import tune
        from ray.tune.search.basic_variant import BasicVariantGenerator
    except ModuleNotFoundError as error:
        ray.shutdown()
        raise MissingExtraError("cluster", error.name or "ray") from error
    logging.getLogger("ray.tune").setLevel(logging.ERROR)

    class Teller(tune.Callback):  # type: ignore[misc]
        def on_trial_complete(self, iteration: int, trials: Any, trial: Any, **_: Any) -> None:  # noqa: ARG002
            log.add(trial.config, trial.last_result)
            if tell is not None:
                tell(_trial(trial.config, trial.last_result, None))

        def on_trial_error(self, iteration: int, trials: Any, trial: Any, **_: Any) -> None:  # noqa: ARG002
            if tell is not None:
                tell(_trial(trial.config, {}, "failed"))

    arrays = (train.images, train.labels, held_out.images, held_out.labels)
    trainable = tune.with_parameters(
        _train_trial,
        name=recipe.name,
        arrays=arrays,
        num_classes=num_classes,
        seed=seed,
        known=dict(log.results),
    )
    own = _nearest(recipe, space)
    try:
        with TemporaryDirectory() as storage:
            tuner = tune.Tuner(
                tune.with_resources(trainable, {"cpu": 1}),
                param_space={
                    "learning_rate": tune.loguniform(*space["learning_rate"]),
                    "batch_size": tune.choice(space["batch_size"]),
                    "epochs": tune.choice(space["epochs"]),
                },
                tune_config=tune.TuneConfig(
                    num_samples=trials,
                    search_alg=BasicVariantGenerator(points_to_evaluate=[own], random_state=seed),
                ),
                run_config=tune.RunConfig(storage_path=storage, verbose=0, callbacks=[Teller()]),
            )
            results = [
                _trial(result.config, result.metrics or {}, _why(result.error)) for result in tuner.fit()
            ]
    finally:
        ray.shutdown()
    return tuple(sorted(results, key=lambda trial: (trial.error_percent is None, trial.error_percent or 0.0)))


def _nearest(recipe: Recipe, space: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Return the recipe's own numbers, or where the space has not these, the nearest that it has."""
    low, high = space["learning_rate"]
    own: dict[str, float] = {"learning_rate": min(max(recipe.learning_rate, low), high)}
    for name in ("batch_size", "epochs"):
        wanted = recipe.options()[name]
        own[name] = min(space[name], key=lambda value, wanted=wanted: abs(value - wanted))  # type: ignore[misc]
    return own


def _train_trial(
    config: Mapping[str, Any],
    *,
    name: str,
    arrays: Sequence[NDArray[Any]],
    num_classes: int,
    seed: int,
    known: Mapping[tuple[float, int, int], Mapping[str, float]],
) -> None:
    """Train once, in a process of the cluster, and report the error on the held-out images.

    known: what trials with these numbers came to before; they are not trained again.
    """
    from ray import tune

    if trial_key(config) in known:
        tune.report(dict(known[trial_key(config)]))
        return
    from inkdigits.training.framework import import_keras

    os.environ[LEAN_KERAS] = "1"
    keras = import_keras()
    recipe = replace(
        find_recipe(name),
        learning_rate=float(config["learning_rate"]),
        batch_size=int(config["batch_size"]),
        epochs=int(config["epochs"]),
    )
    keras.utils.set_random_seed(seed)
    images, labels, held_images, held_labels = arrays
    model = recipe.build(num_classes)
    fitted = find_fit(recipe)(
        model, recipe, LabeledSplit(images, labels), LabeledSplit(held_images, held_labels)
    )
    accuracy = fitted.history[-1]["val_accuracy"]
    tune.report({"error_percent": 100 * (1 - accuracy), "seconds": fitted.seconds})


def _trial(config: Mapping[str, Any], result: Mapping[str, Any], failure: str | None) -> Trial:
    return Trial(
        float(config["learning_rate"]),
        int(config["batch_size"]),
        int(config["epochs"]),
        result.get("error_percent"),
        result.get("seconds"),
        failure,
    )


def _why(error: BaseException | None) -> str | None:
    if error is None:
        return None
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    """Return ranks from 0, ties at their mean."""
    array = np.asarray(values, np.float64)
    return np.array([((array < value).sum() + (array <= value).sum() - 1) / 2 for value in array])


def _write_files(folder: Path, model: str, done: Sweep) -> None:
    table = io.StringIO()
    writer = csv.DictWriter(table, list(asdict(done.trials[0])), lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(trial) for trial in done.trials)
    write_whole(folder / "trials.csv", table.getvalue().encode())
    about = {
        "model": model,
        "best": asdict(done.trials[0]),
        "trials": len(done.trials),
        "importance": done.importance(),
    }
    write_whole(folder / "sweep.json", (json.dumps(about, indent=2) + "\n").encode())
    write_whole(folder / "sweep.png", _figure(model, done))


def _figure(model: str, done: Sweep) -> bytes:
    from matplotlib.figure import Figure

    importance = done.importance()
    names = list(importance) or ["learning_rate"]
    figure = Figure((5 * len(names), 4), layout="constrained")
    shown = [trial for trial in done.trials if trial.error_percent is not None]
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        values = [getattr(trial, name) for trial in shown]
        errors = [trial.error_percent or math.nan for trial in shown]
        axes.scatter(values, errors, color="#2563eb", alpha=0.7)
        if shown:
            axes.scatter(values[:1], errors[:1], color="#dc2626", s=80, label="best")
            axes.legend()
        if any(error > 0 for error in errors):  # a logarithm of nothing is an error to Matplotlib
            axes.set(xscale="log", yscale="log")
        axes.set(xlabel=name.replace("_", " "), ylabel="error on held-out images, %")
        if name in importance:
            axes.set_title(f"rank correlation {importance[name]:+.2f}")
        elif not shown:
            axes.set_title("no training came to its end")
        axes.grid(visible=True, which="both", alpha=0.3)
    figure.suptitle(f"{model}, {len(done.trials)} trials")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()
