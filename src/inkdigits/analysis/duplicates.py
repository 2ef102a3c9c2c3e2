"""Images that are the same, or nearly: within a split they count twice, across splits they tell the answer."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["NearPair", "find_exact", "find_near", "join_twins"]

_DIMENSIONS = 48
_CANDIDATE = 0.98  # cosine; pairs below it are hardly as near as _NEAR
_NEAR = 0.07  # of the ink; see ``find_near``
_TWIN = 0.03
_MOST_TWINS = 8
_FAINT = 40  # of 255
_AT_ONCE = 1024
_MOST_CANDIDATES = 200_000


@dataclass(frozen=True)
class NearPair:
    """Two images, by number, first < second, and how far apart they are: 0 is the same."""

    first: int
    second: int
    distance: float


def find_exact(images: NDArray[np.uint8]) -> list[list[int]]:
    """Return the groups of two and more images that are the same pixel by pixel, by number, each in order.

    >>> find_exact(np.array([[[0]], [[1]], [[0]]], np.uint8))
    [[0, 2]]
    """
    groups: dict[bytes, list[int]] = defaultdict(list)
    for number, image in enumerate(images):
        groups[hashlib.blake2b(image.tobytes(), digest_size=16).digest()].append(number)
    return [group for group in groups.values() if len(group) > 1]


def find_near(images: NDArray[np.uint8], tell: Callable[[int], None] | None = None) -> list[NearPair]:
    """Return the pairs of images that are nearly the same, nearest first; what is the same is left out.

    images: uint8 (N, 28, 28), ink bright on 0. tell: is given how many more images are done.

    Images are moved until their centers of mass agree, blurred a little and brought to the same norm; the distance is
    the norm of the difference, and pairs below 0.07 are near. That finds what was saved anew, moved or brightened,
    and, among simple shapes such as 1, now and then what two hands drew. Candidates are found by their 48 strongest
    principal components. Blank images are left out.
    """
    inked = np.flatnonzero(images.any(axis=(1, 2)))
    if len(inked) < 2:
        return []
    rows = _aligned(images[inked])
    codes = _codes(rows)
    pairs = []
    for start in range(0, len(codes), _AT_ONCE):
        block = codes[start : start + _AT_ONCE]
        alike = block @ codes[start:].T
        alike[np.tril_indices(len(block))] = -1  # themselves, and pairs that are met the other way round
        # Most rows have no candidate, and looking for the highest is far quicker than listing all.
        near = np.flatnonzero(alike.max(axis=1, initial=-1) >= _CANDIDATE)
        first, second = np.nonzero(alike[near] >= _CANDIDATE)
        pairs.append(np.stack([near[first] + start, second + start]))
        if tell is not None:
            tell(len(block))
        if sum(part.shape[1] for part in pairs) > _MOST_CANDIDATES:
            break
    first, second = np.concatenate(pairs, axis=1)
    return _verified(rows, inked, images, first, second)


def join_twins(exact: Sequence[Sequence[int]], near: Sequence[NearPair]) -> list[list[int]]:
    """Return the groups of images that are one image, by number, each in order: twins of a twin are twins.

    Those are the exact copies, and near pairs below 0.03 that join eight images at most: among dots, dashes and plain
    ones many are as near, and no copies.

    >>> join_twins([[0, 4]], [NearPair(4, 7, 0.01), NearPair(5, 6, 0.02), NearPair(1, 2, 0.06)])
    [[0, 4, 7], [5, 6]]
    """
    nearest = [(pair.first, pair.second) for pair in near if pair.distance < _TWIN]
    groups = [group for group in _joined([*exact, *nearest]) if len(group) <= _MOST_TWINS]
    whole = {number for group in groups for number in group}
    return sorted([*groups, *(list(group) for group in exact if group[0] not in whole)])


def _joined(groups: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return groups of numbers, those that share one made one."""
    group: dict[int, list[int]] = {}
    for members in groups:
        joined = sorted({one for member in members for one in group.get(member, [member])})
        group.update(dict.fromkeys(joined, joined))
    return list({id(members): members for members in group.values()}.values())


def _aligned(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return images centered by mass, slightly blurred and of unit norm, float32 (N, H * W)."""
    count, height, width = images.shape
    rows = np.empty((count, height * width), np.float32)
    for number, image in enumerate(images):
        # Faint noise far out would move the center of mass; where all is faint it is all there is.
        found = cv2.moments(np.where(image > _FAINT, image, 0) if image.max() > _FAINT else image)
        across = (width - 1) / 2 - found["m10"] / found["m00"]
        down = (height - 1) / 2 - found["m01"] / found["m00"]
        shift = np.array([[1, 0, across], [0, 1, down]], np.float32)
        moved = cv2.warpAffine(image.astype(np.float32), shift, (width, height), flags=cv2.INTER_LINEAR)
        rows[number] = cv2.GaussianBlur(moved, (5, 5), 0.9).ravel()
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6), np.float32)


def _codes(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the strongest principal components of rows, scaled to unit norm, float32 (N, at most 48)."""
    mean = rows.mean(axis=0)
    sample = rows[:: max(1, len(rows) // 10_000)] - mean
    _, directions = np.linalg.eigh(sample.T @ sample)
    codes = (rows - mean) @ directions[:, -_DIMENSIONS:]
    return np.asarray(codes / np.maximum(np.linalg.norm(codes, axis=1, keepdims=True), 1e-6), np.float32)


def _verified(
    rows: NDArray[np.float32],
    inked: NDArray[np.int64],
    images: NDArray[np.uint8],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
) -> list[NearPair]:
    distances = np.linalg.norm(rows[first] - rows[second], axis=1)
    order = np.argsort(distances, kind="stable")
    order = order[distances[order] < _NEAR]
    pairs = [
        NearPair(int(inked[first[place]]), int(inked[second[place]]), float(distances[place]))
        for place in order
    ]
    return [pair for pair in pairs if not np.array_equal(images[pair.first], images[pair.second])]
