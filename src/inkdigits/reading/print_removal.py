"""Cutting a form's fields out of a photo, straight and evenly lit, without what is printed in them.

The blank form says where lines, combs, dots and words are printed. There it cannot be seen what was written: strokes
that come from both sides of a line are joined across it, the rest is taken for paper.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Box
from inkdigits.reading.registration import Registration

__all__ = ["FieldCutter", "Patch"]

_SIDE = 72  # pixels; a field's shorter side is cut out no larger
_REACH = 0.04  # of a field's shorter side, around its box, since people write over lines
_LIGHT_SIDE = 800  # the longer side of the photo on which its light is measured, in pixels
_WIDEST_STROKE = 15  # there
_PRINTED = 0.08  # the share of the paper's light that print takes away at least
_SPREAD = 0.9  # pixels of the blank form by which print is broader in a photo, or off
_RIM = 4  # pixels of the blank form around a field
_GAP = 0.1  # of a field's shorter side; strokes are joined across lines that are thinner


@dataclass(frozen=True)
class Patch:
    """A field as it is cut out.

    image: uint8 (h, w), evenly lit, without print. to_photo: the homography from patch to photo, (3, 3).
    box: around the field, in pixels of the photo. seen: the share (0..1) of the field that is in the photo.
    photo_shape: (height, width) of the photo.
    """

    image: NDArray[np.uint8]
    to_photo: NDArray[np.float64]
    box: Box
    seen: float
    photo_shape: tuple[int, ...]

    def in_photo(self, box: Box) -> Box:
        """Return the box around a box of the patch, in pixels of the photo."""
        left, top, right, bottom = box
        corners = np.array([[(left, top), (right, top), (right, bottom), (left, bottom)]], np.float64) - 0.5
        return _box_around(cv2.perspectiveTransform(corners, self.to_photo)[0], self.photo_shape)


class FieldCutter:
    """Cuts fields out of one photo."""

    def __init__(
        self, printed: NDArray[np.uint8], photo: NDArray[np.uint8], registration: Registration
    ) -> None:
        """Take a form's print, bright on 0, and the photo, both uint8 (H, W), and where the one lies in the other."""
        self._printed = printed
        self._registration = registration
        self._levels = [photo]
        self._light, self._to_light = _light_of(photo)

    def cut(self, box: Box) -> Patch:
        """Return what is written in a box of the blank form, and a little around it."""
        side = min(box[2] - box[0], box[3] - box[1])
        place, outer = _corners(box, 0.0), _corners(box, _REACH * side)
        there = self._registration.to_photo(outer)
        scale = _scale(outer, there)
        factor = min(scale, _SIDE / side)
        width, height = np.maximum(np.round((outer[2] - outer[0]) * factor), 2).astype(int).tolist()
        size = (width, height)
        rectangle = _corners((0, 0, width, height), 0.0).astype(np.float32)
        to_photo = np.asarray(cv2.getPerspectiveTransform(rectangle, there.astype(np.float32)), np.float64)
        patch = self._sampled(to_photo, size, scale / factor)
        light = _warped(self._light, self._to_light @ to_photo, size)
        lit = np.asarray(cv2.divide(patch, np.maximum(light, 1), scale=255.0), np.uint8)
        mask = self._print_mask(outer, rectangle, size, factor)
        image = _without_print(lit, mask, round(_GAP * min(size)) | 1)
        seen, shape = self._registration.to_photo(place), self._levels[0].shape
        return Patch(image, to_photo, _box_around(seen, shape), _share_within(seen, shape), shape)

    def _sampled(
        self, to_photo: NDArray[np.float64], size: tuple[int, int], shrink: float
    ) -> NDArray[np.uint8]:
        """Return a part of the photo, from a copy of it that is about as fine as the part is to be."""
        level = max(0, int(np.log2(max(shrink, 1.0)) + 0.25))
        while len(self._levels) <= level:
            finer = self._levels[-1]
            half = (max(1, finer.shape[1] // 2), max(1, finer.shape[0] // 2))
            self._levels.append(np.asarray(cv2.resize(finer, half, interpolation=cv2.INTER_AREA), np.uint8))
        to_level = _scaling(self._levels[0], self._levels[level])
        return _warped(self._levels[level], to_level @ to_photo, size)

    def _print_mask(
        self, outer: NDArray[np.float64], rectangle: NDArray[np.float32], size: tuple[int, int], factor: float
    ) -> NDArray[np.uint8]:
        left, top = np.maximum(np.floor(outer[0]).astype(int) - _RIM, 0).tolist()
        right, bottom = (np.ceil(outer[2]).astype(int) + _RIM).tolist()
        printed = self._printed[top:bottom, left:right]
        to_blank = cv2.getPerspectiveTransform(rectangle, (outer - (left, top)).astype(np.float32))
        if factor < 1:
            printed = np.asarray(cv2.GaussianBlur(printed, (0, 0), 0.4 / factor), np.uint8)
        found = cv2.warpPerspective(
            printed, to_blank, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=0
        )
        spread = 2 * round(_SPREAD * factor) + 1
        mask = (found > 255 * _PRINTED).astype(np.uint8)
        return np.asarray(
            cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (spread, spread))), np.uint8
        )


def _corners(box: Box, reach: float) -> NDArray[np.float64]:
    """Return the corners, float64 (4, 2), of a box with ``reach`` pixels around it.

    Edges of a box lie between pixels, whose middles are whole numbers in homographies.
    """
    left, top = box[0] - reach, box[1] - reach
    right, bottom = box[2] + reach, box[3] + reach
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)]) - 0.5


def _without_print(lit: NDArray[np.uint8], mask: NDArray[np.uint8], gap: int) -> NDArray[np.uint8]:
    """Return a patch, uint8 (h, w), in which what is masked, uint8 (h, w), is paper or joins strokes on both sides."""
    bare = np.where(mask > 0, np.uint8(255), lit)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (gap, gap))
    joined = cv2.morphologyEx(bare, cv2.MORPH_OPEN, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=255)
    return np.asarray(np.where(mask > 0, joined, lit), np.uint8)


def _light_of(photo: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return the paper's brightness all over a photo, small, and the homography from the photo to it."""
    factor = min(1.0, _LIGHT_SIDE / max(photo.shape))
    size = (max(1, round(photo.shape[1] * factor)), max(1, round(photo.shape[0] * factor)))
    small = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
    kernel = np.ones((_WIDEST_STROKE, _WIDEST_STROKE), np.uint8)
    paper = cv2.morphologyEx(
        cv2.blur(small, (3, 3)), cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(cv2.blur(paper, (5, 5)), np.uint8), _scaling(photo, small)


def _scaling(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.float64]:
    x, y = after.shape[1] / before.shape[1], after.shape[0] / before.shape[0]
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])


def _warped(
    picture: NDArray[np.uint8], to_picture: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.uint8]:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpPerspective(picture, to_picture, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def _scale(corners: NDArray[np.float64], there: NDArray[np.float64]) -> float:
    """Return how many pixels of the photo one of the blank form is wide."""
    areas = [cv2.contourArea(points.astype(np.float32)) for points in (there, corners)]
    return max(float(np.sqrt(areas[0] / areas[1])), 1e-3)


def _share_within(points: NDArray[np.float64], shape: tuple[int, ...]) -> float:
    """Return the share (0..1) of a quadrilateral that is in a picture."""
    frame = np.array([(0, 0), (shape[1], 0), (shape[1], shape[0]), (0, shape[0])], np.float32)
    inside, _ = cv2.intersectConvexConvex(points.astype(np.float32), frame)
    return float(inside / max(cv2.contourArea(points.astype(np.float32)), 1e-6))


def _box_around(points: NDArray[np.float64], shape: tuple[int, ...]) -> Box:
    size = np.array([shape[1], shape[0]])
    # From the middles of pixels, which are whole numbers in homographies, to their edges.
    low = np.clip(np.floor(points.min(axis=0) + 0.5).astype(int), 0, size - 1)
    high = np.clip(np.ceil(points.max(axis=0) + 0.5).astype(int), low + 1, size)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])
