"""How many synthetic dates in hands that nothing learned from are read as the right day, and of those called "ok".

    python -m inkdigits.synthesis fonts .fonts
    python benchmarks/dates.py [--photos 24000] [--seed 991] [--fonts .fonts] [--json FILE]

Of the photos of fields in held-out fonts, MNIST digits and drawn strokes, those of a date that means one day where the
day comes first are read with kind="date", day_first=True. Real dates are few: see benchmarks/real_handwriting.py.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from held_out import FONTS, held_out_writers

from inkdigits import Reader
from inkdigits.reading.options import ValueOptions
from inkdigits.reading.values import possible_values
from inkdigits.synthesis.fields import field_photos
from inkdigits.synthesis.hands import GlyphSources


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=int, default=24_000)
    parser.add_argument("--seed", type=int, default=991)
    parser.add_argument("--fonts", type=Path, default=FONTS)
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    writers = held_out_writers(arguments.fonts)
    if writers is None:
        return
    images, days = written_dates(arguments.photos, arguments.seed, writers)
    fields = Reader().read_fields(images, kind="date", day_first=True)
    right = np.array([field.value == day for field, day in zip(fields, days, strict=True)])
    sure = np.array([field.status == "ok" for field in fields])
    figures = {
        "dates": len(fields),
        "right, %": 100 * float(right.mean()),
        "called ok, %": 100 * float(sure.mean()),
        "right of those called ok, %": 100 * float(right[sure].mean()),
        "rejected, %": 100 * float(np.mean([field.status == "rejected" for field in fields])),
    }
    print(", ".join(f"{name} {value:.2f}" for name, value in figures.items()))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n")


def written_dates(photos: int, seed: int, writers: GlyphSources) -> tuple[list[np.ndarray], list[object]]:
    options = ValueOptions(day_first=True)
    images, days = [], []
    for photo in field_photos(photos, seed, writers):
        if photo.kind != "number" or sum(photo.text.count(mark) for mark in "/-.") != 2:
            continue
        values = possible_values(photo.text, "date", options)
        if len(values) == 1:
            images.append(photo.image)
            days.append(values[0])
    return images, days


if __name__ == "__main__":
    main()
