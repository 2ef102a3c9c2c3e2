"""Whether a table is misread silently where something that is no table lies over it, by simulation.

    python benchmarks/spoiled_pages.py [--pages 24] [--marks ring ...] [--megapixels 6] [--pictures FOLDER]

Pages are those of ``pages.py``, a table each; over it lies a mark: rings of a cup, a pen's line, a stroke in a cell
from rule to rule or farther, a fold of the paper, lines under numbers or through them. Every other page is a scan, the
rest are photographed as in ``pages.py``. Each page is also read without its mark. It prints, for each mark:

    silent     cells that are wrong, or were cut or lost, without a field that wants review
    doubted    cells that are right without the mark and want review with it; in brackets, those it does not touch
    right      cells that are right and "ok"; in brackets, without the mark
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pages import Drawn, draw_table, photograph_points

from inkdigits import Reader, load_mnist
from inkdigits.containers import Field, Page
from inkdigits.datasets.mnist import TAUGHT

SEED = 5
Points = NDArray[np.float64]
Mark = Callable[[NDArray[np.uint8], np.random.Generator, Drawn], NDArray[np.float32]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=24)
    parser.add_argument("--megapixels", type=float, default=6)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--marks", nargs="+", default=list(MARKS), choices=list(MARKS))
    parser.add_argument("--pictures", type=Path, help="a folder for the pages with cells silently wrong")
    arguments = parser.parse_args()
    (images, digits), _ = load_mnist()
    reader = Reader()
    for name in arguments.marks:
        totals: dict[str, int] = {
            "silent": 0,
            "doubted": 0,
            "untouched": 0,
            "right": 0,
            "right before": 0,
            "cells": 0,
        }
        for number in range(arguments.pages):
            random = np.random.default_rng((arguments.seed, number))
            drawn = draw_table(random, images[TAUGHT:], digits[TAUGHT:], longest=2 + number % 2)
            light = MARKS[name](drawn.page, random, drawn)
            spoiled = np.rint(drawn.page * light).astype(np.uint8)
            photographed = int(random.integers(1 << 30)) if number % 2 else None
            clean, _ = judged(reader, drawn.page, drawn, photographed, arguments.megapixels)
            marked, picture = judged(reader, spoiled, drawn, photographed, arguments.megapixels)
            totals["cells"] += len(drawn.boxes)
            totals["right before"] += sum(verdict == "right" for verdict in clean.values())
            totals["right"] += sum(verdict == "right" for verdict in marked.values())
            doubted = [
                place for place, verdict in marked.items() if verdict == "doubted" and clean[place] == "right"
            ]
            totals["doubted"] += len(doubted)
            totals["untouched"] += sum(not _is_touched(light, drawn.boxes[place]) for place in doubted)
            silent = [place for place, verdict in marked.items() if verdict.startswith("silent")]
            silent = [place for place in silent if not clean[place].startswith("silent")]
            totals["silent"] += len(silent)
            if silent:
                print(f"{name} {number}: {' '.join(f'{place}:{marked[place]}' for place in silent)}")
            if silent and arguments.pictures is not None:
                arguments.pictures.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(arguments.pictures / f"{name}-{number:03d}.png"), picture)
        print(
            f"{name:>10}: {totals['silent']:3d} silent, {totals['doubted']:4d} ({totals['untouched']}) doubted, "
            f"{totals['right']:5d} ({totals['right before']}) right of {totals['cells']} cells",
            flush=True,
        )


def judged(
    reader: Reader, page: NDArray[np.uint8], drawn: Drawn, photographed: int | None, megapixels: float
) -> tuple[dict[tuple[int, int], str], NDArray[np.uint8]]:
    """Return for each cell "right", "doubted", or "silent" and what was read; and the picture that was read."""
    corners = np.array([[(a, b), (c, b), (c, d), (a, d)] for a, b, c, d in drawn.boxes.values()], np.float64)
    picture, places = page, corners.reshape(-1, 2)
    if photographed is not None:
        random = np.random.default_rng(photographed)
        picture, places = photograph_points(page, random, megapixels, places)
    cells = places.reshape(-1, 4, 2)
    read = _read(reader.read_page(picture))
    verdicts = {}
    for (place, _), quadrilateral in zip(drawn.boxes.items(), cells, strict=True):
        text = drawn.texts[place[0]][place[1]]
        verdicts[place] = _verdict(text, [field for field in read if _is_in(field, quadrilateral)])
    return verdicts, picture


def _is_touched(light: NDArray[np.float32], box: tuple[int, int, int, int]) -> bool:
    left, top, right, bottom = box
    return bool(light[top:bottom, left:right].min() < 0.95)


def _read(page: Page) -> list[Field]:
    return [*page.fields, *(field for table in page.tables for row in table.cells for field in row)]


def _is_in(field: Field, quadrilateral: Points) -> bool:
    """Tell whether a field's middle is in a cell, or the cell's in it."""
    if field.box is None:
        return False
    left, top, right, bottom = field.box
    if (
        cv2.pointPolygonTest(
            quadrilateral.astype(np.float32), ((left + right) / 2, (top + bottom) / 2), False
        )
        > 0
    ):
        return True
    x, y = quadrilateral.mean(axis=0)
    return bool(left < x < right and top < y < bottom)


def _verdict(text: str, fields: list[Field]) -> str:
    """Return how the fields in a cell go with what is written in it."""
    written = [field for field in fields if field.status != "empty"]
    if any(field.status in ("review", "rejected") for field in written):
        return "doubted"
    texts = [field.text for field in written]
    return "right" if texts == ([text] if text else []) else f"silent<{text}>{'|'.join(texts)}"


def _ring(page: NDArray[np.uint8], random: np.random.Generator, drawn: Drawn) -> NDArray[np.float32]:
    """A cup's ring: darker at its edges, not everywhere of one strength, at times two."""
    light = np.ones(page.shape, np.float32)
    for _ in range(int(random.integers(1, 3))):
        middle = _place(random, drawn)
        radius, width = random.uniform(90, 300), random.uniform(3, 14)
        y, x = np.mgrid[: page.shape[0], : page.shape[1]].astype(np.float32)
        distance = np.abs(np.hypot(x - middle[0], (y - middle[1]) * random.uniform(0.95, 1.05)) - radius)
        strength = np.clip(width / 2 + 0.5 - distance, 0, 1) * (
            0.7 + 0.3 * np.clip(distance / width * 2, 0, 1)
        )
        around = np.arctan2(y - middle[1], x - middle[0])
        uneven = 0.8 + 0.2 * np.cos(around * int(random.integers(1, 4)) + random.uniform(0, 6))
        light *= 1 - random.uniform(0.15, 0.8) * strength * uneven
    return light


def _pen(page: NDArray[np.uint8], random: np.random.Generator, drawn: Drawn) -> NDArray[np.float32]:
    """A pen's line, bent a little, anywhere and of any direction, most of them about upright or level."""
    middle, length = np.array(_place(random, drawn)), random.uniform(100, 900)
    angle = (
        random.uniform(0, np.pi)
        if random.random() < 0.4
        else random.normal(random.integers(2) * np.pi / 2, 0.06)
    )
    along = np.linspace(-0.5, 0.5, 60)[:, None] * length
    ahead = np.array([np.cos(angle), np.sin(angle)])
    bend = random.normal(0, 0.03) * length * np.cos(np.linspace(-1.5, 1.5, 60))[:, None]
    return _drawn(page.shape, middle + along * ahead + bend * ahead[::-1] * (-1, 1), random)


def _stroke(page: NDArray[np.uint8], random: np.random.Generator, drawn: Drawn) -> NDArray[np.float32]:
    """A straight line from one rule to the next through a cell with writing in it, or from rule to rule of several."""
    _, (left, top, right, bottom) = _written(random, drawn)
    upright = random.random() < 0.7
    share = random.uniform(0.2, 0.8)
    ends = (
        [(left + share * (right - left), top), (left + share * (right - left), bottom)]
        if upright
        else [(left, top + share * (bottom - top)), (right, top + share * (bottom - top))]
    )
    points = np.array(ends, np.float64) + random.normal(0, 4, (2, 2))
    middle = points.mean(axis=0)
    return _drawn(page.shape, middle + (points - middle) * random.choice([1.0, 1.0, 2.0, 4.0]), random)


def _fold(page: NDArray[np.uint8], random: np.random.Generator, drawn: Drawn) -> NDArray[np.float32]:
    """A fold through the whole page: a faint narrow shadow, with a light edge beside it at times."""
    x, y = _place(random, drawn)
    lean = random.normal(0, 0.01)
    height, width = page.shape
    ends = [(x - y * lean, 0), (x + (height - y) * lean, height)] if random.random() < 0.6 else [
        (0, y - x * lean), (width, y + (width - x) * lean)]  # fmt: skip
    return _drawn(page.shape, np.array(ends), random, darkness=(0.1, 0.45), thickness=(2, 6))


def _underline(page: NDArray[np.uint8], random: np.random.Generator, drawn: Drawn) -> NDArray[np.float32]:
    """Lines under, or through, some of the numbers."""
    light = np.ones(page.shape, np.float32)
    for _ in range(4):
        _, (left, top, right, bottom) = _written(random, drawn)
        level = top + random.uniform(0.5, 0.95) * (bottom - top)
        ends = np.array(
            [
                (left + random.uniform(0, 0.2) * (right - left), level),
                (right - random.uniform(0, 0.2) * (right - left), level),
            ]
        )
        light *= _drawn(page.shape, ends + random.normal(0, 2, (2, 2)), random)
    return light


def _drawn(
    shape: tuple[int, ...],
    points: Points,
    random: np.random.Generator,
    darkness: tuple[float, float] = (0.3, 0.85),
    thickness: tuple[int, int] = (1, 7),
) -> NDArray[np.float32]:
    """Return the light that a line through points, (N, 2), leaves, float32 of a shape."""
    line = np.zeros(shape, np.uint8)
    fixed = np.rint(points * 16).astype(np.int32)
    cv2.polylines(line, [fixed], False, 255, int(random.integers(*thickness)), cv2.LINE_AA, shift=4)
    return 1 - np.float32(random.uniform(*darkness) / 255) * cv2.GaussianBlur(line, (0, 0), 0.7)


def _place(random: np.random.Generator, drawn: Drawn) -> tuple[float, float]:
    """Return a place on the table, x and y."""
    boxes = np.array(list(drawn.boxes.values()))
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    x, y = random.uniform(low, high)
    return float(x), float(y)


def _written(random: np.random.Generator, drawn: Drawn) -> tuple[tuple[int, int], tuple[int, int, int, int]]:
    """Return a cell with writing in it, or any where there is none, and its box."""
    items = list(drawn.boxes.items())
    written = [item for item in items if drawn.texts[item[0][0]][item[0][1]]] or items
    return written[int(random.integers(len(written)))]


MARKS: dict[str, Mark] = {
    "ring": _ring,
    "pen": _pen,
    "stroke": _stroke,
    "fold": _fold,
    "underline": _underline,
}


if __name__ == "__main__":
    main()
