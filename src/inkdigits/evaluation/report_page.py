"""The frame of every report: one HTML page that holds all that it shows and loads nothing, as it tells the browser."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from importlib.resources import files
from string import Template

from inkdigits._version import __version__

__all__ = ["make_page", "make_section", "make_table", "make_tiles"]


def make_page(title: str, header: str, sections: Iterable[str], style: str = "") -> str:
    """Return a page as HTML.

    title: plain text. header: HTML that stands below the title. style: CSS, after that which all reports share.
    """
    own = files(__package__)
    template = Template(own.joinpath("report.html").read_text("utf-8"))
    return template.substitute(
        style=own.joinpath("report.css").read_text("utf-8") + style,
        title=escape(title),
        header=header,
        sections="\n".join(sections),
        version=escape(__version__),
    )


def make_section(heading: str, note: str, body: str) -> str:
    """Return a section; heading and note are plain text, body is HTML."""
    return f'<section>\n<h2>{escape(heading)}</h2>\n<p class="note">{escape(note)}</p>\n{body}\n</section>'


def make_table(rows: Iterable[str]) -> str:
    """Return a table of rows, HTML each."""
    return '<div class="sheet"><table>\n' + "\n".join(rows) + "\n</table></div>"


def make_tiles(figures: Iterable[tuple[str, str]]) -> str:
    """Return a page's most important figures, a name and a value each, in plain text."""
    tiles = (f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in figures)
    return '<dl class="tiles">' + "\n".join(tiles) + "</dl>"
