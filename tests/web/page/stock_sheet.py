"""A page to read: a table and a box, with digits of MNIST's training images."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits import load_mnist

TEXTS = [["4", "1.234", "", "27"], ["", "9", "1.500", "6"], ["83", "", "5", "12"]]
CELL = (150, 96)
CHOSEN = 40  # which of MNIST's images of a digit; people read them all, and so does the reader


@cache
def draw_sheet() -> NDArray[np.uint8]:
    """A page with a table of ``TEXTS`` and a box: digits of MNIST's training images, points drawn by hand.

    What 1.234 and 1.500 mean is for a person to say.
    """
    (images, labels), _ = load_mnist()
    page = np.full((560, 800), 238, np.uint8)
    cv2.putText(page, "Stock taking", (90, 70), cv2.FONT_HERSHEY_COMPLEX, 1.1, 50, 2, cv2.LINE_AA)
    for row, line in enumerate(TEXTS):
        for column, text in enumerate(line):
            left, top = 90 + column * CELL[0], 110 + row * CELL[1]
            cv2.rectangle(page, (left, top), (left + CELL[0], top + CELL[1]), 70, 2)
            write(page, text, (left, top), images[55_000:], labels[55_000:])
    cv2.rectangle(page, (90, 440), (300, 520), 70, 2)
    write(page, "36", (120, 432), images[55_000:], labels[55_000:])
    return page


def write(
    page: NDArray[np.uint8],
    text: str,
    corner: tuple[int, int],
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
) -> None:
    step = 28
    x, y = corner[0] + (CELL[0] - step * len(text)) // 2 - 12, corner[1] + 22
    for place, character in enumerate(text):
        if character == ".":
            cv2.circle(page, (x + 24, y + 43), 4, 30, -1, cv2.LINE_AA)
            x += 20
            continue
        chosen = images[np.flatnonzero(labels == int(character))[CHOSEN + place]]
        ink = cv2.resize(chosen, (52, 52), interpolation=cv2.INTER_CUBIC) * (0.85 / 255)
        area = page[y : y + 52, x : x + 52]
        area[:] = np.rint(area * (1 - ink)).astype(np.uint8)
        x += step
