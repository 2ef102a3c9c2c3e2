import pytest

from inkdigits.export.markup import decimal, holdable


@pytest.mark.parametrize("character", ["\0", "\x1f", "\r", "\ud800", "\ufffe", "\uffff"])
def test_what_xml_cannot_hold_is_replaced(character):
    assert holdable(f"a{character}b") == "a\ufffdb"


@pytest.mark.parametrize("text", ["", "tab\tline\n", "\x7f\x9f", "\ud7ff\ue000\ufffd", "\U0001f58b"])
def test_what_xml_can_hold_stays(text):
    assert holdable(text) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (1.0, "1"), (0.5, "0.5"), (0.1, "0.1"), (1e-07, "0.0000001"), (2 / 3, "0.6666666666666666")],
)
def test_a_decimal_reads_back_and_has_no_exponent(number, text):
    assert decimal(number) == text
    assert float(text) == number
