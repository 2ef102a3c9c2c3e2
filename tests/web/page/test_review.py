"""The review view, and taking the results away."""

import csv
import io
import json
import re
import zipfile

import pytest
from PIL import Image

from inkdigits import load_data
from inkdigits.containers import Page


def review(page):
    page.get_by_role("link", name="Review").click()
    page.locator("#review-text").wait_for()


def take(page, name):
    with page.expect_download() as download:
        page.locator(".take:visible").get_by_role("button", name=name, exact=True).click()
    return download.value


def left(page):
    return page.locator("#review-body [role=status]").inner_text()


def test_the_keyboard_alone_suffices(read_sheet):
    read_sheet.get_by_role("link", name="Review").focus()
    read_sheet.keyboard.press("Enter")
    read_sheet.locator("#review-text:focus").wait_for()
    assert left(read_sheet) == "2 of 2 doubtful fields to look at"
    assert read_sheet.locator("#review-text").input_value() == "1.234"
    assert read_sheet.locator(".review-picture canvas").is_visible()
    read_sheet.keyboard.type("1.284")  # the reading is selected: typing takes its place
    read_sheet.keyboard.press("Enter")
    assert left(read_sheet) == "1 of 2 doubtful fields to look at"
    assert read_sheet.locator("#review-text").input_value() == "1.500"
    read_sheet.keyboard.press("Enter")
    assert left(read_sheet) == "Nothing is doubtful"
    assert read_sheet.locator("#doubtful-count").is_hidden()


def test_where_a_text_means_two_things_one_of_them_can_be_chosen(read_sheet):
    review(read_sheet)
    choices = [
        choice.inner_text().split("\n")[0] for choice in read_sheet.locator(".review-choices button").all()
    ]
    assert any(choice.startswith("1.234 = 1234") for choice in choices)
    assert any(choice.startswith("1.234 = 1.234") for choice in choices)
    read_sheet.locator(".review-choices button", has_text="1.234 = 1.234").click()
    read_sheet.keyboard.press("Enter")
    read_sheet.keyboard.press("PageDown")  # the last one stays
    pages = json.loads(take(read_sheet, "JSON").path().read_text())["pages"]
    cell = Page.from_dict(pages[0]).tables[0].cells[0][1]
    assert (cell.text, str(cell.value), cell.status) == ("1.234", "1.234", "ok")


def test_back_skip_and_no_number(read_sheet):
    review(read_sheet)
    read_sheet.keyboard.press("PageDown")
    assert read_sheet.locator("#review-text").input_value() == "1.500"
    read_sheet.keyboard.press("PageUp")
    assert read_sheet.locator("#review-text").input_value() == "1.234"
    read_sheet.get_by_role("button", name="No number").click()
    read_sheet.locator("#review-text").fill("")
    read_sheet.keyboard.press("Enter")
    pages = json.loads(take(read_sheet, "JSON").path().read_text())["pages"]
    cells = Page.from_dict(pages[0]).tables[0].cells
    assert [cells[0][1].status, cells[1][2].status] == ["rejected", "empty"]


def test_one_can_go_back_to_what_was_accepted_too_soon(read_sheet):
    review(read_sheet)
    line = read_sheet.locator("#review-text")
    line.fill("1.23")
    read_sheet.keyboard.press("Enter")
    assert line.input_value() == "1.500"
    read_sheet.keyboard.press("PageUp")
    assert line.input_value() == "1.23"
    assert read_sheet.locator(".review-form .status").inner_text() == "corrected"
    read_sheet.keyboard.type("1.234")
    read_sheet.keyboard.press("Enter")
    assert line.input_value() == "1.500"
    assert left(read_sheet) == "1 of 2 doubtful fields to look at"
    pages = json.loads(take(read_sheet, "JSON").path().read_text())["pages"]
    assert Page.from_dict(pages[0]).tables[0].cells[0][1].text == "1.234"


def test_a_problem_goes_with_its_field(read_sheet):
    review(read_sheet)
    read_sheet.keyboard.type("abc")
    read_sheet.keyboard.press("Enter")
    assert read_sheet.locator("#review-problem").is_visible()
    read_sheet.keyboard.press("PageDown")
    assert read_sheet.locator("#review-problem").is_hidden()


def test_a_correction_outlasts_a_page_that_is_left_before_it_is_written(read_sheet):
    """Whoever leaves the page at once ends the browser's write to its store."""
    review(read_sheet)
    read_sheet.evaluate(
        "() => { IDBObjectStore.prototype.put = function () { this.transaction.abort(); throw new Error(); }; }"
    )
    read_sheet.keyboard.type("1.284")
    read_sheet.keyboard.press("Enter")
    for _ in range(2):  # the second time from the store
        read_sheet.reload()
        read_sheet.locator("#review-text").wait_for()
        assert left(read_sheet) == "1 of 2 doubtful fields to look at"
        read_sheet.wait_for_function("() => Object.keys(localStorage).every(key => !key.includes('-note-'))")


def test_corrections_outlast_a_reload(read_sheet):
    review(read_sheet)
    read_sheet.keyboard.type("1.284")
    read_sheet.keyboard.press("Enter")
    read_sheet.reload()
    read_sheet.locator("#review-text").wait_for()
    assert left(read_sheet) == "1 of 2 doubtful fields to look at"
    read_sheet.get_by_role("link", name="Read", exact=True).click()
    assert read_sheet.locator("#tables td.corrected").inner_text() == "1.284"


@pytest.fixture
def corrected(read_sheet):
    """The sheet with both doubtful fields corrected, and one digit confirmed."""
    review(read_sheet)
    for text in ("1.284", "1.501"):
        read_sheet.keyboard.type(text)
        read_sheet.keyboard.press("Enter")
    read_sheet.get_by_role("link", name="Read", exact=True).click()
    read_sheet.get_by_role("gridcell", name="Row 2, column 2").click()
    read_sheet.get_by_role("button", name="Correct").click()
    return read_sheet


def test_tables_hold_what_was_corrected(corrected):
    file = take(corrected, "CSV")
    assert file.suggested_filename == "stock.csv"
    rows = list(csv.reader(io.StringIO(file.path().read_text())))
    assert ["4", "1.284", "", "27"] in rows
    fields = list(csv.DictReader(io.StringIO(take(corrected, "CSV, a row a field").path().read_text())))
    cell = next(row for row in fields if row["text"] == "1.284")
    assert (cell["source"], cell["status"], cell["confidence"]) == ("stock.png", "ok", "1.0000")


def test_json_holds_what_was_corrected_and_what_was_read(corrected):
    data = json.loads(take(corrected, "JSON").path().read_text())
    page = Page.from_dict(data["pages"][0])
    cell = page.tables[0].cells[0][1]
    assert (cell.text, cell.status, cell.confidence) == ("1.284", "ok", 1.0)
    assert cell.alternatives[0].text == "1.234"
    assert page.steps[-1] == "corrected by hand"


@pytest.mark.parametrize(
    ("name", "ending", "holds"), [("hOCR", ".hocr.html", "ocr_page"), ("ALTO", ".alto.xml", "1.284")]
)
def test_other_formats(corrected, name, ending, holds):
    file = take(corrected, name)
    assert file.suggested_filename == f"stock{ending}"
    assert holds in file.path().read_text()


def test_the_annotated_picture(corrected):
    file = take(corrected, "Annotated picture")
    assert file.suggested_filename == "stock-annotated.png"
    with Image.open(file.path()) as picture:
        assert picture.width == 800


def test_training_pictures_are_an_image_folder_with_labels(corrected, tmp_path):
    file = take(corrected, "Training pictures")
    with zipfile.ZipFile(file.path()) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    data = load_data(tmp_path / "digits")
    assert data.train.labels.tolist() == [9]
    rows = list(csv.DictReader(io.StringIO((tmp_path / "fields" / "labels.csv").read_text())))
    assert sorted(row["label"] for row in rows) == ["1.284", "1.501"]
    for row in rows:
        with Image.open(tmp_path / "fields" / row["path"]) as picture:
            assert picture.height > 40


def test_a_label_names_no_path_and_starts_no_formula(read_sheet, tmp_path):
    review(read_sheet)
    for text in ("../../evil", "=cmd()"):
        read_sheet.locator("#review-text").fill(text)
        read_sheet.keyboard.press("Enter")
        assert "is in no number" in read_sheet.locator(".problem:visible").inner_text()
        assert left(read_sheet) == "2 of 2 doubtful fields to look at"
    for text in ("../../1", "=12="):
        read_sheet.locator("#review-text").fill(text)
        read_sheet.keyboard.press("Enter")
    with zipfile.ZipFile(take(read_sheet, "Training pictures").path()) as archive:
        names = archive.namelist()
        assert all(name.startswith("fields/") and ".." not in name for name in names)
        rows = list(csv.DictReader(io.StringIO(archive.read("fields/labels.csv").decode())))
    assert {row["label"] for row in rows} == {"../../1", "=12="}


def test_a_server_that_keeps_corrections_is_sent_them(open_page, serve, sheet_file, tmp_path):
    page = open_page("read", at=serve(corrections=tmp_path / "kept"))
    page.set_input_files("#read-files", sheet_file)
    page.wait_for_selector("#read-results:not([hidden])")
    review(page)
    with page.expect_response("**/v1/corrections") as sent:
        page.keyboard.type("1.284")
        page.keyboard.press("Enter")
    assert sent.value.status == 201
    (kept,) = (tmp_path / "kept").glob("*.json")
    assert json.loads(kept.read_text())["text"] == "1.284"


def test_both_archives_of_the_same_corrections_are_alike(open_page, serve, sheet_file, tmp_path):
    at = serve(corrections=tmp_path / "kept")
    page = open_page("read", at=at)
    page.set_input_files("#read-files", sheet_file)
    page.wait_for_selector("#read-results:not([hidden])")
    review(page)
    for text in ("7", "1,501"):  # a comma, which a table of labels has to quote
        with page.expect_response("**/v1/corrections") as sent:
            page.keyboard.type(text)
            page.keyboard.press("Enter")
        assert sent.value.status == 201
    by_page = take(page, "Training pictures").path().read_bytes()
    by_server = page.request.get(f"{at}v1/corrections/archive").body()
    assert sorted(layout(by_page)) == sorted(layout(by_server))
    assert [path for path, _, _ in sorted(layout(by_page))] == ["digits/7/*.png", "fields/*.png"]


def layout(content):
    """The pictures of an archive: a path without its file's name, a label where a table has one, and the pixels."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        table = list(csv.reader(io.StringIO(archive.read("fields/labels.csv").decode())))
        names = set(archive.namelist()) - {"fields/labels.csv"}
        pictures = {name: Image.open(archive.open(name)).convert("L") for name in names}
        assert table[0] == ["path", "label"]
        labels = {f"fields/{path}": label for path, label in table[1:]}
        assert labels.keys() == {name for name in names if name.startswith("fields/")}
        return [
            (re.sub(r"[0-9a-f]+\.png$", "*.png", name), labels.get(name), (picture.size, picture.tobytes()))
            for name, picture in pictures.items()
        ]


def test_with_nothing_read_there_is_nothing_to_review(open_page):
    page = open_page("review")
    assert left(page) == "Nothing to review yet"
