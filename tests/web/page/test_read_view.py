"""The reading view: pages come in by any way, and come out as boxes and tables."""

import base64
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from stock_sheet import TEXTS

from inkdigits import load_mnist

PHOTOS = sorted((Path(__file__).parents[3] / "examples" / "photos").glob("*.jpg"))


def table_of(page):
    rows = page.locator("#tables .grid tr").all()
    return [[cell.inner_text() for cell in row.locator("td").all()] for row in rows]


def drop(page, *files):
    """Drop files, given as name, media type and bytes, on the page."""
    named = [[name, kind, base64.b64encode(data).decode()] for name, kind, data in files]
    transfer = page.evaluate_handle(
        """files => {
            const transfer = new DataTransfer();
            for (const [name, type, base64] of files) {
                const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
                transfer.items.add(new File([bytes], name, { type }));
            }
            return transfer;
        }""",
        named,
    )
    for kind in ("dragover", "drop"):
        page.dispatch_event("#content", kind, {"dataTransfer": transfer})


def wait_until_read(page):
    page.wait_for_selector("#read-results:not([hidden])")
    page.wait_for_selector("#read-progress", state="hidden")


def test_a_page_is_shown_with_boxes_and_as_a_table(read_sheet):
    expected = [[text + "?" if "." in text else text for text in row] for row in TEXTS]
    assert table_of(read_sheet) == expected
    assert read_sheet.locator(".box").count() == 13
    assert read_sheet.locator(".box.review").count() == 2
    assert read_sheet.locator(".list .field-text").inner_text() == "36"
    shown = read_sheet.locator("#picture img").evaluate(
        "image => image.decode().then(() => image.naturalWidth)"
    )
    assert shown == 800


def test_boxes_lie_over_their_writing_and_tell_their_status_without_color(read_sheet):
    picture = read_sheet.locator("#picture").bounding_box()
    box = read_sheet.locator(".box").filter(has_text="1.234?")
    place = box.bounding_box()
    scale = picture["width"] / 800
    assert abs((place["x"] - picture["x"]) / scale - 240) < 8
    assert abs((place["y"] - picture["y"]) / scale - 110) < 8
    assert box.evaluate("box => getComputedStyle(box).borderTopStyle") == "dashed"
    assert "doubtful" in box.get_attribute("aria-label")
    assert (
        read_sheet.locator(".box.ok").first.evaluate("box => getComputedStyle(box).borderTopStyle") == "solid"
    )


def test_labels_do_not_hide_small_writing(open_page, tmp_path):
    (images, _), _ = load_mnist()
    sheet = np.full((700, 1900), 245, np.uint8)
    for index, image in enumerate(images[:12]):
        left, top = 300 + 50 * (index % 4), 200 + 50 * (index // 4)
        cv2.rectangle(sheet, (left, top), (left + 50, top + 50), 60, 2)
        sheet[top + 11 : top + 39, left + 11 : left + 39] -= (image * 0.8).astype(np.uint8)
    path = tmp_path / "small.png"
    assert cv2.imwrite(str(path), sheet)
    page = open_page("read")
    page.set_input_files("#read-files", path)
    wait_until_read(page)
    box = page.locator(".box").first
    label = box.locator(".box-label")
    assert label.is_hidden()
    box.hover()
    assert label.inner_text() == "5"
    page.mouse.move(0, 0)
    page.locator(".box").last.hover()
    assert label.is_hidden()


def test_what_was_just_brought_is_shown(read_sheet):
    for _ in range(6):  # more than the strip is wide
        read_sheet.set_input_files("#read-files", PHOTOS[:2])
        wait_until_read(read_sheet)
        chosen = read_sheet.locator(".strip-page[aria-current]")
        assert chosen.inner_text().startswith(PHOTOS[0].name)
        assert read_sheet.locator("#picture img").get_attribute("alt") == f"Picture of {PHOTOS[0].name}"
    strip, item = read_sheet.locator("#page-strip").bounding_box(), chosen.bounding_box()
    assert strip["x"] <= item["x"]
    assert item["x"] + item["width"] <= strip["x"] + strip["width"] + 1


def test_the_pointer_takes_no_line_away_that_is_typed_in(read_sheet):
    read_sheet.locator(".box").first.click()
    read_sheet.locator("#field-text").fill("1")
    read_sheet.locator(".box").last.hover()
    assert read_sheet.locator("#field-text").input_value() == "1"


def test_what_is_being_corrected_stays(read_sheet):
    read_sheet.locator(".box").first.click()
    read_sheet.locator("#field-text").fill("1")
    read_sheet.set_input_files("#read-files", PHOTOS[:1])
    wait_until_read(read_sheet)
    assert read_sheet.locator("#field-text").input_value() == "1"


def test_what_waits_for_a_busy_server_can_be_stopped_at_once(open_page, sheet_file):
    page = open_page("read")
    page.route(
        "**/v1/pages", lambda route: route.fulfill(status=503, headers={"Retry-After": "10"}, body="{}")
    )
    with page.expect_response("**/v1/pages"):
        page.set_input_files("#read-files", sheet_file)
    page.get_by_role("button", name="Stop").click()
    page.wait_for_selector("#read-progress", state="hidden", timeout=5000)
    assert page.locator("#read-problems li").count() == 0


def test_hovering_shows_alternatives(read_sheet):
    read_sheet.locator(".box").filter(has_text="1.234?").hover()
    card = read_sheet.locator("#field-card")
    assert card.get_by_role("heading").inner_text() == "Row 1, column 2"
    assert card.locator(".bar").count() >= 1
    assert card.locator("canvas.crop").is_visible()
    assert read_sheet.locator('td[aria-selected="true"]').inner_text() == "1.234?"


def test_arrow_keys_go_from_box_to_box_and_from_cell_to_cell(read_sheet):
    read_sheet.locator('.box[tabindex="0"]').focus()
    read_sheet.locator(".box").filter(has_text="1.234?").focus()
    read_sheet.keyboard.press("ArrowDown")
    assert read_sheet.locator("#field-card h2").inner_text() == "Row 2, column 2"
    read_sheet.locator('td[aria-selected="true"]').focus()
    read_sheet.keyboard.press("ArrowDown")
    read_sheet.keyboard.press("ArrowLeft")
    assert read_sheet.locator("#field-card h2").inner_text() == "Row 3, column 1"
    read_sheet.keyboard.press("Enter")
    assert read_sheet.evaluate("document.activeElement.id") == "field-text"


def test_files_can_be_dropped_on_any_view(open_page, sheet_file):
    page = open_page("draw")
    drop(page, ("stock.png", "image/png", sheet_file.read_bytes()))
    wait_until_read(page)
    assert page.evaluate("location.hash") == "#read"
    assert table_of(page)[0][0] == "4"


def test_a_picture_can_be_pasted(open_page, sheet_file):
    page = open_page("read")
    page.evaluate(
        """base64 => {
            const transfer = new DataTransfer();
            const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
            transfer.items.add(new File([bytes], "image.png", { type: "image/png" }));
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true }));
        }""",
        base64.b64encode(sheet_file.read_bytes()).decode(),
    )
    wait_until_read(page)
    assert table_of(page)[0][0] == "4"


def test_several_files_and_pages_are_read_one_after_the_other(open_page, sheet_file, make_pdf, pdf_table):
    page = open_page("read")
    scans = make_pdf([pdf_table([["1", "2"], ["3", "4"]]), pdf_table([["5", "6"], ["7", "8"]])])
    drop(
        page,
        ("stock.png", "image/png", sheet_file.read_bytes()),
        ("scans.pdf", "application/pdf", scans),
        *((photo.name, "image/jpeg", photo.read_bytes()) for photo in PHOTOS[:2]),
    )
    wait_until_read(page)
    names = [name.inner_text() for name in page.locator(".strip-name").all()]
    assert names == ["stock.png", "scans.pdf, page 1", "scans.pdf, page 2", PHOTOS[0].name, PHOTOS[1].name]
    page.locator(".strip-page").nth(2).click()
    assert table_of(page) == [["5", "6"], ["7", "8"]]
    page.get_by_role("button", name="Remove scans.pdf, page 2").click()
    assert page.locator(".strip-page").count() == 4


def test_what_cannot_be_read_is_told_and_the_rest_is_read(open_page, sheet_file):
    page = open_page("read")
    drop(
        page,
        ("notes.txt", "text/plain", b"no picture at all"),
        ("empty.png", "image/png", b""),
        ("stock.png", "image/png", sheet_file.read_bytes()),
    )
    wait_until_read(page)
    problems = [line.inner_text() for line in page.locator("#read-problems li").all()]
    assert [problem.split(":")[0] for problem in problems] == ["notes.txt", "empty.png"]
    assert problems[1].startswith("empty.png: empty; expected a picture or a PDF")
    assert page.locator(".strip-page").count() == 1
    page.locator("#read-problems button").first.click()
    assert page.locator("#read-problems li").count() == 1


def test_reading_options_go_along(open_page, sheet_file):
    page = open_page("read")
    page.locator("#read-options summary").click()
    page.get_by_label("Decimal mark").select_option(".")
    with page.expect_response("**/v1/pages*") as answer:
        page.set_input_files("#read-files", sheet_file)
    cell = answer.value.json()["pages"][0]["tables"][0]["cells"][0][1]
    assert cell["text"] == "1.234"
    assert cell["value"] is not None  # else it may be a thousand and more


def test_a_field_that_is_wrong_without_being_doubtful_can_be_corrected(read_sheet):
    read_sheet.locator("#tables td", has_text="83").click()
    read_sheet.locator("#field-text").fill("88")
    read_sheet.get_by_role("button", name="Correct").click()
    assert read_sheet.locator("#tables td.corrected").inner_text() == "88"
    assert read_sheet.locator(".box.corrected").inner_text() == "88"
    read_sheet.get_by_role("button", name="Take back").click()
    assert table_of(read_sheet)[2][0] == "83"


def test_names_and_metadata_are_text_and_nothing_else(open_page, sheet_file, tmp_path):
    script = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    meta = Image.Exif()
    meta[0x010E] = script  # ImageDescription
    file = tmp_path / "marked.jpg"
    with Image.open(sheet_file) as picture:
        picture.save(file, exif=meta, comment=script.encode())
    page = open_page("read")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(3)"><script>alert(4)</script></svg>'
    drop(
        page,
        (f"{script}.jpg", "image/jpeg", file.read_bytes()),
        (f"{script}.svg", "image/svg+xml", svg),
    )
    wait_until_read(page)
    assert page.locator(".strip-name").inner_text() == f"{script}.jpg"
    assert script in page.locator("#read-problems li").inner_text()
    assert page.locator("img[src='x'], main script").count() == 0
    page.reload()
    page.wait_for_selector("#read-results:not([hidden])")
    assert page.locator(".strip-name").inner_text() == f"{script}.jpg"
