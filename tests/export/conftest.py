"""Pages that were really read: photos of digits, and a drawn page with a table."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from inkdigits.containers import Page
from inkdigits.reading import Reader

PHOTOS = Path(__file__).parents[2] / "examples" / "photos"
TEXTS = [["1", "24", ""], ["7", "", "58"]]


def draw_page():
    """A gray page with a table of two rows under a merged header, with printed numbers."""
    page = np.full((480, 620), 235, np.uint8)
    cv2.rectangle(page, (100, 50), (490, 120), 70, 2)
    for row, line in enumerate(TEXTS):
        for column, text in enumerate(line):
            left, top = 100 + 130 * column, 120 + 90 * row
            cv2.rectangle(page, (left, top), (left + 130, top + 90), 70, 2)
            cv2.putText(page, text, (left + 35, top + 62), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 30, 3, cv2.LINE_AA)
    return page


@pytest.fixture(scope="session")
def read_pages():
    """What the reader gives: a page with a table, and a page a photo with one field."""
    reader = Reader()
    pages = [replace(reader.read_page(draw_page()), source="drawn page.png")]
    for photo in sorted(PHOTOS.glob("digit-*.jpg"))[:3]:
        for kind in ("digit", "number"):
            field = reader.read_field(photo, kind=kind)
            pages.append(
                Page(fields=(field,), source=str(photo), size=(200, 200), model="digit", version="1")
            )
    return pages
