import gc
import io
import sys
import time
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from inkdigits.errors import ImageError, MissingExtraError, UsageError
from inkdigits.reading import open_document, pdf, pdf_worker
from inkdigits.reading.decode import decode_gray


def encode(*pictures, kind="TIFF", **options):
    buffer = io.BytesIO()
    first, *rest = (
        picture if isinstance(picture, Image.Image) else Image.fromarray(picture) for picture in pictures
    )
    first.save(buffer, kind, **({"save_all": True, "append_images": rest} if rest else {}), **options)
    return buffer.getvalue()


def stream(data, entries=b""):
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(data), entries, data)


def black_squares(count):
    """A content stream of so many squares of 72 by 72 points, in a row along the bottom of the page."""
    return b" ".join(b"%d 0 72 72 re f" % (144 * index) for index in range(count))


def test_a_pdf_has_its_pages_in_order(make_pdf, tmp_path):
    data = make_pdf([black_squares(number) for number in (1, 2, 3)])
    path = tmp_path / "~\xe9t\xe9.pdf"
    path.write_bytes(b"\n\n" + data)  # some programs write before the PDF begins
    for source in (data, path, str(path), io.BytesIO(data)):
        with open_document(source) as document:
            assert len(document) == 3
            grays = [document.page(number) for number in (3, 1, 2)]
        assert [gray.shape for gray in grays] == [(3300, 2550)] * 3  # 300 dots an inch
        assert [round((gray < 128).sum() / 300**2, 2) for gray in grays] == [3, 1, 2]
        assert all(gray.dtype == np.uint8 and gray.max() == 255 for gray in grays)


def test_a_pdf_page_stands_as_its_rotation_says(make_pdf):
    with open_document(make_pdf([black_squares(1)], entries=b"/Rotate 90")) as document:
        gray = document.page(1)
    assert gray.shape == (2550, 3300)
    assert gray[:250, :250].max() < 128  # the bottom left corner, turned clockwise


def test_what_is_typed_into_a_form_shows(make_pdf):
    look = stream(b"0 0 100 50 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 100 50]")
    entry = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(12)/F 4/Rect[0 0 100 50]/AP<</N 4 0 R>>>>"
    data = make_pdf([b""], more=[look, entry], entries=b"/Annots[5 0 R]")
    data = data.replace(b"/Type/Catalog/Pages 2 0 R", b"/Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]>>")
    with open_document(data) as document:
        assert document.page(1)[-150:, :350].mean() < 10


@pytest.mark.parametrize(
    ("box", "size"),
    [
        (b"0 0 1000000 1000000", (4000, 4000)),
        (b"0 0 1 100000", (1, 30000)),
        (b"0 0 0.001 0.001", (1, 1)),
        (b"0 0 1e30 1e30", (2550, 3300)),  # as no page at all: letter size
    ],
)
def test_no_page_is_rendered_too_large(make_pdf, box, size):
    with open_document(make_pdf(box=box)) as document:
        assert document.page(1).shape[::-1] == size


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"contents": []}, "is a PDF without pages"),
        (
            {
                "trailer": b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O(%s)/U(%s)>>/ID[(a)(a)]"
                % (b"o" * 32, b"u" * 32)
            },
            "is encrypted; save it without",
        ),
    ],
)
def test_a_pdf_that_does_not_open_is_one_clear_line(make_pdf, change, message):
    with pytest.raises(ImageError, match=f"^scan.pdf {message}") as caught:
        open_document(make_pdf(**change), name="scan.pdf")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("length", [9, 100, 400])
def test_a_cut_off_pdf_is_damaged(make_pdf, length):
    with pytest.raises(ImageError, match="is a damaged PDF"):
        open_document(make_pdf([black_squares(1)])[:length])


def test_a_page_that_is_not_there_leaves_the_others(make_pdf):
    with open_document(make_pdf([b"", b""], count=1_000_000), name="scan.pdf") as document:
        assert len(document) == 1_000_000
        with pytest.raises(ImageError, match=r"^page 500000 of scan\.pdf is damaged or missing$"):
            document.page(500_000)
        assert document.page(2).mean() == 255


@pytest.mark.parametrize("number", [0, -1, 3])
def test_a_number_beyond_the_pages_is_bad_usage(make_pdf, number):
    with open_document(make_pdf([b"", b""])) as document, pytest.raises(UsageError, match="has 2 pages"):
        document.page(number)


def test_a_page_with_a_giant_picture_is_refused(make_pdf):
    entries = b"/Type/XObject/Subtype/Image/Width 20000/Height 20000/BitsPerComponent 8/ColorSpace/DeviceGray"
    data = make_pdf(
        [b"612 0 0 792 0 0 cm /I Do"], more=[stream(b"", entries)], resources=b"/XObject<</I 4 0 R>>"
    )
    with open_document(data) as document, pytest.raises(ImageError, match="picture of 20000 x 20000 pixels"):
        document.page(1)


def nested_forms(make_pdf, depth):
    """A PDF whose second page draws a line 10 ** depth times, by forms that draw forms."""
    forms = []
    for number in range(depth):
        inner = b"/F%d Do " % (5 + number)
        is_last = number == depth - 1
        resources = b"" if is_last else b"/Resources<</XObject<</F%d %d 0 R>>>>" % (5 + number, 5 + number)
        form = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]" + resources
        forms.append(stream(b"9 9 m 500 700 l S " if is_last else inner * 10, form))
    return make_pdf([b"", b"/F4 Do " * 10, b""], more=forms, resources=b"/XObject<</F4 4 0 R>>")


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not bound a process's memory")
def test_a_page_that_fills_the_memory_is_given_up_and_the_next_is_read(make_pdf, monkeypatch):
    monkeypatch.setattr(pdf, "MAX_MEMORY_BYTES", 250 << 20)
    with open_document(nested_forms(make_pdf, 7), name="bomb.pdf") as document:
        assert document.page(1).mean() == 255
        with pytest.raises(ImageError, match=r"^page 2 of bomb\.pdf is damaged, or needs too much memory"):
            document.page(2)
        assert document.page(3).mean() == 255


def test_a_page_that_takes_too_long_is_given_up_and_the_next_is_read(make_pdf, monkeypatch):
    with open_document(nested_forms(make_pdf, 5), name="bomb.pdf") as document:
        monkeypatch.setattr(pdf, "MAX_SECONDS", 0.4)
        start = time.monotonic()
        with pytest.raises(ImageError, match=r"^page 2 of bomb\.pdf takes more than 0\.4 seconds to render"):
            document.page(2)
        assert time.monotonic() - start < 5
        monkeypatch.setattr(pdf, "MAX_SECONDS", 60)
        assert document.page(3).mean() == 255


def test_thousands_of_objects_are_drawn(make_pdf):
    crosses = b"".join(b"%d %d m %d %d l S " % (i % 600, 9, (7 * i) % 600, 780) for i in range(2000))
    with open_document(make_pdf([crosses])) as document:
        assert document.page(1).mean() < 200


def test_of_ten_thousand_pages_none_is_held(make_pdf, monkeypatch):
    monkeypatch.setattr(pdf, "_PAGES_A_PROCESS", 2)
    data = make_pdf([b""] * 9999 + [black_squares(1)], box=b"0 0 72 72")
    tracemalloc.start()
    start = time.monotonic()
    with open_document(data) as document:
        assert len(document) == 10_000
        assert document.page(1).mean() == 255
        assert time.monotonic() - start < 15
        for number in range(2, 7):
            document.page(number)
        assert document.page(10_000).mean() < 10
    assert tracemalloc.get_traced_memory()[1] < 2 * len(data) + 4_000_000
    tracemalloc.stop()


def test_closing_ends_the_process(make_pdf):
    pages = pdf.PdfPages(make_pdf(), "scan.pdf")
    process = pages._process
    assert process.poll() is None
    pages.close()
    assert process.poll() is not None
    assert pages.page(1).shape == (3300, 2550, 3)  # and a new one is started where there is need of it
    pages.close()


def test_a_process_that_died_is_replaced(make_pdf):
    with open_document(make_pdf([b"", b""])) as document:
        document.page(1)
        document._pages._process.kill()
        assert document.page(2).mean() == 255


def test_the_worker_draws_in_this_process_as_in_its_own(make_pdf):
    data = make_pdf([black_squares(2)], box=b"0 0 101 101")  # rows that are no multiple of four bytes
    width, height, pixels = pdf_worker.render_page(pdf_worker.open_pdf(io.BytesIO(data)), 1)
    with open_document(data) as document:
        own = np.frombuffer(pixels, np.uint8).reshape(height, width, 3)
        np.testing.assert_array_equal(document.page(1), decode_gray(own))


RAMP = np.arange(0, 240, 2, dtype=np.uint8).reshape(10, 12)


def test_a_tiff_has_its_pages(tmp_path):
    data = encode(RAMP, Image.fromarray(RAMP > 100), np.dstack([RAMP.T] * 3))
    path = tmp_path / "scan.tif"
    path.write_bytes(data)
    for source in (data, path):
        with open_document(source) as document:
            assert len(document) == 3
            np.testing.assert_array_equal(document.page(3), RAMP.T)
            np.testing.assert_array_equal(document.page(1), RAMP)
            np.testing.assert_array_equal(document.page(2), (RAMP > 100) * np.uint8(255))


def test_a_preview_in_a_tiff_is_no_page():
    preview = Image.fromarray(RAMP[::2, ::2].copy())
    preview.encoderinfo = {"tiffinfo": {254: 1}}
    with open_document(encode(RAMP, preview, RAMP.T.copy())) as document:
        assert len(document) == 2
        assert document.page(2).shape == RAMP.T.shape


def test_each_page_of_a_tiff_stands_as_its_orientation_says():
    turned = Image.Exif()
    turned[0x0112] = 6
    with open_document(encode(RAMP, RAMP, exif=turned)) as document:
        assert [document.page(number).shape for number in (1, 2)] == [(12, 10)] * 2


def test_a_cut_off_tiff_gives_the_pages_before():
    random = np.random.default_rng(3).integers(0, 255, (3, 40, 40), np.uint8)
    data = encode(*random)
    with open_document(data[: len(data) // 2], name="scan.tif") as document:
        np.testing.assert_array_equal(document.page(1), random[0])
        with pytest.raises(ImageError, match=r"^page 2 of scan\.tif is a damaged image"):
            document.page(2)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_what_moves_the_first_frame_is_the_page(kind):
    frames = [Image.fromarray(np.full((20, 30), tone, np.uint8)) for tone in (20, 120, 220)]
    with open_document(encode(*frames, kind=kind)) as document:
        assert len(document) == 1
        assert abs(document.page(1).mean() - 20) < 3


def test_any_image_is_a_document_of_one_page(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(encode(RAMP, kind="PNG"))
    for source in (RAMP, Image.fromarray(RAMP), path, path.read_bytes()):
        with open_document(source) as document:
            assert len(document) == 1
            np.testing.assert_array_equal(document.page(1), RAMP)


def test_a_heic_photo_is_decoded_and_turned_upright(tmp_path):
    import pillow_heif

    gray = np.full((64, 96), 255, np.uint8)
    gray[:32] = 0
    turned = Image.Exif()
    turned[0x0112] = 6
    path = tmp_path / "photo.heic"
    pillow_heif.from_pillow(Image.fromarray(gray).convert("RGB")).save(
        path, exif=turned.tobytes(), quality=90
    )
    for decoded in (decode_gray(path), decode_gray(path.read_bytes())):
        assert decoded.shape == (96, 64)
        assert decoded[:, 40:].mean() < 10
        assert decoded[:, :24].mean() > 245
    with pytest.raises(ImageError, match="is a damaged image"):
        decode_gray(path.read_bytes()[:-200])


def test_a_heic_photo_that_claims_a_giant_size_is_damaged():
    import pillow_heif

    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 48))).save(buffer)
    data = buffer.getvalue()
    place = data.index(b"ispe") + 8  # where width and height are, four bytes each
    for size in (0x7FFFFFFF, 0x01000000):
        with pytest.raises(ImageError, match=r"damaged|pixels"):
            decode_gray(data[:place] + size.to_bytes(4, "big") + data[place + 4 :])


def test_a_heic_photo_without_the_extra_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'inkdigits\[heic\]'"):
        decode_gray(b"\0\0\0\x18ftypheic\0\0\0\0")


@pytest.mark.parametrize("source", [b"", b"nothing", b"%PDF-1.7 nothing", encode(RAMP)[:20], 42])
def test_a_bad_source_is_told_when_it_is_opened(source):
    with pytest.raises(ImageError) as caught:
        open_document(source)
    assert "\n" not in str(caught.value)


def test_a_pdf_given_as_an_image_says_how_to_read_it(make_pdf):
    with pytest.raises(
        ImageError, match="is a PDF, which has pages: read it with read_pages, or with --page"
    ):
        decode_gray(make_pdf())


def test_a_source_that_does_not_open_leaves_no_file_open(tmp_path):
    path = tmp_path / "bad.png"
    path.write_bytes(b"nothing")
    with pytest.raises(ImageError):
        open_document(path)
    gc.collect()  # a file that is still open would warn, and warnings are errors
