"""Ensembles: several models of one recipe, trained as jobs of their own, that answer together by their mean."""

from __future__ import annotations

import hashlib
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inkdigits._version import __version__
from inkdigits.errors import InkdigitsError, UsageError
from inkdigits.machine import LEAN_KERAS, available_cores, thread_environment
from inkdigits.training.framework import import_keras
from inkdigits.training.progress import TrainingProgress
from inkdigits.training.recipes import RECIPES, Recipe
from inkdigits.training.splits import LabeledSplit

if TYPE_CHECKING:
    from inkdigits.training.fit import Fit

__all__ = ["build_ensemble", "fit_ensemble", "member_seeds", "read_weights"]

JOB = "job.json"
_POLL_SECONDS = 0.2


def build_ensemble(recipe: Recipe, num_classes: int) -> Any:
    """Build ``recipe.members`` models under one input; the answer is the mean of their probabilities."""
    keras = import_keras()
    models = [recipe.build(num_classes) for _ in range(recipe.members)]
    images = keras.Input(models[0].input_shape[1:], name="images")
    for number, model in enumerate(
        models, 1
    ):  # layers of one model must differ in name, and the members do not
        model.name = f"member_{number}"
    mean = keras.layers.Average(name="probabilities")([model(images) for model in models])
    return keras.Model(images, mean, name=recipe.name)


def member_seeds(recipe: Recipe, seed: int) -> list[int]:
    """Return the seeds of an ensemble's members: those of no two seeds have one in common.

    >>> from inkdigits.training.recipes import RECIPES
    >>> member_seeds(RECIPES["ensemble"], 2)
    [5, 6, 7, 8]
    """
    return [((seed - 1) * recipe.members + number) % 2**32 for number in range(1, recipe.members + 1)]


def fit_ensemble(
    model: Any,
    recipe: Recipe,
    train: LabeledSplit,
    validation: LabeledSplit | None,
    *,
    seed: int,
    folder: Path,
    cluster: str | None = None,
    progress: TrainingProgress | None = None,
    log_folder: Path | None = None,
) -> Fit:
    """Train the members of ``model``, which ``build_ensemble`` built, each in a process of its own.

    As many train at a time as there are processors, and share them. cluster: the address of a Ray cluster that trains
    them instead, or "local" (see ``connect_to_ray``); it writes no TensorBoard logs. folder: where a hidden folder
    keeps the weights of members that are whole, for the caller to remove (``Fit.work``): what was interrupted or killed
    goes on there when the same recipe, images and seed come again. progress: is told of each epoch of each member.
    log_folder: TensorBoard's, which gets a folder for each member.

    The history has a row an epoch, the mean of the members' rows, and their seconds added. Raise UsageError for a
    recipe that the jobs would not find by its name, InkdigitsError where a job fails, and KeyboardInterrupt.
    """
    # Imported late, since it imports Keras: what a job imports of this file must not, before ``import_keras`` has.
    from inkdigits.training.fit import Fit

    _require_known(recipe)
    start = time.perf_counter()
    seeds = member_seeds(recipe, seed)
    job = {
        "recipe": recipe.name,
        **recipe.options(),
        "num_classes": model.output_shape[-1],
        "version": __version__,
    }
    arrays = _arrays(train, validation)
    with _member_jobs(folder, job, arrays, seed) as jobs:
        if progress is not None:
            progress.begin(recipe.epochs * recipe.members, 1)
        try:
            if cluster is not None:
                _run_on_ray(cluster, jobs, job, arrays, seeds, progress)
            histories = _run_jobs(jobs, seeds, None if cluster else progress, log_folder)
        except KeyboardInterrupt:
            whole = len(list(jobs.glob("*.npz")))
            raise KeyboardInterrupt(
                f"interrupted; {whole} of {len(seeds)} members are whole and kept, the same command goes on from there"
                if whole
                else "interrupted before a member was whole; nothing was written"
            ) from None
        finally:
            if progress is not None:
                progress.close()
        members = [layer for layer in model.layers if layer.name.startswith("member_")]
        for member, own in zip(members, seeds, strict=True):
            member.set_weights(read_weights(jobs / f"{own}.npz"))
    history = [_mean_row(rows) for rows in zip(*histories, strict=True)]
    return Fit(history, time.perf_counter() - start, False, work=jobs)


def read_weights(path: Path) -> list[NDArray[np.float32]]:
    """Return the weights that a member's job wrote, in the model's order."""
    with np.load(path, allow_pickle=False) as file:
        return [file[f"arr_{number}"] for number in range(len(file.files))]


def _require_known(recipe: Recipe) -> None:
    known = RECIPES.get(recipe.name)
    if known is None or (known.build, known.compiled) != (recipe.build, recipe.compiled):
        raise UsageError(
            f"{recipe.name} is no recipe of inkdigits, and an ensemble's members find theirs by name; "
            f"expected one of {', '.join(name for name, each in RECIPES.items() if each.members > 1)}"
        )


def _arrays(train: LabeledSplit, validation: LabeledSplit | None) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {"images": train.images, "labels": train.labels}
    if validation is not None:
        arrays |= {"validation_images": validation.images, "validation_labels": validation.labels}
    return arrays


@contextmanager
def _member_jobs(
    folder: Path, job: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], seed: int
) -> Iterator[Path]:
    """Give the folder where jobs find their images and leave their weights; it stays where not all were whole."""
    digest = hashlib.sha256(json.dumps([job, seed]).encode())
    for array in arrays.values():
        digest.update(array.tobytes())
    jobs = folder / f".{job['recipe']}-{digest.hexdigest()[:12]}.members"
    jobs.mkdir(exist_ok=True)
    for name, array in arrays.items():
        np.save(jobs / f"{name}.npy", array)
    (jobs / JOB).write_text(json.dumps(job))
    try:
        yield jobs
    finally:
        for name in arrays:
            (jobs / f"{name}.npy").unlink(missing_ok=True)
        if not any(jobs.glob("*.npz")):
            shutil.rmtree(jobs, ignore_errors=True)


def _run_on_ray(
    cluster: str,
    jobs: Path,
    job: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    seeds: Sequence[int],
    progress: TrainingProgress | None,
) -> None:
    """Leave the weights of all members in ``jobs``."""
    from inkdigits.training.ensemble_ray import train_on_ray

    epochs = 0

    def tell(row: Mapping[str, float]) -> None:
        nonlocal epochs
        epochs += 1
        if progress is not None:
            progress.epoch({**row, "epoch": epochs})

    left = []
    for seed in seeds:
        if (jobs / f"{seed}.npz").exists():
            for row in json.loads((jobs / f"{seed}.json").read_text()):
                tell(row)
        else:
            left.append(seed)
    train_on_ray(cluster, jobs, job, arrays, left, tell)


def _run_jobs(
    jobs: Path,
    seeds: Sequence[int],
    progress: TrainingProgress | None,
    log_folder: Path | None,
) -> list[list[dict[str, float]]]:
    """Return the history of each member, in the order of ``seeds``."""
    cores = available_cores()
    at_once = min(cores, len(seeds))
    told: queue.Queue[dict[str, float]] = queue.Queue()
    stop = threading.Event()
    with ThreadPoolExecutor(at_once) as pool:
        work = [
            pool.submit(_run_job, jobs, seed, cores // at_once, log_folder, told.put, stop) for seed in seeds
        ]
        try:
            _watch(work, told, progress)
            return [future.result() for future in work]
        except BaseException:
            stop.set()
            raise


def _watch(
    work: Sequence[Future[list[dict[str, float]]]],
    told: queue.Queue[dict[str, float]],
    progress: TrainingProgress | None,
) -> None:
    """Pass on each epoch that is told of, until all work is done or some of it failed."""
    count = 0
    while True:
        over = all(future.done() for future in work)
        while True:
            try:
                row = told.get(timeout=0 if over else _POLL_SECONDS)
            except queue.Empty:
                break
            count += 1
            if progress is not None:
                progress.epoch(row | {"epoch": count})
        for future in work:
            if future.done():
                future.result()
        if over:
            return


def _run_job(
    jobs: Path,
    seed: int,
    threads: int,
    log_folder: Path | None,
    tell: Callable[[dict[str, float]], None],
    stop: threading.Event,
) -> list[dict[str, float]]:
    """Train one member, unless that has been done, and return its history."""
    history_file = jobs / f"{seed}.json"
    if not (jobs / f"{seed}.npz").exists():
        command = [sys.executable, "-m", "inkdigits.training.ensemble_member", str(jobs), str(seed)]
        command += [] if log_folder is None else [str(log_folder / f"member-{seed}")]
        environment = os.environ | thread_environment(threads) | {LEAN_KERAS: "1"}
        if stop.is_set():
            return []
        with subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            _follow(process, seed, tell, stop)
    else:
        for row in json.loads(history_file.read_text()):
            tell(row)
    return [] if stop.is_set() else list(json.loads(history_file.read_text()))


def _follow(
    process: subprocess.Popen[str],
    seed: int,
    tell: Callable[[dict[str, float]], None],
    stop: threading.Event,
) -> None:
    """Tell what a job prints until it ends; end it where ``stop`` is set."""
    errors: list[str] = []
    readers = [
        threading.Thread(target=_tell_lines, args=(process.stdout or (), tell)),
        threading.Thread(target=lambda: errors.extend(process.stderr or ())),
    ]
    for reader in readers:
        reader.start()
    while process.poll() is None and not stop.wait(_POLL_SECONDS):
        pass
    if process.poll() is None:
        process.kill()
    process.wait()
    for reader in readers:
        reader.join()
    if process.returncode and not stop.is_set():
        reason = errors[-1].strip() if errors else f"exit code {process.returncode}"
        raise InkdigitsError(f"the member of seed {seed} could not be trained: {reason}")


def _tell_lines(lines: Iterable[str], tell: Callable[[dict[str, float]], None]) -> None:
    for line in lines:
        tell(json.loads(line))


def _mean_row(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    return means | {"epoch": rows[0]["epoch"], "seconds": sum(row["seconds"] for row in rows)}
