"""Export: a page or a field as JSON, CSV, plain text, or an annotated picture."""

from inkdigits.export.annotate import annotate_readings
from inkdigits.export.tabular import pages_to_csv, pages_to_json, pages_to_text

__all__ = ["annotate_readings", "pages_to_csv", "pages_to_json", "pages_to_text"]
