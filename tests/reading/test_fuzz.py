"""The way in under fuzz: whatever the bytes are, they decode, or an ImageError of one line says why not.

Examples are the same on every run. What is generated is small, so a slow example is a hang.
"""

import io
import time
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some
from PIL import Image

from inkdigits.errors import ImageError
from inkdigits.reading import decode_gray, open_document, pdf_worker

STEADY = settings(derandomize=True, database=None, deadline=None, max_examples=150)
MOST_SECONDS = 10
MOST_PAGES = 3
STARTS = [
    b"",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"II*\0\x08\0\0\0",
    b"MM\0*",
    b"RIFF\x40\0\0\0WEBP",
    b"GIF89a",
]
STARTS += [b"BM", b"P6 ", b"II+\0\x08\0\0\0", b"\0\0\0\x18ftypheic"]


def encode(kind: str, **options: object) -> bytes:
    tones = np.add.outer(np.arange(24), np.arange(32)) * 4
    picture = Image.fromarray(np.dstack([tones, tones[::-1], 255 - tones]).astype(np.uint8))
    buffer = io.BytesIO()
    picture.convert(str(options.pop("mode", "RGB"))).save(buffer, kind, **options)
    return buffer.getvalue()


SEEDS = {
    "png": encode("PNG"),
    "palette": encode("PNG", mode="P"),
    "jpeg": encode("JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"),
    "tiff": encode("TIFF", save_all=True, append_images=[Image.new("L", (9, 5))] * 2),
    "packed tiff": encode("TIFF", compression="tiff_lzw"),
    "webp": encode("WEBP"),
    "animated webp": encode("WEBP", save_all=True, append_images=[Image.new("RGB", (32, 24))]),
    "gif": encode("GIF", save_all=True, append_images=[Image.new("RGB", (32, 24), "red")]),
    "bmp": encode("BMP"),
    "ppm": encode("PPM"),
}
try:
    import pillow_heif
except ImportError:  # the extra is not installed
    pass
else:
    heic = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 48), "gray")).save(heic)
    SEEDS["heic"] = heic.getvalue()


@some.composite
def damaged(draw: some.DrawFn, data: bytes) -> bytes:
    """Give ``data`` with some bytes changed, a part taken out or put twice, or its end cut off."""
    broken = bytearray(data)
    for _ in range(draw(some.integers(0, 6))):
        place = draw(some.integers(0, len(broken) - 1))
        broken[place] = draw(some.one_of(some.sampled_from([0, 1, 0x7F, 0x80, 0xFF]), some.integers(0, 255)))
    if draw(some.booleans()):
        start, length = draw(some.integers(0, len(broken))), draw(some.integers(0, 64))
        part = broken[start : start + length]
        broken[start : start + length] = part * draw(some.sampled_from([0, 2]))
    if draw(some.integers(0, 3)) == 0:
        del broken[draw(some.integers(1, len(data))) :]
    return bytes(broken)


def read_all(data: bytes) -> None:
    """Read bytes as an image and as a document, and check what comes out, in time."""
    start = time.monotonic()
    for grays in (decoded(data), pages(data)):
        wrong = ""
        try:
            for gray in grays:
                assert gray.dtype == np.uint8
                assert gray.ndim == 2
                assert gray.size > 0
        except ImageError as error:
            wrong = str(error)
        assert "\n" not in wrong
    assert time.monotonic() - start < MOST_SECONDS


def decoded(data: bytes) -> Iterator[np.ndarray]:
    yield decode_gray(data)


def pages(data: bytes) -> Iterator[np.ndarray]:
    with open_document(data) as document:
        for number in range(1, min(len(document), MOST_PAGES) + 1):
            yield document.page(number)


@STEADY
@given(some.builds(bytes.__add__, some.sampled_from(STARTS), some.binary(max_size=200)))
@example(b"")
def test_any_bytes(data: bytes) -> None:
    read_all(data)


@pytest.mark.parametrize("seed", SEEDS)
@settings(STEADY, max_examples=60)
@given(data=some.data())
def test_damaged_pictures(seed: str, data: some.DataObject) -> None:
    read_all(data.draw(damaged(SEEDS[seed])))


@STEADY
@given(data=some.data())
def test_damaged_pdfs_in_the_worker(make_pdf, pdf_table, data: some.DataObject) -> None:
    pdf = make_pdf([pdf_table([["1", "2"]]), b"BT /H 20 Tf 9 9 Td (7) Tj ET"], box=b"0 0 90 90")
    start = time.monotonic()
    try:
        document = pdf_worker.open_pdf(io.BytesIO(data.draw(damaged(pdf))))
        for number in range(1, min(len(document), MOST_PAGES) + 1):
            width, height, pixels = pdf_worker.render_page(document, number)
            assert len(pixels) == 3 * width * height
            assert width * height <= pdf_worker.MAX_RENDERED_PIXELS
    except pdf_worker.UnreadablePdfError:
        pass
    assert time.monotonic() - start < MOST_SECONDS


@settings(STEADY, max_examples=12)
@given(data=some.data())
def test_damaged_pdfs_all_the_way(make_pdf, data: some.DataObject) -> None:
    read_all(data.draw(damaged(make_pdf([b"9 9 m 60 60 l S"], box=b"0 0 90 90"))))
