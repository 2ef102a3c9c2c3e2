import numpy as np
import pytest
from PIL import ImageColor

from inkdigits.containers import Field, Page, Table
from inkdigits.export import annotate_page, stack_pictures
from inkdigits.export.annotate import STATUS_COLORS


def page_of(status, box):
    text = "4" if status in ("ok", "review") else ""
    row = (Field("digit", text, None, 0.7, status, box=box),)
    return Page(tables=(Table((row,)),), source="a/b.png")


@pytest.mark.parametrize("status", sorted(STATUS_COLORS))
def test_a_cell_is_outlined_in_the_color_of_its_status(status):
    picture = annotate_page(np.full((400, 300), 235, np.uint8), page_of(status, (50, 60, 150, 160)))
    color = ImageColor.getrgb(STATUS_COLORS[status])
    outline = [picture.getpixel((across, 152)) for across in range(60, 140)]
    assert outline.count(color) > 70


def test_large_pages_are_shrunk_and_their_boxes_with_them():
    picture = annotate_page(np.full((4000, 3000), 235, np.uint8), page_of("ok", (1500, 2000, 2500, 3000)))
    assert picture.size[0] == 1200
    green = np.all(np.asarray(picture)[:1600] == ImageColor.getrgb(STATUS_COLORS["ok"]), axis=2)
    rows, columns = np.nonzero(green)
    assert (rows.min() >= 800, rows.max() <= 1200, columns.min() >= 600, columns.max() <= 1000) == (True,) * 4


def test_the_smallest_page_and_a_cell_of_one_pixel():
    picture = annotate_page(np.zeros((1, 1), np.uint8), page_of("review", (0, 0, 1, 1)))
    assert picture.width > 100


def test_pages_stand_one_under_the_other():
    one = annotate_page(np.full((100, 80), 235, np.uint8), Page())
    both = stack_pictures([one, one])
    assert (both.width, both.height > 2 * one.height) == (one.width, True)
