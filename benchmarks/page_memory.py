"""What a page costs: the memory at its peak, and the time against its pixels and against the cells on it.

    python benchmarks/page_memory.py [--pages 5] [--json FILE]

Memory is that of a fresh process, Python and all libraries included, which reads one page of a table; where a PDF is
rendered, with that of the process that renders it: each at its own peak. Times are the processors', all of them added
up, so that what else runs on the machine does not count; of a warm reader, decoding included, median and spread
(standard deviation) over pages of different tables, or different digits. Growth is the exponent of the power of
pixels, or of cells, by which the medians grow from the second largest to the largest; 1 is linear.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from numpy.typing import NDArray
from pages import draw_table, photograph, write
from PIL import Image

from inkdigits import Reader, load_mnist
from inkdigits.datasets.mnist import TAUGHT

SEED = 41
MEGAPIXELS = (3, 6, 12, 24)
SHAPES = ((4, 3), (8, 6), (16, 12), (32, 24))
MOST_MEGABYTES = 500
MEASURED = """
import sys
from pathlib import Path
from inkdigits import Reader
from inkdigits.reading import open_document

def peak(process):
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024

with open_document(sys.argv[1]) as document:
    tables = Reader().read_page(document.page(1)).tables
    assert len(tables) == 1, tables
    children = Path("/proc/self/task").glob("*/children")
    print(peak("self"), sum(peak(child) for task in children for child in task.read_text().split()))
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=5)
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    (images, digits), _ = load_mnist()
    digit_images = images[TAUGHT:], digits[TAUGHT:]
    results: dict[str, object] = {}
    if Path("/proc/self/status").exists():
        results["megabytes"] = measure_memory(digit_images)
    reader = Reader()
    reader.read_page(np.full((100, 100), 255, np.uint8))
    seconds: dict[str, dict[int, list[float]]] = {"megapixels": {}, "cells": {}}
    for megapixels in MEGAPIXELS:
        seconds["megapixels"][megapixels] = [
            timed(reader, photo_of_table(digit_images, number, megapixels))
            for number in range(arguments.pages)
        ]
    for rows, columns in SHAPES:
        seconds["cells"][rows * columns] = [
            timed(reader, photo_of_grid(digit_images, number, rows, columns))
            for number in range(arguments.pages)
        ]
    for what, series in seconds.items():
        report(what, series)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps({**results, "seconds": seconds}, indent=1) + "\n")


def measure_memory(digit_images: tuple[NDArray[np.uint8], NDArray[np.integer]]) -> dict[str, list[float]]:
    """Print and return the memory of reading, and of rendering, at their peaks in megabytes."""
    megabytes = {}
    with TemporaryDirectory() as folder:
        photo = Image.open(io.BytesIO(photo_of_table(digit_images, 0, 24)))
        scan = Image.open(io.BytesIO(photo_of_table(digit_images, 0, 35)))
        files = {
            "JPEG photo, 24 megapixels": "photo.jpg",
            "PDF, a color scan of 600 dots an inch": "scan.pdf",
        }
        photo.save(Path(folder) / "photo.jpg", quality=90)
        scan.save(Path(folder) / "scan.pdf", resolution=600, quality=90)
        for name, file in files.items():
            command = [sys.executable, "-c", MEASURED, str(Path(folder) / file)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            reading, rendering = map(float, done.stdout.split())
            within = "within" if reading + rendering <= MOST_MEGABYTES else "MORE THAN"
            print(f"{name:38} {reading:4.0f} MB, rendering {rendering:4.0f} MB: {within} {MOST_MEGABYTES} MB")
            megabytes[name] = [reading, rendering]
    return megabytes


def photo_of_table(
    digit_images: tuple[NDArray[np.uint8], NDArray[np.integer]], number: int, megapixels: float
) -> bytes:
    """Return a photo of a page with one table, in color, as JPEG; of one number, the same page at any size."""
    random = np.random.default_rng((SEED, number))
    drawn = draw_table(random, *digit_images, longest=1)
    return in_color(photograph(drawn.page, random, megapixels))


def photo_of_grid(
    digit_images: tuple[NDArray[np.uint8], NDArray[np.integer]], number: int, rows: int, columns: int
) -> bytes:
    """Return a scan of 12 megapixels that a table of so many cells fills, a digit in each, as JPEG."""
    random = np.random.default_rng((SEED, number, rows))
    page = np.full((4000, 3000), 240, np.uint8)
    tall, wide = 3600 // rows, 2600 // columns
    for row in range(rows):
        for column in range(columns):
            left, top = 200 + wide * column, 200 + tall * row
            cell = (left, top, left + wide, top + tall)
            cv2.rectangle(page, cell[:2], cell[2:], 60, 3)
            write(page, random, *digit_images, cell, longest=1)
    return in_color(page)


def in_color(gray: NDArray[np.uint8]) -> bytes:
    paper = np.dstack([cv2.subtract(gray, 12), cv2.subtract(gray, 4), gray])
    return bytes(cv2.imencode(".jpg", paper, [cv2.IMWRITE_JPEG_QUALITY, 90])[1])


def timed(reader: Reader, photo: bytes) -> float:
    """Return how many seconds of the processors a page takes: of three times the least."""
    seconds = []
    for _ in range(3):
        start = time.process_time()
        reader.read_page(photo)
        seconds.append(time.process_time() - start)
    return min(seconds)


def report(what: str, series: dict[int, list[float]]) -> None:
    for size, seconds in series.items():
        print(f"{size:4d} {what:10}  {np.median(seconds):.3f} s ± {np.std(seconds, ddof=1):.3f}")
    (size, median), (larger, last) = [(size, float(np.median(seconds))) for size, seconds in series.items()][
        -2:
    ]
    exponent = float(np.log(last / median) / np.log(larger / size))
    print(
        f"growth with {what}: {exponent:.2f}, {'no faster than' if exponent <= 1 else 'FASTER THAN'} linear"
    )


if __name__ == "__main__":
    main()
