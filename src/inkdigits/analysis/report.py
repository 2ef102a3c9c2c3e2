"""The files of an analysis: report.html, which holds all it shows; analysis.json; and card.md, one page to pass on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from pathlib import Path

from inkdigits.analysis.card import write_card
from inkdigits.analysis.document import to_document
from inkdigits.analysis.findings import Analysis
from inkdigits.analysis.pictures import (
    Tile,
    class_sheet,
    draw_counts,
    draw_embedding,
    draw_histograms,
    tile_strip,
)
from inkdigits.errors import OutputError
from inkdigits.evaluation.report_page import make_page, make_section, make_table, make_tiles
from inkdigits.files import explain_write_error

__all__ = ["write_analysis"]

_SHOWN = 40
_PAIRS = 20
_SURE = 0.9  # of a label; the report shows no more of those that the models agree with

_CLASSES_NOTE = (
    "The mean of each class's images, and where they vary: bright where some have ink and others none."
)
_COUNTS_NOTE = "Images of each class, a bar a split."
_DOUBTS_NOTE = (
    "Given label and what models say instead that had not seen the label, with the label's probability and the guess's."
    " The worst first, by split; framed where cleanlab counts the label as an error. Many will be right and merely"
    " hard: look before you change any."
)
_HARD_NOTE = (
    "Where models that had not seen the label were least sure, whatever the label."
    " Given label, and the likeliest class."
)
_OUTLIERS_NOTE = (
    "Images unlike the others of their class, the measure in which they are, and what is usual there."
)
_NEAR_NOTE = (
    "Pairs that all but agree once centered and brought to one strength, nearest first; 0 is the same. Across splits"
    " they tell the answer. Simple shapes such as 1 are now and then drawn alike by two hands."
)
_MAP_NOTE = (
    "A point an image, colored by class: those that the shipped classifier sees alike lie side by side (t-SNE of a"
    " random sample). Point at one to see it; point at a class to see it alone. Distances between clusters say little."
)
_MEASURES_NOTE = "How ink, strokes and sizes are distributed, a line a split, each scaled to its own height."
_DRIFT_NOTE = (
    "Means, and their difference in standard deviations: from 0.5 on a model notices, from 1 on it is another kind of"
    " image. Embedding distance: 0 the same, 1 as far as images of the first set are spread. Told apart: the"
    " area under the curve of a linear model that tells one set's images from the other's; 0.5 is a coin, 1 is always."
)


def write_analysis(analysis: Analysis, folder: Path) -> list[Path]:
    """Write report.html, analysis.json and card.md into a folder that exists; return them in this order.

    The caller makes the folder appear whole. Raise OutputError where it cannot be written.
    """
    contents = {
        "report.html": _page(analysis),
        "analysis.json": json.dumps(to_document(analysis), indent=1, allow_nan=False) + "\n",
        "card.md": write_card(analysis),
    }
    for name, content in contents.items():
        try:
            (folder / name).write_text(content, encoding="utf-8")
        except OSError as error:
            raise OutputError(explain_write_error(folder / name, error)) from error
    return [folder / name for name in contents]


def _page(analysis: Analysis) -> str:
    notes = "\n".join(f"<li>{escape(note)}</li>" for note in analysis.notes) or "<li>nothing stands out</li>"
    classes = int((analysis.collection.counts().sum(axis=0) > 0).sum())
    header = f"""<p class="headline">{len(analysis.collection):,} <small>images of {classes:,} classes</small></p>
<p class="note small">{escape(analysis.data.source)}</p>
{make_tiles(_tiles(analysis))}
<ul class="notes">{notes}</ul>"""
    style = files(__package__).joinpath("report.css").read_text("utf-8")
    return make_page(f"What is in {analysis.collection.name}", header, _sections(analysis), style)


def _tiles(analysis: Analysis) -> Iterator[tuple[str, str]]:
    for name in analysis.collection.split_names:
        yield name, f"{len(analysis.collection.members(name)):,}"
    if analysis.predictions is not None:
        yield "labels that look wrong", f"{analysis.suspected:,}"
    yield "exact copies", f"{sum(len(group) - 1 for group in analysis.exact):,}"
    yield "near duplicates", f"{len(analysis.near):,} pairs"
    if analysis.log.unreadable:
        yield "unreadable files", f"{len(analysis.log.unreadable):,}"


def _sections(analysis: Analysis) -> Iterator[str]:
    collection = analysis.collection
    yield from _doubt_sections(analysis)
    if analysis.map is not None:
        yield make_section("Map", _MAP_NOTE, draw_embedding(analysis))
    yield make_section("Classes", _CLASSES_NOTE, class_sheet(collection))
    yield make_section("Counts", _COUNTS_NOTE, draw_counts(collection))
    yield make_section("Ink and size", _MEASURES_NOTE, draw_histograms(analysis))
    if analysis.hardest:
        tiles = [
            Tile(
                row.number,
                f"{_name(analysis, row.given)} → {_name(analysis, row.guess)}",
                f"lead {row.score:.2f}",
            )
            for row in analysis.hardest[:_SHOWN]
        ]
        yield make_section("Hardest images", _HARD_NOTE, tile_strip(collection, tiles))
    if analysis.outliers:
        tiles = [
            Tile(row.number, row.measure.replace("_", " "), f"{row.value:.1f}, usually {row.usual:.1f}")
            for row in analysis.outliers[:_SHOWN]
        ]
        yield make_section("Outliers", _OUTLIERS_NOTE, tile_strip(collection, tiles))
    yield from _duplicate_sections(analysis)
    yield from _drift_sections(analysis)
    if analysis.log.unreadable:
        rows = [
            f"<tr><td>{escape(str(row.path))}</td><td>{escape(row.reason)}</td></tr>"
            for row in analysis.log.unreadable[:200]
        ]
        count = len(analysis.log.unreadable)
        note = f"{count:,} {'file was' if count == 1 else 'files were'} left out; the first 200 at most are listed."
        yield make_section("Unreadable files", note, make_table(rows))


def _doubt_sections(analysis: Analysis) -> Iterator[str]:
    collection = analysis.collection
    for number, name in enumerate(collection.split_names):
        rows = [row for row in analysis.doubts if collection.splits[row.number] == number]
        rows = [row for row in rows[:_SHOWN] if row.flagged or row.chance_given < _SURE]
        tiles = [
            Tile(
                row.number,
                f"{_name(analysis, row.given)} → {_name(analysis, row.guess)}",
                f"{row.chance_given:.2f} → {row.chance_guess:.2f}",
                marked=row.flagged,
            )
            for row in rows
        ]
        if tiles:
            of_split = f": {name}" if len(collection.split_names) > 1 else ""
            yield make_section(
                f"Labels that look wrong{of_split}", _DOUBTS_NOTE, tile_strip(collection, tiles)
            )


def _duplicate_sections(analysis: Analysis) -> Iterator[str]:
    collection = analysis.collection
    if analysis.exact:
        groups = sorted(analysis.exact, key=lambda group: group not in analysis.clashes)[:_PAIRS]
        tiles = [
            Tile(
                number,
                f"{collection.label_name(number) or 'unlabeled'}",
                f"group {place + 1}",
                group in analysis.clashes,
            )
            for place, group in enumerate(groups)
            for number in group[:4]
        ]
        note = "Images that are the same, pixel by pixel; framed where they stand under several labels."
        yield make_section("Exact copies", note, tile_strip(collection, tiles))
    if analysis.near:
        # Across splits first: those are what a score suffers from.
        pairs = sorted(
            analysis.near, key=lambda pair: collection.splits[pair.first] == collection.splits[pair.second]
        )[:_PAIRS]
        tiles = [
            Tile(
                number,
                f"{collection.label_name(number) or 'unlabeled'}",
                f"pair {place + 1}: {pair.distance:.3f}",
            )
            for place, pair in enumerate(pairs)
            for number in (pair.first, pair.second)
        ]
        yield make_section("Near duplicates", _NEAR_NOTE, tile_strip(collection, tiles))


def _drift_sections(analysis: Analysis) -> Iterator[str]:
    for drift in analysis.drifts:
        rows = [
            f'<tr><th>Measure</th><th class="number">{escape(drift.first)}</th>'
            f'<th class="number">{escape(drift.second)}</th><th class="number">Difference</th></tr>'
        ]
        rows += [
            f'<tr><td>{escape(row.name.replace("_", " "))}</td><td class="number">{row.first:.2f}</td>'
            f'<td class="number">{row.second:.2f}</td><td class="number">{row.difference:+.2f}</td></tr>'
            for row in drift.measures
        ]
        if drift.embedding_distance is not None and drift.told_apart is not None:
            extra = {"embedding distance": drift.embedding_distance, "told apart": drift.told_apart}
            rows += [
                f'<tr><td colspan="3">{name}</td><td class="number">{value:.2f}</td></tr>'
                for name, value in extra.items()
            ]
        body = make_table(rows)
        if analysis.other is not None and drift is analysis.drifts[-1] and analysis.strangers:
            collection = analysis.collection
            tiles = [
                Tile(number, collection.label_name(number) or "") for number in analysis.strangers[:_SHOWN]
            ]
            note = f"The images of {drift.second} least like those of {drift.first}:"
            body += f'<p class="note small">{escape(note)}</p>'
            body += tile_strip(collection, tiles)
        yield make_section(f"Drift: {drift.first} to {drift.second}", _DRIFT_NOTE, body)


def _name(analysis: Analysis, label: int) -> str:
    return analysis.collection.class_names[label]
