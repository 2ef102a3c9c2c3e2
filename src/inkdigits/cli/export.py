"""``inkdigits export``: a Keras model as an ONNX file, checked against it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inkdigits.cli.app import app

__all__ = ["export"]

CALIBRATION_COUNT = 1000


@app.command()
def export(
    model: Annotated[str, typer.Argument(help="A run folder or a .keras file.", metavar="MODEL")],
    file: Annotated[Path, typer.Argument(help="The ONNX file to write.", metavar="FILE.onnx")],
    int8: Annotated[
        bool, typer.Option("--int8", help="Weights and activations of 8 bits: a quarter of the size.")
    ] = False,
    data: Annotated[
        str, typer.Option(help="mnist, or the path of a data set, whose training images check the file.")
    ] = "mnist",
) -> None:
    """Write a trained model as an ONNX file, checked against the Keras model on 1,000 images.

    \b
    Examples:
      inkdigits export runs/cnn cnn.onnx
      inkdigits export runs/cnn cnn-int8.onnx --int8
    """
    from inkdigits.datasets import load_data
    from inkdigits.errors import DataError, OutputError
    from inkdigits.training import export_int8_onnx, export_onnx, load_keras_model
    from inkdigits.training.onnx_export import CHECK_COUNT

    if file.exists():
        raise OutputError(f"{file} exists already; choose another file, or remove it")
    data_set = load_data(data)
    if data_set.train is None or not len(data_set.train):
        raise DataError(f"{data} has no training images; export checks the file on some")
    images = data_set.train.images
    keras_model, facts = load_keras_model(model)
    if int8:
        # Ranges come from the first images and agreement from the last: calibration must not judge itself.
        agreement = export_int8_onnx(
            keras_model, file, facts, images[-CHECK_COUNT:], images[:CALIBRATION_COUNT]
        )
        typer.echo(f"the 8-bit model gives the same answer for {agreement:.1%} of images", err=True)
    else:
        export_onnx(keras_model, file, facts, images[-CHECK_COUNT:])
    typer.echo(f"wrote {file}, {file.stat().st_size / 1000:,.0f} kB", err=True)
