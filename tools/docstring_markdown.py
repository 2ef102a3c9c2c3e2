"""Lets mkdocs show docstrings as they are meant: examples as code, lines that name a parameter as a list."""

import re
from typing import Any

import griffe

NAMED_LINE = re.compile(r"(\w+(?:, \w+)*): ")


class DocstringMarkdown(griffe.Extension):
    """A griffe extension, named in mkdocs.yml."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of one module, class, function or attribute."""
        if obj.docstring:
            summary, *paragraphs = re.split(r"\n\s*\n", obj.docstring.value)
            obj.docstring.value = "\n\n".join([summary, *map(to_markdown, paragraphs)])


def to_markdown(paragraph: str) -> str:
    """Return a paragraph of a docstring as Markdown."""
    if paragraph.lstrip().startswith(">>>"):
        return f"```pycon\n{paragraph}\n```"
    if not NAMED_LINE.match(paragraph):
        return paragraph
    return "\n".join(
        NAMED_LINE.sub(r"- `\1`: ", line, count=1) if NAMED_LINE.match(line) else line
        for line in paragraph.splitlines()
    )
