"""How far a straightened photo shows what is printed on a form: whether it is a copy of that form at all."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["agreement", "flatten_light"]

_WIDEST_STROKE = 21  # pixels of the working size
_DARKEST_PAPER = 24  # gray levels
_INK = 0.1  # the share of the paper's light that a printed stroke takes away at least
_TILES = (8, 6)  # rows and columns in which the print is looked for
_WORST = 0.1  # share of the form's parts
_LEAST_PRINT = 0.15  # of the mean print of a tile; those with less tell nothing


def flatten_light(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a uint8 picture (H, W) on paper of one brightness, 255, without shadows."""
    smooth = cv2.blur(gray, (3, 3))
    kernel = np.ones((_WIDEST_STROKE, _WIDEST_STROKE), np.uint8)
    paper = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.divide(gray, np.maximum(paper, _DARKEST_PAPER), scale=255.0), np.uint8)


def agreement(blank: NDArray[np.uint8], straight: NDArray[np.uint8], shown: NDArray[np.bool_]) -> float:
    """Return how much of the print of a blank form, uint8 (H, W), is in a straightened photo, uint8 (H, W), 0 to 1.

    shown: where the photo shows the form at all, bool (H, W); the rest tells nothing. Both pictures are flat
    (``flatten_light``). Writing adds ink, so that ink counts only where there is print, against its surroundings. The
    worst tenth of the form's parts decides: other forms of the same house may share head and foot.
    """
    form, photo = _ink(blank), _ink(straight)
    scores, weights = [], []
    for rows in np.array_split(np.arange(form.shape[0]), _TILES[0]):
        for columns in np.array_split(np.arange(form.shape[1]), _TILES[1]):
            part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            if shown[part].all():
                scores.append(_correlation(form[part], photo[part]))
                weights.append(float(form[part].sum()))
    if not weights:
        return 0.0
    telling = np.array(weights) > _LEAST_PRINT * np.mean(weights)
    return float(np.clip(np.quantile(np.array(scores)[telling], _WORST), 0, 1)) if telling.any() else 0.0


def _ink(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    strength = np.clip(1 - picture.astype(np.float32) / 255 - _INK / 2, 0, 0.5)
    return np.asarray(cv2.GaussianBlur(strength, (0, 0), 1.2), np.float32)


def _correlation(form: NDArray[np.float32], photo: NDArray[np.float32]) -> float:
    """Return how the photo's ink goes along with the form's, where the form has print or is near it."""
    near = cv2.dilate(form, np.ones((9, 9), np.uint8)) > 0.04
    if near.sum() < 20:
        return 0.0
    a, b = form[near] - form[near].mean(), photo[near] - photo[near].mean()
    return float((a * b).sum() / max(1e-6, np.sqrt((a * a).sum() * (b * b).sum())))
