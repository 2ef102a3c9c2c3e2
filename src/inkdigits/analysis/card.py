"""A one-page card for a data set, in Markdown: what it is, what is in it, what to know before using it."""

from __future__ import annotations

import numpy as np

from inkdigits._version import __version__
from inkdigits.analysis.findings import Analysis
from inkdigits.analysis.measures import MEASURES

__all__ = ["write_card"]

_MOST_CLASSES = 20


def write_card(analysis: Analysis) -> str:
    """Return the card, with places left for what only its makers know."""
    collection = analysis.collection
    counts = collection.counts()
    present = np.flatnonzero(counts.sum(axis=0))
    parts = [
        f"# {collection.name}",
        "",
        f"{len(collection):,} images of {len(present):,} classes, 28 x 28 gray, ink bright on 0"
        f" (made so where they were not). SHA-256 of the content: `{analysis.data.checksum}`.",
        "",
        f"- **Source**: {analysis.data.source or 'not told'}",
        "- **License, how it was collected, who wrote it**: to be filled in by whoever knows.",
        f"- **Analyzed by**: inkdigits {__version__}"
        + (
            f"; labels judged by {analysis.predictions.method}."
            if analysis.predictions
            else "; labels not judged."
        ),
        "",
        "## What is in it",
        "",
        "| split | images | "
        + " | ".join(f"`{collection.class_names[i]}`" for i in present[:_MOST_CLASSES])
        + " |",
        "|---|---|" + "---|" * len(present[:_MOST_CLASSES]),
    ]
    for row, name in zip(counts, collection.split_names, strict=True):
        cells = " | ".join(f"{count:,}" for count in row[present[:_MOST_CLASSES]])
        parts.append(f"| {name} | {len(collection.members(name)):,} | {cells} |")
    if len(present) > _MOST_CLASSES:
        parts += ["", f"The first {_MOST_CLASSES} of {len(present):,} classes; analysis.json has all."]
    parts += [
        "",
        "## What the writing looks like",
        "",
        "| measure | unit | mean | deviation |",
        "|---|---|---|---|",
    ]
    for column, one in enumerate(MEASURES):
        values = analysis.measures[:, column]
        values = values[~np.isnan(values)]
        if len(values):
            parts.append(f"| {one.title} | {one.unit} | {values.mean():.2f} | {values.std():.2f} |")
    parts += ["", "## Before you use it", ""]
    parts += [f"- {note}" for note in analysis.notes] or ["- Nothing stands out."]
    if analysis.near:
        parts.append(f"- pairs of images that are nearly the same: {len(analysis.near):,}")
    return "\n".join(parts) + "\n"
