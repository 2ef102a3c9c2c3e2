from dataclasses import replace

import numpy as np
import pytest

from inkdigits import Reader, load_mnist
from inkdigits.containers import Field
from inkdigits.reading import ModelFacts
from inkdigits.reading.auto import AutoRecognizer
from inkdigits.reading.digits import Reading
from inkdigits.reading.options import ValueOptions

PAGE = np.zeros((28, 28), np.uint8)
FACTS = ModelFacts("line", "test", "0")


class Scripted:
    """Stands in for a recognizer: gives each image the same reading, and counts the images."""

    def __init__(self, text, confidence, status="ok", width=32, is_doubted=False):
        field = Field("digit", text, None, confidence, status)
        places = tuple(float(5 + 8 * index) for index in range(len(text)))
        self._reading = Reading(field, np.zeros((32, width), np.uint8), FACTS, ("step",), places, is_doubted)
        self.images = 0

    def recognize(self, images, *_):
        self.images += len(images)
        return [self._reading] * len(images)


def read(digit, line):
    return AutoRecognizer(digit, line).recognize([PAGE], ValueOptions())[0].field


def test_what_the_line_model_reads_as_one_digit_is_what_the_likelier_of_both_says():
    assert read(Scripted("7", 0.99), Scripted("1", 0.6)) == Field("auto", "7", None, 0.99, "ok")
    assert read(Scripted("7", 0.5), Scripted("1", 0.6)).text == "1"
    assert read(Scripted("", 0.99, "rejected"), Scripted("1", 0.6)).text == "1"
    assert read(Scripted("7", 0.4, "review"), Scripted("7", 0.99)).confidence == 0.99


def test_a_doubt_about_the_line_stays_with_its_digit():
    line = Scripted("3", 0.92, "review", is_doubted=True)
    field = read(Scripted("3", 0.99), line)
    assert (field.text, field.confidence, field.status) == ("3", 0.99, "review")
    assert read(Scripted("3", 0.99), Scripted("3", 0.8, "review")).status == "ok"


def test_several_digits_stay_several():
    digit = Scripted("7", 0.99)
    assert read(digit, Scripted("11", 0.4, width=60)).text == "11"
    assert digit.images == 0
    assert read(digit, Scripted("11", 0.97, width=30)).text == "11"


def test_a_narrow_strip_that_is_surely_one_digit_is():
    assert read(Scripted("8", 0.99), Scripted("00", 0.5, width=30)).text == "8"
    assert read(Scripted("8", 0.99), Scripted("", 0.9, "rejected", width=30)).text == "8"


def test_single_digits_in_tight_crops_are_read_as_well_as_digits():
    (images, labels), _ = load_mnist()
    crops = []
    for image in images[55_000:55_060]:
        rows, columns = np.nonzero(image > 60)
        crops.append(255 - image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])
    fields = Reader().read_fields(crops)
    right = [field.text == str(label) for field, label in zip(fields, labels[55_000:55_060], strict=True)]
    assert np.mean(right) >= 0.95
    assert {field.kind for field in fields} == {"auto"}


@pytest.mark.parametrize("choices", [["3", "12"], ["12", "45"]])
def test_options_hold_for_both(choices):
    page = np.full((40, 40), 230, np.uint8)
    page[8:32, 18:22] = 30
    field = Reader().read_field(page, choices=choices)
    assert field.text in ("", *choices)
    assert field.status != "ok"
    assert replace(field, text="").kind == "auto"
