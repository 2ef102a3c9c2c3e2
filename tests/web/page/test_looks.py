"""For whom the page is: axe finds nothing, it fits a phone and a zoom of 200%, it is small and asks nobody else."""

import re
from pathlib import Path

import cv2
import pytest
from axe_playwright_python.sync_playwright import Axe
from hand import SEVEN, draw

from inkdigits.web.app import PAGE_FOLDER

VIEWS = ("draw", "read", "review", "templates")
MOST_BYTES = 300_000
PHONE = {"width": 390, "height": 844}
ZOOMED = {"width": 640, "height": 450}  # what 1280 x 900 leaves at 200%


@pytest.fixture
def full_views(open_page, sheet_file, blank_form, tmp_path):
    """A maker of all views with something in each, one after the other."""
    form = tmp_path / "form.png"
    cv2.imwrite(str(form), blank_form)

    def each(**options):
        page = open_page("draw", **options)
        draw(page, SEVEN, left=0.1)
        yield "draw", page
        show(page, "read")
        page.set_input_files("#read-files", sheet_file)
        page.wait_for_selector(".box.review")
        page.locator("#read-options summary").click()
        page.locator(".box.review").first.click()
        yield "read", page
        show(page, "review")
        page.locator("#review-text").wait_for()
        yield "review", page
        show(page, "templates")
        page.set_input_files("#template-files", form)
        page.wait_for_selector("#template-editor:not([hidden])")
        page.get_by_role("button", name="Find boxes").click()
        page.wait_for_selector(".place")
        page.locator(".place-list button").nth(2).click()
        yield "templates", page

    return each


def show(page, view):
    page.evaluate("view => { location.hash = view; }", view)
    page.wait_for_selector(f"#view-{view}:not([hidden])")


def violations(page):
    page.evaluate("Promise.all(document.getAnimations().map(one => one.finished)).then(() => true)")
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(full_views, open_page, scheme):
    for _, page in full_views(color_scheme=scheme):
        assert violations(page) == []
    for view in VIEWS:
        assert violations(open_page(view, color_scheme=scheme)) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_differ(open_page, scheme):
    page = open_page(color_scheme=scheme)
    red, green, blue = map(
        int, re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))[:3]
    )
    assert (red + green + blue > 600) == (scheme == "light")


@pytest.mark.parametrize(
    "viewport",
    [PHONE, ZOOMED, {"width": 320, "height": 640}, {"width": 320, "height": 256}],
    ids=["phone", "zoomed", "small", "zoomed to 400%"],
)
def test_nothing_is_wider_than_the_screen(full_views, viewport):
    for view, page in full_views(viewport=viewport):
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= viewport["width"], view


@pytest.mark.parametrize("viewport", [PHONE, ZOOMED], ids=["phone", "zoomed"])
def test_what_one_works_at_is_not_covered(read_sheet, viewport):
    read_sheet.set_viewport_size(viewport)
    for view, target in (("draw", "#pad"), ("review", "#review-text"), ("review", ".review-picture canvas")):
        show(read_sheet, view)
        read_sheet.locator(target).wait_for()
        shown = read_sheet.locator(target).evaluate(
            """one => {
                const { left, right, top, bottom } = one.getBoundingClientRect();
                return [top + 1, (top + bottom) / 2, bottom - 1].every(
                    y => document.elementFromPoint((left + right) / 2, y) === one);
            }"""
        )
        assert shown, target


def test_what_cannot_be_pressed_can_be_read(open_page):
    for scheme in ("light", "dark"):
        button = open_page("templates", color_scheme=scheme).locator("#template-save")
        ground, letters = (
            button.evaluate("(one, name) => getComputedStyle(one)[name]", name)
            for name in ("backgroundColor", "color")
        )
        assert contrast(ground, letters) > 4  # and then dimmed, as all that cannot be pressed


def test_what_is_chosen_in_a_line_can_be_read(read_sheet):
    for scheme in ("light", "dark"):
        read_sheet.emulate_media(color_scheme=scheme)
        show(read_sheet, "review")
        ground, letters = (
            read_sheet.locator("#review-text").evaluate(
                "(one, name) => getComputedStyle(one, '::selection')[name]", name
            )
            for name in ("backgroundColor", "color")
        )
        assert contrast(ground, letters) > 4.5


def contrast(*colors):
    """The contrast of two opaque colors, as the WCAG has it."""
    light = []
    for color in colors:
        shares = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
        linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
        light.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)
    return max(light) / min(light)


def test_every_target_is_large_enough_for_a_finger(full_views):
    for view, page in full_views(viewport=PHONE, has_touch=True):
        small = page.evaluate(
            """() => [...document.querySelectorAll('button, select, input[type=text], .tabs a, .button')]
                .filter(one => one.checkVisibility() && !one.closest('#template-picture, .list'))
                .map(one => [one.textContent.trim(), one.getBoundingClientRect()])
                .filter(([, box]) => box.height > 0 && Math.min(box.height, box.width) < 24)
                .map(([text]) => text)"""
        )
        assert small == [], view


def test_the_first_load_is_small(open_page, browser, address):
    sizes = []
    context = browser.new_context()
    page = context.new_page()
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    page.goto(address, wait_until="networkidle")
    context.close()
    assert len(sizes) > 5
    assert sum(sizes) <= MOST_BYTES


def test_the_page_runs_under_a_strict_policy(open_page, address):
    page = open_page()
    answer = page.request.get(address)
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    markup = answer.text()
    assert not re.search(
        r"<script(?![^>]*src=)|\son\w+=|\sstyle=|javascript:|https?://(?!www\.w3\.org)", markup
    )


def test_no_module_makes_markup_of_texts() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?://(?!www\.w3\.org/)"
    )
    for module in Path(PAGE_FOLDER).glob("*.js"):
        assert not forbidden.search(module.read_text(encoding="utf-8")), module.name


def test_tabs_have_addresses_and_titles(open_page):
    page = open_page("templates")
    assert page.title() == "Templates · inkdigits"
    page.get_by_role("link", name="Draw", exact=True).click()
    assert page.title() == "Draw a number · inkdigits"
    page.go_back()
    assert page.locator("#view-templates").is_visible()
    assert page.locator(".tabs [aria-current=page]").inner_text() == "Templates"
