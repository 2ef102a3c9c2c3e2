"""What goes wrong when lines are read: errors by class, the commonest confusions, and pictures of them.

    python benchmarks/line_errors.py FOLDER [--limit N] [--sheets DIR] [--json FILE]

FOLDER is as real_handwriting.py takes it; its strings are read as numbers, or as dates. A text is held against the
right one by the least number of edits, separators left out, and falls into the first class that fits: rejected (or
empty), lost (fewer digits than there are), added (more), or confused (as many, not the same). How honest confidence is,
is told of the digits, of the value (of which a decimal mark is part) and of the text to the letter. With --sheets a
sheet of the failures of each set is drawn, the picture beside what the model saw; they show what the sets hold, so keep
them to yourself.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from difflib import SequenceMatcher
from pathlib import Path

import cv2
import numpy as np
from real_handwriting import digits, load_sets

from inkdigits import Reader
from inkdigits.containers import Kind
from inkdigits.evaluation.calibration import expected_calibration_error
from inkdigits.reading import Reading
from inkdigits.reading.options import ValueOptions
from inkdigits.reading.values import possible_values

ON_A_SHEET = 90
COLUMNS = 5
CELL = (60, 310)  # rows and columns, in pixels


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--limit", type=int, help="at most N fields a set")
    parser.add_argument("--sheets", type=Path, help="where to put the sheets of failures")
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    if arguments.folder is None:
        print("left out: name a folder of real handwriting to measure on (see --help)")
        return
    reader = Reader()
    rows = []
    for name, images, texts, kind in load_sets(arguments.folder, arguments.limit):
        if kind == "digit":
            continue
        readings = reader.examine(images, kind, **({"day_first": True} if kind == "date" else {}))
        failed = [
            index
            for index, reading in enumerate(readings)
            if digits(reading.field.text) != digits(texts[index])
        ]
        classes = Counter(error_class(readings[index], texts[index]) for index in failed)
        pairs: Counter[str] = Counter()
        for index in failed:
            pairs.update(confusions(digits(texts[index]), digits(readings[index].field.text)))
        shares = {key: 100 * count / len(texts) for key, count in classes.most_common()}
        honesty = {
            meant: honesty_of(readings, same) for meant, same in sameness(readings, texts, kind).items()
        }
        rows.append(
            {
                "set": name,
                "n": len(texts),
                "percent": shares,
                "confusions": pairs.most_common(12),
                "honesty": honesty,
            }
        )
        print(f"{name}: {len(failed)} of {len(texts)} wrong")
        print("   " + "  ".join(f"{key} {share:.1f}%" for key, share in shares.items()))
        print("   " + "  ".join(f"{pair} {count}" for pair, count in pairs.most_common(12)))
        for meant, told in honesty.items():
            print(
                f"   {meant}: " + "  ".join(f"{key} {percent:.1f}%" for key, percent in told.items()),
                flush=True,
            )
        if arguments.sheets:
            arguments.sheets.mkdir(parents=True, exist_ok=True)
            cells = [draw(images[index], readings[index], texts[index]) for index in failed[:ON_A_SHEET]]
            if cells:
                cv2.imwrite(str(arguments.sheets / f"{name}.png"), sheet(cells))
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")


def error_class(reading: Reading, text: str) -> str:
    if reading.field.status in ("rejected", "empty"):
        return "rejected"
    difference = len(digits(reading.field.text)) - len(digits(text))
    return "confused" if difference == 0 else "lost" if difference < 0 else "added"


def sameness(readings: list[Reading], texts: list[str], kind: Kind) -> dict[str, np.ndarray]:
    """Return which readings are right: in their digits, in a value that they may have, and to the letter.

    In their digits alone, where the right texts are without marks.
    """
    options = ValueOptions(day_first=True) if kind == "date" else None
    read = [reading.field.text for reading in readings]
    values = [[set(possible_values(text, kind, options)) for text in some] for some in (read, texts)]
    pairs = list(zip(read, texts, strict=True))
    same_digits = np.array([digits(a) == digits(b) for a, b in pairs])
    if all(text == digits(text) for text in texts):
        return {"digits": same_digits}
    return {
        "digits": same_digits,
        "value": np.array([a == b or bool(c & d) for (a, b), c, d in zip(pairs, *values, strict=True)]),
        "text": np.array([a == b for a, b in pairs]),
    }


def honesty_of(readings: list[Reading], right: np.ndarray) -> dict[str, float]:
    """Return in percent how many are right, how sure they are on average, and the expected calibration error."""
    sure = np.array([reading.field.confidence if reading.field.text else 0.0 for reading in readings])
    return {
        "right": 100 * float(right.mean()),
        "mean confidence": 100 * float(sure.mean()),
        "calibration error": 100 * expected_calibration_error(sure, right),
    }


def confusions(right: str, read: str) -> list[str]:
    """Return "right>read" for each stretch that differs; nothing is written as _."""
    steps = SequenceMatcher(None, right, read, autojunk=False).get_opcodes()
    return [f"{right[a:b] or '_'}>{read[c:d] or '_'}" for step, a, b, c, d in steps if step != "equal"]


def draw(image: np.ndarray, reading: Reading, text: str) -> np.ndarray:
    """Return one failure: the picture, what the model saw, and under them what is there and what was read."""
    cell = np.full(CELL, 200, np.uint8)
    rows = CELL[0] - 16
    seen = reading.model_input if reading.model_input is not None else np.zeros((32, 16), np.uint8)
    for left, picture in ((0, image), (CELL[1] // 2, seen)):
        width = max(1, round(picture.shape[1] * rows / picture.shape[0]))
        scaled = cv2.resize(picture, (width, rows), interpolation=cv2.INTER_AREA)[:, : CELL[1] // 2 - 4]
        cell[:rows, left : left + scaled.shape[1]] = scaled
    line = f"{text} > {reading.field.text or reading.field.status} {reading.field.confidence:.2f}"
    cv2.putText(cell, line, (2, CELL[0] - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.42, 0, 1, cv2.LINE_AA)
    return cell


def sheet(cells: list[np.ndarray]) -> np.ndarray:
    blank = np.full(CELL, 255, np.uint8)
    cells = cells + [blank] * (-len(cells) % COLUMNS)
    return np.vstack([np.hstack(cells[row : row + COLUMNS]) for row in range(0, len(cells), COLUMNS)])


if __name__ == "__main__":
    main()
