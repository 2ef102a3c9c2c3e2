"""What `inkdigits read --page` does: read documents page by page, print what is on each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from inkdigits.cli.app import complain
from inkdigits.cli.inputs import Unread, each_sheet
from inkdigits.cli.outputs import Format, Gallery, print_each, write_document
from inkdigits.containers import Page
from inkdigits.errors import ImageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Progress", "read_pages"]


@dataclass
class Progress:
    """How many pages were read, how many pages and files could not be, and how sure the fields are."""

    read: int = 0
    failed: int = 0
    statuses: Counter[str] = field(default_factory=Counter)  # of the fields


def read_pages(
    names: list[str],
    read_page: Callable[[NDArray[np.uint8]], Page],
    format: Format,
    annotate: Path | None,
    *,
    values: bool = False,
) -> Progress:
    """Read documents page by page, print each page as it is read, write annotated pictures.

    values: as csv, cells hold what they mean, not how it is written.
    """
    from inkdigits.export import pages_to_json_parts, tables_to_csv, tables_to_text

    done, gallery = Progress(), Gallery(annotate)
    pages = _read_each(names, read_page, done, gallery)
    if format == "json":
        print_each(pages_to_json_parts(page for page, _ in pages))
    elif format == "text":
        print_each(tables_to_text([page], numbers=of > 1) for page, of in pages)
    elif format == "csv":
        print_each(
            tables_to_csv([page], titles=len(names) > 1 or of > 1, numbers=of > 1, values=values)
            for page, of in pages
        )
    else:
        write_document([page for page, _ in pages], format)
    if format == "csv":
        _tell_of_doubts(done)
    gallery.write()
    return done


def _tell_of_doubts(done: Progress) -> None:
    """Say on stderr how many fields want a look: in a table of texts they look like any other."""
    review, rejected = done.statuses["review"], done.statuses["rejected"]
    if review or rejected:
        typer.echo(
            f"not all is sure: {review} to be reviewed, {rejected} rejected; --annotate or --format json shows which",
            err=True,
        )


def _read_each(
    names: list[str], read_page: Callable[[NDArray[np.uint8]], Page], done: Progress, gallery: Gallery
) -> Iterator[tuple[Page, int]]:
    """Yield each page, with how many its document has, and keep count; none is held."""
    for sheet in each_sheet(names):
        if isinstance(sheet, Unread):
            done.failed += 1
            continue
        page = replace(read_page(sheet.gray), source=sheet.name, number=sheet.number)
        if not page.tables and not page.fields:
            complain(ImageError(f"{sheet.title} has no table, box or number that could be found"))
        done.read += 1
        cells = (cell for table in page.tables for row in table.cells for cell in row)
        done.statuses.update(each.status for each in (*cells, *page.fields))
        gallery.add(sheet.gray, page)
        yield page, sheet.of
