"""The drawing view: strokes become numbers."""

from hand import ONE, SEVEN, answer, draw, wait_for_answer
from traced_digits import trace

from inkdigits import load_mnist

DIGITS = 24  # benchmarks/web_page.py draws 200
NOTHING = "\u2013"
HAS_LIGHT = """canvas => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
    .some((one, at) => at % 4 === 0 && one > 128)"""


def test_traced_digits_are_read_right(open_page):
    page = open_page()
    page.locator('input[value="digit"]').check()
    _, (images, labels) = load_mnist()
    right = 0
    for image, label in zip(images[:DIGITS], labels[:DIGITS], strict=True):
        draw(page, trace(image, step=10))  # the browser takes its time for each point
        right += answer(page) == str(label)
        page.locator("#pad").press("Escape")
    assert right >= 0.95 * DIGITS


def test_a_number_grows_with_each_stroke_and_shows_how_sure_it_is(open_page):
    page = open_page()
    draw(page, SEVEN, left=0.2, size=0.5)
    assert answer(page) == "7"
    draw(page, ONE, left=0.7, size=0.5)
    assert answer(page) == "71"
    assert page.locator("#answer-status .status").inner_text() in ("sure", "doubtful")
    assert page.locator(".bar.first .bar-text").inner_text() == "71"
    assert page.locator(".bar.first .bar-share").inner_text().endswith("%")
    seen = page.locator("#seen-picture")
    assert seen.is_visible()
    assert seen.evaluate(HAS_LIGHT)


def test_strokes_can_be_undone_redone_and_cleared(open_page):
    page = open_page()
    draw(page, SEVEN, left=0.2, size=0.5)
    draw(page, ONE, left=0.7, size=0.5)
    page.keyboard.press("Control+z")
    wait_for_answer(page)
    assert answer(page) == "7"
    page.get_by_role("button", name="Redo").click()
    wait_for_answer(page)
    assert answer(page) == "71"
    page.get_by_role("button", name="Clear").click()
    assert answer(page) == NOTHING
    assert page.locator("#pad-hint").evaluate("hint => !hint.classList.contains('gone')")
    assert page.get_by_role("button", name="Undo").is_disabled()


def test_a_stroke_that_is_undone_or_cleared_while_it_is_drawn_is_over(open_page):
    page = open_page()
    draw(page, ONE, left=0.3, size=0.5)
    paper = page.locator("#pad").bounding_box()
    for key, left in (("Control+z", "1"), ("Escape", NOTHING)):
        page.mouse.move(paper["x"] + 200, paper["y"] + 40)
        page.mouse.down()
        page.mouse.move(paper["x"] + 210, paper["y"] + 50)
        page.keyboard.press(key)
        page.mouse.move(
            paper["x"] + 300, paper["y"] + 200, steps=4
        )  # neither an error nor a line in the stroke before
        page.mouse.up()
        wait_for_answer(page)
        assert answer(page) == left
    pad = page.locator("#pad")
    for key in ("Space", "ArrowDown", "Control+z", "ArrowDown", "Space", "ArrowDown", "ArrowDown", "Space"):
        pad.press(key)
    wait_for_answer(page)
    assert page.locator("#draw-undo").is_enabled()


def test_the_kind_is_part_of_the_reading(open_page):
    page = open_page()
    draw(page, SEVEN, left=0.2, size=0.5)
    draw(page, ONE, left=0.7, size=0.5)
    page.locator('input[value="digit"]').check()
    wait_for_answer(page)
    assert len(answer(page)) == 1


def test_one_can_draw_with_the_keyboard_alone(open_page):
    page = open_page()
    pad = page.locator("#pad")
    pad.focus()
    for key in [*["ArrowUp"] * 8, "Space", *["ArrowDown"] * 16, "Space"]:
        pad.press(key)
    wait_for_answer(page)
    assert answer(page) == "1"


def test_a_finger_draws(open_page):
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    client = page.context.new_cdp_session(page)
    paper = page.locator("#pad").bounding_box()

    def touch(kind, *points):
        places = [
            {"x": paper["x"] + paper["width"] * x, "y": paper["y"] + paper["height"] * y} for x, y in points
        ]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", (0.5, 0.2))
    for step in range(1, 9):
        touch("touchMove", (0.5, 0.2 + 0.07 * step))
    touch("touchEnd")
    wait_for_answer(page)
    assert answer(page) == "1"


def test_a_server_that_is_gone_is_told_of(open_page):
    page = open_page()
    page.route("**/v1/fields", lambda route: route.abort())
    draw(page, SEVEN)
    assert "does not answer" in page.locator("#answer-status").inner_text()


def test_a_key_is_asked_for_once(open_page, serve):
    page = open_page(at=serve(api_key=("correct-horse-battery",)))
    dialog = page.locator("#key-dialog")
    dialog.wait_for(state="visible")  # for the settings
    page.get_by_label("API key").fill("not-this-one-but-another")
    page.keyboard.press("Enter")
    page.locator("#key-wrong").wait_for(state="visible")
    page.get_by_label("API key").fill("correct-horse-battery")
    page.keyboard.press("Enter")
    dialog.wait_for(state="hidden")
    draw(page, SEVEN)
    assert answer(page) == "7"


def test_no_key_is_called_wrong_where_none_was_given(open_page, serve):
    page = open_page(at=serve(api_key=("correct-horse-battery",)))
    dialog = page.locator("#key-dialog")
    dialog.wait_for(state="visible")
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    page.locator("#pad").click()
    dialog.wait_for(state="visible")
    assert page.locator("#key-wrong").is_hidden()
