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
import resource
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pages import PAPER, photograph_points

from inkdigits import Reader, load_mnist
from inkdigits.containers import Field, Page
from inkdigits.synthesis import font_files
from inkdigits.synthesis.glyphs import FontGlyphs, MnistGlyphs

SEED = 5
HELD_OUT = 55_000  # MNIST's training images from here on taught no shipped model
PAPERS = ("plain", "lined", "squared", "form")
PROSE = """
the of and room total score paid left from week name date hours milk bread apples Monday June Smith Anna Paul class
school Street Number amount kilos Result open closed garden water Library window little boys will sole Good Loss is it
So go ill loss also soil oils solid Bill size
"""
WORDS = tuple(PROSE.split())

Random = np.random.Generator
Rectangle = tuple[int, int, int, int]


@dataclass(frozen=True)
class Truth:
    """A number, or a blank boxed field, as drawn: its text, where it is on the page, whether it is boxed."""

    text: str
    place: Rectangle
    boxed: bool


@dataclass
class Drawn:
    """A page as drawn, uint8 (H, W), what is to be found on it, in reading order, and where words are."""

    page: NDArray[np.uint8]
    truths: list[Truth] = field(default_factory=list)


@dataclass(frozen=True)
class Pens:
    """What numbers and words are written with."""

    mnist: MnistGlyphs
    written: FontGlyphs
    printed: FontGlyphs


@dataclass(frozen=True)
class Pen:
    """What one number or word is written with: a font, or MNIST's digits, how high digits are, how dark."""

    glyphs: FontGlyphs | MnistGlyphs
    font: int
    height: int
    darkness: float


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
        MnistGlyphs(images[HELD_OUT:], digits[HELD_OUT:].astype(np.int64)),
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
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'all':>17}  {line_of(results)}; peak memory {memory:.0f} MB")
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


def draw_paper(random: Random, pens: Pens, paper: str) -> Drawn:
    """Draw plain, lined or squared paper with numbers and words on it."""
    drawn = Drawn(np.full(PAPER, int(random.integers(235, 250)), np.uint8))
    pitch = int(random.integers(44, 60)) if paper == "lined" else int(random.integers(28, 42))
    rule_paper(drawn.page, random, paper, pitch)
    height = int(random.integers(28, 44))
    step = pitch * max(1, round(1.7 * height / pitch)) if paper != "plain" else int(1.9 * height)
    one_a_square = paper == "squared" and random.random() < 0.4
    base = 130 // step * step + step
    while base < PAPER[0] - 100:
        if random.random() < 0.6:
            write_line(drawn, random, pens, height, base, pitch if one_a_square else None)
        base += step * int(random.integers(1, 4))
    return drawn


def rule_paper(page: NDArray[np.uint8], random: Random, paper: str, pitch: int) -> None:
    level = int(random.integers(150, 215))
    thickness = int(random.integers(1, 3))
    if paper == "plain":
        return
    for y in range(pitch, PAPER[0], pitch):
        cv2.line(page, (0, y), (PAPER[1], y), level, thickness)
    if paper == "squared":
        for x in range(pitch, PAPER[1], pitch):
            cv2.line(page, (x, 0), (x, PAPER[0]), level, thickness)
    elif random.random() < 0.5:
        cv2.line(page, (110, 0), (110, PAPER[0]), level - 20, thickness)


def write_line(drawn: Drawn, random: Random, pens: Pens, height: int, base: int, pitch: int | None) -> None:
    """Write one to five numbers and words on a line whose baseline is at ``base``."""
    x = int(random.integers(130, 400))
    word_pen = choose_pen(random, pens, height, words=True)
    for _ in range(int(random.integers(1, 6))):
        is_number = random.random() < 0.5
        pen = choose_pen(random, pens, height, words=False) if is_number else word_pen
        text = number_text(random, pen) if is_number else str(random.choice(WORDS))
        gap = pitch if is_number and pitch is not None else None
        place = write(drawn.page, random, pen, text, (x, base - 3), gap)
        if place is None:
            return
        if is_number:
            drawn.truths.append(Truth(text, place, boxed=False))
        x = place[2] + int(random.uniform(0.9, 3.5) * height)


def draw_form(random: Random, pens: Pens) -> Drawn:
    """Draw a form: labels, each with a box or a comb, and a few numbers of its own."""
    drawn = Drawn(np.full(PAPER, 246, np.uint8))
    label_pen = Pen(pens.printed, int(random.integers(len(pens.printed))), int(random.integers(20, 30)), 0.85)
    write(drawn.page, random, replace_height(label_pen, 36), "Form for the week", (120, 120), None)
    y, thickness, level = 170, int(random.integers(1, 4)), int(random.integers(30, 120))
    while y < PAPER[0] - 150:
        tall = int(random.integers(46, 76))
        x = 120
        while x < 800:
            label = " ".join(random.choice(WORDS, int(random.integers(1, 3))))
            place = write(drawn.page, random, label_pen, label, (x, y + tall // 2 + 10), None)
            if place is None or place[2] > PAPER[1] - 260:
                break
            corner = (place[2] + 24, y)
            end = (
                draw_comb(drawn, random, pens, corner, tall, thickness, level)
                if random.random() < 0.4
                else draw_box(drawn, random, pens, corner, tall, thickness, level)
            )
            x = end + int(random.integers(40, 90))
        y += tall + int(random.integers(24, 60))
    return drawn


def draw_box(
    drawn: Drawn,
    random: Random,
    pens: Pens,
    corner: tuple[int, int],
    tall: int,
    thickness: int,
    level: int,
) -> int:
    """Draw a box with a number in it, or blank, and return its right edge."""
    left, top = corner
    right = min(left + int(random.integers(70, 260)), PAPER[1] - 40)
    bottom = top + tall
    cv2.rectangle(drawn.page, (left, top), (right, bottom), level, thickness)
    text = ""
    if random.random() < 0.75:
        pen = choose_pen(random, pens, int(tall * random.uniform(0.45, 0.65)), words=False)
        text = number_text(random, pen)[: max(1, int((right - left - 30) / (0.8 * pen.height)))].rstrip(".")
        write(drawn.page, random, pen, text, (left + 14, bottom - (tall - pen.height) // 2), None)
    drawn.truths.append(Truth(text, (left, top, right, bottom), boxed=True))
    return right


def draw_comb(
    drawn: Drawn,
    random: Random,
    pens: Pens,
    corner: tuple[int, int],
    tall: int,
    thickness: int,
    level: int,
) -> int:
    """Draw a row of boxes with a digit in each of some of them, and return its right edge."""
    left, top = corner
    wide = int(tall * random.uniform(0.7, 1))
    count = min(int(random.integers(2, 9)), (PAPER[1] - 40 - left) // wide)
    for number in range(count):
        cv2.rectangle(
            drawn.page,
            (left + number * wide, top),
            (left + (number + 1) * wide, top + tall),
            level,
            thickness,
        )
    text = ""
    if random.random() < 0.8:
        pen = choose_pen(random, pens, int(min(tall, 1.3 * wide) * random.uniform(0.5, 0.68)), words=False)
        filled = count if random.random() < 0.6 else int(random.integers(1, count + 1))
        start = count - filled if random.random() < 0.5 else 0
        text = "".join(str(digit) for digit in random.integers(0, 10, filled))
        for number, digit in enumerate(text, start):
            mask = digit_mask(random, pen, digit)
            middle = left + number * wide + wide // 2 + int(random.integers(-3, 4))
            lay(
                drawn.page,
                mask,
                (middle - mask.shape[1] // 2, top + (tall - mask.shape[0]) // 2),
                pen.darkness,
            )
    drawn.truths.append(Truth(text, (left, top, left + count * wide, top + tall), boxed=True))
    return left + count * wide


def choose_pen(random: Random, pens: Pens, height: int, *, words: bool) -> Pen:
    chance = random.random()
    darkness = random.uniform(0.55, 0.95)
    if chance < 0.4 and not words:
        return Pen(pens.mnist, 0, height, darkness)
    glyphs = pens.written if chance < 0.75 else pens.printed
    return Pen(glyphs, int(random.integers(len(glyphs))), height, darkness)


def replace_height(pen: Pen, height: int) -> Pen:
    return Pen(pen.glyphs, pen.font, height, pen.darkness)


def number_text(random: Random, pen: Pen) -> str:
    """Return an integer of one to six digits or, in a font, now and then a decimal."""
    count = int(random.choice((1, 2, 2, 3, 3, 4, 5, 6)))
    text = "".join(str(digit) for digit in random.integers(0, 10, count))
    if isinstance(pen.glyphs, FontGlyphs) and count > 2 and random.random() < 0.25:
        return f"{text[:-2]}.{text[-2:]}"
    return text


def write(
    page: NDArray[np.uint8],
    random: Random,
    pen: Pen,
    text: str,
    start: tuple[int, int],
    pitch: int | None,
) -> Rectangle | None:
    """Write a text from ``start``, its left end on the baseline; return its box, or None where there is no room.

    pitch: from one digit to the next, where each has a square of its own.
    """
    x, base = start
    masks = (
        [digit_mask(random, pen, character) for character in text]
        if (pitch is not None and text.isdigit()) or isinstance(pen.glyphs, MnistGlyphs)
        else [text_mask(pen, text)]
    )
    gap = int(pen.height * random.uniform(0.08, 0.3))
    steps = [mask.shape[1] + gap if pitch is None else max(pitch, mask.shape[1] + 2) for mask in masks]
    if x + sum(steps) > page.shape[1] - 60:
        return None
    boxes = []
    for mask, step in zip(masks, steps, strict=True):
        boxes.append(lay(page, mask, (x, base - mask.shape[0] + descent(mask, pen, text)), pen.darkness))
        x += step
    return union(boxes)


def digit_mask(random: Random, pen: Pen, digit: str) -> NDArray[np.uint8]:
    if isinstance(pen.glyphs, MnistGlyphs):
        return resized(cropped(pen.glyphs.glyph(int(digit), random).mask), pen.height)
    return resized(cropped(pen.glyphs.text(digit, pen.font)), pen.height)


def text_mask(pen: Pen, text: str) -> NDArray[np.uint8]:
    assert isinstance(pen.glyphs, FontGlyphs)
    mask = pen.glyphs.text(text, pen.font)
    digit = cropped(pen.glyphs.text("5", pen.font)).shape[0]
    mask = cropped(mask)
    return resized(mask, max(6, round(pen.height * mask.shape[0] / digit)))


def descent(mask: NDArray[np.uint8], pen: Pen, text: str) -> int:
    """Return by how much a mask reaches below the baseline."""
    return max(0, mask.shape[0] - pen.height) // 2 if any(letter in "gjpqy" for letter in text) else 0


def cropped(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    left, top, width, height = cv2.boundingRect((mask > 40).astype(np.uint8))
    return mask[top : top + height, left : left + width] if width else mask


def resized(mask: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    size = (max(2, round(mask.shape[1] * height / mask.shape[0])), height)
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.uint8)


def lay(
    page: NDArray[np.uint8], mask: NDArray[np.uint8], corner: tuple[int, int], darkness: float
) -> Rectangle:
    """Lay ink on the page and return its box."""
    x, y = max(0, corner[0]), max(0, corner[1])
    area = page[y : y + mask.shape[0], x : x + mask.shape[1]]
    ink = mask[: area.shape[0], : area.shape[1]] * (darkness / 255)
    area[:] = np.rint(area * (1 - ink)).astype(np.uint8)
    return x, y, x + area.shape[1], y + area.shape[0]


def union(boxes: Iterable[Rectangle]) -> Rectangle:
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


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
