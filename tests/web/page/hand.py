"""Writing on the page's paper with the pointer."""

from collections.abc import Sequence

from playwright.sync_api import Page

Strokes = Sequence[Sequence[tuple[float, float]]]

SEVEN: Strokes = [[(0.2, 0.15), (0.75, 0.12), (0.6, 0.4), (0.42, 0.9)]]
ONE: Strokes = [[(0.5, 0.1), (0.48, 0.5), (0.46, 0.9)]]


def draw(page: Page, strokes: Strokes, left: float = 0.3, size: float = 0.8) -> None:
    """Draw strokes of points from 0 to 1 in a square of a part of the paper's height, and wait for the answer."""
    page.locator("#pad").scroll_into_view_if_needed()
    paper = page.locator("#pad").bounding_box()
    assert paper is not None
    side = size * paper["height"]
    start_x = paper["x"] + left * paper["height"]
    start_y = paper["y"] + 0.5 * (paper["height"] - side)
    for stroke in strokes:
        places = [(start_x + side * x, start_y + side * y) for x, y in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()
    wait_for_answer(page)


def wait_for_answer(page: Page) -> None:
    page.wait_for_selector('#draw-answer[aria-busy="false"]')


def answer(page: Page) -> str:
    return page.locator("#answer-text").inner_text()
