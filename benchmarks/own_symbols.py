"""From 20 samples a class to a recognizer: how long `finetune` takes, how well it reads, and what --keep-digits costs.

    python benchmarks/own_symbols.py [--seeds 5] [--real FOLDER] [--json FILE]

Own symbols: ten shapes drawn with an unsteady pen, 20 samples each; 30 more of each are read, and 300 pieces of ink
that are none of them (letters, strokes, scribbles, noise). A usual writer: a synthetic hand that draws each digit in
one way of its own, 20 samples each; 30 more of each are read by the shipped model and by the adapted one, and so are
MNIST's last 5,000 training images. An odd writer: the same, careless, and each digit in one of the ways that are met
least. With --real, a folder as real_handwriting.py takes it, its single digits are read by both, too. Nothing is chosen
on these figures.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from functools import cache
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
from real_handwriting import load_sets

from inkdigits import Reader, finetune, load_mnist
from inkdigits.evaluation.calibration import expected_calibration_error
from inkdigits.reading import Classifier
from inkdigits.synthesis.allographs import ALLOGRAPHS
from inkdigits.synthesis.strokes import Pen, choose_skeleton, draw_skeleton
from inkdigits.training.negatives import draw_negatives

SAMPLES, READ, STRANGE = 20, 30, 300
DIGITS = "0123456789"
RARE = 0.8  # weight of a way to draw a digit in ALLOGRAPHS, up to which it is rarely met
# Skeletons as in synthesis/allographs.py: points x,y in hundredths, strokes between slashes, ! for a corner.
SYMBOLS = {
    "check": "0,60! 30,100! 90,0!",
    "cross": "0,0! 80,100! / 80,0! 0,100!",
    "house": "0,40! 45,0! 90,40! / 10,40! 10,100! 80,100! 80,40!",
    "triangle": "45,0! 0,100! 90,100! 45,0!",
    "star": "20,100! 45,0! 70,100! 0,36! 90,36! 20,100!",
    "arrow": "0,50! 100,50! / 70,20! 100,50! 70,80!",
    "heart": "45,100 0,40 10,5 45,30 80,5 90,40 45,100",
    "spiral": "50,50 60,45 60,62 40,65 32,40 60,25 82,50 65,88 20,82 8,40 40,5",
    "omega": "0,100! 25,100 5,50 25,5 60,0 85,30 70,100! 95,100!",
    "lightning": "50,0! 10,55! 60,50! 20,100!",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--real", type=Path, help="a folder of real handwriting")
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    results = {}
    measures = {"own symbols": own_symbols, "usual writer": usual_writer, "odd writer": odd_writer}
    for title, measure in measures.items():
        rows = []
        for seed in range(1, arguments.seeds + 1):
            rows.append(measure(seed, arguments.real))
            print(
                f"{title}, seed {seed}: " + ", ".join(f"{k} {v:.2f}" for k, v in rows[-1].items()), flush=True
            )
        for name in rows[0]:
            values = [row[name] for row in rows]
            spread = stdev(values) if len(values) > 1 else float("nan")
            print(f"{title}, {name}: {mean(values):.2f} ± {spread:.2f} (n = {len(values)})")
        results[title] = rows
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


def own_symbols(seed: int, _: Path | None) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    taught, asked = draw_all(SYMBOLS, Pen(rng.uniform(0.06, 0.12), jitter=0.04), rng)
    classifier, seconds, metrics = train(taught, seed)
    fields = Reader(classifier).read_fields([image for image, _ in asked], kind="digit")
    right = [field.text == label for field, (_, label) in zip(fields, asked, strict=True)]
    nothing = classifier.predict(draw_negatives(STRANGE, 10_000 + seed, marks=True))[:, -1]
    return {
        "seconds": seconds,
        "error %": 100 * (1 - mean(right)),
        "cross-validated error %": metrics["validation_error_percent"],
        "calibration error %": 100
        * expected_calibration_error([field.confidence for field in fields], right),
        "strange ink taken for a symbol %": 100 * float((nothing < 0.5).mean()),
    }


def usual_writer(seed: int, real: Path | None) -> dict[str, float]:
    rng = np.random.default_rng(100 + seed)
    return writer({digit: choose_skeleton(digit, rng) for digit in DIGITS}, 0.045, seed, real, rng)


def odd_writer(seed: int, real: Path | None) -> dict[str, float]:
    rng = np.random.default_rng(200 + seed)
    rare = {digit: [shape for weight, shape in ALLOGRAPHS[digit] if weight <= RARE] for digit in DIGITS}
    return writer({digit: str(rng.choice(shapes)) for digit, shapes in rare.items()}, 0.06, seed, real, rng)


def writer(
    skeletons: dict[str, str], jitter: float, seed: int, real: Path | None, rng: np.random.Generator
) -> dict[str, float]:
    taught, asked = draw_all(skeletons, Pen(rng.uniform(0.05, 0.14), jitter=jitter), rng)
    classifier, seconds, metrics = train(taught, seed, keep_digits=True)
    before, after = Reader(), Reader(classifier)
    row = {"seconds": seconds, "share of tuning kept": metrics["share_of_tuning_kept"]}
    for name, reader in (("before", before), ("after", after)):
        row[f"error {name} %"] = error(reader, asked)
    for name, errors in (
        ("before", errors_on_others(None, real)),
        ("after", errors_on_others(classifier, real)),
    ):
        row |= {f"{others} error {name} %": value for others, value in errors.items()}
    return row


@cache
def errors_on_others(classifier: Classifier | None, real: Path | None) -> dict[str, float]:
    """Return the errors on what other people wrote; None is the shipped model, which is asked once."""
    images, labels = (part[-5000:] for part in load_mnist()[0])
    reader = Reader(classifier)
    asked = [(255 - image, str(label)) for image, label in zip(images, labels, strict=True)]
    errors = {"MNIST validation": error(reader, asked)}
    for name, pictures, texts, kind in load_sets(real, None) if real else ():
        if kind == "digit":
            errors[name] = error(reader, list(zip(pictures, texts, strict=True)))
    return errors


def draw_all(skeletons: dict[str, str], pen: Pen, rng: np.random.Generator) -> tuple[list, list]:
    """Return samples to learn from and samples to read, pairs of a picture and its label."""
    drawn = [
        (paper(draw_skeleton(skeleton, pen, rng)[0], rng), label)
        for _ in range(SAMPLES + READ)
        for label, skeleton in skeletons.items()
    ]
    return drawn[: SAMPLES * len(skeletons)], drawn[SAMPLES * len(skeletons) :]


def paper(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return ink on uneven paper, uint8 (H, W)."""
    padded = np.pad(ink, int(rng.integers(8, 24))).astype(np.float32)
    page = rng.uniform(200, 250) - padded * rng.uniform(0.5, 0.75) + rng.normal(0, 3, padded.shape)
    return np.clip(page, 0, 255).astype(np.uint8)


def train(taught: list, seed: int, **options: Any) -> tuple[Classifier, float, dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        images, labels = zip(*taught, strict=True)
        run = finetune(list(images), list(labels), seed=seed, output=Path(folder) / "run", **options)
        seconds = time.perf_counter() - start
        return Classifier(run.folder / "model.onnx"), seconds, run.metrics


def error(reader: Reader, asked: list) -> float:
    fields = reader.read_fields([image for image, _ in asked], kind="digit")
    return 100 * (1 - mean(field.text == label for field, (_, label) in zip(fields, asked, strict=True)))


if __name__ == "__main__":
    main()
