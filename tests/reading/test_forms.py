"""Forms: named fields of filled copies, and pages that are none."""

import cv2
import numpy as np
import pytest
from PIL import Image

from inkdigits.errors import FormMismatchError, ImageError, TemplateError
from inkdigits.reading import FieldPlace, Reader, StatusThresholds, Template, save_template

TEXTS = {"amount": "41.75", "grade": "3", "number": "2704458", "first": "12", "second": "25", "sum": "37"}


@pytest.fixture(scope="module")
def reader():
    return Reader()


def texts(page):
    return {field.name: field.text for field in page.fields}


@pytest.mark.parametrize("quarters", range(4))
def test_a_form_on_any_side_is_read_by_name(reader, form_template, filled_form, quarters):
    page = reader.read_form(np.ascontiguousarray(np.rot90(filled_form(**TEXTS), quarters)), form_template)
    assert texts(page) == TEXTS
    assert page.size == ((600, 800) if quarters % 2 == 0 else (800, 600))
    assert page.steps == ("decode", "register", "labels", "fields", "sums")
    assert page.model == "digit+line"
    assert {field.status for field in page.fields} <= {"ok", "review"}


def test_boxes_are_in_pixels_of_the_photo(reader, form_template, filled_form):
    small = cv2.resize(filled_form(**TEXTS), None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC)
    page = reader.read_form(
        cv2.copyMakeBorder(small, 60, 60, 90, 90, cv2.BORDER_CONSTANT, value=90), form_template
    )
    fields = {field.name: field for field in page.fields}
    expected = np.array([330, 120, 560, 180]) * 1.5 + (90, 60, 90, 60)
    assert np.abs(np.array(fields["amount"].box) - expected).max() < 4
    left, top, right, bottom = fields["amount"].box
    for symbol in fields["amount"].symbols:
        assert left - 4 <= symbol.box[0] < symbol.box[2] <= right + 4
        assert top - 4 <= symbol.box[1] < symbol.box[3] <= bottom + 4
    assert [symbol.text for symbol in fields["number"].symbols] == list(TEXTS["number"])


def test_a_blank_copy_is_empty_fields(reader, form_template, blank_form):
    page = reader.read_form(blank_form, form_template)
    assert {field.status for field in page.fields} == {"empty"}


def test_a_wrong_sum_is_to_be_reviewed(filled_form, form_template):
    page = Reader(thresholds=StatusThresholds(ok=0)).read_form(
        filled_form(**TEXTS | {"sum": "38"}), form_template
    )
    by_name = {field.name: field for field in page.fields}
    assert [by_name[name].status for name in ("first", "second", "sum")] == ["review"] * 3
    assert by_name["sum"].text == "38"


def test_a_field_that_the_photo_does_not_show_is_not_believed(reader, form_template, filled_form):
    page = reader.read_form(filled_form(**TEXTS)[:, :540], form_template)
    by_name = {field.name: field for field in page.fields}
    for name in ("amount", "number"):
        assert (by_name[name].text, by_name[name].status, by_name[name].confidence) == ("", "review", 0)
    assert by_name["sum"].text == "37"


def test_what_a_form_that_is_cut_at_an_edge_still_shows_is_read(reader, form_template, filled_form):
    assert texts(reader.read_form(filled_form(**TEXTS)[:640], form_template)) == TEXTS


def test_half_a_form_and_two_of_them_are_refused(reader, form_template, filled_form):
    page = filled_form(**TEXTS)
    with pytest.raises(FormMismatchError, match="shows 50% of the form, at least 60% must be in the picture"):
        reader.read_form(page[:400], form_template)
    soft = cv2.GaussianBlur(page, (0, 0), 1.5)
    with pytest.raises(FormMismatchError, match="shows the form more than once"):
        reader.read_form(
            np.vstack([np.hstack([page, soft]), np.full((80, 1200), 230, np.uint8)]), form_template
        )


def test_a_dash_in_a_wide_field_is_not_empty(reader, form_template, filled_form):
    page = filled_form(**TEXTS | {"amount": ""})
    cv2.line(page, (400, 150), (425, 150), 30, 3)
    by_name = {field.name: field for field in reader.read_form(page, form_template).fields}
    assert by_name["amount"].status in ("review", "rejected")


def test_another_version_of_the_form_is_no_copy(reader, form_template, filled_form):
    page = filled_form(**TEXTS)
    rows = page[430:590, 110:290].copy()
    page[430:590, 110:290] = np.roll(rows, 60, axis=0)  # "Together" comes first, and all values are a row off
    with pytest.raises(FormMismatchError, match="is elsewhere; is it another version"):
        reader.read_form(page, form_template)


@pytest.mark.parametrize("grade", ["3", ""])
def test_a_field_whose_label_is_written_over_is_to_be_reviewed(filled_form, form_template, grade):
    reader = Reader(thresholds=StatusThresholds(ok=0))
    page = filled_form(**TEXTS | {"grade": grade})
    for x in range(36, 130, 9):
        cv2.line(page, (x, 215), (x + 14, 245), 30, 4)
    by_name = {field.name: field for field in reader.read_form(page, form_template).fields}
    assert (by_name["grade"].text, by_name["grade"].status) == (grade, "review")
    assert by_name["amount"].status == "ok"


def test_soft_copies_match_though_a_label_is_written_over_or_out_of_the_picture(
    reader, form_template, filled_form
):
    page = filled_form(**TEXTS)
    cv2.rectangle(page, (30, 210), (130, 250), 120, -1)
    noise = np.random.default_rng(2).normal(0, 12, page.shape)
    soft = np.clip(cv2.GaussianBlur(page, (0, 0), 1.6) + noise, 0, 255).astype(np.uint8)
    for copy in (soft, soft[60:], soft[:, 20:]):
        by_name = {field.name: field for field in reader.read_form(copy, form_template).fields}
        assert by_name["sum"].text == TEXTS["sum"]


@pytest.mark.parametrize("tone", [0, 128, 255])
def test_a_page_that_does_not_match_is_not_guessed_at(reader, form_template, tone):
    with pytest.raises(FormMismatchError, match="does not match the form"):
        reader.read_form(np.full((900, 700), tone, np.uint8), form_template)


def test_a_template_is_a_path_too_and_the_page_names_its_source(reader, form_template, filled_form, tmp_path):
    save_template(form_template, tmp_path / "form.json")
    Image.fromarray(filled_form(**TEXTS)).save(tmp_path / "scan.png")
    page = reader.read_form(tmp_path / "scan.png", tmp_path / "form.json")
    assert (texts(page), page.source) == (TEXTS, str(tmp_path / "scan.png"))
    with pytest.raises(ImageError, match="does not exist"):
        reader.read_form(tmp_path / "none.png", form_template)


@pytest.mark.parametrize(
    ("blank", "says"),
    [
        (b"", "has no picture"),
        (b"nothing", "is not an image"),
        ("small", "size is 600 x 800, but the blank form's picture has 300 x 400"),
        ("bare", "too little printed"),
    ],
)
def test_a_picture_that_cannot_be_the_form_is_told_of(reader, blank_form, tmp_path, blank, says):
    pictures = {"small": cv2.resize(blank_form, (300, 400)), "bare": np.full_like(blank_form, 250)}
    if isinstance(blank, str):
        Image.fromarray(pictures[blank]).save(tmp_path / "blank.png")
        blank = (tmp_path / "blank.png").read_bytes()
    template = Template((600, 800), (FieldPlace("a", (0, 0, 50, 50)),), blank=blank)
    with pytest.raises(TemplateError, match=says):
        reader.read_form(blank_form, template)
