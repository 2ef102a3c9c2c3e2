"""A picture of a page with its fields and the cells of its tables outlined by status, and what was read beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkdigits.containers import Field, Page
from inkdigits.export.annotate import STATUS_COLORS
from inkdigits.export.layout import cell_mark

__all__ = ["annotate_page", "stack_pictures"]

_LONGEST_SIDE = 1600
_INSET = 0.08  # of a cell's shorter side, so that the outlines of neighbors stay apart
_TEXT = 0.3  # of a cell's height
_SMALLEST_TEXT, _LARGEST_TEXT = 11, 30
_LEGEND = 44
_INK, _PAPER, _GAP = "#1f2933", "#ffffff", 14


def annotate_page(image: NDArray[np.uint8], page: Page) -> Image.Image:
    """Return an RGB picture of a page, uint8 (H, W), at most 1600 pixels long, with a legend under it."""
    height, width = image.shape
    factor = min(1.0, _LONGEST_SIDE / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    photo = Image.fromarray(image).resize(size, Image.Resampling.BOX).convert("RGB")
    draw = ImageDraw.Draw(photo)
    counts = dict.fromkeys(STATUS_COLORS, 0)
    for field in page.fields:
        if field.box is not None:
            counts[field.status] += 1
            _draw_cell(draw, field, factor)
    for table in page.tables:
        drawn = set()
        for field in (field for row in table.cells for field in row):
            if field.box is not None and field.box not in drawn:  # else covered by a merged cell
                drawn.add(field.box)
                counts[field.status] += 1
                _draw_cell(draw, field, factor)
    sheet = Image.new("RGB", (max(size[0], 560), size[1] + _LEGEND), _PAPER)
    sheet.paste(photo, (0, 0))
    name = "" if page.source is None else Path(page.source).name
    _draw_legend(ImageDraw.Draw(sheet), size[1] + 10, counts, name)
    return sheet


def stack_pictures(pictures: Sequence[Image.Image]) -> Image.Image:
    """Return RGB pictures, one at least, as one, each under the one before."""
    height = sum(picture.height + _GAP for picture in pictures) - _GAP
    sheet = Image.new("RGB", (max(picture.width for picture in pictures), height), _PAPER)
    top = 0
    for picture in pictures:
        sheet.paste(picture, (0, top))
        top += picture.height + _GAP
    return sheet


def _draw_cell(draw: ImageDraw.ImageDraw, field: Field, factor: float) -> None:
    left, top, right, bottom = (edge * factor for edge in field.box or (0, 0, 0, 0))
    color = STATUS_COLORS[field.status]
    inset = _INSET * min(right - left, bottom - top)
    outline = (left + inset, top + inset, max(left + inset, right - inset), max(top + inset, bottom - inset))
    draw.rectangle(outline, outline=color, width=1 if field.status == "empty" else 2)
    if field.status == "empty":
        return
    font = _font(round(min(max(_TEXT * (bottom - top), _SMALLEST_TEXT), _LARGEST_TEXT)))
    text, place = cell_mark(field), (outline[0] + 3, outline[1] + 1)
    box = draw.textbbox(place, text, font=font)
    draw.rectangle((outline[0], outline[1], box[2] + 3, box[3] + 2), fill=color)
    draw.text(place, text, fill=_PAPER, font=font)


def _draw_legend(draw: ImageDraw.ImageDraw, top: int, counts: dict[str, int], name: str) -> None:
    left = 10.0
    for status, color in STATUS_COLORS.items():
        draw.rectangle((left, top + 3, left + 16, top + 19), fill=color)
        text = f"{counts[status]} {status}"
        draw.text((left + 23, top), text, fill=_INK, font=_font(18))
        left += 23 + _font(18).getlength(text) + 24
    draw.text((left, top), name, fill=STATUS_COLORS["empty"], font=_font(18))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
