"""How fast MNIST is learned, and how well: each recipe of a record over many seeds, beside the tutorials' CNN.

    python benchmarks/training_records.py [--models fast fast-99.5] [--seeds 3] [--first-seed 1] [--shells 3]
                                           [--float32] [--json FILE]

fast, 30 seeds: 99.034 ± 0.079% right of the test images in 0.93 ± 0.13 s, where the CNN took 68.0 s
fast-99.5, 10 seeds: 99.540 ± 0.063% in 8.26 ± 0.53 s, where the CNN took 49.1 s
tiny, 10 seeds: 99.528 ± 0.041%; accurate, 8 seeds: 99.721 ± 0.034%; ensemble, 2 seeds: 99.725 ± 0.007%

Measured on two cores; raw numbers and what was tried in records/2026-11-30-spared, tiny in 2026-11-30-tiny-looks, the
last two in 2026-11-23-training.
Each seed trains on all 60,000 images and is scored on the 10,000 test images once. Seconds go from images in memory to
trained weights; compiling is told beside them, as is importing TensorFlow and Keras, once. Beside the fast recipes, the
CNN trains on 55,000 images until the first epoch after which 99.0% of the other 5,000 are right. "From the shell" is
``inkdigits train --model fast`` from the command to its end, files and figures included. An ensemble's members are
scored one by one too, as the recipe ``accurate``; they train as many at a time as there are processors, and their
seconds are told so.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import mean, stdev
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from inkdigits import load_mnist
from inkdigits.training.framework import import_keras
from inkdigits.training.recipes import RECIPES
from inkdigits.training.run import DEFAULT_FOLDER as RUNS
from inkdigits.training.run import find_fit
from inkdigits.training.splits import LabeledSplit

ENOUGH = 0.99
HELD_OUT = 5000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--models", nargs="+", default=["fast", "fast-99.5"], choices=sorted(RECIPES), metavar="MODEL"
    )
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds of each model")
    parser.add_argument("--first-seed", type=int, default=1, help="so that processes can share the seeds")
    parser.add_argument("--shells", type=int, default=3, help="how often to time the command line")
    parser.add_argument("--float32", action="store_true", help="train fast without bfloat16 too")
    parser.add_argument("--json", type=Path, help="where to write the raw results, after each seed")
    arguments = parser.parse_args()
    start = time.perf_counter()
    import_keras()
    results: dict[str, Any] = {"import_seconds": time.perf_counter() - start}
    print(f"importing TensorFlow and Keras: {results['import_seconds']:.1f} s")
    (images, labels), test = load_mnist()
    train, test_split = LabeledSplit(images, labels), LabeledSplit(*test)
    cnn_seconds = None
    if any(name.startswith("fast") for name in arguments.models):
        cnn_seconds = results["cnn_seconds_to_enough"] = seconds_to_enough(train)
        print(
            f"cnn: {cnn_seconds:.1f} s to its first {ENOUGH:.1%} of {HELD_OUT:,} held-out images", flush=True
        )
    results["runs"] = []
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    for name in arguments.models:
        for seed in seeds:
            runs = ensemble_runs if RECIPES[name].members > 1 else model_runs
            results["runs"] += runs(name, seed, train, test_split)
            write(results, arguments.json)
    if arguments.float32:
        from inkdigits.training import compiled_fit

        with mock.patch.object(compiled_fit, "has_bfloat16", return_value=False):
            for seed in seeds:
                (run,) = model_runs("fast", seed, train, test_split)
                results["runs"].append(run | {"model": "fast, float32"})
    for name in dict.fromkeys(run["model"] for run in results["runs"]):
        print(line(name, [run for run in results["runs"] if run["model"] == name], cnn_seconds), flush=True)
    if arguments.shells:
        results["shell_seconds"] = [shell_seconds() for _ in range(arguments.shells)]
        print(f"inkdigits train --model fast, from the shell: {spread(results['shell_seconds'], 1)} s")
    write(results, arguments.json)


def write(results: dict[str, Any], path: Path | None) -> None:
    if path:
        path.write_text(json.dumps(results, indent=1) + "\n")


def model_runs(name: str, seed: int, train: LabeledSplit, test: LabeledSplit) -> list[dict[str, Any]]:
    """Train the model of one seed; return its row, and one of the part that learned, where the recipe names one."""
    keras = import_keras()
    recipe = RECIPES[name]
    keras.utils.set_random_seed(seed)
    model = recipe.build(10)
    fitted = find_fit(recipe)(model, recipe, train, None)
    took = fitted.seconds, fitted.compile_seconds or 0.0
    rows = [row(name, seed, model, test, *took)]
    if recipe.learner is not None:
        rows.append(row(f"{name}, one {recipe.learner}", seed, model.get_layer(recipe.learner), test, *took))
    return rows


def ensemble_runs(name: str, seed: int, train: LabeledSplit, test: LabeledSplit) -> list[dict[str, Any]]:
    """Train the ensemble of one seed; return its row, and one of each of its members."""
    from inkdigits.training.ensemble import build_ensemble, fit_ensemble, member_seeds

    recipe = RECIPES[name]
    model = build_ensemble(recipe, 10)
    RUNS.mkdir(exist_ok=True)
    fitted = fit_ensemble(model, recipe, train, None, seed=seed, folder=RUNS)
    members = [layer for layer in model.layers if layer.name.startswith("member_")]
    # The history adds the members' seconds up.
    seconds = sum(epoch["seconds"] for epoch in fitted.history) / recipe.members
    rows = [
        row("accurate", own, member, test, seconds, 0.0)
        for own, member in zip(member_seeds(recipe, seed), members, strict=True)
    ]
    return [*rows, row(name, seed, model, test, fitted.seconds, 0.0)]


def row(
    name: str, seed: int, model: Any, test: LabeledSplit, seconds: float, compile_seconds: float
) -> dict[str, Any]:
    from inkdigits.training.fit import predict

    right = predict(model, test.images).argmax(axis=1) == test.labels
    return {
        "model": name,
        "seed": seed,
        "accuracy_percent": 100 * float(right.mean()),
        "seconds": seconds,
        "compile_seconds": compile_seconds,
    }


def seconds_to_enough(train: LabeledSplit) -> float:
    """Return how long the tutorials' CNN trains until an epoch ends with enough held-out images right."""
    keras = import_keras()
    keras.utils.set_random_seed(1)
    recipe = RECIPES["cnn"]
    learned, held_out = train.part(0, -HELD_OUT), train.part(-HELD_OUT, None)
    fitted = find_fit(recipe)(recipe.build(10), recipe, learned, held_out, progress=_Watch())
    return float(sum(row["seconds"] for row in fitted.history))


class _Watch:
    """A progress that ends the training once enough is right."""

    def begin(self, epochs: int, batches: int) -> None:
        pass

    def batch(self, epoch: int, batch: int, loss: float, accuracy: float) -> None:
        pass

    def epoch(self, row: Any) -> None:
        if row["val_accuracy"] >= ENOUGH:
            raise KeyboardInterrupt

    def close(self) -> None:
        pass


def shell_seconds() -> float:
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "inkdigits", "train", "--model", "fast", "--output", f"{folder}/run"]
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - start


def line(name: str, runs: list[dict[str, Any]], cnn_seconds: float | None) -> str:
    accuracies, seconds, compiling = (
        [run[key] for run in runs] for key in ("accuracy_percent", "seconds", "compile_seconds")
    )
    return (
        f"{name}: {spread(accuracies, 3)}% right of the test images in {spread(seconds, 2)} s "
        f"(compiling {spread(compiling, 1)} s; n = {len(runs)})"
        + (f"; cnn takes {cnn_seconds / mean(seconds):.0f} times as long" if cnn_seconds else "")
    )


def spread(values: list[float], digits: int) -> str:
    middle = f"{mean(values):.{digits}f}"
    return f"{middle} ± {stdev(values):.{digits}f}" if len(values) > 1 else middle


if __name__ == "__main__":
    main()
