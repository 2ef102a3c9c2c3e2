"""``inkdigits finetune``: a few samples of one's own symbols in, a run folder with a recognizer out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from inkdigits.cli.app import app, complain
from inkdigits.errors import DataError

__all__ = ["finetune"]


@app.command()
def finetune(
    folder: Annotated[
        Path,
        typer.Argument(help="A folder of folders of pictures, one a class; or a CSV of path,label."),
    ],
    output: Annotated[
        Path | None, typer.Option(help="A new folder for the run.", show_default="runs/DATE-own-symbols-SEED")
    ] = None,
    keep_digits: Annotated[
        bool,
        typer.Option(
            "--keep-digits",
            help="Adapt the shipped digit reader to one writer's digits, and keep it for all others.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option(help="Of copies, order and weights.")] = 1,
) -> None:
    """Make a recognizer of your own digits, letters or symbols from a few samples of each.

    The shipped classifier's features stay and its last layers are tuned; a class "none of these" is always there.
    Prints the cross-validated error. The unpacked archive of corrections that a server saved is taken, too.
    Pictures that cannot be read, and repeats, are named, skipped and counted. Give 20 samples a class where you can.
    Each image that is read with it is one symbol, whatever the symbols are.
    With --keep-digits, the samples are one person's digits: the model reads them better, and others' as before.
    Exit code 0: done, whatever was skipped; 2: bad usage or samples that cannot teach, and nothing was written.

    \b
    Examples:
      inkdigits finetune symbols --output runs/symbols
      inkdigits finetune labels.csv --output runs/letters
      inkdigits finetune anna --keep-digits --output runs/anna
      inkdigits read --model runs/symbols photo.png
      inkdigits serve --digit-model runs/symbols
    """
    from inkdigits.training import choose_progress
    from inkdigits.training import finetune as finetune_model

    run = finetune_model(
        folder, keep_digits=keep_digits, seed=seed, output=output, progress=choose_progress(sys.stderr)
    )
    metrics = run.metrics
    for line in metrics["skipped"]:
        complain(DataError(f"skipped: {line}"))
    for pair in metrics.get("confused", ()):
        complain(
            DataError(
                f"{pair['times']} of {pair['of']} samples of {pair['label']!r} are read as "
                f"{pair['read_as'] or 'none of these'!r}: are they too alike, or too few?"
            )
        )
    count = len(metrics["skipped"])
    counted = f", {count:,} skipped" if count else ""
    typer.echo(f"{run.title} Validation Error: {metrics['validation_error_percent']:.2f}%")
    if keep_digits:
        others = metrics["mnist_validation_error_percent"]
        typer.echo(
            f"the shipped model: {metrics['shipped_error_percent']:.2f}%; "
            f"on MNIST's validation images {others['before']:.2f}% before and {others['after']:.2f}% after",
            err=True,
        )
    typer.echo(
        f"{len(metrics['class_names']) - 1} classes, {metrics['images']['train']:,} samples{counted}; "
        f"trained in {metrics['train_seconds']:.0f} s; see {run.folder / 'report.html'}",
        err=True,
    )
    typer.echo(f"the model: {run.folder / 'model.onnx'}, and model.keras beside it", err=True)
