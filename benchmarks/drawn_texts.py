"""How clean texts that readers stumble over are read: decimals that begin with their mark, words, what is struck out,
signs that are no part of a number, and what breaks a bound that the caller gave.

    python benchmarks/drawn_texts.py [--fonts .fonts] [--json FILE]

Each text is drawn in each handwriting font of `python -m inkdigits.synthesis fonts .fonts`, dark on light paper, with
nothing else about it; those fonts that are held out of training are counted apart. It prints how many are right and
"ok", and how many are wrong and "ok"; of a word, of what is struck out or may not be, and of a number with a sign that
has no symbol, every number is wrong.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from held_out import FONTS
from PIL import Image, ImageDraw, ImageFont

from inkdigits import Reader
from inkdigits.reading.options import ReadOptions
from inkdigits.synthesis.fonts import font_files

SIZE, MARGIN = 64, 20  # pixels
SEED = 1
WORDS = "no No NO two zero hello help Leo Ali yes name date total kg left ten one six five nil none see old sum May"


@dataclass(frozen=True)
class Group:
    """Texts that are drawn and read alike.

    options: what the reader is told. is_struck: whether a line goes through them. is_number: whether they are to be
    read at all.
    """

    name: str
    texts: tuple[str, ...]
    options: ReadOptions = field(default_factory=ReadOptions)
    is_struck: bool = False
    is_number: bool = True


GROUPS = (
    Group("begin with their mark", (".5", ".25", "-.5")),
    Group("plain", ("0.25", "12.5", "5", "25", "407")),
    Group("negative", ("-5", "-12", "-123")),
    Group("words", tuple(WORDS.split()), is_number=False),
    Group("struck out", ("123", "45", "308", "2016"), is_struck=True, is_number=False),
    Group("with a plus or dollar sign", ("$45", "$3.50", "45$", "+45", "45+"), is_number=False),
    Group("beyond the maximum 20", ("31", "45", "120", "201"), {"maximum": 20}, is_number=False),
    Group("up to the maximum 20", ("3", "8", "12", "17", "20"), {"maximum": 20}),
    Group("not among 12, 31, 45", ("123", "311", "145"), {"choices": ["12", "31", "45"]}, is_number=False),
    Group("among 12, 31, 45", ("12", "31", "45"), {"choices": ["12", "31", "45"]}),
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fonts", type=Path, default=FONTS)
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    if not arguments.fonts.is_dir():
        print(f"left out: {arguments.fonts} holds no fonts (python -m inkdigits.synthesis fonts .fonts)")
        return
    reader = Reader()
    rows = []
    for use in ("held-out", "train"):
        fonts = font_files(arguments.fonts, kind="handwritten", use=use)
        for group in GROUPS:
            rng = np.random.default_rng(SEED)
            drawn = [
                (text, drawing) for font in fonts for text in group.texts if (drawing := draw(text, font))
            ]
            if group.is_struck:
                for _, drawing in drawn:
                    strike_out(drawing, rng)
            fields = reader.read_fields([drawing for _, drawing in drawn], kind="number", **group.options)
            right = [
                group.is_number and field.text == text for field, (text, _) in zip(fields, drawn, strict=True)
            ]
            sure = np.array([field.status == "ok" for field in fields])
            row = {
                "fonts": use,
                "texts": group.name,
                "n": len(drawn),
                "right_ok": int(np.sum(sure & right)),
                "wrong_ok": int(np.sum(sure & ~np.array(right))),
            }
            rows.append(row)
            print(
                f"{use:<9} {group.name:<26} n {row['n']:<5} right and ok {row['right_ok']:<5} "
                f"wrong and ok {row['wrong_ok']}",
                flush=True,
            )
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")


def draw(text: str, path: Path) -> Image.Image | None:
    """Return a text in a font on light paper, or None where the font has not all of its characters."""
    font = ImageFont.truetype(path, SIZE)
    missing = bytes(font.getmask("\U000f0000"))
    if any(not (mask := bytes(font.getmask(character))) or mask == missing for character in text):
        return None
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text))
    picture = Image.new("L", (right - left + 2 * MARGIN, bottom - top + 2 * MARGIN), 248)
    ImageDraw.Draw(picture).text((MARGIN - left, MARGIN - top), text, fill=30, font=font)
    return picture


def strike_out(drawing: Image.Image, rng: np.random.Generator) -> None:
    """Draw a line through what is written, as thick as a pen's, a little aslant."""
    width, height = drawing.size
    middle, tilt = height / 2 + rng.normal(0, height / 20), rng.normal(0, height / 20)
    ends = [(MARGIN / 2, middle - tilt), (width - MARGIN / 2, middle + tilt)]
    ImageDraw.Draw(drawing).line(ends, fill=30, width=int(rng.integers(3, 6)))


if __name__ == "__main__":
    main()
