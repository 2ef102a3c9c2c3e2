import time

import cv2
import numpy as np
import pytest

from inkdigits.reading.tables import find_grids

ROWS, COLUMNS, CELL = 6, 4, 90


def draw(rows=ROWS, columns=COLUMNS, left=120, top=150, size=(900, 700), framed=True):
    """A page with one table, and where its rules cross: (rows + 1, columns + 1, 2)."""
    page = np.full(size, 235, np.uint8)
    right, bottom = left + columns * CELL, top + rows * CELL
    for row in range(rows + 1):
        cv2.line(page, (left, top + row * CELL), (right, top + row * CELL), 60, 2)
    for column in range(columns + 1) if framed else range(1, columns):
        cv2.line(page, (left + column * CELL, top), (left + column * CELL, bottom), 60, 2)
    x, y = np.meshgrid(left + CELL * np.arange(columns + 1), top + CELL * np.arange(rows + 1))
    return page, np.stack([x, y], axis=-1).astype(np.float32)


def shapes(page):
    return [grid.merged.shape for grid in find_grids(page)]


def test_the_crossings_of_a_scan_are_found_to_the_pixel():
    page, crossings = draw()
    (grid,) = find_grids(page)
    assert grid.merged.shape == (ROWS, COLUMNS)
    assert len(np.unique(grid.merged)) == ROWS * COLUMNS
    assert np.abs(grid.corners - crossings).max() < 2


@pytest.mark.parametrize("quarters", range(4))
def test_a_photo_at_an_angle_in_shadow_on_any_side(quarters):
    page, crossings = draw()
    source = np.array([(0, 0), (700, 0), (700, 900), (0, 900)], np.float32)
    target = np.array([(130, 60), (690, 10), (780, 980), (20, 880)], np.float32)
    homography = cv2.getPerspectiveTransform(source, target)
    photo = cv2.warpPerspective(page, homography, (800, 1000), borderValue=70)
    photo[:, :380] //= 2
    photo = cv2.GaussianBlur(photo, (0, 0), 0.8)
    turned = np.ascontiguousarray(np.rot90(photo, quarters))
    (grid,) = find_grids(turned)
    expected = cv2.perspectiveTransform(crossings.reshape(1, -1, 2), homography).reshape(crossings.shape)
    if quarters == 0:
        assert np.abs(grid.corners - expected).max() < 4
    assert grid.turned(4 - quarters).merged.shape == (ROWS, COLUMNS)


def test_rules_on_curved_paper_are_followed():
    page, crossings = draw()
    x, y = np.meshgrid(np.arange(700, dtype=np.float32), np.arange(900, dtype=np.float32))
    bulge = 12 * np.sin(np.linspace(0, np.pi, 700, dtype=np.float32))
    (grid,) = find_grids(cv2.remap(page, x, y + bulge, cv2.INTER_LINEAR, borderValue=235))
    assert grid.merged.shape == (ROWS, COLUMNS)
    expected = crossings[..., 1] - bulge[crossings[0, :, 0].astype(int)]
    assert np.abs(grid.corners[..., 1] - expected).max() < 3


def test_cells_without_a_rule_between_them_are_one():
    page, crossings = draw()
    left, top = crossings[0, 1].astype(int)
    page[top + 4 : top + CELL - 4, left + CELL - 4 : left + CELL + 4] = (
        235  # columns 1 and 2 of the first row
    )
    cv2.putText(page, "888", (left + 50, top + 65), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 30, 4)
    (grid,) = find_grids(page)
    assert grid.merged.shape == (ROWS, COLUMNS)
    assert grid.merged[0, 1] == grid.merged[0, 2]
    assert len(np.unique(grid.merged)) == ROWS * COLUMNS - 1


def test_a_table_may_be_open_at_its_sides():
    page, _ = draw(framed=False)
    assert shapes(page) == [(ROWS, COLUMNS)]


def test_a_row_of_boxes_is_a_table():
    page, _ = draw(rows=1, columns=6, left=80)
    assert shapes(page) == [(1, 6)]


def test_two_tables_and_a_title_that_belongs_to_neither():
    page, _ = draw(rows=2)
    second, _ = draw(rows=3, top=500)
    both = np.minimum(page, second)
    cv2.putText(both, "Results of the week", (125, 138), cv2.FONT_HERSHEY_DUPLEX, 1.1, 30, 2)
    assert sorted(shapes(both)) == [(2, COLUMNS), (3, COLUMNS)]


def test_two_by_two_cells_with_broad_rules():
    page = np.full((2000, 1500), 235, np.uint8)
    for left in (500, 650):
        for top in (700, 880):
            cv2.rectangle(page, (left, top), (left + 150, top + 180), 50, 9)
    assert shapes(page) == [(2, 2)]


def test_a_flat_table_has_a_rule_in_one_row_alone():
    page, _ = draw(rows=2, columns=9, left=60, size=(500, 1000))
    merged = page.copy()
    merged[155:236, 60 + 8 * CELL - 5 : 60 + 8 * CELL + 6] = 235  # in the first row
    merged[245:326, 60 + 7 * CELL - 5 : 60 + 7 * CELL + 6] = 235  # in the second
    (grid,) = find_grids(merged)
    assert grid.merged.shape == (2, 9)
    assert grid.merged[0, 7] == grid.merged[0, 8]
    assert grid.merged[1, 6] == grid.merged[1, 7]


def text_page():
    page = np.full((1200, 900), 240, np.uint8)
    for line in range(22):
        cv2.putText(
            page, "no table 1234 in all this", (60, 60 + 50 * line), cv2.FONT_HERSHEY_SIMPLEX, 1.4, 30, 2
        )
    return page


def landscape():
    random = np.random.default_rng(3)
    clouds = cv2.resize(random.normal(128, 50, (12, 9)), (900, 1200), interpolation=cv2.INTER_CUBIC)
    return np.clip(clouds + random.normal(0, 6, clouds.shape), 0, 255).astype(np.uint8)


NO_TABLE = {
    "blank": lambda: np.full((1000, 800), 255, np.uint8),
    "black": lambda: np.zeros((1000, 800), np.uint8),
    "one pixel": lambda: np.zeros((1, 1), np.uint8),
    "one row": lambda: np.full((1, 4000), 200, np.uint8),
    "text alone": text_page,
    "landscape": landscape,
    "noise": lambda: np.random.default_rng(1).integers(0, 256, (1500, 1500), dtype=np.uint8),
    "wide noise": lambda: np.random.default_rng(2).integers(0, 256, (200, 20_000), dtype=np.uint8),
    "a frame": lambda: cv2.rectangle(np.full((900, 700), 240, np.uint8), (90, 90), (600, 700), 20, 3),
}


@pytest.mark.parametrize("name", NO_TABLE)
def test_what_holds_no_table_gives_none_and_soon(name):
    picture = NO_TABLE[name]()
    start = time.perf_counter()
    assert find_grids(picture) == []
    assert time.perf_counter() - start < 10


def test_a_table_in_a_very_wide_image():
    page, _ = draw(rows=2, columns=3, top=10, left=30, size=(200, 320))
    wide = np.full((200, 20_000), 235, np.uint8)
    wide[:, 9000:9320] = page
    (grid,) = find_grids(wide)
    assert grid.merged.shape == (2, 3)
    assert 9000 < grid.corners[..., 0].min() < grid.corners[..., 0].max() < 9320
