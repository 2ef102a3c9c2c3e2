"""Pictures of one digit each, which read surely and quickly, and two that cannot be read."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigits import load_mnist

DIGITS = 6


@pytest.fixture(scope="session")
def crops() -> list[Image.Image]:
    images = load_mnist()[0][0][:DIGITS]
    return [Image.fromarray(np.pad(255 - image, 14, constant_values=255)) for image in images]


@pytest.fixture
def folder(tmp_path: Path, crops: list[Image.Image]) -> Path:
    folder = tmp_path / "in"
    (folder / "below").mkdir(parents=True)
    for number, crop in enumerate(crops):
        # A copy, since Pillow leaves what it saved as PNG unfit for TIFF.
        crop.copy().save(folder / ("below" if number % 2 else ".") / f"{number}.png")
    (folder / "notes.txt").write_text("no picture")
    (folder / ".hidden.png").write_bytes(b"")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    return folder
