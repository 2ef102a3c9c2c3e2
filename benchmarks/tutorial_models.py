"""The tutorials' three models with their default options, and the Kaggle tutorial's one epoch.

    python benchmarks/tutorial_models.py [--seeds 3] [--json results.json]

mlp, MNIST test                            1.93% ± 0.17 (n = 3), 41 s
cnn, MNIST test                            1.04% ± 0.06 (n = 3), 140 s
larger-cnn, MNIST test                     0.79% ± 0.02 (n = 3), 86 s
cnn, Kaggle, one epoch of batches of 200   3.96% ± 0.77 (n = 3), 12 s
cnn, Kaggle, one epoch of batches of 32    2.53% ± 0.15 (n = 3), 26 s

Mean ± standard deviation over seeds 1 to 3, and seconds of training, on two cores that did other work meanwhile: the
seconds are upper bounds. The MNIST rows train on all 60,000 images and score the 10,000 once a run.
The raw numbers, with machine and versions, are in records/2026-11-22-tutorial-models.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from statistics import mean, stdev
from tempfile import TemporaryDirectory

import numpy as np

from inkdigits import load_mnist, train
from inkdigits.training import Run, choose_progress

MODELS = ("mlp", "cnn", "larger-cnn")
KAGGLE_ROWS = 42_000
# The other models' batch size, and Keras' default.
KAGGLE_BATCH_SIZES = (200, 32)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3, help="seeds 1 to this for each model")
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    seeds = range(1, arguments.seeds + 1)
    results = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        for model in MODELS:
            runs = [
                train(
                    model, seed=seed, output=folder / f"{model}-{seed}", progress=choose_progress(sys.stderr)
                )
                for seed in seeds
            ]
            results += summarize(f"{model}, MNIST test", runs, "test_error_percent")
        table = write_kaggle_csv(folder / "train.csv")
        for size in KAGGLE_BATCH_SIZES:
            runs = [
                train(
                    "cnn",
                    table,
                    epochs=1,
                    batch_size=size,
                    seed=seed,
                    output=folder / f"kaggle-{size}-{seed}",
                )
                for seed in seeds
            ]
            results += summarize(
                f"cnn, Kaggle, one epoch of batches of {size}", runs, "validation_error_percent"
            )
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n")


def write_kaggle_csv(path: Path) -> Path:
    """Write MNIST's first 42,000 training images as Kaggle's train.csv, which load_data splits in order."""
    images, labels = load_mnist()[0]
    rows = np.column_stack([labels, images.reshape(len(images), -1)])[:KAGGLE_ROWS]
    header = ",".join(["label", *(f"pixel{index}" for index in range(784))])
    np.savetxt(path, rows, fmt="%d", delimiter=",", header=header, comments="")
    return path


def summarize(title: str, runs: list[Run], key: str) -> list[dict[str, object]]:
    errors = [run.metrics[key] for run in runs]
    seconds = [run.metrics["train_seconds"] for run in runs]
    spread = stdev(errors) if len(errors) > 1 else float("nan")
    print(
        f"{title:<42} {mean(errors):.2f}% ± {spread:.2f} (n = {len(runs)}), {mean(seconds):.0f} s", flush=True
    )
    return [{"title": title, "error_percent": run.metrics[key], **run.metrics} for run in runs]


if __name__ == "__main__":
    main()
