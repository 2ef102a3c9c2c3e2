"""A picture of a page with each field outlined by status, and what was read beside it.

Each status has a color, a line and a mark, so that it is told by any one of them: "ok" is blue and solid, "review"
orange, dashed and "7?", "rejected" dark red, crossed out and "#", "empty" gray and dotted.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkdigits.containers import MISMATCH, Field, Page, Status
from inkdigits.export.annotate import STATUS_COLORS
from inkdigits.export.layout import cell_mark
from inkdigits.export.scale import scale_down

__all__ = ["annotate_page"]

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
_Edges = tuple[float, float, float, float]
_LONGEST_SIDE = 1600
_INSET = 0.08  # of a cell's shorter side, so that the outlines of neighbors stay apart
_OUTSET = 3.0  # pixels around a free field, whose box is as tight as its ink
_CELL_TEXT, _FREE_TEXT = 0.26, 0.5  # of a box's shorter side
_SMALLEST_TEXT, _LARGEST_TEXT = 11, 30
_DARK = 0.75  # of the paper's brightness; what is darker is ink
_RIM = 3  # pixels
_LEGEND = 44
_WIDTHS: dict[Status, int] = {"ok": 2, "review": 3, "empty": 1, "rejected": 2}
_DASHES: dict[Status, tuple[int, int]] = {"review": (9, 6), "empty": (2, 4)}  # line and gap, in pixels
_INK, _SOFT, _PAPER = "#1f2933", "#6b7280", "#ffffff"


def annotate_page(image: NDArray[np.uint8], page: Page) -> Image.Image:
    """Return an RGB picture of a page, uint8 (H, W), at most 1600 pixels long, with a legend under it.

    The reading stands in that corner of a table's cell or of a form's field where it hides the least, and above what
    lies free, off its ink. A page that is no copy of its form says so in the legend.
    """
    scaled, factor = scale_down(image, _LONGEST_SIDE)
    photo = scaled.convert("RGB")
    gray = np.asarray(scaled.convert("L"))
    draw = ImageDraw.Draw(photo)
    counts: dict[Status, int] = {"ok": 0, "review": 0, "empty": 0, "rejected": 0}
    for field in _cells(page):
        counts[field.status] += 1
        _draw_cell(draw, field, factor, gray)
    for field in page.fields:
        counts[field.status] += 1
        if field.box is not None:
            if field.name is None:
                _draw_free(draw, field, factor)
            else:  # a form's fields have names and, as cells have, neighbors above
                _draw_cell(draw, field, factor, gray)
    sheet = Image.new("RGB", (max(photo.width, 560), photo.height + _LEGEND), _PAPER)
    sheet.paste(photo, (0, 0))
    name = "" if page.source is None else Path(page.source).name
    if MISMATCH in page.steps:
        ImageDraw.Draw(sheet).text(
            (10, photo.height + 10), f"{MISMATCH}: no copy of the form   {name}", fill=_INK, font=_font(18)
        )
    else:
        _draw_legend(ImageDraw.Draw(sheet), photo.height + 10, counts, name)
    return sheet


def _cells(page: Page) -> Iterator[Field]:
    """Yield the cells of a page's tables, merged ones once."""
    for table in page.tables:
        drawn = set()
        for field in (field for row in table.cells for field in row):
            if field.box is not None and field.box not in drawn:  # else covered by a merged cell
                drawn.add(field.box)
                yield field


def _draw_cell(draw: ImageDraw.ImageDraw, field: Field, factor: float, gray: NDArray[np.uint8]) -> None:
    left, top, right, bottom = (edge * factor for edge in field.box or (0, 0, 0, 0))
    inset = _INSET * min(right - left, bottom - top)
    outline = (left + inset, top + inset, max(left + inset, right - inset), max(top + inset, bottom - inset))
    _draw_outline(draw, outline, field.status)
    if field.status != "empty":
        font = _label_font(field, _CELL_TEXT, right - left, bottom - top)
        _, _, wide, high = _label_box(draw, field, (0, 0), font)
        across, down = max(left, right - wide), max(top, bottom - high)
        corners = [(left, top), (across, top), (left, down), (across, down)]
        cell = gray[round(top) : round(bottom) + 1, round(left) : round(right) + 1]
        ink = (cell < _DARK * np.median(cell)) if cell.size else np.zeros((1, 1), np.bool_)

        def hidden(corner: tuple[float, float]) -> float:
            x, y = round(corner[0] - left), round(corner[1] - top)
            # Without its rim, where the cell's own lines are; a little ink is as good as none.
            under = ink[y + _RIM : y + round(high) - _RIM, x + _RIM : x + round(wide) - _RIM]
            return round(float(under.mean()), 1) if under.size else 0.0

        _draw_label(draw, field, min(corners, key=hidden), font)


def _draw_free(draw: ImageDraw.ImageDraw, field: Field, factor: float) -> None:
    left, top, right, bottom = (edge * factor for edge in field.box or (0, 0, 0, 0))
    outline = (left - _OUTSET, top - _OUTSET, right + _OUTSET, bottom + _OUTSET)
    _draw_outline(draw, outline, field.status)
    if field.status != "empty":
        font = _label_font(field, _FREE_TEXT, right - left, bottom - top)
        above = outline[1] - draw.textbbox((0, 1), cell_mark(field), font=font)[3] - 2
        _draw_label(draw, field, (max(0, outline[0]), above if above >= 0 else outline[3]), font)


def _label_font(field: Field, share: float, width: float, height: float) -> _Font:
    """Return the font in which a label is a ``share`` as high as its box, and no wider than that, if still legible.

    On a page that lies on its side boxes stand upright, and the labels of neighbors would hide each other.
    """
    size = min(max(share * min(width, height), _SMALLEST_TEXT), _LARGEST_TEXT)
    wide = _font(round(size)).getlength(cell_mark(field))
    return _font(round(max(_SMALLEST_TEXT, min(size, size * width / max(wide, 1.0)))))


def _draw_label(draw: ImageDraw.ImageDraw, field: Field, corner: tuple[float, float], font: _Font) -> None:
    """Write what was read in white on the color of its status; ``corner`` is the label's left and top."""
    draw.rectangle(_label_box(draw, field, corner, font), fill=STATUS_COLORS[field.status])
    draw.text((corner[0] + 3, corner[1] + 1), cell_mark(field), fill=_PAPER, font=font)


def _label_box(draw: ImageDraw.ImageDraw, field: Field, corner: tuple[float, float], font: _Font) -> _Edges:
    box = draw.textbbox((corner[0] + 3, corner[1] + 1), cell_mark(field), font=font)
    return (*corner, box[2] + 3, box[3] + 2)


def _draw_outline(draw: ImageDraw.ImageDraw, edges: _Edges, status: Status) -> None:
    left, top, right, bottom = edges
    color, width = STATUS_COLORS[status], _WIDTHS[status]
    if status == "rejected":
        draw.line((left, top, right, bottom), fill=color, width=width)
        draw.line((left, bottom, right, top), fill=color, width=width)
    if status not in _DASHES:
        draw.rectangle(edges, outline=color, width=width)
        return
    line, gap = _DASHES[status]
    for start in np.arange(left, right, line + gap):
        for side in (top, bottom):
            draw.line((start, side, min(start + line, right), side), fill=color, width=width)
    for start in np.arange(top, bottom, line + gap):
        for side in (left, right):
            draw.line((side, start, side, min(start + line, bottom)), fill=color, width=width)


def _draw_legend(draw: ImageDraw.ImageDraw, top: int, counts: dict[Status, int], name: str) -> None:
    left = 10.0
    for status, count in counts.items():
        _draw_outline(draw, (left, top + 2, left + 24, top + 20), status)
        text = f"{count} {status}"
        draw.text((left + 32, top), text, fill=STATUS_COLORS[status], font=_font(18))
        left += 32 + _font(18).getlength(text) + 24
    draw.text((left, top), name, fill=_SOFT, font=_font(18))


def _font(size: int) -> _Font:
    return ImageFont.load_default(size)
