"""How fast classifiers answer: images a second, one image at a time, in float32 and in 8 bits.

    python benchmarks/inference.py [--rounds 5] [--run FOLDER ...] [--json FILE]

The shipped classifier of digits, the tutorials' CNN and the fast recipe, which are trained first, and any run folders
that are named. Each is asked by ``Classifier.predict``, uint8 images in, beside Keras' own ``predict`` and beside the
images a second that its multiplications would allow at the pace of a large matrix product on this machine. All take
turns, round by round. Error is MNIST's test error, of each form of the model once.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from statistics import mean, stdev
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from inkdigits import evaluate, load_mnist, train
from inkdigits.reading import Classifier, ModelFacts
from inkdigits.training.framework import import_keras
from inkdigits.weights import weights_path

RECIPES = ("cnn", "fast")
BATCH = 1000
SINGLES = 2000
CALIBRATION_IMAGES = 2000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--run", action="append", type=Path, default=[], help="a run folder to measure too")
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    rows = []
    with TemporaryDirectory() as name:
        folders = {folder.name: folder for folder in arguments.run}
        for recipe in RECIPES:
            folders[recipe] = train(recipe, output=Path(name) / recipe).folder
        pace = multiplications_a_second(arguments.rounds)
        print(f"a large float32 matrix product: {pace / 1e9:.0f} billion multiply-adds a second")
        for title, folder in folders.items():
            rows += measure(title, folder, Path(name), arguments.rounds, pace)
    rows.append(measure_shipped(arguments.rounds))
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")


def measure(title: str, folder: Path, work: Path, rounds: int, pace: float) -> list[dict[str, object]]:
    from inkdigits.training.onnx_export import export_int8_onnx

    (x_train, _), (x_test, y_test) = load_mnist()
    model = import_keras().saving.load_model(folder / "model.keras", safe_mode=True)
    full = Classifier(folder / "model.onnx")
    facts = ModelFacts("classifier", title, full.facts.version, labels=full.facts.labels)
    small = work / f"{title}-int8.onnx"
    calibration = x_train[:CALIBRATION_IMAGES]
    export_int8_onnx(model, small, facts, x_train[-1000:], calibration)
    forms: dict[str, Any] = {"float32": full, "int8": Classifier(small)}
    inputs = facts.to_inputs(x_test)
    asked = {form: lambda images, asked=asked: asked.predict(images) for form, asked in forms.items()}
    rates: dict[str, list[float]] = {form: [] for form in (*forms, "keras")}
    for _ in range(rounds):
        for form, ask in asked.items():
            rates[form].append(images_a_second(ask, x_test))
        rates["keras"].append(
            images_a_second(lambda x: model.predict(x, batch_size=BATCH, verbose=0), inputs)
        )
    limit = pace / multiplications(model)
    rows: list[dict[str, object]] = []
    for form, of_form in rates.items():
        row: dict[str, object] = {"model": title, "form": form, "images_a_second": of_form, "limit": limit}
        if form in forms:
            row["error_percent"] = evaluate(forms[form], x_test, y_test).error_percent
            row["p50"], row["p99"] = single_image_times(asked[form], x_test)
        rows.append(row)
        print(line(row), flush=True)
    return rows


def measure_shipped(rounds: int) -> dict[str, object]:
    _, (x_test, y_test) = load_mnist()
    classifier = Classifier(weights_path("digit"))
    rates = [images_a_second(classifier.predict, x_test) for _ in range(rounds)]
    p50, p99 = single_image_times(classifier.predict, x_test)
    error = evaluate(classifier, x_test, y_test).error_percent
    row: dict[str, object] = {"model": "digit (shipped)", "form": "as shipped", "images_a_second": rates}
    row |= {"error_percent": error, "p50": p50, "p99": p99}
    print(line(row), flush=True)
    return row


def line(row: dict[str, Any]) -> str:
    rates = row["images_a_second"]
    spread = stdev(rates) if len(rates) > 1 else float("nan")
    text = f"{row['model']:<16} {row['form']:<10} {mean(rates):>9,.0f} ± {spread:,.0f} images/s"
    if "limit" in row:
        text += f" ({mean(rates) / row['limit']:.0%} of the float32 limit)"
    if "p50" in row:
        text += (
            f"  one image p50 {row['p50']:.3f} ms, p99 {row['p99']:.3f} ms  error {row['error_percent']:.2f}%"
        )
    return text


def images_a_second(ask: Any, images: np.ndarray) -> float:
    ask(images[:BATCH])
    start = time.perf_counter()
    ask(images)
    return len(images) / (time.perf_counter() - start)


def single_image_times(ask: Any, images: np.ndarray) -> tuple[float, float]:
    """Return the median and the 99th percentile, milliseconds, of asking for one image at a time."""
    ask(images[:1])
    milliseconds = []
    for index in range(SINGLES):
        start = time.perf_counter()
        ask(images[index : index + 1])
        milliseconds.append(1000 * (time.perf_counter() - start))
    p50, p99 = np.percentile(milliseconds, [50, 99])
    return float(p50), float(p99)


def multiplications(model: Any) -> float:
    """Return the multiply-adds of one image in the convolutions and dense layers of a Keras model."""
    count = 0
    for layer in model.layers:
        if hasattr(layer, "layers"):
            count += multiplications(layer)
        elif hasattr(layer, "kernel"):
            places = np.prod(layer.output.shape[1:-1]) if len(layer.kernel.shape) == 4 else 1
            count += int(np.prod(layer.kernel.shape) * places)
    return count


def multiplications_a_second(rounds: int, size: int = 1536) -> float:
    """Return the best of some rounds of a float32 matrix product in NumPy."""
    left = np.random.default_rng(1).standard_normal((size, size), np.float32)
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        left @ left
        seconds.append(time.perf_counter() - start)
    return size**3 / min(seconds)


if __name__ == "__main__":
    main()
