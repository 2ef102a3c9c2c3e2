"""An analysis as plain JSON: analysis.json."""

from __future__ import annotations

from typing import Any

import numpy as np

from inkdigits._version import __version__
from inkdigits.analysis.doubts import Doubt
from inkdigits.analysis.findings import Analysis
from inkdigits.analysis.measures import MEASURES

__all__ = ["SCHEMA_VERSION", "to_document"]

SCHEMA_VERSION = 1
_NEAR_LISTED = 1000
_STRANGERS_LISTED = 100


def to_document(analysis: Analysis) -> dict[str, Any]:
    """Return everything that was found as plain JSON; images are named by split, index and, if any, file."""
    collection = analysis.collection
    place = {number: collection.place(number).to_dict() for number in _named(analysis)}
    predictions = analysis.predictions
    return {
        "schema_version": SCHEMA_VERSION,
        "inkdigits": __version__,
        "name": collection.name,
        "source": analysis.data.source,
        "checksum": analysis.data.checksum,
        "class_names": list(collection.class_names),
        "counts": dict(zip(collection.split_names, collection.counts().tolist(), strict=True)),
        "images": {name: len(collection.members(name)) for name in collection.split_names},
        "notes": list(analysis.notes),
        "unreadable": [{"file": str(row.path), "reason": row.reason} for row in analysis.log.unreadable],
        "small": [str(path) for path in analysis.log.small],
        "measures": _measures(analysis),
        "blank": [place[int(number)] for number in analysis.blank],
        "outliers": [
            place[row.number]
            | {"measure": row.measure, "value": row.value, "usual": row.usual, "score": row.score}
            for row in analysis.outliers
        ],
        "exact_copies": [[place[number] for number in group] for group in analysis.exact],
        "copies_under_several_labels": [
            [place[number] | {"label": collection.label_name(number)} for number in group]
            for group in analysis.clashes
        ],
        "near_duplicates": {
            "count": len(analysis.near),
            "nearest": [
                {"first": place[pair.first], "second": place[pair.second], "distance": pair.distance}
                for pair in analysis.near[:_NEAR_LISTED]
            ],
        },
        "labels": None
        if predictions is None
        else {
            "method": predictions.method,
            "taught_by": predictions.taught_by,
            "judged": int(predictions.judged.sum()),
            "suspected": analysis.suspected,
            "most_doubtful": [place[row.number] | _doubt(analysis, row) for row in analysis.doubts],
            "hardest": [place[row.number] | _doubt(analysis, row) for row in analysis.hardest],
        },
        "drift": [drift.to_dict() for drift in analysis.drifts],
        "strangers": [place[number] for number in analysis.strangers[:_STRANGERS_LISTED]],
    }


def _named(analysis: Analysis) -> set[int]:
    numbers = {int(number) for number in analysis.blank}
    numbers |= {row.number for row in (*analysis.doubts, *analysis.hardest)}
    numbers |= {row.number for row in analysis.outliers}
    numbers |= set(analysis.strangers[:_STRANGERS_LISTED])
    numbers |= {number for group in analysis.exact for number in group}
    for pair in analysis.near[:_NEAR_LISTED]:
        numbers |= {pair.first, pair.second}
    return numbers


def _doubt(analysis: Analysis, row: Doubt) -> dict[str, Any]:
    names = analysis.collection.class_names
    return {
        "given": names[row.given],
        "guess": names[row.guess],
        "score": row.score,
        "chance_given": row.chance_given,
        "chance_guess": row.chance_guess,
        "flagged": row.flagged,
    }


def _measures(analysis: Analysis) -> dict[str, Any]:
    """Return mean, deviation and quantiles of each measure by split; None where all of a split is blank."""
    collection = analysis.collection
    document: dict[str, Any] = {}
    for column, one in enumerate(MEASURES):
        by_split: dict[str, Any] = {}
        for name in collection.split_names:
            values = analysis.measures[collection.members(name), column]
            values = values[~np.isnan(values)]
            by_split[name] = (
                {
                    "mean": float(values.mean()),
                    "deviation": float(values.std()),
                    "quantiles": [float(value) for value in np.percentile(values, [1, 25, 50, 75, 99])],
                }
                if len(values)
                else None
            )
        document[one.name] = {"unit": one.unit, **by_split}
    return document
