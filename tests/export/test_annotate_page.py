from itertools import combinations

import cv2
import numpy as np
import pytest
from PIL import ImageColor

from inkdigits.containers import Field, Page, Table
from inkdigits.export import annotate_page
from inkdigits.export.annotate import STATUS_COLORS


def row_of(status, box):
    text = "4" if status in ("ok", "review") else ""
    return (Field("digit", text, None, 0.7, status, box=box),)


def page_of(status, box):
    return Page(tables=(Table((row_of(status, box),)),), source="a/b.png")


def deuteranopic(color):
    """A color as one without green cones sees it, in CIE L*a*b* (Machado, Oliveira and Fernandes 2009, severity 1)."""
    blind = [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(blind @ linear(color), 0, 1) / (0.9505, 1, 1.089)
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def linear(color):
    values = np.array(ImageColor.getrgb(color)) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def test_the_colors_are_far_apart_for_the_color_blind():
    seen = [deuteranopic(color) for color in STATUS_COLORS.values()]
    distances = [float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2)]
    assert min(distances) > 30  # 2 can just be told apart side by side


@pytest.mark.parametrize("status", ["ok", "review", "rejected"])
def test_white_text_on_a_label_can_be_read(status):
    luminance = linear(STATUS_COLORS[status]) @ (0.2126, 0.7152, 0.0722)
    assert 1.05 / (luminance + 0.05) >= 4.5  # as WCAG 2 asks


@pytest.mark.parametrize(
    ("status", "least", "most"), [("ok", 80, 80), ("rejected", 80, 80), ("review", 40, 60), ("empty", 20, 40)]
)
def test_a_cell_is_outlined_in_the_color_and_the_line_of_its_status(status, least, most):
    picture = annotate_page(np.full((400, 300), 235, np.uint8), page_of(status, (50, 60, 150, 160)))
    color = ImageColor.getrgb(STATUS_COLORS[status])
    assert least <= [picture.getpixel((across, 152)) for across in range(60, 140)].count(color) <= most
    assert (picture.getpixel((100, 110)) == color) == (status == "rejected")  # crossed out


def test_a_field_outside_of_tables_is_outlined_and_its_label_leaves_its_ink_free():
    gray = np.full((400, 300), 235, np.uint8)
    gray[100:140, 50:150] = 0
    picture = np.asarray(annotate_page(gray, Page(fields=(row_of("review", (50, 100, 150, 140))[0],))))
    orange = np.all(picture[:400] == ImageColor.getrgb(STATUS_COLORS["review"]), axis=2)
    assert np.all(picture[101:139, 51:149] == 0)
    assert orange[70:97, 47:60].any()
    rows, columns = np.nonzero(orange)
    assert rows.max() in range(140, 147)
    assert columns.max() in range(150, 157)


def test_a_label_at_the_top_of_the_page_stands_under_its_field():
    gray = np.full((400, 300), 235, np.uint8)
    picture = np.asarray(annotate_page(gray, Page(fields=(row_of("ok", (50, 2, 150, 42))[0],))))
    blue = np.all(picture[:400] == ImageColor.getrgb(STATUS_COLORS["ok"]), axis=2)
    assert blue[48:60, 48:50].all()


def test_a_merged_cell_counts_once_and_a_field_without_a_box_too():
    box = (50, 60, 150, 160)
    merged = Page(
        fields=(row_of("ok", None)[0],), tables=(Table((row_of("ok", box) + row_of("empty", box),)),)
    )
    alone = Page(fields=(row_of("ok", None)[0],), tables=(Table((row_of("ok", box),)),))
    gray = np.full((400, 300), 235, np.uint8)
    assert annotate_page(gray, merged).tobytes() == annotate_page(gray, alone).tobytes()


def test_large_pages_are_shrunk_and_their_boxes_with_them():
    picture = annotate_page(np.full((4000, 3000), 235, np.uint8), page_of("ok", (1500, 2000, 2500, 3000)))
    assert picture.size[0] == 1200
    green = np.all(np.asarray(picture)[:1600] == ImageColor.getrgb(STATUS_COLORS["ok"]), axis=2)
    rows, columns = np.nonzero(green)
    assert (rows.min() >= 800, rows.max() <= 1200, columns.min() >= 600, columns.max() <= 1000) == (True,) * 4


def test_the_smallest_page_and_a_cell_of_one_pixel():
    picture = annotate_page(np.zeros((1, 1), np.uint8), page_of("review", (0, 0, 1, 1)))
    assert picture.width > 100


@pytest.mark.parametrize("text", ["7", "12.5", "162.50"])
def test_the_label_of_a_box_that_stands_upright_is_no_wider_than_the_box(text):
    left, top, right, _ = box = (100, 100, 144, 220)  # on a page that lies on its side
    field = Field("number", text, None, 0.95, "ok", box=box)
    picture = np.asarray(
        annotate_page(np.full((300, 300), 255, np.uint8), Page(fields=(field,), size=(300, 300)))
    )
    columns = np.flatnonzero((picture[: top - 4] != 255).any(axis=(0, 2)))
    assert left - 4 <= columns.min() < columns.max() <= right + 4


def test_a_form_s_field_has_its_label_inside_and_a_page_of_another_form_says_so():
    image = np.full((200, 400), 240, np.uint8)
    field = Field("number", "42", 42, 0.99, "ok", box=(100, 80, 300, 160), name="mark")
    drawn = np.asarray(annotate_page(image, Page(fields=(field,))))
    assert (drawn[:78, :400] == 240).all()  # nothing above the field, where its neighbor is
    counts, mismatch = (
        np.asarray(annotate_page(image, Page(steps=("decode", "register", *steps))))[200:]
        for steps in ((), ("mismatch",))
    )
    assert not np.array_equal(counts, mismatch)


@pytest.mark.parametrize(
    ("written", "corner"),
    [(None, (50, 60)), ((105, 55), (50, 60)), ((45, 55), (150, 60)), ((45, 105), (50, 60))],
    ids=["nothing", "to the right", "to the left", "below"],
)
def test_a_label_stands_in_a_corner_where_nothing_is_written(written, corner):
    image = np.full((400, 300), 235, np.uint8)
    if written is not None:
        x, y = written
        image[y : y + 50, x : x + 50] = 20
    picture = np.asarray(annotate_page(image, page_of("ok", (50, 60, 150, 160))))[:300]
    blue = (picture == ImageColor.getrgb(STATUS_COLORS["ok"])).all(axis=-1)
    rows, columns = np.nonzero(cv2.erode(blue.astype(np.uint8), np.ones((4, 4), np.uint8)))
    assert abs(columns.mean() - corner[0]) < 25
    assert abs(rows.mean() - corner[1]) < 30
