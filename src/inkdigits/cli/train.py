"""``inkdigits train``: a recipe and a data set in, a run folder out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkdigits.cli.app import app

if TYPE_CHECKING:
    from inkdigits.training import Run

__all__ = ["train"]

INTERRUPTED = 130
# What the printed error is called, after the split that it was measured on.
ERROR_NAMES = {"test": "Error", "validation": "Validation Error", "train": "Training Error"}


@app.command()
def train(
    model: Annotated[
        str, typer.Option(help="mlp, cnn, larger-cnn, fast, fast-99.5, tiny, accurate, robust or ensemble.")
    ] = "cnn",
    data: Annotated[str, typer.Option(help="mnist, or the path of a data set.")] = "mnist",
    epochs: Annotated[
        int | None,
        typer.Option(
            help="How many times to go through the training images.",
            show_default="10; fast: 1; fast-99.5: 3; tiny: 40; the others after it: 24",
        ),
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(help="Images a step.", show_default="200; fast: 256; the others after larger-cnn: 128"),
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            help="Adam's; the highest, of fast and those after it.",
            show_default="0.001; fast: 0.018; fast-99.5: 0.009; the others after it: 0.01",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(help="Of weights, order and dropout; the same seed gives the same metrics.")
    ] = 1,
    validation: Annotated[
        int | None,
        typer.Option(
            help="How many of the last training images to hold out for the learning curves; 0 trains on all.",
            show_default="the data's own; a tenth where it has no test images",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="A new folder for the run.", show_default="runs/DATE-MODEL-SEED")
    ] = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write TensorBoard logs into the run folder too.")
    ] = False,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Train an ensemble's members on a Ray cluster: its address, or local.", show_default=False
        ),
    ] = None,
) -> None:
    """Train a digit recognizer and leave a run folder: models, metrics, figures and a report.

    Prints the error on the test images. Ctrl-C keeps the last whole epoch; of an ensemble, the members that are whole,
    with which the same command goes on.

    \b
    Examples:
      inkdigits train --model cnn
      inkdigits train --model larger-cnn --data train.csv --epochs 3 --output runs/kaggle
    """
    from inkdigits.training import TrainingInterrupted, choose_progress
    from inkdigits.training import train as train_model

    try:
        run = train_model(
            model,
            data,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            seed=seed,
            validation=validation,
            output=output,
            progress=choose_progress(sys.stderr),
            tensorboard=tensorboard,
            cluster=cluster,
        )
    except TrainingInterrupted as stop:
        _print_run(stop.run)
        typer.echo(f"interrupted; the run is as epoch {len(stop.run.history)} left it, and usable", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except KeyboardInterrupt as stop:
        typer.echo(str(stop) or "interrupted before an epoch was whole; nothing was written", err=True)
        raise typer.Exit(INTERRUPTED) from None
    _print_run(run)


def _print_run(run: Run) -> None:
    metrics = run.metrics
    typer.echo(f"{run.title} {ERROR_NAMES[run.scored_on]}: {metrics['scored_error_percent']:.2f}%")
    if metrics["validation_error_percent"] is not None and run.scored_on != "validation":
        count = metrics["images"]["validation"]
        typer.echo(
            f"error on the {count:,} validation images: {metrics['validation_error_percent']:.2f}%", err=True
        )
    typer.echo(f"trained in {metrics['train_seconds']:.0f} s; see {run.folder / 'report.html'}", err=True)
    typer.echo(f"the model: {run.folder / 'model.onnx'}, and model.keras beside it", err=True)
