"""Writing that lies free on a page: what hangs together is a glyph, glyphs that follow each other are a group.

A group is cut out as a patch of its own, without its neighbors and without ruled lines, for a reader to tell what it
says. Groups that cannot be numbers by their shape are left out before, for a page of print has hundreds of words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.reading.cells import Cell, box_around
from inkdigits.reading.sheet import Sheet

__all__ = ["Group", "cut_groups", "find_groups"]

_OVERLAP = 0.45  # of the lower of two neighbors, that stands beside the other
_LEAST_HEIGHT = 0.45  # of a neighbor's height
_GAP = 0.65  # of the taller neighbor's height: the widest gap within a number
_GAP_AT_POINT = 0.95  # the same, where a point or a comma stands between
_FEW, _LOOSE, _TIGHT = 4, 0.42, 0.26  # gaps that are wider than the usual one in a group by so much part it
_AT_POINT = 0.45  # the share of a gap with a point in it that counts
_WIDEST_GLYPH = 3.2  # of its height; a word may hang together, and so may two zeros
_MOST_GLYPHS = 14  # of a number
_LEAST_ATTACHED = 0.22  # of a group's height: the longer side of what is beside it and belongs to it
_ATTACHED = 0.3  # of a group's height: how near what is not tall must be to belong to it
_BLOT = 0.62  # the share of a lone glyph's box that is ink, from which on it has no form
_SPECKS, _SPECKS_A_GLYPH = 5_000, 4  # on a page that is texture, and for each glyph as tall as digits
_MARGIN = 0.35  # of a group's height, around it
_PATCH_HEIGHT = 48.0  # pixels of a group's height in its patch, at most


@dataclass(frozen=True)
class Group:
    """Glyphs in a row.

    box: left, top, right, bottom in pixels of the sheet. tall: the indices of its glyphs that are as tall as digits,
    from left to right. own: those of all that belong to it. evenness: the height of the lowest of the tall ones, as a
    share of that of the tallest.
    """

    box: tuple[int, int, int, int]
    tall: tuple[int, ...]
    own: tuple[int, ...]
    evenness: float

    @property
    def height(self) -> int:
        """Pixels of the sheet."""
        return self.box[3] - self.box[1]

    def corners(self, sheet: Sheet) -> NDArray[np.float64]:
        """Return its corners in the image, float64 (4, 2), clockwise from the top left."""
        left, top, right, bottom = self.box
        points = np.array([[(left, top), (right, top), (right, bottom), (left, bottom)]], np.float64)
        return np.asarray(cv2.perspectiveTransform(points, sheet.to_image)[0], np.float64)


def find_groups(sheet: Sheet) -> list[Group]:
    """Return the groups on a sheet that may be numbers by their shape; none where it is texture all over."""
    boxes = sheet.glyphs.boxes
    specks = len(boxes) - len(sheet.tall)
    if specks > _SPECKS and specks > _SPECKS_A_GLYPH * len(sheet.tall):
        return []
    tall = [index for index in sheet.tall.tolist() if boxes[index, 2] <= _WIDEST_GLYPH * boxes[index, 3]]
    tall.sort(key=lambda index: int(boxes[index, 0]))
    small = np.setdiff1d(np.arange(len(boxes)), np.array(tall, np.int64))
    small = small[(boxes[small, 2] < 60) & (boxes[small, 3] < 60)]
    points = _Points(boxes, small)
    chains = [part for chain in _chains(boxes, tall, points) for part in _parted(boxes, chain, points)]
    groups = [_group(boxes, chain, points) for chain in chains if len(chain) <= _MOST_GLYPHS]
    return [group for group in groups if not _is_dot(sheet, group)]


def cut_groups(sheet: Sheet, groups: list[Group], gray: NDArray[np.uint8]) -> Iterator[Cell]:
    """Yield each group as it is cut out of a uint8 gray image (H, W)."""
    levels = [gray]
    size = (gray.shape[1], gray.shape[0])
    for group in groups:
        left, top, right, bottom = group.box
        margin = _MARGIN * group.height
        corners = group.corners(sheet)
        scale = float(np.linalg.norm(corners[3] - corners[0])) / max(
            1, bottom - top
        )  # image pixels a sheet pixel
        zoom = min(scale, _PATCH_HEIGHT / group.height)
        level = 0
        while zoom <= scale / 2 ** (level + 1) and level < 4:
            level += 1
        while len(levels) <= level:
            half = (max(1, levels[-1].shape[1] // 2), max(1, levels[-1].shape[0] // 2))
            levels.append(np.asarray(cv2.resize(levels[-1], half, interpolation=cv2.INTER_AREA), np.uint8))
        wide, high = (max(4, round((length + 2 * margin) * zoom)) for length in (right - left, bottom - top))
        to_sheet = np.array([(1 / zoom, 0, left - margin), (0, 1 / zoom, top - margin), (0, 0, 1)])
        to_image = sheet.to_image @ to_sheet
        to_level = (
            np.diag([levels[level].shape[1] / size[0], levels[level].shape[0] / size[1], 1.0]) @ to_image
        )
        patch = cv2.warpPerspective(
            levels[level],
            to_level,
            (wide, high),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        patch = _alone(np.asarray(patch, np.uint8), sheet, group, to_sheet)
        yield Cell(0, 0, patch, to_image, box_around(corners, size))


def _alone(
    patch: NDArray[np.uint8], sheet: Sheet, group: Group, to_sheet: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Return a patch without ruled lines and without what belongs to the group's neighbors."""
    height, width = sheet.glyphs.labels.shape
    low = np.maximum(np.floor(to_sheet[:2, 2]).astype(int) - 2, 0)
    far = to_sheet @ (patch.shape[1], patch.shape[0], 1)
    high = np.minimum(np.ceil(far[:2]).astype(int) + 3, (width, height))
    part = (slice(low[1], high[1]), slice(low[0], high[0]))
    labels = sheet.glyphs.labels[part]
    others = (labels > 0) & ~np.isin(labels, np.array(group.own) + 1)
    taken = cv2.dilate((others | (sheet.erased[part] > 0)).astype(np.uint8), np.ones((3, 3), np.uint8))
    taken[cv2.dilate((labels > 0).astype(np.uint8) - others, np.ones((3, 3), np.uint8)) > 0] = 0
    if not taken.any():
        return patch
    to_part = np.array([(1, 0, -low[0]), (0, 1, -low[1]), (0, 0, 1)]) @ to_sheet
    mask = cv2.warpPerspective(
        taken * np.uint8(255), to_part, patch.shape[::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    size = max(3, patch.shape[0] // 3) | 1
    paper = cv2.morphologyEx(
        cv2.blur(patch, (3, 3)),
        cv2.MORPH_CLOSE,
        np.ones((size, size), np.uint8),
        borderType=cv2.BORDER_REPLICATE,
    )
    return np.where(mask > 60, np.asarray(paper, np.uint8), patch)


def _chains(boxes: NDArray[np.int32], tall: list[int], points: _Points) -> list[list[int]]:
    """Return glyphs, given from left to right, in chains: each followed by the nearest that stands beside it."""
    lefts, tops, widths, heights = (column.tolist() for column in boxes.T)
    ahead: dict[int, int] = {}
    behind: dict[int, int] = {}
    for place, index in enumerate(tall):
        right, top, bottom = lefts[index] + widths[index], tops[index], tops[index] + heights[index]
        best, nearest = None, float("inf")
        for other in tall[place + 1 :]:
            high = max(heights[index], heights[other])
            gap = lefts[other] - right
            if lefts[other] - right > _GAP_AT_POINT / _LEAST_HEIGHT * heights[index]:
                break
            beside = min(bottom, tops[other] + heights[other]) - max(top, tops[other])
            low = min(heights[index], heights[other])
            if beside < _OVERLAP * low or low < _LEAST_HEIGHT * high or gap >= nearest:
                continue
            if lefts[other] + widths[other] <= right:  # within the first
                continue
            at_point = (right, lefts[other], bottom - 0.5 * high, bottom + 0.3 * high)
            if gap > _GAP * high and not (gap <= _GAP_AT_POINT * high and len(points.within(*at_point))):
                continue
            best, nearest = other, gap
        if best is not None and best not in behind:
            ahead[index] = best
            behind[best] = index
    chains = []
    for index in tall:
        if index in behind:
            continue
        chain = [index]
        while chain[-1] in ahead:
            chain.append(ahead[chain[-1]])
        chains.append(chain)
    return chains


class _Points:
    """Small pieces of ink, to be asked for by where they are."""

    def __init__(self, boxes: NDArray[np.int32], small: NDArray[np.intp]) -> None:
        x, y = (boxes[small, :2] + boxes[small, 2:] / 2).T
        order = np.argsort(x)
        self._indices, self._x, self._y = small[order], x[order], y[order]

    def within(self, left: float, right: float, top: float, bottom: float) -> NDArray[np.intp]:
        """Return the indices of those whose middles are within a rectangle."""
        first, last = np.searchsorted(self._x, left), np.searchsorted(self._x, right, side="right")
        y = self._y[first:last]
        return np.asarray(self._indices[first:last][(y >= top) & (y <= bottom)], np.intp)


def _parted(boxes: NDArray[np.int32], chain: list[int], points: _Points) -> list[list[int]]:
    """Return a chain in parts, where gaps are wider than those within words and numbers of the same hand."""
    if len(chain) < 3:
        return [chain]
    lefts, rights = boxes[chain, 0], boxes[chain, 0] + boxes[chain, 2]
    height = float(np.median(boxes[chain, 3]))
    gaps = (lefts[1:] - rights[:-1]) / height
    bottom = float(np.median(boxes[chain, 1] + boxes[chain, 3]))
    for place, (before, after) in enumerate(zip(rights[:-1], lefts[1:], strict=True)):
        if gaps[place] > 0 and len(
            points.within(before, after, bottom - 0.4 * height, bottom + 0.3 * height)
        ):
            gaps[place] *= _AT_POINT
    usual = float(np.sort(np.maximum(gaps, 0))[(len(gaps) - 1) // 2])
    widest = usual + (_LOOSE if len(chain) <= _FEW else _TIGHT)
    parts = [[chain[0]]]
    for index, gap in zip(chain[1:], gaps, strict=True):
        if gap > widest:
            parts.append([])
        parts[-1].append(index)
    return parts


def _group(boxes: NDArray[np.int32], chain: list[int], points: _Points) -> Group:
    """Return a chain with the points, dashes and other pieces that belong to it."""
    heights = boxes[chain, 3]
    left, top, right, bottom = _around(boxes[chain])
    height = bottom - top
    reach = _ATTACHED * height
    own = [*chain, *points.within(left, right, top - 0.1 * height, bottom + 0.25 * height).tolist()]
    beside = points.within(left - 2 * height, right + 2 * height, top + 0.15 * height, bottom - 0.1 * height)
    for index in beside.tolist():
        start, _, end, _ = _around(boxes[[index]])
        near = left - reach <= end <= left or right <= start <= right + reach
        if near and boxes[index, 2:].max() >= _LEAST_ATTACHED * height:
            own.append(index)
    return Group(_around(boxes[own]), tuple(chain), tuple(own), float(heights.min() / heights.max()))


def _around(boxes: NDArray[np.int32]) -> tuple[int, int, int, int]:
    left, top = boxes[:, :2].min(axis=0).tolist()
    right, bottom = (boxes[:, :2] + boxes[:, 2:]).max(axis=0).tolist()
    return left, top, right, bottom


def _is_dot(sheet: Sheet, group: Group) -> bool:
    """Tell whether a group is one blot, without form."""
    if len(group.own) > 1:
        return False
    _, _, width, height = sheet.glyphs.boxes[group.own[0]].tolist()
    full = sheet.glyphs.areas[group.own[0]] > _BLOT * width * height
    return bool(full and width > 0.5 * height) or height < 0.6 * width
