"""Patches whose kind is not known: which of two readings stands."""

import numpy as np
import pytest

from inkdigits.containers import Field
from inkdigits.reading import ModelFacts, Reading
from inkdigits.reading.patches import PatchReader

FACTS = ModelFacts("line", "test", "0", 32, 0, ("1",))


def reading(kind, text, value, confidence):
    return Reading(Field(kind, text, value, confidence, "review"), None, FACTS, ())


@pytest.mark.parametrize(("confidence", "taken"), [(0.9, "7.10"), (0.3, "7/10")])
def test_a_number_takes_the_place_of_what_has_no_value_only_where_it_is_about_as_likely(confidence, taken):
    def examine(patches, kind):
        given = {"auto": reading(kind, "7/10", None, 0.8), "number": reading(kind, "7.10", 7, confidence)}
        return [given[kind] for _ in patches]

    (field,) = PatchReader(examine, "auto").lines([np.full((40, 90), 230, np.uint8)])
    assert field.text == taken
