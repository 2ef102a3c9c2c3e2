"""What the XML formats share: text that XML can hold, boxes, and a tree as a document."""

from __future__ import annotations

import re
from decimal import Decimal
from xml.etree import ElementTree

__all__ = ["decimal", "holdable", "to_document"]

# What XML 1.0 cannot hold (https://www.w3.org/TR/xml/#charsets), and the carriage return, which its readers change.
_UNHOLDABLE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def holdable(text: str) -> str:
    """Return text with the replacement character in place of what XML cannot hold, such as control characters.

    >>> holdable("scan\\x001.png")
    'scan\ufffd1.png'
    """
    return _UNHOLDABLE.sub("\ufffd", text)


def decimal(number: float) -> str:
    """Return a number as the shortest decimal that reads back as it, without an exponent.

    >>> decimal(0.00001)
    '0.00001'
    """
    return format(Decimal(repr(float(number))), "f").removesuffix(".0")


def to_document(root: ElementTree.Element) -> str:
    """Return a tree as an XML document, or as one of XHTML where the root is html.

    It is plain ASCII, with references to all other characters, and so reads the same in whatever encoding it is
    written.
    """
    is_html = root.tag == "html"
    body = ElementTree.tostring(root, encoding="us-ascii", short_empty_elements=not is_html).decode("ascii")
    if is_html:  # to a browser that takes it for HTML, <td/> does not end a cell, and </meta> is an error
        body = "<!DOCTYPE html>\n" + body.replace("></meta>", " />")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'
