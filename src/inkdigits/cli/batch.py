"""`inkdigits batch`: everything in a folder or a list, read into rows."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

import typer

from inkdigits.cli.app import app
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
from inkdigits.containers import Kind
from inkdigits.errors import MissingExtraError

__all__ = ["batch"]

_INTERRUPTED = 130


@app.command()
def batch(
    source: Annotated[
        str,
        typer.Argument(
            help="A folder, a list with a column path or bytes (.csv, .parquet), or an address such as s3://...",
            metavar="INPUT",
        ),
    ],
    output: Annotated[
        str, typer.Argument(help="The folder for the rows; a batch that was stopped goes on in it.")
    ],
    kind: Annotated[Kind, typer.Option(help="What each image, or each field of a page, holds.")] = "auto",
    page: Annotated[bool, typer.Option("--page", help="Images are whole pages, as PDFs always are.")] = False,
    format: Annotated[
        Literal["parquet", "csv"], typer.Option(help="What files the rows are written to.")
    ] = "parquet",
    workers: Annotated[
        int | None, typer.Option(help="How many processes read.", show_default="one a core")
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Read on a Ray cluster: its address, or local for one on this machine.", show_default=False
        ),
    ] = None,
    review: Annotated[
        str | None,
        typer.Option(help="A folder that gets a picture of each doubtful field.", show_default=False),
    ] = None,
    day_first: DayFirst = None,
    decimal_mark: DecimalMark = None,
    pattern: Pattern = None,
    choices: Choices = None,
    minimum: Minimum = None,
    maximum: Maximum = None,
    ok_from: OkFrom = 0.9,
    rejected_from: RejectedFrom = 0.8,
    template: Annotated[
        Path | None, typer.Option(help="All pages are copies of the form of this file.", show_default=False)
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="An ONNX model or run folder in place of the shipped one.")
    ] = None,
    seconds: Annotated[
        float, typer.Option(help="How long one file may take before it is given up.", min=1)
    ] = 120.0,
    retry_errors: Annotated[
        bool, typer.Option("--retry-errors", help="Read again what ended in an error, and nothing else.")
    ] = False,
) -> None:
    """Read everything in a folder, a list or a bucket into rows, one a field.

    A file that cannot be read is a row with its error, and the rest goes on. A batch that was stopped, by Ctrl-C or by
    anything else, goes on where it was when the same command is given again, and ends with the same rows. What ended in
    an error stays so, unless --retry-errors is added to the command.
    OUTPUT gets rows-00000.parquet and so on, manifest.json, summary.json and summary.png.
    Exit code 0: all were read; 1: some rows are errors; 2: bad usage, or OUTPUT cannot be written.

    \b
    Examples:
      inkdigits batch cells/ rows/ --kind number
      inkdigits batch scans.csv rows/ --page --format csv --review doubtful/
      inkdigits batch s3://bucket/scans /shared/rows --cluster auto
    """
    for package in ("pyarrow", "pebble", "filelock", "matplotlib"):
        if find_spec(package) is None:
            raise MissingExtraError("batch", package)
    from inkdigits.batch import Settings, choose_progress
    from inkdigits.batch import batch as read_all
    from inkdigits.reading import StatusThresholds

    settings = Settings(
        kind,
        read_options(day_first, decimal_mark, pattern, choices, minimum, maximum),
        page,
        None if template is None else str(template),
        None if model is None else str(model),
        review,
        StatusThresholds(ok_from, rejected_from),
    )
    try:
        summary = read_all(
            source,
            output,
            settings,
            format=format,
            workers=workers,
            cluster=cluster,
            seconds=seconds,
            retry_errors=retry_errors,
            progress=choose_progress(sys.stderr),
        )
    except KeyboardInterrupt:
        typer.echo("interrupted; what is done is kept, and the same command goes on from there", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    typer.echo(summary.line())
    if summary.errors:
        raise typer.Exit(1)
