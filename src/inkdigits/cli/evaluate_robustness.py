"""``inkdigits evaluate --robustness``: a model on corrupted images and on what is no digit, beside the tutorial's."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from inkdigits.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inkdigits.datasets import DataSet, Split
    from inkdigits.evaluation import OpenModel
    from inkdigits.evaluation.robustness import Robustness

__all__ = ["ALONE", "evaluate_robustness"]

ALONE = "none"
"""What ``--beside`` is where the model is to be measured alone."""

_DEFAULT_FONTS = Path(".fonts")


def evaluate_robustness(
    model: OpenModel,
    data_set: DataSet,
    split_name: str,
    split: Split,
    *,
    beside: str | None,
    fonts: Path | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Measure a model, and one beside it, print the table or JSON, and write the page where a folder is given.

    beside: a model; ALONE for none; None trains the tutorial's CNN on the data's training images first.
    fonts: of the letters; None takes .fonts where that is there, else leaves letters out.
    """
    from inkdigits.evaluation.corruptions import CORRUPTIONS
    from inkdigits.evaluation.robustness import measure_robustness
    from inkdigits.evaluation.robustness_page import robustness_rows, write_robustness
    from inkdigits.training.run_folder import open_run_folder

    if split.labels is None:
        raise DataError(f"{data_set.name} {split_name} has no labels; robustness is measured against labels")
    if fonts is not None and not fonts.is_dir():
        raise UsageError(
            f"--fonts {fonts} is no folder; `python -m inkdigits.synthesis fonts {fonts}` makes it"
        )
    if fonts is None and _DEFAULT_FONTS.is_dir():
        fonts = _DEFAULT_FONTS
    about = {"data": data_set.name, "split": split_name}

    labels = split.labels

    def measure() -> Sequence[Robustness]:
        models = [model, *_beside(beside, data_set, model.name)]
        with_bar = _Told(len(CORRUPTIONS) + (3 if fonts is None else 4))
        try:
            return measure_robustness(
                models, split.images, labels, data_set.class_names, fonts=fonts, tell=with_bar
            )
        finally:
            with_bar.close()

    if output is None:
        results = measure()
    else:
        with open_run_folder(output, output) as folder:
            results = measure()
            write_robustness(folder.draft, results, about)
            folder.publish()
        typer.echo(f"the page is {output / 'robustness.md'}", err=True)
    if fonts is None:
        typer.echo(
            "letters were left out: --fonts names no folder of fonts, and .fonts is not here", err=True
        )
    if as_json:
        typer.echo(json.dumps({**about, "models": [result.to_dict() for result in results]}))
    else:
        _print_rows(list(robustness_rows(results)))


def _beside(beside: str | None, data_set: DataSet, name: str) -> list[OpenModel]:
    """Return the model to hold the first one against, in a list; an empty list for none."""
    from inkdigits.evaluation import open_model

    if beside == ALONE:
        return []
    if beside is not None:
        other = open_model(beside)
        return [replace(other, name=f"{other.name} (beside)") if other.name == name else other]
    from inkdigits.training import choose_progress, train

    if data_set.train is None or data_set.train.labels is None:
        raise DataError(
            f"{data_set.name} has no labeled training images to train the tutorial's CNN on; "
            f"name a model with --beside, or --beside {ALONE}"
        )
    typer.echo("training the tutorial's CNN to compare with", err=True)
    with tempfile.TemporaryDirectory() as place:
        run = train("cnn", data_set, output=Path(place) / "cnn", progress=choose_progress(sys.stderr))
        trained = open_model(run.folder)
    return [replace(trained, name="tutorial CNN")]


class _Told:
    """Shows on a terminal which images are being scored; says nothing elsewhere."""

    def __init__(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self._bar = Progress(console=Console(stderr=True)) if sys.stderr.isatty() else None
        self._task = None if self._bar is None else self._bar.add_task("scoring", total=total)
        if self._bar is not None:
            self._bar.start()

    def __call__(self, name: str) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=name, advance=1)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()


def _print_rows(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        typer.echo("  ".join(cells).rstrip())
