"""What one field costs a program that has the reader at hand: time, and memory.

    python benchmarks/one_field.py [--runs 300] [--json FILE]

Digits and numbers of four digits, made of MNIST's training digits that taught no shipped model, at three times their
size, are read one at a time with warm models, each picture once: median and 95th percentile in milliseconds. A
number that leaves a doubt is looked at up to five times, so one picture, read again and again, would not do. Then the
most memory that the process ever held, Python and all libraries included, in megabytes.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
from memory import peak_memory

from inkdigits import Reader, load_mnist
from inkdigits.datasets.mnist import TAUGHT

SEED = 1


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    fields = {"digit": 1, "number": 4}
    random = np.random.default_rng(SEED)
    pictures = {
        kind: [picture_of(count, random) for _ in range(arguments.runs)] for kind, count in fields.items()
    }
    before = peak_memory()
    reader = Reader()
    rows: list[dict[str, object]] = []
    for kind, of_kind in pictures.items():
        reader.read_field(of_kind[0], kind)
        milliseconds = []
        for picture in of_kind:
            start = time.perf_counter()
            reader.read_field(picture, kind)
            milliseconds.append(1000 * (time.perf_counter() - start))
        p50, p95 = np.percentile(milliseconds, [50, 95])
        print(f"{kind:<8} p50 {p50:.2f} ms  p95 {p95:.2f} ms  (n = {arguments.runs})", flush=True)
        rows.append({"kind": kind, "p50": p50, "p95": p95, "n": arguments.runs})
    megabytes = peak_memory()
    print(f"peak memory {megabytes:.0f} MB, {before:.0f} MB before the reader (MNIST is in that)")
    rows.append({"peak_megabytes": megabytes, "before": before})
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")


def picture_of(count: int, random: np.random.Generator) -> np.ndarray:
    (images, _), _ = load_mnist()
    page = np.hstack(random.choice(images[TAUGHT:], count, replace=False))
    return 255 - np.kron(page, np.ones((3, 3), np.uint8))


if __name__ == "__main__":
    main()
