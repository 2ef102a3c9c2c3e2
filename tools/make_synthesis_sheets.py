"""Draw the sheets of synthetic digits, fields and signatures that the documentation shows.

    python -m inkdigits.synthesis fonts .fonts
    python tools/make_synthesis_sheets.py .fonts docs/images

The first pictures of seed 7, none left out: a sheet that was picked over would flatter.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.synthesis import digit_photos, field_photos, load_sources
from inkdigits.synthesis.signatures import Signer

SEED = 7
DIGIT_CELL, DIGIT_COLUMNS, DIGIT_ROWS = (44, 44), 22, 9
FIELD_CELL, FIELD_COLUMNS, FIELD_ROWS = (40, 108), 9, 15
SIGNATURE_CELL, SIGNERS, GENUINE, FORGED = (64, 150), 5, 4, 3
GAP = 3
GRAYS = 40  # enough for the eye; a third of the file


def main(fonts: Path, folder: Path) -> None:
    """Write synthetic-digits.png, synthetic-fields.png and synthetic-signatures.png into `folder`."""
    sources = load_sources(fonts)
    digits = [image for image, _, _ in digit_photos(DIGIT_COLUMNS * DIGIT_ROWS, SEED, sources)]
    fields = [photo.image for photo in field_photos(FIELD_COLUMNS * FIELD_ROWS, SEED, sources)]
    write_sheet(digits, DIGIT_CELL, DIGIT_COLUMNS, folder / "synthetic-digits.png")
    write_sheet(fields, FIELD_CELL, FIELD_COLUMNS, folder / "synthetic-fields.png")
    write_sheet(list(signatures()), SIGNATURE_CELL, GENUINE + FORGED, folder / "synthetic-signatures.png")


def signatures() -> Iterator[NDArray[np.uint8]]:
    """Signatures of one signer after the other, genuine ones and copies by one forger."""
    for number in range(SIGNERS):
        rng = np.random.default_rng((SEED, number))
        signer, forger = Signer.sample(rng), Signer.sample(rng)
        yield from (signer.sign(rng) for _ in range(GENUINE))
        yield from (signer.forge(forger, rng) for _ in range(FORGED))


def write_sheet(images: list[NDArray[np.uint8]], cell: tuple[int, int], columns: int, path: Path) -> None:
    """Lay `images` out in cells of (height, width), each scaled to fit, and write them as one PNG."""
    height, width = cell[0] + GAP, cell[1] + GAP
    rows = -(-len(images) // columns)
    sheet = np.full((rows * height + GAP, columns * width + GAP), 255, np.uint8)
    for index, image in enumerate(images):
        scale = min(cell[0] / image.shape[0], cell[1] / image.shape[1])
        size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST)
        top = GAP + index // columns * height + (cell[0] - size[1]) // 2
        left = GAP + index % columns * width + (cell[1] - size[0]) // 2
        sheet[top : top + size[1], left : left + size[0]] = small
    step = 255 / (GRAYS - 1)
    coarse = (np.round(sheet / step) * step).astype(np.uint8)
    cv2.imwrite(str(path), coarse, (cv2.IMWRITE_PNG_COMPRESSION, 9))
    print(f"{path}: {len(images)} pictures, {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit("usage: make_synthesis_sheets.py FONTS_FOLDER PICTURE_FOLDER")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
