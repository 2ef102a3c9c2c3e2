"""A picture that shows what was read, where, how surely, and what the model saw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkdigits.containers import Field

__all__ = ["STATUS_COLORS", "annotate_readings"]

STATUS_COLORS = {"ok": "#0b7a4b", "review": "#b45f06", "empty": "#6b7280", "rejected": "#b3261e"}

_PICTURE = 168
_GAP = 14
_BAR_WIDTH = 96
_CARD_WIDTH = 2 * _PICTURE + 4 * _GAP + 190
_CARD_HEIGHT = _PICTURE + 2 * _GAP + 26
_INK, _SOFT, _LINE, _PAPER = "#1f2933", "#6b7280", "#d5dae1", "#ffffff"


def annotate_readings(
    images: Sequence[NDArray[np.uint8]],
    fields: Sequence[Field],
    inputs: Sequence[NDArray[np.uint8] | None],
    names: Sequence[str],
    *,
    columns: int | None = None,
) -> Image.Image:
    """Return one RGB picture with a card an image: the box in it, what the model saw, the reading and its rivals.

    images: uint8 (H, W), as decoded. inputs: what the model saw, uint8 (28, 28), or None where there was no ink.
    columns: how many cards stand side by side; by default one, or two from four cards on.
    """
    columns = columns or (1 if len(images) < 4 else 2)
    rows = max(1, -(-len(images) // columns))
    sheet = Image.new(
        "RGB", (columns * (_CARD_WIDTH + _GAP) + _GAP, rows * (_CARD_HEIGHT + _GAP) + _GAP), "#eef1f4"
    )
    for index, (image, field, seen, name) in enumerate(zip(images, fields, inputs, names, strict=True)):
        card = _draw_card(image, field, seen, name)
        row, column = divmod(index, columns)
        sheet.paste(card, (_GAP + column * (_CARD_WIDTH + _GAP), _GAP + row * (_CARD_HEIGHT + _GAP)))
    return sheet


def _draw_card(
    image: NDArray[np.uint8], field: Field, seen: NDArray[np.uint8] | None, name: str
) -> Image.Image:
    card = Image.new("RGB", (_CARD_WIDTH, _CARD_HEIGHT), _PAPER)
    draw = ImageDraw.Draw(card)
    color = STATUS_COLORS[field.status]
    draw.rectangle((0, 0, _CARD_WIDTH - 1, _CARD_HEIGHT - 1), outline=_LINE)
    _paste_photo(card, image, field, color)
    left = _PICTURE + 2 * _GAP
    if seen is not None:
        card.paste(
            Image.fromarray(255 - seen).resize((_PICTURE, _PICTURE), Image.Resampling.NEAREST), (left, _GAP)
        )
    draw.rectangle((left - 1, _GAP - 1, left + _PICTURE, _GAP + _PICTURE), outline=_LINE)
    caption = _GAP + _PICTURE + 6
    draw.text((_GAP, caption), _shorten(name, 26), fill=_SOFT, font=_font(13))
    draw.text((left, caption), "what the model saw", fill=_SOFT, font=_font(13))
    _write_reading(draw, field, color, left + _PICTURE + _GAP + 6)
    return card


def _paste_photo(card: Image.Image, image: NDArray[np.uint8], field: Field, color: str) -> None:
    height, width = image.shape
    factor = _PICTURE / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    how = Image.Resampling.NEAREST if factor > 3 else Image.Resampling.LANCZOS
    left, top = _GAP + (_PICTURE - size[0]) // 2, _GAP + (_PICTURE - size[1]) // 2
    card.paste(Image.fromarray(image).resize(size, how), (left, top))
    if field.box is not None:
        box = [round(edge * factor) for edge in field.box]
        edges = (left + box[0] - 2, top + box[1] - 2, left + box[2] + 1, top + box[3] + 1)
        ImageDraw.Draw(card).rectangle(edges, outline=color, width=3)


def _write_reading(draw: ImageDraw.ImageDraw, field: Field, color: str, left: int) -> None:
    draw.text((left, _GAP - 8), field.text or "-", fill=_INK, font=_font(64))
    draw.text((left + 62, _GAP + 10), f"{100 * field.confidence:.1f}%", fill=_INK, font=_font(20))
    draw.text((left + 62, _GAP + 36), field.status, fill=color, font=_font(17))
    top = _GAP + 84
    rivals = [
        (field.text, field.confidence),
        *((rival.text, rival.confidence) for rival in field.alternatives),
    ]
    for text, confidence in rivals if field.text else []:
        draw.text((left, top), text, fill=_INK, font=_font(15))
        draw.rectangle((left + 20, top + 4, left + 20 + _BAR_WIDTH, top + 15), fill="#eef1f4")
        if confidence * _BAR_WIDTH >= 1:
            draw.rectangle((left + 20, top + 4, left + 20 + confidence * _BAR_WIDTH, top + 15), fill=color)
        draw.text((left + 28 + _BAR_WIDTH, top), f"{100 * confidence:.1f}%", fill=_SOFT, font=_font(14))
        top += 22


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _shorten(name: str, length: int) -> str:
    return name if len(name) <= length else f"…{name[1 - length :]}"
