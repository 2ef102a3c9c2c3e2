"""Whether a line that is none of a cell's own runs through it: the ring of a cup, a pen's line, a fold.

Writing may overshoot a rule of its cell. What comes in over one and goes out over another passes through, and what is
read there may be a piece of it, or writing that it has spoiled.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["sides_crossed"]

_LEAST_CONTRAST = 0.08  # of a line, as a share of the paper's light
_NOISE_FACTOR = 5.0
_STEP = 2  # columns that a line may go aside from one row to the next


def sides_crossed(wide: NDArray[np.uint8], rim: int, margin: int) -> int:
    """Return over how many of a cell's sides the stroke in it that crosses most of them runs, 0 to 4.

    wide: uint8 (h, w), the cell, straight and evenly lit, with some of what is around it. rim: pixels from the edges of
    that to the cell's rules. margin: pixels from there to where in the cell nothing is left of the rules.
    """
    inner = rim + margin
    height, width = wide.shape
    if min(height, width) <= 2 * inner + 2:
        return 0
    inside = (slice(inner, height - inner), slice(inner, width - inner))
    paper = max(1.0, float(np.median(wide[inside])))
    smooth = cv2.blur(wide, (3, 3)).astype(np.float32)
    share = np.clip(1 - smooth / paper, 0, 1)
    noise = float(np.median(np.abs(1 - smooth[inside] / paper)))
    dark = (share > max(_LEAST_CONTRAST, _NOISE_FACTOR * noise)).astype(np.uint8)
    _, labels = cv2.connectedComponents(np.ascontiguousarray(dark[inside]), connectivity=8)
    rims = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    outward = (dark[inner::-1], dark[-inner - 1 :], dark.T[inner::-1], dark.T[-inner - 1 :])
    crossed: dict[int, int] = {}
    for labels_there, rows in zip(rims, outward, strict=True):
        for label in np.unique(labels_there[labels_there > 0]).tolist():
            if _goes_on(rows, np.pad(labels_there == label, inner)):
                crossed[label] = crossed.get(label, 0) + 1
    return max(crossed.values(), default=0)


def _goes_on(rows: NDArray[np.uint8], start: NDArray[np.bool_]) -> bool:
    """Tell whether what is dark in the first of some rows, bool (w,), goes on through all of the rows, uint8 (N, w)."""
    here = start.astype(np.uint8)[None]
    kernel = np.ones((1, 2 * _STEP + 1), np.uint8)
    for row in rows:
        here = cv2.dilate(here, kernel) & row[None]
        if not here.any():
            return False
    return True
