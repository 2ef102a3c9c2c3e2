"""How well ruled tables are read from photos of pages, by simulation, and how long a page takes.

    python benchmarks/pages.py [--pages 24] [--megapixels 12] [--pictures FOLDER] [--json FILE]

Each page holds one table of 2 to 12 rows and 2 to 9 columns, some cells merged, some blank, the others filled with
printed digits or with handwritten ones (of MNIST's training images those that no shipped model learned from), one
digit a cell on every other page and up to three on the others. The page is curled a little, tilted by up to 25
degrees, lies on any of its sides, has shadows, blur, noise and JPEG's traces. A cell is right where its text is;
a table of another shape than the one drawn has no cell right. --pictures keeps the pages that were misread.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from memory import peak_memory
from numpy.typing import NDArray

from inkdigits import Reader, load_mnist
from inkdigits.containers import Page
from inkdigits.datasets.mnist import TAUGHT

SEED = 5
PAPER = (1500, 1100)  # height and width of the drawn page


@dataclass
class Drawn:
    """A page as drawn, uint8 (H, W), the texts that its table's cells hold, and where each of these is on it."""

    page: NDArray[np.uint8]
    texts: list[list[str]]
    boxes: dict[tuple[int, int], tuple[int, int, int, int]]  # by row and column; merged cells once


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=24)
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--pictures", type=Path, help="a folder for the pages that were misread")
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    (images, digits), _ = load_mnist()
    held_out, labels = images[TAUGHT:], digits[TAUGHT:]
    reader = Reader()
    reader.read_page(np.full((100, 100), 255, np.uint8))
    results = []
    for number in range(arguments.pages):
        random = np.random.default_rng((arguments.seed, number))
        drawn = draw_table(random, held_out, labels, longest=1 if number % 2 == 0 else 3)
        photo = photograph(drawn.page, random, arguments.megapixels)
        start = time.perf_counter()
        page = reader.read_page(photo)
        milliseconds = 1000 * (time.perf_counter() - start)
        wrong = misread(page, drawn.texts)
        cells = sum(map(len, drawn.texts))
        shape = f"{len(drawn.texts)} x {len(drawn.texts[0])}"
        results.append(
            {"page": number, "shape": shape, "cells": cells, "wrong": len(wrong), "ms": milliseconds}
        )
        print(
            f"page {number:3d}  {shape:>7}  {len(wrong):3d} wrong  {milliseconds:6.0f} ms  {' '.join(wrong[:6])}"
        )
        if wrong and arguments.pictures is not None:
            arguments.pictures.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(arguments.pictures / f"{number:03d}.jpg"), photo)
    total = sum(result["cells"] for result in results)
    wrong_cells = sum(result["wrong"] for result in results)
    times = np.array([result["ms"] for result in results])
    print(
        f"{100 * (1 - wrong_cells / total):.2f}% of {total} cells right; median {np.median(times):.0f} ms, "
        f"slowest {times.max():.0f} ms a page of {arguments.megapixels:g} megapixels; "
        f"peak memory {peak_memory():.0f} MB"
    )
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


def misread(page: Page, texts: list[list[str]]) -> list[str]:
    """Return what is wrong, a word a cell: where, what was read and what is written."""
    table = max(page.tables, key=lambda table: len(table.cells) * len(table.cells[0]), default=None)
    cells = () if table is None else table.cells
    if (len(cells), len(cells[0]) if cells else 0) != (len(texts), len(texts[0])):
        shape = f"shape:{len(cells)}x{len(cells[0]) if cells else 0}"
        return [shape] * sum(map(len, texts))
    return [
        f"{row},{column}:{field.text or field.status}<{text or 'blank'}"
        for row, fields in enumerate(cells)
        for column, (field, text) in enumerate(zip(fields, texts[row], strict=True))
        if field.text != text
    ]


def draw_table(
    random: np.random.Generator, images: NDArray[np.uint8], labels: NDArray[np.integer], longest: int
) -> Drawn:
    """Draw a page with one table; ``longest`` is how many digits a cell may hold."""
    height, width = PAPER
    page = np.full(PAPER, 245, np.uint8)
    rows, columns = int(random.integers(2, 13)), int(random.integers(2, 10))
    texts = [["" for _ in range(columns)] for _ in range(rows)]
    cell_width = min(int(random.integers(70, 130)) * max(1, longest - 1), (width - 120) // columns)
    cell_height = min(int(random.integers(70, 110)), (height - 240) // rows)
    left, top = (
        (width - columns * cell_width) // 2,
        int(random.integers(120, 121 + height - 240 - rows * cell_height)),
    )
    cv2.putText(
        page, "Results of the week", (left, top - 30), cv2.FONT_HERSHEY_COMPLEX, 1.2, 40, 2, cv2.LINE_AA
    )
    covered: set[tuple[int, int]] = set()
    boxes: dict[tuple[int, int], tuple[int, int, int, int]] = {}
    thickness = int(random.integers(1, 4))
    for row in range(rows):
        for column in range(columns):
            if (row, column) in covered:
                continue
            across = (
                2
                if random.random() < 0.04 and column + 1 < columns and (row, column + 1) not in covered
                else 1
            )
            covered |= {(row, column + step) for step in range(across)}
            corner = (left + column * cell_width, top + row * cell_height)
            opposite = (corner[0] + across * cell_width, corner[1] + cell_height)
            cv2.rectangle(page, corner, opposite, 60, thickness, cv2.LINE_AA)
            boxes[row, column] = (*corner, *opposite)
            if random.random() < 0.7:
                texts[row][column] = write(page, random, images, labels, (*corner, *opposite), longest)
    cv2.rectangle(
        page, (left, top), (left + columns * cell_width, top + rows * cell_height), 30, thickness + 2
    )
    return Drawn(page, texts, boxes)


def write(
    page: NDArray[np.uint8],
    random: np.random.Generator,
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    cell: tuple[int, int, int, int],
    longest: int,
) -> str:
    """Write a number into a cell of the page and return it."""
    left, top, right, bottom = cell
    count = int(random.integers(1, longest + 1))
    side = int(random.uniform(0.6, 0.85) * min(bottom - top, (right - left) / (0.72 * count)))
    printed = random.random() < 0.4
    chosen = random.integers(0, len(images), count)
    text = "".join(str(labels[index]) for index in chosen)
    if printed:
        text = text.lstrip("0") or "0"
        scale = cv2.getFontScaleFromHeight(cv2.FONT_HERSHEY_TRIPLEX, int(0.6 * side), 2)
        (wide, tall), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_TRIPLEX, scale, 2)
        origin = ((left + right - wide) // 2, (top + bottom + tall) // 2)
        cv2.putText(page, text, origin, cv2.FONT_HERSHEY_TRIPLEX, scale, 25, 2, cv2.LINE_AA)
        return text
    step = int(0.68 * side)
    start = (left + right - step * (count - 1) - side) // 2 + int(random.integers(-3, 4))
    darkness = random.uniform(0.5, 0.95)
    for place, index in enumerate(chosen):
        ink = cv2.resize(images[index], (side, side), interpolation=cv2.INTER_CUBIC) * (darkness / 255)
        x, y = start + place * step, (top + bottom - side) // 2
        area = page[y : y + side, x : x + side]
        area[:] = np.rint(area * (1 - ink[: area.shape[0], : area.shape[1]])).astype(np.uint8)
    return text


def photograph(page: NDArray[np.uint8], random: np.random.Generator, megapixels: float) -> NDArray[np.uint8]:
    """Return the page as a phone might see it, uint8 gray of about so many megapixels."""
    return photograph_points(page, random, megapixels, np.empty((0, 2)))[0]


def photograph_points(
    page: NDArray[np.uint8], random: np.random.Generator, megapixels: float, points: NDArray[np.float64]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return ``photograph`` of a page, and where points of the page, float (N, 2), x and y, are in the photo."""
    height = round((megapixels * 1e6 * 4 / 3) ** 0.5)
    size = (round(height * 3 / 4), height)
    rows, columns = page.shape
    curl = random.uniform(0, 0.008) * rows * np.sin(np.linspace(0, np.pi, columns))
    x, y = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
    curled = cv2.remap(page, x, (y + curl).astype(np.float32), cv2.INTER_LINEAR, borderValue=245)
    flat = np.array([(-0.5, -0.68), (0.5, -0.68), (0.5, 0.68), (-0.5, 0.68)])
    tilt, about, skew = np.radians((random.uniform(0, 25), random.uniform(0, 360), random.uniform(-8, 8)))
    axis = np.array([np.cos(about), np.sin(about), 0])
    turn = cv2.Rodrigues(tilt * axis)[0] @ cv2.Rodrigues(np.array([0, 0, skew]))[0]
    seen = np.column_stack([flat, np.zeros(4)]) @ turn.T
    seen = seen[:, :2] / (seen[:, 2:] + 1.8)
    seen = (seen - seen.min(axis=0)) / np.ptp(seen, axis=0).max() * height * random.uniform(0.8, 0.97)
    seen += (np.array(size) - seen.max(axis=0)) / 2
    corners = np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], np.float32)
    homography = cv2.getPerspectiveTransform(corners, seen.astype(np.float32))
    photo = cv2.warpPerspective(curled, homography, size, flags=cv2.INTER_CUBIC, borderValue=90).astype(
        np.float32
    )
    photo *= shade(random, size)
    photo = cv2.GaussianBlur(photo, (0, 0), random.uniform(0.6, 1.2) * height / 2000)
    photo += cv2.resize(random.normal(0, random.uniform(1, 4), (size[1] // 2, size[0] // 2)), size)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(60, 92))]
    _, data = cv2.imencode(".jpg", np.clip(photo, 0, 255).astype(np.uint8), quality)
    upright = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    quarters = int(random.integers(0, 4))
    places = np.empty((0, 2))
    if len(points):
        lifted = np.interp(points[:, 0], np.arange(columns), curl)
        shown = np.column_stack([points[:, 0], points[:, 1] - lifted])[None]
        places = cv2.perspectiveTransform(shown, homography.astype(np.float64))[0]
        for _ in range(quarters):
            size = (size[1], size[0])
            places = np.column_stack([places[:, 1], size[1] - places[:, 0]])
    return np.ascontiguousarray(np.rot90(upright, quarters)), places


def shade(random: np.random.Generator, size: tuple[int, int]) -> NDArray[np.float32]:
    """Return the light on a photo, float32 (H, W): it falls off, and a shadow with a soft edge lies over a part."""
    small = np.ones((120, 90), np.float32)
    small *= np.linspace(1, random.uniform(0.6, 1), 90, dtype=np.float32)
    small *= np.linspace(random.uniform(0.7, 1), 1, 120, dtype=np.float32)[:, None]
    shadow = np.ones_like(small)
    outline = random.uniform(-20, 140, (4, 2)).astype(np.int32)
    cv2.fillConvexPoly(shadow, cv2.convexHull(outline), random.uniform(0.45, 1))
    soft = cv2.GaussianBlur(shadow, (0, 0), random.uniform(0.6, 4))
    return np.asarray(cv2.resize(small * soft, size, interpolation=cv2.INTER_LINEAR), np.float32)


if __name__ == "__main__":
    main()
