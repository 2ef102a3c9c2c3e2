"""The template view: boxes on a blank form become a template that the command line takes, too."""

import json
from pathlib import Path

import cv2
import pytest

from inkdigits import Reader
from inkdigits.reading import load_template, save_template


@pytest.fixture
def form(open_page, blank_form, tmp_path):
    """The view with a blank form opened."""
    path = tmp_path / "payments.png"
    cv2.imwrite(str(path), blank_form)
    page = open_page("templates")
    page.set_input_files("#template-files", path)
    page.wait_for_selector("#template-editor:not([hidden])")
    return page


def draw_box(page, left, top, right, bottom):
    """Draw a box, in pixels of the form of 600 x 800."""
    frame = page.locator("#template-picture").bounding_box()
    scale = frame["width"] / 600
    page.mouse.move(frame["x"] + left * scale, frame["y"] + top * scale)
    page.mouse.down()
    page.mouse.move(frame["x"] + (left + 60) * scale, frame["y"] + (top + 20) * scale)
    page.mouse.move(frame["x"] + right * scale, frame["y"] + bottom * scale)
    page.mouse.up()


def save(page) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name="Save").click()
    path = Path(download.value.path())
    assert download.value.suggested_filename.endswith(".json")
    return path


def field_form(page):
    return page.locator("#template-field")


def test_a_template_that_was_drawn_reads_forms(form, filled_form, tmp_path):
    draw_box(form, 330, 120, 560, 180)
    form.keyboard.type("amount")  # the name is selected
    form.keyboard.press("Tab")
    field_form(form).get_by_label("Decimal mark").select_option(".")
    field_form(form).get_by_label("Most").fill("1000")
    draw_box(form, 500, 200, 560, 260)
    field_form(form).get_by_label("Name").fill("grade")
    field_form(form).get_by_label("Kind").select_option("digit")
    draw_box(form, 210, 300, 560, 356)
    field_form(form).get_by_label("Name").fill("number")
    field_form(form).get_by_label("Boxes for digits").fill("7")
    field_form(form).get_by_label("Pattern").fill("[0-9]{7}")
    field_form(form).get_by_label("Pattern").press("Tab")
    template = load_template(save(form))
    assert [field.name for field in template.fields] == ["amount", "grade", "number"]
    assert [field.kind for field in template.fields] == ["number", "digit", "number"]
    assert max(abs(a - b) for a, b in zip(template.fields[0].box, (330, 120, 560, 180), strict=True)) <= 2
    assert len(template.fields[2].cells) == 7
    page = Reader().read_form(filled_form(amount="250", grade="2", number="1234567"), template)
    assert [field.text for field in page.fields] == ["250", "2", "1234567"]


def test_boxes_are_found_and_renamed(form):
    form.get_by_role("button", name="Find boxes").click()
    form.wait_for_selector(".place")
    assert form.locator(".place").count() == 6
    form.locator(".place-list button").first.click()
    field_form(form).get_by_label("Name").fill("amount")
    field_form(form).get_by_label("Name").press("Enter")
    assert form.locator(".place-list button").first.inner_text().startswith("amount")
    template = load_template(save(form))
    assert template.fields[0].name == "amount"
    assert sum(len(field.cells) == 7 for field in template.fields) == 1


def test_what_was_drawn_stays_where_boxes_are_found(form):
    draw_box(form, 330, 120, 560, 180)
    form.keyboard.type("amount")
    form.keyboard.press("Tab")
    for _ in range(2):  # the second time, none is new
        form.get_by_role("button", name="Find boxes").click()
        form.wait_for_selector(".place >> nth=5")
        form.wait_for_selector("#template-find:enabled")
        assert form.locator(".place").count() == 6
    names = [line.inner_text().split("\n")[0] for line in form.locator(".place-list button").all()]
    assert names[0] == "amount"
    assert len(set(names)) == 6
    assert form.locator("#template-problem").inner_text().startswith("No other boxes were found")


def test_a_slip_of_the_finger_does_not_fill_the_page_with_lines(form):
    draw_box(form, 330, 120, 560, 180)
    count = field_form(form).get_by_label("Boxes for digits")
    count.fill("77777")
    count.press("Tab")
    assert 0 < form.locator(".place-cell").count() < 64
    form.get_by_role("button", name="Save").click()
    assert "expected 2 to 64" in form.locator("#template-problem:not([hidden])").inner_text()


def test_the_keyboard_adds_moves_sizes_and_removes(form):
    form.get_by_role("button", name="Add a box").focus()
    form.keyboard.press("Enter")
    place = form.locator('.place[aria-pressed="true"]')
    before = place.bounding_box()
    form.keyboard.press("ArrowRight")
    form.keyboard.press("ArrowRight")
    form.keyboard.press("Shift+ArrowDown")
    after = place.bounding_box()
    assert after["x"] > before["x"]
    assert abs(after["width"] - before["width"]) < 0.5
    assert after["height"] > before["height"]
    form.keyboard.press("Delete")
    assert form.locator(".place").count() == 0
    form.keyboard.press("Control+z")
    assert form.locator(".place").count() == 1


def test_a_box_is_moved_and_sized_with_the_pointer(form):
    draw_box(form, 100, 600, 200, 660)
    handle = form.locator(".handle.se").bounding_box()
    form.mouse.move(handle["x"] + 6, handle["y"] + 6)
    form.mouse.down()
    form.mouse.move(handle["x"] + 46, handle["y"] + 26)
    form.mouse.up()
    frame = form.locator("#template-picture").bounding_box()
    scale = frame["width"] / 600
    place = form.locator(".place").bounding_box()
    assert abs(place["width"] - (100 * scale + 40)) < 4
    form.mouse.move(place["x"] + 30, place["y"] + 15)
    form.mouse.down()
    form.mouse.move(place["x"] + 60, place["y"] - 25)
    form.mouse.up()
    moved = form.locator(".place").bounding_box()
    assert abs(moved["x"] - place["x"] - 30) < 2
    assert abs(moved["y"] - place["y"] + 40) < 2
    assert form.locator(".place").count() == 1


def test_sums_and_rosters_are_saved(form):
    form.keyboard.down("Alt")  # each begins where the one before ends
    for top in (420, 480, 540):
        draw_box(form, 330, top, 445, top + 60)
    form.keyboard.up("Alt")
    form.locator("#template-sums summary").click()
    form.locator("#template-sums select").select_option("field_3")
    for name in ("field_1", "field_2"):
        form.get_by_role("checkbox", name=name).check()
    form.get_by_role("button", name="Add this sum").click()
    form.locator(".place-list button").first.click()
    field_form(form).get_by_label("Only these texts").fill("5\n10\n15")
    field_form(form).get_by_label("Name").fill("morning")
    field_form(form).get_by_label("Name").press("Tab")
    template = load_template(save(form))
    assert template.sums[0].total == "field_3"
    assert template.sums[0].parts == ("morning", "field_2")
    assert template.fields[0].choices == ("5", "10", "15")


def test_a_fault_is_told_and_its_field_is_shown(form):
    draw_box(form, 330, 120, 560, 180)
    field_form(form).get_by_label("Pattern").fill("[0-9")
    field_form(form).get_by_label("Pattern").press("Tab")
    form.get_by_role("button", name="Save").click()
    form.wait_for_selector("#template-problem:not([hidden])")
    assert "fields[0].pattern" in form.locator("#template-problem").inner_text()
    assert form.locator(".place.faulty").count() == 1
    assert field_form(form).get_by_label("Pattern").input_value() == "[0-9"


def test_a_template_is_loaded_again_with_its_picture_inside_or_beside(
    open_page, form_template, blank_form, tmp_path
):
    path = tmp_path / "inside.json"
    save_template(form_template, path)
    page = open_page("templates")
    page.set_input_files("#template-files", path)
    page.wait_for_selector(".place")
    names = [field.name for field in form_template.fields]
    assert [place.inner_text().split("\n")[0] for place in page.locator(".place-list button").all()] == names
    assert load_template(save(page)).sums == form_template.sums
    data = json.loads(path.read_text())
    beside = tmp_path / "beside.json"
    beside.write_text(json.dumps({**data, "blank": "scans/blank.png"}))
    cv2.imwrite(str(tmp_path / "blank.png"), blank_form)
    page.set_input_files("#template-files", beside)
    page.wait_for_selector("#template-problem:not([hidden])")
    assert "open both together" in page.locator("#template-problem").inner_text()
    page.set_input_files("#template-files", [beside, tmp_path / "blank.png"])
    page.wait_for_selector("#template-problem", state="hidden")
    assert page.locator(".place").count() == len(names)


def test_a_saved_template_reads_copies_of_its_form_in_the_reading_view(
    open_page, form_template, filled_form, tmp_path
):
    path = tmp_path / "payments.json"
    save_template(form_template, path)
    page = open_page("templates")
    page.set_input_files("#template-files", path)
    page.wait_for_selector(".place")
    save(page)
    filled = tmp_path / "filled.png"
    cv2.imwrite(
        str(filled), filled_form(amount="250", grade="2", number="1234567", first="5", second="7", sum="12")
    )
    page.get_by_role("link", name="Read", exact=True).click()
    page.locator("#read-options summary").click()
    page.locator("#option-template").select_option(label="payments")
    page.set_input_files("#read-files", filled)
    page.wait_for_selector("#read-results:not([hidden])")
    texts = {
        row.locator(".field-name").inner_text(): row.locator(".field-text").inner_text()
        for row in page.locator(".list tbody tr").all()
    }
    assert texts["amount"] == "250"
    assert texts["number"] == "1234567"
    page.reload()
    page.locator("#option-template option").nth(1).wait_for(state="attached")


def test_hostile_templates_are_told_of_and_run_nothing(open_page, form_template, tmp_path):
    script = "<img src=x onerror=alert(1)>"
    path = tmp_path / "named.json"
    save_template(form_template, path)
    data = json.loads(path.read_text())
    data["fields"][0]["name"] = script
    del data["sums"]
    path.write_text(json.dumps(data))
    page = open_page("templates")
    page.set_input_files("#template-files", path)
    page.wait_for_selector(".place")
    assert page.locator(".place-name").first.inner_text() == script
    svg = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIG9ubG9hZD0iYWxlcnQoMSkiLz4="
    for name, text in (
        ("svg.json", json.dumps({**data, "blank": svg})),
        ("list.json", "[]"),
        ("null.json", "null"),
        ("no.json", "{"),
    ):
        bad = tmp_path / name
        bad.write_text(text)
        page.set_input_files("#template-files", bad)
        page.wait_for_selector("#template-problem:not([hidden])")
        assert page.locator("#template-problem").inner_text() != ""
        assert page.locator("img[src='x']").count() == 0


def test_a_pdf_of_a_blank_form_is_opened(open_page, make_pdf, pdf_table, tmp_path):
    path = tmp_path / "form.pdf"
    path.write_bytes(make_pdf([pdf_table([["", ""], ["", ""]])]))
    page = open_page("templates")
    page.set_input_files("#template-files", path)
    page.wait_for_selector("#template-editor:not([hidden])")
    page.get_by_role("button", name="Find boxes").click()
    page.wait_for_selector(".place")
    assert page.locator(".place").count() == 4
