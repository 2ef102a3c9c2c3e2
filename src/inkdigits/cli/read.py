"""`inkdigits read`: what is written in these images?"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkdigits.cli.app import app, complain, track
from inkdigits.cli.field_options import (
    Choices,
    DayFirst,
    DecimalMark,
    Maximum,
    Minimum,
    OkFrom,
    Pattern,
    RejectedFrom,
    read_options,
)
from inkdigits.cli.inputs import STDIN, are_pdfs, decode_inputs
from inkdigits.cli.outputs import Format, check_output, tell_of_picture, write_document, write_picture
from inkdigits.cli.read_forms import read_forms
from inkdigits.cli.read_pages import read_pages
from inkdigits.containers import Kind, Page
from inkdigits.errors import NoInkError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from inkdigits.reading import Reading
    from inkdigits.reading.options import ReadOptions

__all__ = ["read"]

_BATCH = 16  # photos may be large, and no more than a batch of them is held
_MOST_ANNOTATED = 60


@app.command()
def read(
    images: Annotated[
        list[str], typer.Argument(help="Image files or PDFs; - reads one from stdin.", metavar="IMAGE...")
    ],
    kind: Annotated[Kind, typer.Option(help="What each image holds.")] = "auto",
    format: Annotated[Format, typer.Option(help="How results are written to stdout.")] = "text",
    page: Annotated[
        bool,
        typer.Option("--page", help="Images are whole pages: find their tables, boxes and numbers."),
    ] = False,
    values: Annotated[
        bool,
        typer.Option(
            "--values",
            help="With --page and --format csv: cells hold what they mean, 12.5 or 2022-12-16, not how it is written.",
        ),
    ] = False,
    day_first: DayFirst = None,
    decimal_mark: DecimalMark = None,
    pattern: Pattern = None,
    choices: Choices = None,
    minimum: Minimum = None,
    maximum: Maximum = None,
    ok_from: OkFrom = 0.9,
    rejected_from: RejectedFrom = 0.8,
    template: Annotated[
        Path | None,
        typer.Option(
            help="Images are copies of the form that this file describes (inkdigits template proposes one): "
            "read its named fields.",
            show_default=False,
        ),
    ] = None,
    annotate: Annotated[
        Path | None,
        typer.Option(
            help="Write a picture of what was read, where, and what the model saw; replaces the file. "
            "Of several pages seen.jpg becomes seen-001.jpg, seen-002.jpg and so on, one a page, 100 at most."
        ),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="An ONNX model or run folder in place of the shipped one.")
    ] = None,
) -> None:
    """Read handwritten digits in photos and scans.

    One line an image: file, text, confidence, status. Status is ok, review (doubtful), empty or rejected.
    With --kind digit a picture without ink has its line, too, "empty", and counts as failed.
    With --page, an image is a photo or scan of a page, and its tables, boxes and numbers are printed as they stand:
    "7?" is doubtful, "." an empty cell, "#" ink that is no number. As csv it opens in a spreadsheet as it looks.
    A PDF and a TIFF are read page by page; a PDF needs no --page where all inputs are PDFs.
    With --template, an image is a filled copy of a printed form: its fields are read by name. As csv a page is a row
    and a field a column; status is ok, review ("check" names the fields that want a look),
    mismatch (another form) or unreadable.
    hocr and alto are the XML formats of other programs for reading scans, and of libraries.
    Exit code 0: all were read; 1: some inputs failed; 2: none could be read, or bad usage.

    \b
    Examples:
      inkdigits read amount.png --kind number
      inkdigits read cells/*.jpg --kind digit --format csv --annotate read.png
      inkdigits read --page marks.jpg --format csv --annotate seen.jpg
      inkdigits read scans.pdf --format json
      inkdigits read scans/*.jpg --template marks.json --format csv
      inkdigits read --page register-*.tif --format alto > register.xml
      inkdigits read sheet/*.png --kind number --pattern '[0-9]{5}' --choices roster.txt
    """
    if images.count(STDIN) > 1:
        raise UsageError("stdin can be read once; give - only once")
    as_pages = template is None and (page or are_pdfs(images))
    if values and not (as_pages and format == "csv"):
        raise UsageError("--values says how cells are written as csv; give it with --page and --format csv")
    check_output(annotate, images, picture=True, numbered=as_pages or template is not None)
    from inkdigits.export import pages_to_csv, pages_to_text
    from inkdigits.reading import Reader, StatusThresholds
    from inkdigits.reading.given_model import open_given_model

    asked = kind
    classifier = line_model = None
    if model is not None:
        classifier, line_model, kind = open_given_model(model, kind)
    reader = Reader(classifier, line_model, thresholds=StatusThresholds(ok_from, rejected_from))
    options = read_options(day_first, decimal_mark, pattern, choices, minimum, maximum)
    examine = partial(reader.examine, kind=kind, **options)
    examine([])  # options that cannot be meant are told of before any image is read
    if template is not None or as_pages:
        if template is not None:
            _check_template_alone(asked, page, options)
            done = read_forms(images, template, reader, format, annotate)
        else:
            read_page = partial(reader.read_page, kind=kind, **options)
            done = read_pages(images, read_page, format, annotate, values=values)
        if done.failed:
            raise typer.Exit(1 if done.read else 2)
        return
    pages: list[Page] = []
    shown: list[_Input] = []
    count = blank = 0
    for start in track(range(0, len(images), _BATCH), "reading"):
        inputs = _read_batch(images[start : start + _BATCH], examine)
        blank += _complain_of_blank(inputs) if kind == "digit" else 0
        batch = [_as_page(one) for one in inputs]
        if format not in ("text", "csv"):
            pages += batch
        elif batch:
            sys.stdout.write(
                pages_to_text(batch) if format == "text" else pages_to_csv(batch, header=not count)
            )
        shown += inputs[: _MOST_ANNOTATED - len(shown)] if annotate is not None else []
        count += len(inputs)
    write_document(pages, format)
    if annotate is not None and shown:
        _write_annotated(annotate, shown)
        tell_of_picture(annotate, len(shown), count)
    if count - blank < len(images):
        raise typer.Exit(1 if count - blank else 2)


def _check_template_alone(kind: Kind, page: bool, options: ReadOptions) -> None:
    if kind != "auto" or page or any(option is not None for option in options.values()):
        raise UsageError(
            "--template says what the fields hold; leave --kind, --page and the options of fields away"
        )


@dataclass(frozen=True)
class _Input:
    name: str
    picture: NDArray[np.uint8]
    reading: Reading


def _read_batch(
    images: list[str], examine: Callable[[list[NDArray[np.uint8]]], list[Reading]]
) -> list[_Input]:
    pictures = list(decode_inputs(images))
    readings = examine([picture for _, picture in pictures])
    return [
        _Input(name, picture, reading) for (name, picture), reading in zip(pictures, readings, strict=True)
    ]


def _complain_of_blank(done: list[_Input]) -> int:
    """Complain of each picture without ink, where one digit was asked for; return how many there are."""
    blank = [one.name for one in done if one.reading.field.status == "empty"]
    for name in blank:
        complain(NoInkError(f"{name} has no ink; expected one handwritten digit"))
    return len(blank)


def _as_page(done: _Input) -> Page:
    height, width = done.picture.shape
    return Page(
        fields=(done.reading.field,),
        source=done.name,
        size=(width, height),
        model=done.reading.model.name,
        version=done.reading.model.version,
        steps=done.reading.steps,
    )


def _write_annotated(path: Path, done: list[_Input]) -> None:
    from inkdigits.export import annotate_readings

    picture = annotate_readings(
        [one.picture for one in done],
        [one.reading.field for one in done],
        [one.reading.model_input for one in done],
        [one.reading.positions for one in done],
        [Path(one.name).name for one in done],
    )
    write_picture(path, picture)
