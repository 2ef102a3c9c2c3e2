"""A picture that shows what was read, where, how surely, and what the model saw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkdigits.containers import Field
from inkdigits.export.layout import cell_mark
from inkdigits.export.tabular import percent

__all__ = ["STATUS_COLORS", "annotate_readings"]

STATUS_COLORS = {"ok": "#0072b2", "review": "#b35c00", "empty": "#7a818c", "rejected": "#5c0a2e"}
"""Blue, orange, gray and dark red: far apart for the color-blind too, and, but for gray, dark enough for white text."""

_GAP = 14
_PICTURE_HEIGHT = 168
_LINE_HEIGHT = 92
_WIDEST = 330
_READING_WIDTH = 196
_BAR_WIDTH = 96
_FEWEST_RIVALS = 3
_CAPTION_WIDTH = 132
_CAPTION = 26
_INK, _SOFT, _LINE, _PAPER, _TABLE = "#1f2933", "#6b7280", "#d5dae1", "#ffffff", "#eef1f4"


def annotate_readings(
    images: Sequence[NDArray[np.uint8]],
    fields: Sequence[Field],
    inputs: Sequence[NDArray[np.uint8] | None],
    positions: Sequence[Sequence[float]],
    names: Sequence[str],
) -> Image.Image:
    """Return one RGB picture with a card an image: the box in it, what the model saw, the reading and its rivals.

    images: uint8 (H, W), as decoded. inputs: what the model saw, uint8 (h, w), or None where there was no ink.
    positions: for each symbol of a field the column of its input at which it was read; () for digits.
    """
    cards = [
        _draw_card(image, field, seen, columns, name)
        for image, field, seen, columns, name in zip(images, fields, inputs, positions, names, strict=True)
    ]
    across = 1 if len(cards) < 4 or max(card.width for card in cards) > 700 else 2
    width = max((card.width for card in cards), default=0)
    rows = [cards[start : start + across] for start in range(0, len(cards), across)]
    height = sum(max(card.height for card in row) + _GAP for row in rows) + _GAP
    sheet = Image.new("RGB", (across * (width + _GAP) + _GAP, height), _TABLE)
    top = _GAP
    for row in rows:
        for column, card in enumerate(row):
            sheet.paste(card, (_GAP + column * (width + _GAP), top))
        top += max(card.height for card in row) + _GAP
    return sheet


def _draw_card(
    image: NDArray[np.uint8],
    field: Field,
    seen: NDArray[np.uint8] | None,
    columns: Sequence[float],
    name: str,
) -> Image.Image:
    height = _PICTURE_HEIGHT if field.kind == "digit" else _LINE_HEIGHT
    photo = _draw_photo(image, field, height)
    model_input = _draw_input(seen, field.text, columns, height)
    rivals = [(field.text, field.confidence), *_rivals(field)]
    rivals = rivals[: max(_FEWEST_RIVALS, (height - 30) // 22)] if field.text else []
    left = _GAP + photo.width + _GAP
    reading_left = left + model_input.width + _GAP + 6
    text_width = round(_font(44).getlength(_shown(field))) + 110
    width = reading_left + max(_READING_WIDTH, text_width) + _GAP
    card_height = 2 * _GAP + _CAPTION + max(height, 56 + 22 * len(rivals))
    card = Image.new("RGB", (width, card_height), _PAPER)
    draw = ImageDraw.Draw(card)
    draw.rectangle((0, 0, width - 1, card_height - 1), outline=_LINE)
    card.paste(photo, (_GAP, _GAP))
    card.paste(model_input, (left, _GAP))
    caption = _GAP + height + 6
    draw.text((_GAP, caption), _shorten(name, photo.width // 7), fill=_SOFT, font=_font(13))
    draw.text((left, caption), "what the model saw", fill=_SOFT, font=_font(13))
    _write_reading(draw, field, rivals, reading_left)
    return card


def _shown(field: Field) -> str:
    """Return a field's text, or what stands for it where there is none, as in a page's text."""
    return field.text or cell_mark(field)


def _rivals(field: Field) -> list[tuple[str, float]]:
    """Return the alternatives as text; another meaning of the same text shows as its value."""
    return [
        (f"= {rival.value}" if rival.text == field.text else rival.text, rival.confidence)
        for rival in field.alternatives
    ]


def _draw_photo(image: NDArray[np.uint8], field: Field, height: int) -> Image.Image:
    rows, columns = image.shape
    factor = min(height / rows, _WIDEST / columns)
    size = (max(1, round(columns * factor)), max(1, round(rows * factor)))
    how = Image.Resampling.NEAREST if factor > 3 else Image.Resampling.LANCZOS
    photo = Image.new("RGB", (max(size[0], height), height), _PAPER)
    left, top = (photo.width - size[0]) // 2, (height - size[1]) // 2
    photo.paste(Image.fromarray(image).resize(size, how), (left, top))
    if field.box is not None:
        box = [round(edge * factor) for edge in field.box]
        edges = (left + box[0] - 2, top + box[1] - 2, left + box[2] + 1, top + box[3] + 1)
        ImageDraw.Draw(photo).rectangle(edges, outline=STATUS_COLORS[field.status], width=3)
    return photo


def _draw_input(
    seen: NDArray[np.uint8] | None, text: str, columns: Sequence[float], height: int
) -> Image.Image:
    """Draw the model's input dark on light, and over it where each symbol was read."""
    if seen is None:
        picture = Image.new("RGB", (height, height), _PAPER)
    else:
        marks = 18 if columns else 0
        factor = min((height - marks) / seen.shape[0], _WIDEST / seen.shape[1])
        size = (max(1, round(seen.shape[1] * factor)), max(1, round(seen.shape[0] * factor)))
        enlarged = Image.fromarray(255 - seen).resize(size, Image.Resampling.NEAREST)
        picture = Image.new("RGB", (max(size[0], height if not columns else _CAPTION_WIDTH), height), _PAPER)
        picture.paste(enlarged, (0, marks))
        draw = ImageDraw.Draw(picture)
        for symbol, column in zip(text, columns, strict=False):
            across = column * factor
            draw.line((across, marks, across, marks + size[1]), fill="#7fb8d6", width=1)
            draw.text((across, 0), symbol, fill=_INK, font=_font(14), anchor="ma")
    ImageDraw.Draw(picture).rectangle((0, 0, picture.width - 1, picture.height - 1), outline=_LINE)
    return picture


def _write_reading(
    draw: ImageDraw.ImageDraw, field: Field, rivals: list[tuple[str, float]], left: int
) -> None:
    color = STATUS_COLORS[field.status]
    draw.text((left, _GAP - 6), _shown(field), fill=_INK, font=_font(44))
    beside = left + round(_font(44).getlength(_shown(field))) + 14
    draw.text((beside, _GAP), percent(field.confidence), fill=_INK, font=_font(18))
    draw.text((beside, _GAP + 22), field.status, fill=color, font=_font(16))
    indent = max((round(_font(15).getlength(text)) for text, _ in rivals), default=0) + 10
    top = _GAP + 54
    for text, confidence in rivals:
        start = left + indent
        draw.text((left, top), text, fill=_INK, font=_font(15))
        draw.rectangle((start, top + 4, start + _BAR_WIDTH, top + 15), fill=_TABLE)
        if confidence * _BAR_WIDTH >= 1:
            draw.rectangle((start, top + 4, start + confidence * _BAR_WIDTH, top + 15), fill=color)
        draw.text((start + 8 + _BAR_WIDTH, top), percent(confidence), fill=_SOFT, font=_font(14))
        top += 22


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _shorten(name: str, length: int) -> str:
    return name if len(name) <= length else f"…{name[1 - length :]}"
