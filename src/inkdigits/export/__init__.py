"""Export: a page or a field as JSON, CSV, plain text, hOCR, ALTO, or an annotated picture."""

from inkdigits.export.alto import pages_to_alto
from inkdigits.export.annotate import annotate_readings
from inkdigits.export.annotate_page import annotate_page
from inkdigits.export.form_rows import forms_to_csv, forms_to_text
from inkdigits.export.hocr import pages_to_hocr
from inkdigits.export.layout import tables_to_csv, tables_to_text
from inkdigits.export.schema import json_schema
from inkdigits.export.tabular import pages_to_csv, pages_to_json, pages_to_json_parts, pages_to_text

__all__ = [
    "annotate_page",
    "annotate_readings",
    "forms_to_csv",
    "forms_to_text",
    "json_schema",
    "pages_to_alto",
    "pages_to_csv",
    "pages_to_hocr",
    "pages_to_json",
    "pages_to_json_parts",
    "pages_to_text",
    "tables_to_csv",
    "tables_to_text",
]
