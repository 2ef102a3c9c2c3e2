"""Proposals: the boxes, combs and table cells of a blank form."""

import cv2
import numpy as np
import pytest

from inkdigits.reading.form_boxes import lean_of_boxes, propose_fields


def test_boxes_a_comb_and_a_column_are_proposed(blank_form):
    fields = {field.name: field for field in propose_fields(blank_form)}
    assert list(fields) == ["field_1", "field_2", "field_3", "table1_r1_c1", "table1_r2_c1", "table1_r3_c1"]
    assert [field.kind for field in fields.values()] == ["auto", "digit", "number", *["number"] * 3]
    assert [len(field.cells) for field in fields.values()] == [0, 0, 7, 0, 0, 0]
    assert np.abs(np.array(fields["field_1"].box) - (330, 120, 560, 180)).max() <= 4
    assert np.abs(np.array(fields["table1_r3_c1"].box) - (330, 540, 445, 600)).max() <= 4


def test_a_comb_in_groups_is_a_date_and_a_heading_is_no_field():
    page = np.full((400, 900), 240, np.uint8)
    for index in range(8):
        left = 60 + 50 * index + 25 * (index > 1) + 25 * (index > 3)
        cv2.rectangle(page, (left, 60), (left + 50, 115), 60, 2)
    for row in range(2):
        for column in range(2):
            cv2.rectangle(
                page, (60 + 200 * column, 180 + 60 * row), (260 + 200 * column, 240 + 60 * row), 60, 2
            )
            if row == 0:
                cv2.putText(page, "Points", (90 + 200 * column, 220), cv2.FONT_HERSHEY_DUPLEX, 1, 40, 2)
    fields = propose_fields(page)
    assert [field.name for field in fields] == ["field_1", "table1_r2_c1", "table1_r2_c2"]
    assert (fields[0].kind, len(fields[0].cells)) == ("date", 8)


def test_a_scan_a_little_askew_has_the_same_boxes(blank_form):
    turn = cv2.getRotationMatrix2D((300, 400), 0.6, 1)
    skewed = cv2.warpAffine(blank_form, turn, (600, 800), borderValue=245, flags=cv2.INTER_CUBIC)
    assert [field.name for field in propose_fields(skewed)] == [
        field.name for field in propose_fields(blank_form)
    ]


@pytest.mark.parametrize("degrees", [0, 1.5, 8])
def test_how_much_boxes_lean_is_told(blank_form, degrees):
    turn = cv2.getRotationMatrix2D((300, 400), degrees, 1)
    skewed = cv2.warpAffine(blank_form, turn, (600, 800), borderValue=245, flags=cv2.INTER_CUBIC)
    assert lean_of_boxes(skewed) == pytest.approx(degrees, abs=0.2)


def test_paper_without_boxes_does_not_lean():
    assert lean_of_boxes(np.full((400, 300), 240, np.uint8)) == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (600, 600)])
@pytest.mark.parametrize("tone", [0, 255])
def test_nothing_has_no_boxes(shape, tone):
    assert propose_fields(np.full(shape, tone, np.uint8)) == ()
