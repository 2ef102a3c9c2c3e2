"""What `inkdigits read --template` does: read copies of a form, one row or one page of output each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from inkdigits.cli.app import complain
from inkdigits.cli.inputs import Unread, each_sheet
from inkdigits.cli.outputs import Format, Gallery, print_each, write_document
from inkdigits.cli.read_pages import Progress
from inkdigits.containers import MISMATCH, Page
from inkdigits.errors import FormMismatchError, TemplateError

if TYPE_CHECKING:
    from inkdigits.reading import Reader, Template

__all__ = ["read_forms"]


def read_forms(
    names: list[str], path: Path, reader: Reader, format: Format, annotate: Path | None
) -> Progress:
    """Read the pages of documents as copies of the form of a template file, print each as it is read.

    A page that is no copy of the form is a row, or a page, without fields. It was read, and it failed. What cannot be
    read is a row of a table too, so that no sheet of a pile goes missing unseen.

    Raises TemplateError before any image is read where the template cannot be meant.
    """
    from inkdigits.export import forms_to_csv, forms_to_text, pages_to_json_parts
    from inkdigits.reading import load_template
    from inkdigits.reading.forms import prepare_form

    template = load_template(path)
    try:
        prepare_form(template)
    except TemplateError as error:
        raise TemplateError(f"{path}: {error}") from error
    columns = [field.name for field in template.fields]
    done, gallery = Progress(), Gallery(annotate)
    read = _read_each(names, reader, template, done, gallery)
    # What could not be read has a row in a table, and nothing that another format could hold.
    pages = (page for page in read if page.size is not None)
    if format == "json":
        print_each(pages_to_json_parts(pages))
    elif format == "text":
        print_each(forms_to_text([page]) for page in pages)
    elif format == "csv":
        rows = (forms_to_csv([page], columns, header=False) for page in read)
        print_each(chain([forms_to_csv([], columns)], rows))
    else:
        write_document(list(pages), format)
    gallery.write()
    return done


def _read_each(
    names: list[str], reader: Reader, template: Template, done: Progress, gallery: Gallery
) -> Iterator[Page]:
    for sheet in each_sheet(names):
        if isinstance(sheet, Unread):
            done.failed += 1
            yield Page(source=sheet.name, number=sheet.number)
            continue
        try:
            page = reader.read_form(sheet.gray, template)
        except FormMismatchError as error:
            complain(FormMismatchError(f"{sheet.title} {error}"))
            size = (sheet.gray.shape[1], sheet.gray.shape[0])
            page = Page(size=size, steps=("decode", "register", MISMATCH))
            done.failed += 1
        page = replace(page, source=sheet.name, number=sheet.number)
        done.read += 1
        gallery.add(sheet.gray, page)
        yield page
