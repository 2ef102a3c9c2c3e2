"""Reading: an image of any kind -> what is written on it, and how sure that is."""

from inkdigits.reading.classifier import Classifier
from inkdigits.reading.decode import ImageSource, decode_gray
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.reading.normalize import NormalizedDigit, normalize_digit
from inkdigits.reading.reader import Reader, Reading, StatusThresholds

__all__ = [
    "Classifier",
    "ImageSource",
    "ModelFacts",
    "NormalizedDigit",
    "Reader",
    "Reading",
    "StatusThresholds",
    "decode_gray",
    "normalize_digit",
]
