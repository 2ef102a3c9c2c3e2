"""How clean texts that readers stumble over are read: decimals that begin with their mark, and words.

    python benchmarks/drawn_texts.py [--fonts .fonts] [--json FILE]

Each text is drawn in each handwriting font of `python -m inkdigits.synthesis fonts .fonts`, dark on light paper, with
nothing else about it; those fonts that are held out of training are counted apart. It prints how many are right and
"ok", and how many are wrong and "ok"; of a word, every number is wrong.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from held_out import FONTS
from PIL import Image, ImageDraw, ImageFont

from inkdigits import Reader
from inkdigits.synthesis.fonts import font_files

SIZE, MARGIN = 64, 20  # pixels
NUMBERS = {
    "begin with their mark": (".5", ".25", "-.5"),
    "plain": ("0.25", "12.5", "5", "25", "407"),
}
WORDS = "no No NO two zero hello help Leo Ali yes name date total kg left ten one six five nil none see old sum May"


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
        for name, texts in (*NUMBERS.items(), ("words", tuple(WORDS.split()))):
            drawn = [(text, drawing) for font in fonts for text in texts if (drawing := draw(text, font))]
            fields = reader.read_fields([drawing for _, drawing in drawn], kind="number")
            right = [field.text == text for field, (text, _) in zip(fields, drawn, strict=True)]
            sure = np.array([field.status == "ok" for field in fields])
            row = {
                "fonts": use,
                "texts": name,
                "n": len(drawn),
                "right_ok": int(np.sum(sure & right)),
                "wrong_ok": int(np.sum(sure & ~np.array(right))),
            }
            rows.append(row)
            print(
                f"{use:<9} {name:<22} n {row['n']:<5} right and ok {row['right_ok']:<5} wrong and ok {row['wrong_ok']}",
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


if __name__ == "__main__":
    main()
