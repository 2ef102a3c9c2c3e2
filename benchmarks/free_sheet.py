"""The pages of ``free_fields.py``: paper with numbers and words on it, and forms with boxes and combs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from pages import PAPER

from inkdigits.synthesis.glyphs import FontGlyphs, MnistGlyphs

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
class Outline:
    """How boxes are drawn: how high, in lines how thick, and how light."""

    tall: int
    thickness: int
    level: int


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
            draw = draw_comb if random.random() < 0.4 else draw_box
            end = draw(drawn, random, pens, corner, Outline(tall, thickness, level))
            x = end + int(random.integers(40, 90))
        y += tall + int(random.integers(24, 60))
    return drawn


def draw_box(
    drawn: Drawn,
    random: Random,
    pens: Pens,
    corner: tuple[int, int],
    outline: Outline,
) -> int:
    """Draw a box with a number in it, or blank, and return its right edge."""
    left, top = corner
    right = min(left + int(random.integers(70, 260)), PAPER[1] - 40)
    bottom = top + outline.tall
    cv2.rectangle(drawn.page, (left, top), (right, bottom), outline.level, outline.thickness)
    text = ""
    if random.random() < 0.75:
        pen = choose_pen(random, pens, int(outline.tall * random.uniform(0.45, 0.65)), words=False)
        text = number_text(random, pen)[: max(1, int((right - left - 30) / (0.8 * pen.height)))].rstrip(".")
        write(drawn.page, random, pen, text, (left + 14, bottom - (outline.tall - pen.height) // 2), None)
    drawn.truths.append(Truth(text, (left, top, right, bottom), boxed=True))
    return right


def draw_comb(
    drawn: Drawn,
    random: Random,
    pens: Pens,
    corner: tuple[int, int],
    outline: Outline,
) -> int:
    """Draw a row of boxes with a digit in each of some of them, and return its right edge."""
    left, top = corner
    tall = outline.tall
    wide = int(tall * random.uniform(0.7, 1))
    count = min(int(random.integers(2, 9)), (PAPER[1] - 40 - left) // wide)
    for number in range(count):
        cv2.rectangle(
            drawn.page,
            (left + number * wide, top),
            (left + (number + 1) * wide, top + tall),
            outline.level,
            outline.thickness,
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
