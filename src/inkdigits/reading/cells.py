"""Cutting what is to be read out of a page: straight, evenly lit patches, and where they are in the image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Box, Field
from inkdigits.reading.crossed import sides_crossed
from inkdigits.reading.tables import Grid

__all__ = ["Cell", "box_around", "cut", "placed"]

_CELL_SIDE = 112  # pixels; a cell's shorter side is cut out no larger
_INSET = 0.08  # of a cell's shorter side, so that its rules stay outside
_RIM = 2  # insets; so much of what is around a cell is cut out with it, from its rules outward
_STROKE = 0.3  # of a cell's shorter side; no stroke is broader


@dataclass(frozen=True)
class Cell:
    """A cell as it is cut out.

    row, column: of its first corner. patch: uint8 (h, w). to_image: the homography from patch to image, (3, 3).
    box: around the whole cell, in the image. wide: uint8, the patch with what is around it on all sides, up to and
    beyond the cell's rules; inset: pixels from the rules to the patch. None and 0 where there are no rules.
    """

    row: int
    column: int
    patch: NDArray[np.uint8]
    to_image: NDArray[np.float64]
    box: Box
    wide: NDArray[np.uint8] | None = None
    inset: int = 0

    def is_crossed(self, text: str) -> bool:
        """Tell whether a line comes in over one of the cell's rules and goes out over another.

        Where a mere stroke is all that is read in it, text "1", tell whether it comes in over one.
        """
        if self.wide is None:
            return False
        rim = (self.wide.shape[0] - self.patch.shape[0]) // 2 - self.inset
        least = 1 if text == "1" else 2
        return any(sides_crossed(self.wide, rim, margin * self.inset) >= least for margin in (1, 2))


def cut(gray: NDArray[np.uint8], grid: Grid) -> Iterator[Cell]:
    """Yield the cells of a grid in a uint8 gray image (H, W), merged ones once, row by row."""
    sides = np.concatenate(
        [
            np.linalg.norm(np.diff(grid.corners, axis=0), axis=2).ravel(),
            np.linalg.norm(np.diff(grid.corners, axis=1), axis=2).ravel(),
        ]
    )
    side = float(np.quantile(sides, 0.25))
    factor = min(1.0, _CELL_SIDE / max(side, 1.0))
    # With some paper around the table, or its corners would be too narrow to tell how they are lit.
    around = np.concatenate([grid.outline - side / 2, grid.outline + side / 2])
    left, top, right, bottom = box_around(around, (gray.shape[1], gray.shape[0]))
    part = gray[top:bottom, left:right]
    size = (max(1, round(part.shape[1] * factor)), max(1, round(part.shape[0] * factor)))
    small = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    small = _evenly_lit(small, round(_STROKE * side * factor))
    shrink = np.array([size[0] / part.shape[1], size[1] / part.shape[0]])
    to_image = np.array([[1 / shrink[0], 0, left], [0, 1 / shrink[1], top], [0, 0, 1]])
    inset = max(1.0, _INSET * side * factor)
    for number in dict.fromkeys(grid.merged.ravel().tolist()):
        down, across = np.nonzero(grid.merged == number)
        first, last = (down.min(), across.min()), (down.max() + 1, across.max() + 1)
        corners = grid.corners[[first[0], first[0], last[0], last[0]], [first[1], last[1], last[1], first[1]]]
        wide, patch, to_small = _straight((corners - (left, top)) * shrink, inset, small)
        box = box_around(corners, (gray.shape[1], gray.shape[0]))
        yield Cell(int(first[0]), int(first[1]), patch, to_image @ to_small, box, wide, max(1, round(inset)))


def _evenly_lit(picture: NDArray[np.uint8], widest: int) -> NDArray[np.uint8]:
    """Return a uint8 picture (h, w) on paper of one brightness; ``widest`` is how broad strokes are, in pixels.

    Where the edge of a shadow crosses a cell, the cell alone does not show what is shadow; the table does.
    """
    smooth = cv2.blur(picture, (3, 3))
    kernel = np.ones((widest | 1, widest | 1), np.uint8)
    paper = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE)
    paper = np.maximum(cv2.blur(paper, (3, 3)), 1)
    # The light stays what it is on the whole: in the dark, what shows through from the back is as faint as it looks.
    return np.asarray(cv2.divide(picture, paper, scale=float(np.median(paper))), np.uint8)


def _straight(
    corners: NDArray[np.float64], inset: float, picture: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float64]]:
    """Return a quadrilateral of a picture as a rectangle with what is around it, without its rim, and the homography.

    That is from the rectangle without its rim to the picture.
    """
    ahead = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    width, height = (ahead[0] + ahead[2]) / 2, (ahead[1] + ahead[3]) / 2
    size = (max(2, round(width - 2 * inset)), max(2, round(height - 2 * inset)))
    rim_x, rim_y = (width - size[0]) / 2, (height - size[1]) / 2
    rectangle = np.array(
        [
            (-rim_x, -rim_y),
            (size[0] + rim_x, -rim_y),
            (size[0] + rim_x, size[1] + rim_y),
            (-rim_x, size[1] + rim_y),
        ],
        np.float32,
    )
    to_picture = cv2.getPerspectiveTransform(rectangle, corners.astype(np.float32))
    around = max(1, round(inset)) * (1 + _RIM)
    shifted = to_picture @ np.array([[1, 0, -around], [0, 1, -around], [0, 0, 1]])
    wide = cv2.warpPerspective(
        picture,
        shifted,
        (size[0] + 2 * around, size[1] + 2 * around),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    patch = np.ascontiguousarray(wide[around:-around, around:-around])
    return np.asarray(wide, np.uint8), np.asarray(patch, np.uint8), np.asarray(to_picture, np.float64)


def placed(field: Field, cell: Cell, size: tuple[int, int]) -> Field:
    """Return the field of a cell's patch with boxes in the image, which is of a size (width, height)."""
    symbols = tuple(
        symbol if symbol.box is None else replace(symbol, box=_moved(symbol.box, cell.to_image, size))
        for symbol in field.symbols
    )
    return replace(field, box=cell.box, symbols=symbols)


def _moved(box: Box, to_image: NDArray[np.float64], size: tuple[int, int]) -> Box:
    left, top, right, bottom = box
    corners = np.array([[(left, top), (right, top), (right, bottom), (left, bottom)]], np.float64)
    return box_around(cv2.perspectiveTransform(corners, to_image)[0], size)


def box_around(points: NDArray[np.floating], size: tuple[int, int]) -> Box:
    """Return the box around points, float (N, 2), within an image of a width and height."""
    low = np.clip(np.floor(points.min(axis=0)).astype(int), 0, np.array(size) - 1)
    high = np.clip(np.ceil(points.max(axis=0)).astype(int), low + 1, size)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])
