"""What `inkdigits read --template` does: read copies of a form, one row or one page of output each."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from inkdigits.cli.app import complain, track
from inkdigits.cli.read_pages import Format, decode_inputs, write_document, write_picture
from inkdigits.containers import Page
from inkdigits.errors import FormMismatchError

if TYPE_CHECKING:
    from PIL import Image

    from inkdigits.reading import Reader

__all__ = ["read_forms"]

_MOST_ANNOTATED = 12


def read_forms(
    names: list[str],
    path: Path,
    reader: Reader,
    format: Format,
    annotate: Path | None,
) -> tuple[int, int]:
    """Read images as copies of the form of a template file, print their fields, write the annotated picture.

    Returns how many images could be read, and how many of these are copies of the form. A row of CSV is printed as
    soon as it is read; a page that is no copy of the form is a row, or a page, without fields.

    Raises TemplateError before any image is read where the template cannot be meant.
    """
    from inkdigits.export import annotate_page, forms_to_csv, forms_to_text, stack_pictures
    from inkdigits.reading import load_template
    from inkdigits.reading.forms import prepare_form

    template = load_template(path)
    prepare_form(template)
    columns = [field.name for field in template.fields]
    pages: list[Page] = []
    pictures: list[Image.Image] = []
    if format == "csv":
        sys.stdout.write(forms_to_csv([], columns))
    for name, gray in decode_inputs(track(names, "reading")):
        try:
            page = replace(reader.read_form(gray, template), source=name)
        except FormMismatchError as error:
            complain(FormMismatchError(f"{name} {error}"))
            page = Page(source=name, size=(gray.shape[1], gray.shape[0]), steps=("decode", "register"))
        if format == "text":
            sys.stdout.write(forms_to_text([page]))
        elif format == "csv":
            sys.stdout.write(forms_to_csv([page], columns, header=False))
        pages.append(page)
        if annotate is not None and len(pictures) < _MOST_ANNOTATED:
            pictures.append(annotate_page(gray, page))
    write_document(pages, format)
    if annotate is not None and pictures:
        write_picture(annotate, stack_pictures(pictures))
        which = "" if len(pictures) == len(pages) else f", the first {len(pictures)} of {len(pages)}"
        typer.echo(f"annotated picture: {annotate}{which}", err=True)
    return len(pages), sum(bool(page.fields) for page in pages)
