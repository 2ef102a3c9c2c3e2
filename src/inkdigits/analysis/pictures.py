"""The pictures of an analysis' report: strips of images, charts, and the map whose points show their image.

All are HTML and SVG in the page's own colors, and PNG inside it; no script and nothing from elsewhere.
"""

from __future__ import annotations

import base64
import colorsys
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkdigits.analysis.collection import Collection
from inkdigits.analysis.findings import Analysis
from inkdigits.analysis.measures import MEASURES

__all__ = ["Tile", "class_sheet", "draw_counts", "draw_embedding", "draw_histograms", "tile_strip"]

_GRAYS = 16
_MOST_CLASSES = 30
_SPRITES_A_ROW = 50
_BINS = 40
_SHORT = 18  # characters of a class's name


@dataclass(frozen=True)
class Tile:
    """An image to show, by number, what stands under it, and whether it is framed."""

    number: int
    title: str
    detail: str = ""
    marked: bool = False


def tile_strip(collection: Collection, tiles: Sequence[Tile]) -> str:
    """Return images side by side, each with its title, its detail and its place."""
    parts = []
    for tile in tiles:
        place = str(collection.place(tile.number))
        short = _short_place(collection, tile.number)
        frame = ' class="marked"' if tile.marked else ""
        parts.append(
            f'<figure{frame}><img class="ink" alt="{escape(place)}" src="{_png(collection.images[tile.number])}">'
            f"<figcaption><b>{escape(_short(tile.title, 30))}</b><br>{escape(tile.detail)}<br>"
            f'<span title="{escape(place)}">{escape(short)}</span></figcaption></figure>'
        )
    return f'<div class="strip">{"".join(parts)}</div>'


def class_sheet(collection: Collection) -> str:
    """Return the mean image of each class and the standard deviation of its pixels, of at most 30 classes."""
    parts = []
    for label in _chosen_classes(collection):
        members = collection.images[collection.labels == label]
        mean = members.mean(axis=0)
        spread = members.std(axis=0)
        both = np.concatenate([mean, spread * (255 / max(float(spread.max()), 1.0))], axis=1)
        name = collection.class_names[label]
        parts.append(
            f'<figure><img class="ink wide" alt="mean and spread of {escape(name)}"'
            f' src="{_png(both.astype(np.uint8))}">'
            f"<figcaption><b>{escape(_short(name, _SHORT))}</b><br>{len(members):,}</figcaption></figure>"
        )
    return f'<div class="strip">{"".join(parts)}</div>' + _left_out(collection)


def draw_counts(collection: Collection) -> str:
    """Return a table of bars: a row a class, a bar a split; at most 30 classes, the largest and the smallest."""
    counts = collection.counts()
    highest = max(int(counts.max(initial=0)), 1)
    head = "".join(f"<th>{escape(name)}</th>" for name in collection.split_names)
    rows = [f"<tr><th>class</th>{head}</tr>"]
    for label in _chosen_classes(collection):
        cells = "".join(
            f'<td><span class="bar" style="width:{7 * count / highest:.2f}rem"></span> {count:,}</td>'
            for count in counts[:, label].tolist()
        )
        rows.append(f"<tr><td>{escape(_short(collection.class_names[label], 40))}</td>{cells}</tr>")
    return f'<div class="sheet"><table>{"".join(rows)}</table></div>' + _left_out(collection)


def draw_histograms(analysis: Analysis) -> str:
    """Return one small chart a measure, a line a split."""
    collection = analysis.collection
    charts = []
    for column, one in enumerate(MEASURES):
        values = analysis.measures[:, column]
        values = np.where(np.isnan(values), np.nanmedian(values) if not np.isnan(values).all() else 0, values)
        low, high = np.percentile(values, [0.2, 99.8])
        high = max(high, low + one.least_spread)
        lines = []
        for split in range(len(collection.split_names)):
            counts, _ = np.histogram(values[collection.splits == split].clip(low, high), _BINS, (low, high))
            heights = 84 - 76 * counts / max(int(counts.max()), 1)
            points = " ".join(f"{4 + 232 * x / (_BINS - 1):.1f},{y:.1f}" for x, y in enumerate(heights))
            lines.append(f'<polyline class="line{split}" points="{points}"/>')
        charts.append(
            f"<figure><figcaption><b>{escape(one.title)}</b>, {escape(one.unit)}</figcaption>"
            f'<svg viewBox="0 0 240 104" role="img" aria-label="{escape(one.title)}">{"".join(lines)}'
            f'<path class="axis" d="M4 86H236"/><text x="4" y="100">{low:.3g}</text>'
            f'<text x="236" y="100" text-anchor="end">{high:.3g}</text></svg></figure>'
        )
    legend = "".join(
        f'<span class="key"><i class="line{split}"></i>{escape(name)}</span>'
        for split, name in enumerate(collection.split_names)
    )
    return f'<p class="legend">{legend}</p><div class="charts">{"".join(charts)}</div>'


def draw_embedding(analysis: Analysis) -> str:
    """Return the map as HTML: a point an image, which shows its image where one points at it."""
    assert analysis.map is not None
    collection, numbers = analysis.collection, analysis.map.numbers
    labels = collection.labels[numbers]
    counts = np.bincount(labels[labels >= 0], minlength=len(collection.class_names))
    named = [int(label) for label in np.argsort(-counts, kind="stable")[:_MOST_CLASSES] if counts[label]]
    shown = sorted(named)
    color = {label: _color(place, len(shown)) for place, label in enumerate(shown)}
    points = []
    for place, (number, (across, down)) in enumerate(zip(numbers.tolist(), analysis.map.places, strict=True)):
        label = int(labels[place])
        row, column = divmod(place, _SPRITES_A_ROW)
        kind = f" k{shown.index(label)}" if label in color else ""
        text = f"{collection.place(number)}: {collection.label_name(number) or 'unlabeled'}"
        points.append(
            f'<a class="p{kind}" style="left:{100 * across:.2f}%;top:{100 * down:.2f}%">'
            f'<i style="background-position:-{56 * column}px -{56 * row}px"></i><b>{escape(text)}</b></a>'
        )
    rules = "".join(
        f".k{place}{{--c:{color[label]}}}.map:has(.l{place}:hover) .p:not(.k{place}){{opacity:.06}}"
        for place, label in enumerate(shown)
    )
    sprite = _sprite(collection.images[numbers])
    rules += (
        f".p i{{background-image:url({_uri(sprite)});"
        f"background-size:{sprite.shape[1] * 2}px {sprite.shape[0] * 2}px}}"
    )
    legend = "".join(
        f'<span class="key k{place} l{place}"><i></i>{escape(_short(collection.class_names[label], _SHORT))}</span>'
        for place, label in enumerate(shown)
    )
    text = f"Map of {len(numbers):,} images"
    return (
        f'<style>{rules}</style><div class="map"><p class="legend">{legend}</p>'
        f'<div class="field" role="img" aria-label="{text}"><div>{"".join(points)}</div></div></div>'
    )


def _chosen_classes(collection: Collection) -> list[int]:
    """Return the classes that have images, in order; of more than 30 the largest and the smallest."""
    counts = collection.counts().sum(axis=0)
    present = np.flatnonzero(counts)
    if len(present) <= _MOST_CLASSES:
        return present.tolist()
    order = present[np.argsort(-counts[present], kind="stable")]
    half = _MOST_CLASSES // 2
    return [*order[:half].tolist(), *order[-half:].tolist()]


def _left_out(collection: Collection) -> str:
    count = int((collection.counts().sum(axis=0) > 0).sum())
    if count <= _MOST_CLASSES:
        return ""
    return (
        f'<p class="note small">The largest and the smallest {_MOST_CLASSES // 2} of {count:,} classes.</p>'
    )


def _short_place(collection: Collection, number: int) -> str:
    """Return split and number, or a file's name with its folder, from its end if it is long."""
    text = str(collection.place(number))
    if collection.files:
        text = "/".join(collection.files[number].parts[-2:])
    return text if len(text) <= _SHORT else "…" + text[1 - _SHORT :]


def _sprite(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return images on one sheet, 50 a row."""
    count, height, width = images.shape
    rows = -(-count // _SPRITES_A_ROW)
    sheet = np.zeros((rows * _SPRITES_A_ROW, height, width), np.uint8)
    sheet[:count] = images
    sheet = sheet.reshape(rows, _SPRITES_A_ROW, height, width).swapaxes(1, 2)
    return np.ascontiguousarray(sheet.reshape(rows * height, _SPRITES_A_ROW * width))


def _png(image: NDArray[np.uint8]) -> str:
    return _uri(np.ascontiguousarray(image))


def _uri(image: NDArray[np.uint8]) -> str:
    """Return a gray picture as a data URI, in 16 grays, which are enough to see it and half as large."""
    levels = np.rint(image / (255 / (_GRAYS - 1))).astype(np.uint8)
    picture = Image.fromarray(levels, "L").convert("P")
    picture.putpalette(
        [value for level in range(_GRAYS) for value in [round(level * 255 / (_GRAYS - 1))] * 3]
    )
    file = io.BytesIO()
    picture.save(file, "PNG", bits=4, optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _color(place: int, count: int) -> str:
    """Return colors that stay apart for up to ten classes, light and dark by turns beyond."""
    if count <= len(_COLORS):
        return _COLORS[place]
    red, green, blue = colorsys.hls_to_rgb(place / count, 0.45 if place % 2 else 0.62, 0.7)
    return f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


# Tol's muted colors and black's stand-in, which people with color-blindness can tell apart as well as ten can be.
_COLORS = (
    "#332288",
    "#88ccee",
    "#44aa99",
    "#117733",
    "#999933",
    "#ddcc77",
    "#cc6677",
    "#882255",
    "#aa4499",
    "#888888",
)
