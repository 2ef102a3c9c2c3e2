"""Train the shipped weights again, from a fixed seed, and write their model cards.

    make weights              # everything, about half an hour on two cores
    make weights ARGS=--quick # a small run that shows that all of it works; writes to build/, ships nothing

Fetches the fonts that synthesis draws with (needs npm and apt-get), then makes synthetic photos, trains,
calibrates on held-out hands, and writes src/inkdigits/weights/digit.onnx and digit.md. MNIST's test set is
scored once, at the end.
"""

import argparse
import os
import platform
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np

from inkdigits import __version__, evaluate, load_mnist
from inkdigits.evaluation.calibration import expected_calibration_error, fit_temperature
from inkdigits.reading import Classifier, ModelFacts
from inkdigits.synthesis import fetch_fonts
from inkdigits.training.framework import import_keras

ROOT = Path(__file__).parents[1]
FONTS = ROOT / ".fonts"
SEED = 1
MNIST_IMAGES = 55_000
NOT_A_DIGIT = 10

CARD = """# digit

Reads one handwritten digit: `Reader().read_field(image, kind="digit")`, `inkdigits read --kind digit`.

- **What it is**: a convolutional network of {parameters:,} parameters on 28 x 28 images from inkdigits'
  normalizer, with eleven classes: the digits and "not a digit". ONNX, {kilobytes:,} KB.
- **Data**: MNIST's first {mnist:,} training images (CC BY-SA 3.0, Yann LeCun and Corinna Cortes) and {photos:,}
  synthetic photos, drawn from those digits, from handwriting fonts under open licenses and from drawn strokes.
  No photo or scan of real writing beside MNIST, and no MNIST test image.
- **Recipe**: `make weights`, seed {seed}, {epochs} epochs; {minutes:.0f} minutes on {cores} cores ({machine}).
  inkdigits {version}, Python {python}, Keras {keras}; {today}.
- **Calibration**: temperature {temperature:.3f}, fitted on {held_out:,} candidates from {held_out_photos:,} synthetic
  photos in held-out fonts and MNIST digits that it did not learn from. One parameter, since the held-out errors were
  too few to fit more without following their noise.

| measured by `make weights` | |
|---|---|
| error on held-out synthetic candidates | {held_out_error:.2f}% of {held_out:,} |
| expected calibration error there | {held_out_calibration:.2f}% |
| error on MNIST's 10,000 test images, scored once | {test_error:.2f}% |

**Known weaknesses.** It reads exactly one digit: two digits side by side come out as one of them or as "rejected".
Letters that look like digits (O, l, S, Z, B) are read as such. A digit smaller than about 10 pixels, ink under a tenth
of the paper's brightness, and hard shadow edges across the digit are often doubtful or wrong. It has seen no digits but
Western Arabic ones.
"""


def main() -> None:
    """Do all of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a small run into build/; ships nothing")
    quick = parser.parse_args().quick
    photos, held_out_photos, epochs = (2_048, 1_024, 1) if quick else (150_000, 10_240, 4)
    folder = ROOT / "build" / "weights" if quick else ROOT / "src" / "inkdigits" / "weights"
    folder.mkdir(parents=True, exist_ok=True)

    say("fetching fonts")
    fetch_fonts(FONTS)
    start = time.perf_counter()
    from inkdigits.training.digit_examples import LABELS, DigitExamples, make_digit_examples

    say(f"making examples from {photos:,} synthetic photos")
    options = {"mnist_images": MNIST_IMAGES, "workers": os.cpu_count() or 1, "progress": count_to(photos)}
    synthetic = make_digit_examples(photos, SEED, FONTS, **options)
    held_out = make_digit_examples(
        held_out_photos, SEED + 1, FONTS, held_out=True, **options | {"progress": count_to(held_out_photos)}
    )
    (x_train, y_train), (x_test, y_test) = load_mnist()
    examples = DigitExamples(
        np.concatenate([x_train[:MNIST_IMAGES], synthetic.images]),
        np.concatenate([y_train[:MNIST_IMAGES], synthetic.labels]),
    )
    # Only now: processes that are forked after TensorFlow has started its threads can hang.
    keras = import_keras()
    from inkdigits.training.digit_model import train_digit_classifier
    from inkdigits.training.onnx_export import export_onnx

    say(f"training on {len(examples.labels):,} examples, {epochs} epochs")
    model = train_digit_classifier(examples, epochs=epochs, seed=SEED)

    say("calibrating, exporting, scoring")
    probabilities = np.asarray(model.predict(held_out.images[..., None] / np.float32(255), verbose=0))
    temperature = fit_temperature(probabilities, held_out.labels)
    path = folder / "digit.onnx"
    path.unlink(missing_ok=True)
    facts = ModelFacts("classifier", "digit", __version__, labels=LABELS, temperature=temperature)
    export_onnx(model, path, facts, held_out.images[:1000])

    classifier = Classifier(path)
    calibrated = classifier.predict(held_out.images)
    right = calibrated.argmax(axis=1) == held_out.labels
    card = CARD.format(
        parameters=model.count_params(),
        kilobytes=path.stat().st_size // 1000,
        mnist=MNIST_IMAGES,
        photos=photos,
        seed=SEED,
        epochs=epochs,
        minutes=(time.perf_counter() - start) / 60,
        cores=os.cpu_count(),
        machine=platform.machine(),
        version=__version__,
        python=platform.python_version(),
        keras=f"{keras.__version__} on {keras.backend.backend()}",
        today=date.today().isoformat(),
        temperature=temperature,
        held_out=len(held_out.labels),
        held_out_photos=held_out_photos,
        held_out_error=100 * (1 - right.mean()),
        held_out_calibration=100 * expected_calibration_error(calibrated.max(axis=1), right),
        test_error=evaluate(classifier, x_test, y_test).error_percent,
    )
    (folder / "digit.md").write_text(card)
    say(f"done: {path} and digit.md beside it")


def say(text: str) -> None:
    """Say what is being done."""
    print(f"weights: {text}", flush=True)


def count_to(total: int):
    """Return a function that shows progress towards ``total`` on a terminal."""

    def show(done: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done:,} of {total:,}", end="" if done < total else "\n", file=sys.stderr, flush=True)

    return show


if __name__ == "__main__":
    main()
