"""A picture of a blank form with the fields of a template, their names beside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkdigits.containers import Box
from inkdigits.export.scale import scale_down

__all__ = ["annotate_boxes"]

_LONGEST_SIDE = 1800
_FIELD, _CELL, _PAPER = "#0b57d0", "#b3261e", "#ffffff"
_TEXT = 13


def annotate_boxes(
    image: NDArray[np.uint8], names: Sequence[str], boxes: Sequence[Box], cells: Sequence[Sequence[Box]]
) -> Image.Image:
    """Return an RGB picture of a blank form, uint8 (H, W), with each field's box, its name, and its comb's boxes."""
    scaled, factor = scale_down(image, _LONGEST_SIDE)
    picture = scaled.convert("RGB")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(_TEXT)
    for name, box, comb in zip(names, boxes, cells, strict=True):
        for cell in comb:
            draw.rectangle(tuple(edge * factor for edge in cell), outline=_CELL)
        left, top, right, bottom = (edge * factor for edge in box)
        draw.rectangle((left, top, right, bottom), outline=_FIELD, width=2)
        place = (left + 4, top + 3)
        draw.rectangle(draw.textbbox(place, name, font=font), fill=_PAPER)
        draw.text(place, name, fill=_FIELD, font=font)
    return picture
