"""How well the shipped weights read real handwriting that no model was trained on.

    python benchmarks/real_handwriting.py FOLDER [--json FILE] [--limit N]

FOLDER holds single/NAME.npz (images (N, H, W) uint8, labels (N,): one digit each) and strings/NAME/labels.tsv (file,
tab, text: one field each; a set whose name holds "date" is read as dates, day first, the others as numbers). The sets
are not in this repository: their licenses do not allow it. What was measured on which is in benchmarks/records/.

On 2026-11-23 single digits were 99.0% (2,404 cells of photographed puzzles) and 99.2% (7,291 scans from envelopes)
right, numbers in 3,389 logbook cells 82.8%, one run of the shipped weights on two cores.

It prints a line a set: exact (text right to the letter, percent), digits (separators ignored; for dates the right day),
milliseconds a field in batches of 64, expected calibration error, and how many percent of the fields can be taken
unseen, most confident first, at 1 percent wrong.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np

from inkdigits import Field, Reader
from inkdigits.evaluation.calibration import expected_calibration_error
from inkdigits.reading import decode_gray

BATCH = 64


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    parser.add_argument("--limit", type=int, help="at most N fields a set, the same ones each time")
    arguments = parser.parse_args()
    if arguments.folder is None:
        print("left out: name a folder of real handwriting to measure on (see --help)")
        return
    reader = Reader()
    rows = [
        measure(reader, name, images, texts, kind)
        for name, images, texts, kind in load_sets(arguments.folder, arguments.limit)
    ]
    if not rows:
        raise SystemExit(f"{arguments.folder} holds neither single/*.npz nor strings/*/labels.tsv")
    for row in rows:
        print(
            f"{row['set']:<16} n {row['n']:<5} exact {row['exact']:5.1f}  digits {row['digits']:5.1f}  "
            f"{row['ms']:6.2f} ms  ece {row['ece']:4.1f}  cover99 {row['cover99']:5.1f}"
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")


def load_sets(folder: Path, limit: int | None) -> Iterator[tuple[str, list[np.ndarray], list[str], str]]:
    for path in sorted(folder.glob("single/*.npz")):
        with np.load(path, allow_pickle=False) as arrays:
            chosen = choose(len(arrays["labels"]), limit)
            yield (
                path.stem,
                list(arrays["images"][chosen]),
                [str(d) for d in arrays["labels"][chosen]],
                "digit",
            )
    for path in sorted(folder.glob("strings/*/labels.tsv")):
        rows = [line.split("\t") for line in path.read_text().splitlines() if line]
        rows = [rows[index] for index in choose(len(rows), limit)]
        images = [decode_gray(path.parent / name) for name, _ in rows]
        name = path.parent.name
        yield name, images, [text for _, text in rows], "date" if "date" in name else "number"


def choose(count: int, limit: int | None) -> np.ndarray:
    return np.sort(np.random.default_rng(0).permutation(count)[:limit])


def measure(
    reader: Reader, name: str, images: list[np.ndarray], texts: list[str], kind: str
) -> dict[str, object]:
    options = {"day_first": True} if kind == "date" else {}
    reader.read_fields(images[:2], kind, **options)  # the models load at their first use
    start = time.perf_counter()
    fields: list[Field] = []
    for first in range(0, len(images), BATCH):
        fields += reader.read_fields(images[first : first + BATCH], kind, **options)
    milliseconds = 1000 * (time.perf_counter() - start) / len(images)
    exact = np.array([field.text == text for field, text in zip(fields, texts, strict=True)])
    if kind == "date":
        right = np.array([field.value == day_of(text) for field, text in zip(fields, texts, strict=True)])
    else:
        right = np.array(
            [digits(field.text) == digits(text) for field, text in zip(fields, texts, strict=True)]
        )
    confidence = np.array([field.confidence for field in fields])
    return {
        "set": name,
        "n": len(texts),
        "exact": 100 * float(exact.mean()),
        "digits": 100 * float(right.mean()),
        "ms": milliseconds,
        "ece": 100 * expected_calibration_error(confidence, right),
        "cover99": cover(confidence, right),
    }


def digits(text: str) -> str:
    """Return a text without its separators."""
    return re.sub(r"\D", "", text)


def day_of(text: str) -> date:
    day, month, year = (int(part) for part in re.split(r"\D+", text))
    return date(year + 2000 if year < 100 else year, month, day)


def cover(confidence: np.ndarray, right: np.ndarray) -> float:
    """Return the largest share, in percent, of most confident fields of which at most 1 percent are wrong."""
    order = np.argsort(-confidence, kind="stable")
    wrong_share = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(wrong_share <= 0.01)
    return 100 * float(good[-1] + 1) / len(order) if len(good) else 0.0


if __name__ == "__main__":
    main()
