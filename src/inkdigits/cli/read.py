"""`inkdigits read`: what is written in these images?"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from inkdigits.cli.app import app, complain, track
from inkdigits.containers import Page
from inkdigits.errors import ImageError, NoInkError, OutputError, UsageError
from inkdigits.files import write_whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from inkdigits.reading import ModelFacts, Reader, Reading

__all__ = ["read"]

_STDIN = "-"
_BATCH = 64
_PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


@app.command()
def read(
    images: Annotated[
        list[str], typer.Argument(help="Image files; - reads one from stdin.", metavar="IMAGE...")
    ],
    kind: Annotated[Literal["digit"], typer.Option(help="What each image holds.")] = "digit",
    format: Annotated[
        Literal["text", "json", "csv"], typer.Option(help="How results are written to stdout.")
    ] = "text",
    annotate: Annotated[
        Path | None, typer.Option(help="Write a picture of what was read, where, and what the model saw.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="An ONNX model or run folder in place of the shipped one.")
    ] = None,
) -> None:
    """Read handwritten digits in photos and scans.

    One line an image: file, text, confidence, status. Status is ok, review (doubtful), empty or rejected.
    Exit code 0: all were read; 1: some inputs failed; 2: none could be read, or bad usage.

    Example: inkdigits read photo.jpg scan.png --annotate read.png
    """
    _check_annotate(annotate, images)
    from inkdigits.export import pages_to_csv, pages_to_json, pages_to_text
    from inkdigits.reading import Classifier, Reader

    reader = Reader(None if model is None else Classifier(_model_file(model)))
    done = _read_all(reader, images, kind)
    writers = {"text": pages_to_text, "json": pages_to_json, "csv": pages_to_csv}
    sys.stdout.write(writers[format]([_as_page(one, reader.classifier.facts) for one in done]))
    if annotate is not None and done:
        _write_annotated(annotate, done)
        typer.echo(f"annotated picture: {annotate}", err=True)
    if len(done) < len(images):
        raise typer.Exit(1 if done else 2)


@dataclass(frozen=True)
class _Input:
    name: str
    picture: NDArray[np.uint8]
    reading: Reading


def _read_all(reader: Reader, images: list[str], kind: Literal["digit"]) -> list[_Input]:
    done: list[_Input] = []
    for start in track(range(0, len(images), _BATCH), "reading"):
        pictures = list(_decode_all(images[start : start + _BATCH]))
        readings = reader.examine([picture for _, picture in pictures], kind)
        for (name, picture), reading in zip(pictures, readings, strict=True):
            if reading.field.status == "empty":
                complain(NoInkError(f"{name} has no ink; expected one handwritten digit"))
            else:
                done.append(_Input(name, picture, reading))
    return done


def _decode_all(images: list[str]) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    from inkdigits.reading import decode_gray

    for name in images:
        try:
            yield name, decode_gray(sys.stdin.buffer.read() if name == _STDIN else name)
        except ImageError as error:
            complain(error)


def _as_page(done: _Input, facts: ModelFacts) -> Page:
    height, width = done.picture.shape
    return Page(
        fields=(done.reading.field,),
        source=done.name,
        size=(width, height),
        model=facts.name,
        version=facts.version,
        steps=("decode", "ink", "normalize", "classify"),
    )


def _model_file(model: Path) -> Path:
    return model / "model.onnx" if model.is_dir() else model


def _check_annotate(annotate: Path | None, images: list[str]) -> None:
    if annotate is None:
        return
    if annotate.suffix.lower() not in _PICTURE_SUFFIXES:
        raise UsageError(
            f"--annotate {annotate}: expected a name that ends in {' or '.join(_PICTURE_SUFFIXES)}"
        )
    if any(name != _STDIN and annotate.resolve() == Path(name).resolve() for name in images):
        raise UsageError(f"--annotate {annotate} is one of the inputs; name another file")
    if not annotate.parent.is_dir():
        raise OutputError(f"{annotate.parent} is not a folder; make it first")


def _write_annotated(path: Path, done: list[_Input]) -> None:
    from inkdigits.export import annotate_readings

    picture = annotate_readings(
        [one.picture for one in done],
        [one.reading.field for one in done],
        [one.reading.model_input for one in done],
        [Path(one.name).name for one in done],
    )
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG" if path.suffix.lower() in (".jpg", ".jpeg") else path.suffix[1:])
    write_whole(path, buffer.getvalue())
