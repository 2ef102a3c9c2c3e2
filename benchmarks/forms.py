"""How well a form of 40 fields is read from simulated photos, and how long a page takes.

    python benchmarks/forms.py [--pages 20] [--seed 5] [--megapixels 12] [--pictures FOLDER] [--json FILE] [--final]

The form (``form_sheet.py`` draws it) is printed blank and filled by hand: single digits, numbers, decimals, percents,
dates, one-box-a-digit combs, and a marks table in which rows and columns add up. Each field is written either in
digits of MNIST or in a handwriting font that no shipped model has seen; MNIST's come from the training images that
taught no shipped model, with --final from the test images. The page is photographed like those of ``pages.py``: curled
a little, tilted by up to 25 degrees, on any of its sides, with shadows, blur, noise and JPEG's traces. Decoding counts.

A field is right where its value is (of a comb, its leading zeros too), an empty one where it is "empty".
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from form_sheet import Entry, draw_blank, form_template, random_entries
from memory import peak_memory
from numpy.typing import NDArray
from pages import photograph

from inkdigits import Field, InkdigitsError, Reader, load_mnist
from inkdigits.datasets.mnist import TAUGHT
from inkdigits.synthesis.fonts import font_files
from inkdigits.synthesis.glyphs import FontGlyphs, MnistGlyphs
from inkdigits.synthesis.hands import GlyphSources, Hand
from inkdigits.synthesis.writing import sample_line_style, write_line

SEED = 5


def main() -> None:
    arguments = parse_arguments()
    sources = load_hands(arguments.fonts, final=arguments.final)
    blank = draw_blank()
    template = form_template(blank)
    reader = Reader()
    warm_up(reader, template, blank)
    results = []
    errors: Counter[str] = Counter()
    for number in range(arguments.pages):
        random = np.random.default_rng((arguments.seed, number))
        entries = random_entries(random)
        photo = photograph(fill(blank, entries, sources, random), random, arguments.megapixels)
        data = as_jpeg(photo)
        start, processor = time.perf_counter(), time.process_time()
        try:
            fields: tuple[Field, ...] = reader.read_form(data, template).fields
        except InkdigitsError as error:
            print(f"page {number}: {error}")
            fields = ()
        seconds, processor = time.perf_counter() - start, time.process_time() - processor
        wrong = misread(fields, entries)
        errors.update(entry.group for entry, _ in wrong)
        sure = sum(field is not None and field.status == "ok" for _, field in wrong)
        results.append(
            {
                "page": number,
                "fields": len(entries),
                "wrong": len(wrong),
                "wrong_but_ok": sure,
                "seconds": seconds,
                "processor_seconds": processor,
            }
        )
        words = [f"{entry.name}:{shown(field)}<{entry.text or 'blank'}" for entry, field in wrong]
        print(f"page {number:3d}  {len(wrong):2d} wrong  {1000 * seconds:5.0f} ms  {' '.join(words[:8])}")
        if wrong and arguments.pictures is not None:
            arguments.pictures.mkdir(parents=True, exist_ok=True)
            (arguments.pictures / f"{arguments.seed}-{number:03d}.jpg").write_bytes(data)
    report(results, errors, arguments.megapixels)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--fonts", type=Path, default=Path(".fonts"))
    parser.add_argument(
        "--final", action="store_true", help="fill with MNIST's test digits; nothing may be chosen by it"
    )
    parser.add_argument("--pictures", type=Path, help="a folder for the photos with misread fields")
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    return parser.parse_args()


def load_hands(fonts: Path, *, final: bool) -> GlyphSources:
    """Writers in equal shares of MNIST's digits and of handwriting fonts, none of which taught a shipped model."""
    (images, labels), (test_images, test_labels) = load_mnist()
    digits = (test_images, test_labels) if final else (images[TAUGHT:], labels[TAUGHT:])
    faces = FontGlyphs(font_files(fonts, kind="handwritten", use="held-out"))
    return GlyphSources(MnistGlyphs(*digits), faces, shares=(0.5, 0.5, 0.0, 0.0))


def warm_up(reader: Reader, template: object, blank: NDArray[np.uint8]) -> None:
    """Load the models and prepare the form: a stack of pages pays for it once."""
    reader.read_form(blank, template)


def fill(
    blank: NDArray[np.uint8], entries: list[Entry], sources: GlyphSources, random: np.random.Generator
) -> NDArray[np.uint8]:
    """Return the form filled in, uint8 (H, W)."""
    page = blank.astype(np.float32)
    darkness = random.uniform(0.55, 0.95)
    for entry in entries:
        if not entry.text:
            continue
        # As they are: what MNIST's writers and the fonts' designers drew, not bent, thickened or redrawn.
        hand = replace(
            Hand.sample(sources, random),
            keep_width=True,
            bending=0.0,
            own_shapes=frozenset(),
            slant=0.1,
            aspect=1.0,
        )
        for text, box in entry.pieces:
            write(page, text, box, hand, random, darkness)
    return np.rint(page).astype(np.uint8)


def write(
    page: NDArray[np.float32],
    text: str,
    box: tuple[int, int, int, int],
    hand: Hand,
    random: np.random.Generator,
    darkness: float,
) -> None:
    """Write a text into a box of the page, not always within its lines."""
    left, top, right, bottom = box
    style = sample_line_style(hand, random)
    # Digits stay apart, and marks are to be seen: a point under a digit could not be read by anyone.
    style = replace(style, joined=0.0, run_of_zeros=0.0, gap=max(style.gap, 0.08))
    height = (bottom - top) * random.uniform(0.5, 0.78)
    ink = write_line(text, hand, style, random, height=height).ink
    widest = 0.92 * (right - left)
    if ink.shape[1] > widest:
        size = (round(widest), max(1, round(ink.shape[0] * widest / ink.shape[1])))
        ink = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    spare_x, spare_y = right - left - ink.shape[1], bottom - top - ink.shape[0]
    x = round(left + spare_x * random.uniform(0.1, 0.9 if len(text) == 1 else 0.6))
    y = round(top + spare_y / 2 + (bottom - top) * random.normal(0, 0.05))
    area = page[y : y + ink.shape[0], x : x + ink.shape[1]]
    area *= 1 - ink * np.float32(darkness / 255)


def as_jpeg(photo: NDArray[np.uint8]) -> bytes:
    """Return a photo as a color JPEG file, as a phone would give it."""
    done, data = cv2.imencode(".jpg", cv2.cvtColor(photo, cv2.COLOR_GRAY2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])
    if not done:
        sys.exit("a photo could not be encoded")
    return io.BytesIO(data.tobytes()).getvalue()


def misread(fields: tuple[Field, ...], entries: list[Entry]) -> list[tuple[Entry, Field | None]]:
    """Return what is not as written, and what was read in its place."""
    by_name = {field.name: field for field in fields}
    return [
        (entry, by_name.get(entry.name))
        for entry in entries
        if entry.name not in by_name or not is_right(by_name[entry.name], entry)
    ]


def is_right(field: Field, entry: Entry) -> bool:
    if not entry.text:
        return field.status == "empty"
    return field.value == entry.value and (entry.group != "comb" or field.text.replace("/", "") == entry.text)


def shown(field: Field | None) -> str:
    return "nothing" if field is None else f"{field.text or field.status}({field.confidence:.2f})"


def report(results: list[dict[str, float]], errors: Counter[str], megapixels: float) -> None:
    total = sum(result["fields"] for result in results)
    wrong = sum(result["wrong"] for result in results)
    silent = sum(result["wrong_but_ok"] for result in results)
    seconds = np.array([result["seconds"] for result in results])
    processor = np.array([result["processor_seconds"] for result in results])
    print(
        f"{100 * (1 - wrong / total):.2f}% of {total} fields right, {100 * silent / total:.2f}% wrong with status ok; "
        f"median {np.median(seconds):.2f} s, slowest {seconds.max():.2f} s a page of {megapixels:g} megapixels "
        f"({np.median(processor):.2f} s of processor time); peak memory {peak_memory():.0f} MB"
    )
    print("wrong by group:", ", ".join(f"{group} {count}" for group, count in errors.most_common()) or "none")


if __name__ == "__main__":
    main()
