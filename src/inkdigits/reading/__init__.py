"""Reading: an image of any kind -> what is written on it, and how sure that is."""

from inkdigits.reading.classifier import Classifier
from inkdigits.reading.decode import ImageSource, decode_gray
from inkdigits.reading.digits import Reading, StatusThresholds
from inkdigits.reading.documents import Document, open_document
from inkdigits.reading.form_boxes import propose_template
from inkdigits.reading.lattice import Lattice, LatticeReading
from inkdigits.reading.line import NormalizedLine, normalize_line
from inkdigits.reading.line_model import LineModel
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.reading.normalize import NormalizedDigit, normalize_digit
from inkdigits.reading.reader import Reader
from inkdigits.reading.template_file import load_template, save_template, template_to_json
from inkdigits.reading.templates import FieldPlace, SumCheck, Template
from inkdigits.reading.values import possible_values

__all__ = [
    "Classifier",
    "Document",
    "FieldPlace",
    "ImageSource",
    "Lattice",
    "LatticeReading",
    "LineModel",
    "ModelFacts",
    "NormalizedDigit",
    "NormalizedLine",
    "Reader",
    "Reading",
    "StatusThresholds",
    "SumCheck",
    "Template",
    "decode_gray",
    "load_template",
    "normalize_digit",
    "normalize_line",
    "open_document",
    "possible_values",
    "propose_template",
    "save_template",
    "template_to_json",
]
