"""How fast MNIST is learned, and how well: each recipe of a record over many seeds, beside the tutorials' CNN.

    python benchmarks/training_records.py [--models fast fast-99.5] [--seeds 3] [--shells 3] [--json FILE]

fast, 30 seeds: 99.138 ± 0.066% right of the test images in 1.42 ± 0.15 s, where the CNN took 79.8 s
fast-99.5, 10 seeds: 99.518 ± 0.047% in 15.00 ± 0.86 s, where the CNN took 50.9 s

Measured on two cores that did other work meanwhile; raw numbers and what was tried in records/2026-11-23-training.
Each seed trains on all 60,000 images and is scored on the 10,000 test images once. Seconds go from images in memory to
trained weights; compiling is told beside them, as is importing TensorFlow and Keras, once. The CNN trains on 55,000
images until the first epoch after which 99.0% of the other 5,000 are right. "From the shell" is ``inkdigits train
--model fast`` from the command to its end, files and figures included.
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

from inkdigits import load_mnist
from inkdigits.training.framework import import_keras
from inkdigits.training.recipes import RECIPES
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
    parser.add_argument("--seeds", type=int, default=3, help="seeds 1 to this for each model")
    parser.add_argument("--shells", type=int, default=3, help="how often to time the command line")
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    start = time.perf_counter()
    import_keras()
    results: dict[str, Any] = {"import_seconds": time.perf_counter() - start}
    print(f"importing TensorFlow and Keras: {results['import_seconds']:.1f} s")
    (images, labels), test = load_mnist()
    train, test_split = LabeledSplit(images, labels), LabeledSplit(*test)
    cnn_seconds = seconds_to_enough(train)
    results["cnn_seconds_to_enough"] = cnn_seconds
    print(f"cnn: {cnn_seconds:.1f} s to its first {ENOUGH:.1%} of {HELD_OUT:,} held-out images", flush=True)
    results["runs"] = []
    for name in arguments.models:
        runs = [one_run(name, seed, train, test_split) for seed in range(1, arguments.seeds + 1)]
        print(line(name, runs, cnn_seconds), flush=True)
        results["runs"] += runs
    if arguments.shells:
        results["shell_seconds"] = [shell_seconds() for _ in range(arguments.shells)]
        print(f"inkdigits train --model fast, from the shell: {spread(results['shell_seconds'], 1)} s")
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


def one_run(name: str, seed: int, train: LabeledSplit, test: LabeledSplit) -> dict[str, Any]:
    from inkdigits.training.fit import predict

    keras = import_keras()
    recipe = RECIPES[name]
    keras.utils.set_random_seed(seed)
    model = recipe.build(10)
    fitted = find_fit(recipe)(model, recipe, train, None)
    accuracy = float((predict(model, test.images).argmax(axis=1) == test.labels).mean())
    return {
        "model": name,
        "seed": seed,
        "accuracy_percent": 100 * accuracy,
        "seconds": fitted.seconds,
        "compile_seconds": fitted.compile_seconds or 0.0,
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


def line(name: str, runs: list[dict[str, Any]], cnn_seconds: float) -> str:
    accuracies, seconds, compiling = (
        [run[key] for run in runs] for key in ("accuracy_percent", "seconds", "compile_seconds")
    )
    return (
        f"{name}: {spread(accuracies, 3)}% right of the test images in {spread(seconds, 2)} s "
        f"(compiling {spread(compiling, 1)} s; n = {len(runs)}); "
        f"cnn takes {cnn_seconds / mean(seconds):.0f} times as long"
    )


def spread(values: list[float], digits: int) -> str:
    deviation = stdev(values) if len(values) > 1 else float("nan")
    return f"{mean(values):.{digits}f} ± {deviation:.{digits}f}"


if __name__ == "__main__":
    main()
