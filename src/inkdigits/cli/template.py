"""`inkdigits template`: where are the fields of this blank form?"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from inkdigits.cli.app import app
from inkdigits.cli.inputs import STDIN, stdin_bytes
from inkdigits.cli.outputs import check_output, write_picture
from inkdigits.errors import ImageError
from inkdigits.files import write_whole

__all__ = ["template"]


@app.command()
def template(
    blank: Annotated[
        str,
        typer.Argument(
            help="A scan or picture of the blank form, straight and whole; - reads it from stdin.",
            metavar="BLANK",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(help="Where to write the template; replaces the file.", show_default="stdout"),
    ] = None,
    annotate: Annotated[
        Path | None,
        typer.Option(
            help="Write a picture of the form with the fields that are proposed; replaces the file."
        ),
    ] = None,
) -> None:
    """Propose a template for a printed form, for `inkdigits read --template`.

    Every box, table cell and comb (a box for each digit) of the blank form becomes a field. Fields are called field_1
    or table1_r2_c3: give them better names, kinds, bounds and sums in the file, and add lines without a box by hand.
    Exit code 0: done; 2: bad usage, or no boxes were found.

    \b
    Example:
      inkdigits template blank.png --output marks.json --annotate proposed.png
    """
    from inkdigits.export.annotate_template import annotate_boxes
    from inkdigits.reading import decode_gray, propose_template, template_to_json
    from inkdigits.reading.form_boxes import MOST_LEAN, lean_of_boxes

    check_output(output, [blank])
    check_output(annotate, [blank], picture=True)
    if blank == STDIN:
        data = stdin_bytes()
        _refuse_pdf(data, "stdin")
        gray = decode_gray(data, name="stdin")
    else:
        try:
            data = Path(blank).read_bytes()
        except FileNotFoundError:
            data = b""  # which is told below, as it is of any picture
        except OSError as error:
            raise ImageError(f"{blank} cannot be read: {error.strerror}") from error
        _refuse_pdf(data, blank)
        gray = decode_gray(blank)
    if (lean := lean_of_boxes(gray)) > MOST_LEAN:
        typer.echo(
            f"warning: the boxes of {'stdin' if blank == STDIN else blank} lean by {lean:.1f} degrees, "
            "and some will be missed; "
            "take a straight scan or picture of the blank form",
            err=True,
        )
    folder = Path() if output is None else output.parent
    # What came through a pipe has no file that the template could name, and stands in it.
    name = None if blank == STDIN else Path(os.path.relpath(blank, folder)).as_posix()
    proposed = propose_template(data, name)
    text = template_to_json(proposed)
    if annotate is not None:
        fields = proposed.fields
        picture = annotate_boxes(
            gray,
            [field.name for field in fields],
            [field.box for field in fields],
            [field.cells for field in fields],
        )
        write_picture(annotate, picture)
    if output is None:
        sys.stdout.write(text)
    else:
        write_whole(output, text.encode())
    typer.echo(f"{len(proposed.fields)} fields proposed", err=True)


def _refuse_pdf(data: bytes, name: str) -> None:
    from inkdigits.reading.sources import is_pdf

    if is_pdf(data[:1024]):
        raise ImageError(f"{name} is a PDF; save the page with the blank form as a picture, such as a PNG")
