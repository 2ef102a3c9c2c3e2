"""The order in which the parts of a page are written."""

import numpy as np
import pytest

from inkdigits.containers import Field, Page, Table
from inkdigits.export.order import degrees_turned, merged_cells, parts_in_order, runs_in_order

UPRIGHT = {"a": (10, 10, 30, 30), "b": (50, 12, 70, 32), "c": (10, 150, 30, 170), "table": (10, 60, 90, 120)}
WIDTH, HEIGHT = 100, 200


def field(text, box):
    return Field("number", text, None, 0.9, "ok" if text else "empty", box=box)


def turned(box, degrees):
    """A box of the upright page as it stands in an image of which the page is read when turned by ``degrees``."""
    left, top, right, bottom = box
    if degrees == 90:
        return HEIGHT - bottom, left, HEIGHT - top, right
    if degrees == 180:
        return WIDTH - right, HEIGHT - bottom, WIDTH - left, HEIGHT - top
    if degrees == 270:
        return top, WIDTH - right, bottom, WIDTH - left
    return box


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_parts_come_as_one_reads_them_on_whichever_side_the_page_lies(degrees):
    boxes = {name: turned(box, degrees) for name, box in UPRIGHT.items()}
    size = (WIDTH, HEIGHT) if degrees % 180 == 0 else (HEIGHT, WIDTH)
    table = Table(((field("1", boxes["table"]),),), box=boxes["table"])
    fields = tuple(field(name, boxes[name]) for name in "abc")
    page = Page(fields=fields, tables=(table,), size=size, steps=("decode", f"turn {degrees}"))
    assert degrees_turned(page) == degrees
    assert list(parts_in_order(page)) == [*fields[:2], table, fields[2]]
    assert list(runs_in_order(page)) == [[list(fields[:2])], table, [[fields[2]]]]


def test_turning_agrees_with_how_numpy_turns_a_page():
    for degrees in (90, 180, 270):
        image = np.zeros((HEIGHT, WIDTH) if degrees == 180 else (WIDTH, HEIGHT), np.uint8)
        left, top, right, bottom = turned(UPRIGHT["b"], degrees)
        image[top:bottom, left:right] = 1
        rows, columns = np.nonzero(np.rot90(image, degrees // 90))
        assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == UPRIGHT["b"]


def test_nothing_is_lost_where_nothing_tells_the_order():
    fields = (field("1", None), field("2", None))
    table = Table((), box=None)
    assert list(parts_in_order(Page(fields=fields, tables=(table,)))) == [*fields, table]
    assert list(runs_in_order(Page(fields=fields, tables=(table,)))) == [[[fields[0]], [fields[1]]], table]
    assert list(runs_in_order(Page())) == []


def test_a_merged_cell_reaches_over_what_has_its_box():
    square, covered, other = (
        field("1", (0, 0, 20, 20)),
        field("", (0, 0, 20, 20)),
        field("2", (20, 0, 30, 10)),
    )
    blank, low = field("", (20, 10, 30, 20)), field("", None)
    table = Table(((square, covered, other), (covered, covered, blank), (low, low, low)))
    assert list(merged_cells(table)) == [
        [(0, 0, 2, 2, square), (0, 2, 1, 1, other)],
        [(1, 2, 1, 1, blank)],
        [(2, 0, 1, 1, low), (2, 1, 1, 1, low), (2, 2, 1, 1, low)],
    ]


def test_what_was_read_twice_in_one_place_is_not_merged():
    one, two = field("1", (0, 0, 20, 20)), field("2", (0, 0, 20, 20))
    assert [cell[4] for row in merged_cells(Table(((one, two),))) for cell in row] == [one, two]
