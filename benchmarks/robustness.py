"""How models fare on corrupted images and on what is no digit: the table of `inkdigits evaluate --robustness`.

    python benchmarks/robustness.py MODEL [MODEL] [--fonts .fonts] [--test] [--json FILE]

On the last 5,000 of MNIST's training images, from which neither the shipped classifier nor a run with
`--validation 5000` learned; --test takes MNIST's test images. With two models the last column is their ratio: that of
the line "mean corruption error" is what is claimed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from inkdigits import load_mnist
from inkdigits.datasets.data_set import DIGITS
from inkdigits.datasets.mnist import TAUGHT
from inkdigits.evaluation import open_model
from inkdigits.evaluation.robustness import measure_robustness
from inkdigits.evaluation.robustness_page import robustness_rows

ROOT = Path(__file__).parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="+", help="run folders, .onnx or .keras files, or shipped names")
    parser.add_argument("--fonts", type=Path, default=ROOT / ".fonts")
    parser.add_argument("--test", action="store_true", help="MNIST's test images")
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    (x_train, y_train), test = load_mnist()
    images, labels = test if arguments.test else (x_train[TAUGHT:], y_train[TAUGHT:])
    fonts = arguments.fonts if arguments.fonts.is_dir() else None
    if fonts is None:
        print(
            f"letters left out: {arguments.fonts} holds no fonts (python -m inkdigits.synthesis fonts .fonts)"
        )
    models = [open_model(name) for name in arguments.models]
    results = measure_robustness(models, images, labels, DIGITS, fonts=fonts)
    for title, *cells in robustness_rows(results):
        print(f"{title:<34}" + "".join(f"{cell:>14}" for cell in cells))
    if arguments.json:
        arguments.json.write_text(json.dumps([result.to_dict() for result in results], indent=1) + "\n")


if __name__ == "__main__":
    main()
