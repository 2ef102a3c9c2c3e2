"""Where a copy of a printed form lies in a photo of it, by what the two pictures have in common.

Features (Lowe 2004, "Distinctive image features from scale-invariant keypoints") and a robust homography (Barath et al.
2020, "MAGSAC++") find the form at any angle. Corners of the print are then followed from the blank form to the
straightened photo (Lucas and Kanade 1981), and a smooth bend over the homography takes up what paper that is no plane
leaves. How much of the print is where it should be tells whether this is the form at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Box
from inkdigits.errors import TemplateError
from inkdigits.reading.agreement import agreement, flatten_light
from inkdigits.reading.labels import LabelCheck, check_labels, find_labels

__all__ = ["BlankForm", "Registration"]

_BLANK_SIDE = 1000  # the longer side of the blank form where features are looked for, in pixels
_PHOTO_SIDE = 1250  # that of the photo, in which the form may fill a part only
_FEW_FEATURES, _MANY_FEATURES = 1000, 4000  # at a first and at a second look
_FEW_SIDE = 560  # pixels of the photo's longer side at a first look
_FEWEST_FEATURES = 30  # of a blank form
_RATIO = 0.85  # of the distances to the best and the second best match
_FEWEST_MATCHES = 12
_REPROJECTION = 4.0  # pixels
_LEAST_AREA = 0.03  # of the form, as a share of the photo
_CORNERS = 700  # of the print, that are followed
_CORNERS_APART = 10  # pixels
_FEWEST_CORNERS = 24
_WINDOW = 21  # pixels around a corner that are compared
_FARTHEST = (24.0, 8.0, 3.0)  # pixels that a corner may be off, look by look
_TERMS = 15  # of a quartic in x and y
_SMOOTHNESS = 0.1  # how many corners' weight stands against a bend
_SLACK = 2.0  # pixels that a corner may miss the bend by, and still weigh nearly in full
_LARGEST_OF_TWO = 0.5  # of the photo; where a form fills more, there is no room for another copy
_GOOD = 0.6  # agreement from which on no second look is needed


@dataclass(frozen=True)
class Registration:
    """Where a form lies in a photo.

    homography: float64 (3, 3), from pixels of the blank form to pixels of the photo.
    bend: float64 (15, 2), the coefficients of a quartic in x and y that is added before, in the blank form's pixels.
    size: (width, height) of the blank form in pixels.
    quality: 0..1, how much of what is printed on the form is where it should be, where the photo shows it.
    shown: 0..1, the share of the form that is in the photo.
    straight: the photo as the blank form lies, uint8, in a working size, on even paper.
    """

    homography: NDArray[np.float64]
    bend: NDArray[np.float64]
    size: tuple[int, int]
    quality: float
    shown: float
    straight: NDArray[np.uint8]

    def to_photo(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return where points of the blank form, float (N, 2), x and y in pixels, are in the photo, float64 (N, 2)."""
        bent = np.asarray(points, np.float64) + _terms(points, self.size) @ self.bend
        return _moved(self.homography, bent)


class BlankForm:
    """A blank form's picture, and all that is found out about it once."""

    def __init__(self, gray: NDArray[np.uint8]) -> None:
        """Take the blank form, uint8 gray (H, W); raise TemplateError where too little is printed on it."""
        self.gray = gray
        self.size = (gray.shape[1], gray.shape[0])
        self._working = flatten_light(_scaled(gray, _BLANK_SIDE / max(gray.shape)))
        self._to_working = _scaling(gray, self._working)
        self._few = _features(self._working, _FEW_FEATURES)
        corners = cv2.goodFeaturesToTrack(self._blurred, _CORNERS, 0.02, _CORNERS_APART, blockSize=5)
        self._corners = np.asarray([] if corners is None else corners, np.float32).reshape(-1, 2)
        if min(len(self._few[0]), len(self._corners)) < _FEWEST_FEATURES:
            raise TemplateError("the blank form has too little printed on it to be recognized by")

    def register(self, photo: NDArray[np.uint8]) -> Registration | None:
        """Return where the form lies in a photo, uint8 gray (H, W), or None where it cannot be told at all.

        What comes back may still be no copy of the form: ``quality`` says that.
        """
        small = flatten_light(_scaled(photo, min(1.0, _PHOTO_SIDE / max(photo.shape))))
        to_photo = _scaling(small, photo)
        smaller = _scaled(small, min(1.0, _FEW_SIDE / max(small.shape)))
        form, there = _match(self._few, _features(smaller, _FEW_FEATURES))
        there = _moved(_scaling(smaller, small), there).astype(np.float32)
        best = self._registered(small, to_photo, (form, there))
        if best is None or best.quality < _GOOD:
            second = self._registered(small, to_photo, _match(self._many, _features(small, _MANY_FEATURES)))
            best = max((found for found in (best, second) if found is not None), key=_quality, default=None)
        return best

    def has_another_copy(self, photo: NDArray[np.uint8], found: Registration) -> bool:
        """Tell whether a photo, uint8 gray (H, W), shows the form in another place than where it was found, too."""
        right, bottom = self.size
        corners = found.to_photo(np.array([(0, 0), (right, 0), (right, bottom), (0, bottom)], np.float64))
        if cv2.contourArea(corners.astype(np.float32)) > _LARGEST_OF_TWO * photo.size:
            return False
        rest = photo.copy()
        cv2.fillConvexPoly(rest, np.rint(corners).astype(np.int32), int(np.median(photo[::16, ::16])))
        another = self.register(rest)
        return another is not None and another.quality >= _GOOD

    @cached_property
    def printed(self) -> NDArray[np.uint8]:
        """What is printed on the form, uint8 (H, W), bright on 0; kept, for all copies."""
        return np.asarray(255 - flatten_light(self.gray), np.uint8)

    @cached_property
    def labels(self) -> tuple[Box, ...]:
        """The words that are printed on the form, boxes in its pixels."""
        return tuple(self._in_form(box) for box in self._labels)

    def check_labels(self, registration: Registration, photo_shape: tuple[int, ...]) -> LabelCheck:
        """Return what of the labels is not in its place in a photo of a shape, boxes in the form's pixels."""
        places = zip(self._labels, self.labels, strict=True)
        seen = [label for label, place in places if _is_within(registration, place, photo_shape)]
        check = check_labels(self._working, registration.straight, seen)
        return LabelCheck(tuple(self._in_form(box) for box in check.missing), check.moved)

    def _in_form(self, box: Box) -> Box:
        """Return a box of the working picture in pixels of the form."""
        across, down = np.diag(self._to_working)[:2]
        left, top, right, bottom = box
        return round(left / across), round(top / down), round(right / across), round(bottom / down)

    @cached_property
    def _labels(self) -> list[Box]:
        return find_labels(self._working)

    @cached_property
    def _blurred(self) -> NDArray[np.uint8]:
        return np.asarray(cv2.GaussianBlur(self._working, (0, 0), 1.0), np.uint8)

    @cached_property
    def _many(self) -> Features:
        return _features(self._working, _MANY_FEATURES)

    def _registered(
        self,
        small: NDArray[np.uint8],
        to_photo: NDArray[np.float64],
        matches: tuple[NDArray[np.float32], NDArray[np.float32]],
    ) -> Registration | None:
        """Return the registration that matches, of points in the working pictures, lead to; None for none."""
        homography = _homography(*matches)
        if homography is None or not _is_plausible(homography, self._working.shape, small.shape):
            return None
        working_size = (self._working.shape[1], self._working.shape[0])
        bend = np.zeros((_TERMS, 2))
        for farthest in _FARTHEST:
            straight = _straightened(small, homography, bend, working_size)
            moves = _follow(self._blurred, straight, self._corners, farthest)
            if moves is None:
                return None
            points, targets = moves
            # Where a corner is in the straightened photo -> where the last bend has it from.
            bent = targets + _terms(targets, working_size) @ bend
            bend = _fit_bend(points, bent - points, working_size)
        straight = _straightened(small, homography, bend, working_size)
        shown = (
            _straightened(np.full_like(small, 255), homography, bend, working_size, cv2.BORDER_CONSTANT) > 254
        )
        quality = agreement(self._working, straight, shown)
        bend = bend / np.diag(self._to_working)[:2]
        return Registration(
            to_photo @ homography @ self._to_working, bend, self.size, quality, float(shown.mean()), straight
        )


def _is_within(registration: Registration, box: Box, photo_shape: tuple[int, ...]) -> bool:
    """Tell whether a box of the blank form is in the photo, whole."""
    left, top, right, bottom = box
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    there = registration.to_photo(corners)
    return bool((there >= 0).all() and (there < np.array(photo_shape[1::-1])).all())


def _quality(found: Registration) -> float:
    return found.quality


def _scaled(gray: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    size = (max(1, round(gray.shape[1] * factor)), max(1, round(gray.shape[0] * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(gray, size, interpolation=how), np.uint8)


def _scaling(gray: NDArray[np.uint8], scaled: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return where the middles of pixels go when a picture is scaled, float64 (3, 3)."""
    x, y = scaled.shape[1] / gray.shape[1], scaled.shape[0] / gray.shape[0]
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])


Features = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Points, float32 (N, 2), and a descriptor each."""


def _features(picture: NDArray[np.uint8], count: int) -> Features:
    keypoints, descriptors = cv2.SIFT.create(count).detectAndCompute(picture, None)
    points = np.array([point.pt for point in keypoints], np.float32).reshape(-1, 2)
    return points, np.asarray([] if descriptors is None else descriptors, np.float32).reshape(-1, 128)


def _match(form: Features, photo: Features) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return points of the form and those of the photo that look like them and like no others, float32 (N, 2) each."""
    if min(len(form[0]), len(photo[0])) < 2:
        return np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32)
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(form[1], photo[1], k=2)
    clear = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < _RATIO * pair[1].distance]
    return (
        form[0][[match.queryIdx for match in clear]].reshape(-1, 2),
        photo[0][[match.trainIdx for match in clear]].reshape(-1, 2),
    )


def _moved(homography: NDArray[np.float64], points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return points, float (N, 2), as a homography moves them."""
    if not len(points):
        return np.zeros((0, 2))
    return np.asarray(
        cv2.perspectiveTransform(np.asarray(points, np.float64)[None], homography)[0], np.float64
    )


def _homography(form: NDArray[np.float32], photo: NDArray[np.float32]) -> NDArray[np.float64] | None:
    if len(form) < _FEWEST_MATCHES:
        return None
    homography, kept = cv2.findHomography(form, photo, cv2.USAC_MAGSAC, _REPROJECTION, maxIters=5000)
    return None if homography is None or kept.sum() < _FEWEST_MATCHES else np.asarray(homography, np.float64)


def _is_plausible(homography: NDArray[np.float64], form: tuple[int, ...], photo: tuple[int, ...]) -> bool:
    """Tell whether the form, seen so, is convex, no mirror image, of some size and in front of the camera."""
    height, width = form
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    depth = np.column_stack([corners, np.ones(4)]) @ homography[2]
    if not np.isfinite(homography).all() or depth.min() <= 0.2 * depth.max():
        return False
    seen = _moved(homography, corners)
    ahead = np.roll(seen, -1, axis=0) - seen
    turns = ahead[:, 0] * np.roll(ahead[:, 1], -1) - ahead[:, 1] * np.roll(ahead[:, 0], -1)
    area = cv2.contourArea(seen.astype(np.float32))
    return bool((turns > 0).all() and area > _LEAST_AREA * photo[0] * photo[1])


def _straightened(
    photo: NDArray[np.uint8],
    homography: NDArray[np.float64],
    bend: NDArray[np.float64],
    size: tuple[int, int],
    border: int = cv2.BORDER_REPLICATE,
) -> NDArray[np.uint8]:
    """Return the photo as the blank form lies, uint8 of ``size`` (width, height).

    border: what OpenCV puts beyond the photo.
    """
    if not bend.any():
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        picture = cv2.warpPerspective(photo, homography, size, flags=flags, borderMode=border)
        return np.asarray(picture, np.uint8)
    step = 16  # the bend is smooth: a coarse map will do
    columns, rows = np.arange(0, size[0] + step, step), np.arange(0, size[1] + step, step)
    points = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2) - 0.5
    bent = points + _terms(points, size) @ bend
    coarse = _moved(homography, bent).reshape(len(rows), len(columns), 2)
    # As ``resize`` sees it, a knot is the middle of a tile: the tiles begin half a step before the first pixel.
    fine = cv2.resize(coarse.astype(np.float32), None, fx=step, fy=step, interpolation=cv2.INTER_LINEAR)
    x, y = cv2.split(fine[step // 2 : step // 2 + size[1], step // 2 : step // 2 + size[0]])
    return np.asarray(cv2.remap(photo, x, y, cv2.INTER_LINEAR, borderMode=border), np.uint8)


def _follow(
    blank: NDArray[np.uint8], straight: NDArray[np.uint8], corners: NDArray[np.float32], farthest: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return corners of the blank form and where they are in the straightened photo, float64 (N, 2) each."""
    blurred = np.asarray(cv2.GaussianBlur(straight, (0, 0), 1.0), np.uint8)
    window = (_WINDOW, _WINDOW)
    levels = 3 if farthest > _WINDOW / 2 else 1

    def track(
        before: NDArray[np.uint8], after: NDArray[np.uint8], points: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        there, found, _ = cv2.calcOpticalFlowPyrLK(
            before, after, points[:, None], np.empty_like(points[:, None]), winSize=window, maxLevel=levels
        )
        return np.asarray(there, np.float32).reshape(-1, 2), np.asarray(found.ravel() > 0)

    moved, found = track(blank, blurred, corners)
    back, found_back = track(blurred, blank, moved)
    kept = found & found_back & (np.abs(back - corners).max(axis=1) < 0.7)
    kept &= np.abs(moved - corners).max(axis=1) < farthest
    if kept.sum() < _FEWEST_CORNERS:
        return None
    return corners[kept].astype(np.float64), moved[kept].astype(np.float64)


def _fit_bend(
    points: NDArray[np.float64], moves: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.float64]:
    """Return the quartic that moves points, float64 (N, 2), most nearly as they are moved; outliers weigh little."""
    terms = _terms(points, size)
    penalty = _SMOOTHNESS * np.diag([0.02] * 3 + [1] * 3 + [2] * 4 + [3] * 5)
    weights = np.ones(len(points))
    bend: NDArray[np.float64] = np.zeros((_TERMS, 2))
    for _ in range(6):
        weighted = terms * weights[:, None]
        bend = np.asarray(np.linalg.solve(weighted.T @ terms + penalty, weighted.T @ moves), np.float64)
        misses = np.linalg.norm(moves - terms @ bend, axis=1)
        weights = 1 / (1 + (misses / max(_SLACK, 3 * float(np.median(misses)))) ** 2)
    return bend


def _terms(points: NDArray[np.floating], size: tuple[int, int]) -> NDArray[np.float64]:
    """Return the terms of a quartic at points, float64 (N, 15); x and y run from -1 to 1 over the form."""
    x, y = (2 * np.asarray(points, np.float64) / np.array(size) - 1).T
    return np.stack(
        [x**power * y ** (degree - power) for degree in range(5) for power in range(degree + 1)], axis=1
    )
