"""How well boxed fields and numbers lying free are found and read on photos of pages, by simulation.

    python benchmarks/free_fields.py [--pages 24] [--fonts .fonts] [--megapixels 12] [--pictures FOLDER] [--json FILE]

Pages are plain, lined or squared paper, or forms; they take turns. On paper there are 8 to 30 numbers and words, some
of them mixed in one line; a form has labels, boxed fields (blank, or with a number) and combs of one box a digit.
Digits are MNIST's training images that no shipped model learned from, handwriting fonts held out from training, and
print; words are written in the same fonts. Every page is photographed as in ``pages.py``: tilted by up to 25 degrees,
on any of its sides, in shadow, blurred, noisy. It prints, for each page and in all:

    found      numbers whose middle lies in the box of a field that was read, percent
    right      numbers whose text is right, percent
    boxes      boxed fields, blank ones included, that are right, percent
    spurious   fields read where no number is: how many, and in brackets how many with status "ok"
    order      neighbors among the found numbers that come in reading order, percent
"""

from __future__ import annotations

import argparse
import json
import time
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from free_sheet import Pens, Rectangle, Truth, draw_form, draw_paper
from memory import peak_memory
from numpy.typing import NDArray
from pages import photograph_points

from inkdigits import Reader, load_mnist
from inkdigits.containers import Field, Page
from inkdigits.datasets.mnist import TAUGHT
from inkdigits.synthesis import font_files
from inkdigits.synthesis.glyphs import FontGlyphs, MnistGlyphs

SEED = 5
PAPERS = ("plain", "lined", "squared", "form")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=24)
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--fonts", type=Path, default=Path(".fonts"))
    parser.add_argument("--pictures", type=Path, help="a folder for all pages, with what was read on them")
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    (images, digits), _ = load_mnist()
    pens = Pens(
        MnistGlyphs(images[TAUGHT:], digits[TAUGHT:].astype(np.int64)),
        FontGlyphs(font_files(arguments.fonts, kind="handwritten", use="held-out")),
        FontGlyphs(font_files(arguments.fonts, kind="printed")),
    )
    reader = Reader()
    reader.read_page(np.full((100, 100), 255, np.uint8))
    results = []
    for number in range(arguments.pages):
        random = np.random.default_rng((arguments.seed, number))
        paper = PAPERS[number % len(PAPERS)]
        drawn = draw_form(random, pens) if paper == "form" else draw_paper(random, pens, paper)
        corners = np.array([corners_of(truth.place) for truth in drawn.truths], np.float64).reshape(-1, 2)
        photo, places = photograph_points(drawn.page, random, arguments.megapixels, corners)
        start = time.perf_counter()
        page = reader.read_page(photo)
        milliseconds = 1000 * (time.perf_counter() - start)
        quadrilaterals = places.reshape(-1, 4, 2).astype(np.float32)
        result = compare(page, drawn.truths, quadrilaterals)
        results.append({"page": number, "paper": paper, **result, "ms": milliseconds})
        print(f"page {number:3d}  {paper:>7}  {line_of([results[-1]])}")
        if arguments.pictures is not None:
            arguments.pictures.mkdir(parents=True, exist_ok=True)
            save_picture(arguments.pictures / f"{number:03d}-{paper}.jpg", photo, page, quadrilaterals)
    for paper in PAPERS:
        print(f"{paper:>17}  {line_of([result for result in results if result['paper'] == paper])}")
    print(f"{'all':>17}  {line_of(results)}; peak memory {peak_memory():.0f} MB")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


def line_of(results: list[dict[str, float | int | str]]) -> str:
    """Return the figures of some pages as a line."""

    def total(name: str) -> int:
        return sum(int(result[name]) for result in results)

    def percent(part: str, whole: str) -> str:
        return f"{100 * total(part) / total(whole):5.1f}" if total(whole) else "    -"

    times = [float(result["ms"]) for result in results] or [0.0]
    pages = max(1, len(results))
    return (
        f"{total('numbers'):4d} numbers  found {percent('found', 'numbers')}  right {percent('right', 'numbers')}  "
        f"boxes {percent('boxes_right', 'boxes')} of {total('boxes'):3d}  "
        f"spurious {total('spurious') / pages:.2f} ({total('spurious_ok') / pages:.2f} ok)  "
        f"order {percent('in_order', 'neighbors')}  median {np.median(times):.0f} ms, slowest {max(times):.0f}"
    )


def compare(page: Page, truths: list[Truth], quadrilaterals: NDArray[np.float32]) -> dict[str, int]:
    """Return counts of what was found and read right, and of what was read where nothing is."""
    tables = [cell for table in page.tables for row in table.cells for cell in row]
    fields = [*page.fields, *tables]
    taken: dict[int, int] = {}
    spurious = [one for one in fields if one.text and _truth_of(one, quadrilaterals) is None]
    for index, one in enumerate(fields):
        truth = _truth_of(one, quadrilaterals)
        if truth is not None and (truth not in taken or len(one.text) > len(fields[taken[truth]].text)):
            taken[truth] = index
    texts = {truth: fields[index].text for truth, index in taken.items()}
    numbers = [number for number, truth in enumerate(truths) if truth.text]
    boxes = [number for number, truth in enumerate(truths) if truth.boxed]
    order = [taken[number] for number in range(len(truths)) if number in taken]
    return {
        "numbers": len(numbers),
        "found": sum(bool(texts.get(number)) for number in numbers),
        "right": sum(texts.get(number) == truths[number].text for number in numbers),
        "boxes": len(boxes),
        "boxes_right": sum(texts.get(number) == truths[number].text for number in boxes),
        "spurious": len(spurious),
        "spurious_ok": sum(one.status == "ok" for one in spurious),
        "neighbors": max(0, len(order) - 1),
        "in_order": sum(first < second for first, second in pairwise(order)),
    }


def _truth_of(one: Field, quadrilaterals: NDArray[np.float32]) -> int | None:
    """Return which truth a field's box covers, or lies in; None where none."""
    if one.box is None:
        return None
    left, top, right, bottom = one.box
    best, most = None, 0.3
    for number, corners in enumerate(quadrilaterals):
        low, high = corners.min(axis=0), corners.max(axis=0)
        width = min(right, high[0]) - max(left, low[0])
        height = min(bottom, high[1]) - max(top, low[1])
        if width <= 0 or height <= 0:
            continue
        both = width * height
        share = both / ((right - left) * (bottom - top) + np.prod(high - low) - both)
        if share > most:
            best, most = number, share
    return best


def corners_of(place: Rectangle) -> list[tuple[int, int]]:
    left, top, right, bottom = place
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def save_picture(path: Path, photo: NDArray[np.uint8], page: Page, truths: NDArray[np.float32]) -> None:
    """Draw truths in blue, fields and cells in the color of their status, with what was read."""
    colors = {"ok": (0, 160, 0), "review": (0, 140, 255), "empty": (160, 160, 160), "rejected": (0, 0, 255)}
    factor = 1400 / max(photo.shape)
    picture = cv2.cvtColor(cv2.resize(photo, None, fx=factor, fy=factor), cv2.COLOR_GRAY2BGR)
    for corners in truths:
        cv2.polylines(picture, [np.rint(corners * factor).astype(np.int32)], True, (255, 120, 0), 1)
    cells = [(cell, 1) for table in page.tables for row in table.cells for cell in row]
    for number, (one, thickness) in enumerate([*((one, 2) for one in page.fields), *cells]):
        assert one.box is not None
        left, top, right, bottom = (round(edge * factor) for edge in one.box)
        cv2.rectangle(picture, (left, top), (right, bottom), colors[one.status], thickness)
        note = f"{number}:{one.text}" if thickness == 2 else one.text
        cv2.putText(picture, note, (left, top - 2), cv2.FONT_HERSHEY_SIMPLEX, 0.45, colors[one.status], 1)
    cv2.imwrite(str(path), picture)


if __name__ == "__main__":
    main()
