"""MNIST images as the strokes that a hand would draw again: skeletons, walked from end to end."""

import cv2
import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
Stroke = list[Point]
Pixel = tuple[int, int]

SCALE = 4  # MNIST's strokes are two or three pixels wide: thinned at four times the size they lose nothing
SPUR = 7  # pixels of the enlarged image; thinning leaves hairs as long at the bends of thick strokes
STEP = 4  # pixels between the points of a stroke
LOOK_BACK = 5  # pixels that tell where a stroke is going


def trace(image: NDArray[np.uint8], step: int = STEP) -> list[Stroke]:
    """Return the strokes of a digit, uint8 (28, 28), bright on 0: points (x, y) from 0 to 1, at least one stroke.

    step: pixels of the enlarged image between the points.
    """
    side = SCALE * image.shape[0]
    large = cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC)
    edges = neighbors_of(thin(large > 110))
    strokes = [walk for walk in walks(edges) if len(walk) > SPUR] or [max(walks(edges), key=len)]
    return [[(x / side, y / side) for y, x in every_few(stroke, step)] for stroke in strokes]


def thin(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the skeleton of a mask (Zhang and Suen 1984)."""
    mask = np.pad(mask, 1)
    while True:
        before = mask.sum()
        for first in (True, False):
            around = [
                np.roll(mask, shift, (0, 1))
                for shift in ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
            ]  # from the pixel above, clockwise
            count = sum(pixel.astype(int) for pixel in around)
            rises = sum(
                (~pixel & after).astype(int)
                for pixel, after in zip(around, [*around[1:], around[0]], strict=True)
            )
            up, right, down, left = around[::2]
            open_sides = (
                (~(up & right & down), ~(right & down & left))
                if first
                else (~(up & right & left), ~(up & down & left))
            )
            mask = mask & ~((count >= 2) & (count <= 6) & (rises == 1) & open_sides[0] & open_sides[1])
        if mask.sum() == before:
            return mask[1:-1, 1:-1]


def neighbors_of(skeleton: NDArray[np.bool_]) -> dict[Pixel, set[Pixel]]:
    """Return which pixels of a skeleton touch; at a corner only by its sides, so that no triangles are walked."""
    pixels = {(int(y), int(x)) for y, x in np.argwhere(skeleton)}
    edges: dict[Pixel, set[Pixel]] = {pixel: set() for pixel in pixels}
    for y, x in pixels:
        for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
            other = (y + down, x + right)
            around_corner = down and right and ({(y, x + right), (y + down, x)} & pixels)
            if other in pixels and not around_corner:
                edges[y, x].add(other)
                edges[other].add((y, x))
    return edges


def walks(edges: dict[Pixel, set[Pixel]]) -> list[list[Pixel]]:
    """Return walks that cover every edge once: from open ends where there are some, straight on at crossings."""
    left = {pixel: set(others) for pixel, others in edges.items()}
    found = [[pixel] for pixel, others in left.items() if not others]
    while any(left.values()):
        starts = [pixel for pixel, others in left.items() if others]
        walk = [min(starts, key=lambda pixel: (len(left[pixel]) != 1, pixel))]
        while left[walk[-1]]:
            after = straightest(walk, left[walk[-1]])
            left[walk[-1]].remove(after)
            left[after].remove(walk[-1])
            walk.append(after)
        found.append(walk)
    return found


def straightest(walk: list[Pixel], choices: set[Pixel]) -> Pixel:
    (y, x), (before_y, before_x) = walk[-1], walk[-min(len(walk), LOOK_BACK)]
    way = (y - before_y, x - before_x)

    def straight(pixel: Pixel) -> float:
        down, right = pixel[0] - y, pixel[1] - x
        return (down * way[0] + right * way[1]) / float(np.hypot(down, right))

    return max(sorted(choices), key=straight)


def every_few(stroke: list[Pixel], step: int) -> list[Pixel]:
    return [*stroke[:-1:step], stroke[-1]]
