"""Pages that hold no numbers, or are hardly pages: an empty reading or one clear error, and never a guess."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from inkdigits import Reader
from inkdigits.errors import ImageError


@pytest.fixture(scope="module")
def reader():
    return Reader()


def encode(picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def page_of_text():
    page = np.full((1200, 900), 240, np.uint8)
    for line in range(18):
        words = "the quick brown fox jumps over it"
        cv2.putText(page, words, (60, 90 + 60 * line), cv2.FONT_HERSHEY_COMPLEX, 1.2, 40, 2, cv2.LINE_AA)
    return page


def landscape():
    """Soft tones and many edges, as in a photo of anything."""
    random = np.random.default_rng(11)
    coarse = random.normal(128, 60, (40, 30)).astype(np.float32)
    fine = random.normal(0, 12, (800, 600)).astype(np.float32)
    return np.clip(cv2.resize(coarse, (600, 800), interpolation=cv2.INTER_CUBIC) + fine, 0, 255).astype(
        np.uint8
    )


@pytest.mark.parametrize(
    "page",
    [
        np.full((1200, 900), 255, np.uint8),
        np.zeros((1200, 900), np.uint8),
        np.full((1, 1), 255, np.uint8),
        np.zeros((1, 1), np.uint8),
        np.full((1, 60_000), 255, np.uint8),
        np.full((60_000, 30), 200, np.uint8),
        np.tile(np.array([[0, 255]], np.uint8), (20, 4000)),
        landscape(),
        np.random.default_rng(2).integers(0, 256, (700, 500), np.uint8),
    ],
    ids=["blank", "black", "1x1", "black 1x1", "a line", "a ribbon", "stripes", "landscape", "noise"],
)
def test_what_holds_no_table_is_an_empty_reading(reader, page):
    read = reader.read_page(page)
    assert read.tables == ()
    assert read.size == page.shape[::-1]


def test_a_page_of_text_alone_has_no_table(reader):
    assert reader.read_page(page_of_text()).tables == ()


def page_with_table():
    page = np.full((420, 620), 235, np.uint8)
    for row, line in enumerate([["1", "24", ""], ["7", "", "58"]]):
        for column, text in enumerate(line):
            left, top = 100 + 130 * column, 120 + 90 * row
            cv2.rectangle(page, (left, top), (left + 130, top + 90), 70, 2)
            cv2.putText(page, text, (left + 35, top + 62), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 30, 3, cv2.LINE_AA)
    return page


PAGE = page_with_table()
RGB = Image.fromarray(np.dstack([PAGE, PAGE, np.minimum(PAGE, 225)]))
SIXTEEN_BIT = cv2.imencode(".png", np.dstack([PAGE.astype(np.uint16) * 257] * 3))[1].tobytes()


@pytest.mark.parametrize(
    "data",
    [
        encode(RGB.convert("CMYK"), "JPEG", quality=92),
        encode(RGB.convert("CMYK"), "TIFF"),
        encode(RGB.convert("P", palette=Image.Palette.ADAPTIVE), "PNG"),
        encode(RGB.convert("P", palette=Image.Palette.ADAPTIVE), "PNG", transparency=0),
        encode(RGB, "GIF", save_all=True, append_images=[Image.new("RGB", RGB.size)]),
        encode(RGB, "PNG", save_all=True, append_images=[Image.new("RGB", RGB.size)]),
        encode(RGB, "WEBP", save_all=True, append_images=[Image.new("RGB", RGB.size)], quality=92),
        encode(Image.fromarray(PAGE.astype(np.uint16) * 257), "PNG"),
        encode(Image.fromarray(PAGE.astype(np.uint16) * 257), "TIFF"),
        encode(Image.fromarray(PAGE.astype(np.int32) * 257), "TIFF"),
        SIXTEEN_BIT,
        encode(RGB.convert("L").convert("1", dither=Image.Dither.NONE), "TIFF", compression="group4"),
        encode(RGB.convert("LAB"), "TIFF"),
        encode(RGB.convert("YCbCr"), "TIFF"),
        encode(RGB.convert("RGBA"), "WEBP", lossless=True),
    ],
    ids=[
        *(
            "CMYK JPEG",
            "CMYK TIFF",
            "palette",
            "see-through palette",
            "animated GIF",
            "animated PNG",
            "animated WebP",
        ),
        *("16-bit PNG", "16-bit TIFF", "32-bit TIFF", "16-bit RGB", "fax", "LAB", "YCbCr", "RGBA"),
    ],
)
def test_however_the_pixels_are_stored_the_table_is_the_same(reader, data):
    (table,) = reader.read_page(data, "number").tables
    assert [[field.text for field in row] for row in table.cells] == [["1", "24", ""], ["7", "", "58"]]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            encode(Image.new("1", (20_000, 20_000)), "PNG"),
            "has too many pixels; at most 120 million are read",
        ),
        (encode(Image.new("1", (12_000, 12_000)), "PNG"), "has 12000 x 12000 pixels; at most 120 million"),
        *((encode(RGB, kind)[:3000], "is a damaged image") for kind in ("PNG", "JPEG", "TIFF", "BMP", "PPM")),
        (encode(RGB, "GIF")[:3000], "is a damaged image"),
        (encode(RGB, "WEBP")[:1500], "is a damaged image"),
    ],
)
def test_what_cannot_be_decoded_is_one_clear_line(reader, data, message):
    with pytest.raises(ImageError, match=message) as caught:
        reader.read_page(data)
    assert "\n" not in str(caught.value)
