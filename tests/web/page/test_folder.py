"""The doubtful fields of a batch on the page: fetched, corrected, and gone for everybody."""

import json
from urllib.request import urlopen

import pytest
from playwright.sync_api import Route, expect


@pytest.fixture(autouse=True)
def patience():
    """A machine may be busy."""
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=5_000)


def test_doubtful_fields_of_a_batch_come_by_themselves_and_go_when_corrected(
    open_page, serve, doubtful, tmp_path
):
    at = serve(review=doubtful, corrections=tmp_path / "kept")
    page = open_page("review", at)
    expect(page.locator(".review-progress p")).to_have_text("3 of 3 doubtful fields to look at")
    expect(page.locator(".review-picture canvas")).to_be_visible()
    first = page.locator("#review-text").input_value()
    assert first in {"1.234", "5.678", "2.500"}
    assert page.locator(".review-picture").inner_text().endswith(f"{first[0]}.png")
    page.keyboard.type("1.777")
    with page.expect_response("**/v1/corrections"):
        page.keyboard.press("Enter")
    expect(page.locator(".review-progress p")).to_have_text("2 of 3 doubtful fields to look at")
    with urlopen(f"{at}v1/review") as answer:
        assert json.load(answer)["count"] == 2
    page.reload()
    expect(page.locator(".review-progress p")).to_have_text("2 of 3 doubtful fields to look at")
    other = open_page("review", at)  # another browser
    expect(other.locator(".review-progress p")).to_have_text("2 of 2 doubtful fields to look at")


def few_at_once(route: Route) -> None:
    script = route.fetch().text().replace("AT_ONCE = 24", "AT_ONCE = 1").replace("FEW = 8", "FEW = 0")
    route.fulfill(body=script, content_type="text/javascript")


def test_more_come_when_few_are_left(open_page, serve, doubtful, browser):
    context = browser.new_context()
    context.route("**/assets/folder.js", few_at_once)
    page = open_page("review", serve(review=doubtful), context)
    expect(page.locator(".review-progress p")).to_have_text(
        "1 of 1 doubtful fields to look at, and 2 more to come"
    )
    page.locator("#review-text").press("Enter")
    expect(page.locator(".review-progress p")).to_have_text(
        "1 of 2 doubtful fields to look at, and 1 more to come"
    )
    context.close()


def test_a_folder_that_cannot_be_fetched_is_told_of(open_page, serve, doubtful):
    page = open_page("review", serve(review=doubtful))
    page.route(
        "**/v1/review", lambda route: route.fulfill(status=500, body="{}", content_type="application/json")
    )
    page.reload()
    expect(page.locator("#about")).to_contain_text("Doubtful fields of the batch cannot be fetched")
