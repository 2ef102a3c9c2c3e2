from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from inkdigits import Reader
from inkdigits.containers import Field
from inkdigits.errors import ImageError, UsageError
from inkdigits.reading import Classifier, StatusThresholds, decode_gray
from inkdigits.reading.digits import AskedField
from inkdigits.reading.options import ValueOptions

PHOTOS = sorted((Path(__file__).parents[2] / "examples" / "photos").glob("digit-*.jpg"))


@pytest.fixture(scope="module")
def reader():
    return Reader()


def test_the_sample_photos_are_read(reader):
    fields = reader.read_fields(PHOTOS, kind="digit")
    assert [field.text for field in fields] == [path.stem[-1] for path in PHOTOS]
    assert len(PHOTOS) == 9


def test_a_field_says_everything(reader):
    field = reader.read_field(PHOTOS[4], kind="digit")
    assert (field.kind, field.text, field.value, field.status) == ("digit", "5", 5, "ok")
    assert 0.9 <= field.confidence <= 1
    assert len(field.alternatives) == 3
    assert field.alternatives[0].confidence < 0.1
    height, width = decode_gray(PHOTOS[4]).shape
    left, top, right, bottom = field.box
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert field.symbols[0].box == field.box
    assert Field.from_dict(field.to_dict()) == field


def test_every_kind_of_source_reads_alike(reader):
    path = PHOTOS[1]
    gray = decode_gray(path)
    sources = [path, str(path), path.read_bytes(), Image.open(path), gray]
    assert {field.text for field in reader.read_fields(sources, kind="digit")} == {"2"}


def test_light_ink_reads_like_dark_ink(reader):
    for path in PHOTOS:
        gray = decode_gray(path)
        assert reader.read_field(255 - gray, "digit").text == reader.read_field(gray, "digit").text


def test_no_images_give_no_fields(reader):
    assert reader.read_fields([]) == []


def test_bare_paper_is_empty(reader):
    field = reader.read_field(np.full((50, 40), 200, np.uint8), kind="digit")
    assert (field.text, field.value, field.status) == ("", None, "empty")


def test_an_empty_field_among_others_keeps_the_order(reader):
    blank = np.full((64, 64), 255, np.uint8)
    fields = reader.read_fields([PHOTOS[0], blank, PHOTOS[2]], kind="digit")
    assert [field.text for field in fields] == ["1", "", "3"]


def test_texture_is_rejected_or_doubtful_never_ok(reader):
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (40, 40), dtype=np.uint8) for _ in range(20)]
    assert all(field.status != "ok" for field in reader.read_fields(images, kind="digit"))


@pytest.mark.parametrize("options", [{"choices": ["3", "5"]}, {"maximum": 5}, {"pattern": "[0-5]"}])
def test_a_sure_digit_that_may_not_be_is_none_that_may(reader, options):
    assert reader.read_field(PHOTOS[6], kind="digit").text == "7"
    assert reader.read_field(PHOTOS[6], kind="digit", **options).status == "rejected"
    assert reader.read_field(PHOTOS[6], kind="digit", choices=["7", "1"]).status == "ok"


def test_thresholds_decide_the_status():
    strict = Reader(thresholds=StatusThresholds(ok=1.0))
    assert strict.read_field(PHOTOS[4], kind="digit").status == "review"
    with pytest.raises(UsageError, match="expected a probability"):
        StatusThresholds(ok=1.5)


def test_one_bad_image_names_its_index(reader):
    with pytest.raises(ImageError, match=r"^images\[1\] of 3: "):
        reader.read_fields([PHOTOS[0], b"nonsense", PHOTOS[1]], kind="digit")


def test_one_bad_image_in_a_list_of_one_names_its_index_too(reader):
    with pytest.raises(ImageError, match=r"^images\[0\] of 1: "):
        reader.read_fields([b"nonsense"], kind="digit")
    with pytest.raises(ImageError, match=r"^the image of 8 bytes is not"):
        reader.read_field(b"nonsense", kind="digit")


@pytest.mark.parametrize(
    ("images", "says"),
    [
        ("a.png", "images is 'a.png'"),
        (PHOTOS[0], "images is "),
        (b"nonsense", "images is one bytes"),
        (Image.new("L", (30, 30)), "images is one Image"),
        (np.zeros((30, 30), np.uint8), "images is one ndarray"),
        (np.zeros((30, 30, 3), np.uint8), "images is one ndarray"),
        (None, "images is one NoneType"),
    ],
)
def test_one_image_in_place_of_several_is_refused(reader, images, says):
    with pytest.raises(UsageError, match="expected several: pass a list") as caught:
        reader.read_fields(images, kind="digit")
    assert str(caught.value).startswith(says)


def test_images_come_in_any_row(reader):
    expected = ["1", "2", "3"]
    rows = [(path for path in PHOTOS[:3]), tuple(PHOTOS[:3]), dict.fromkeys(PHOTOS[:3])]
    for row in rows:
        assert [field.text for field in reader.read_fields(row, kind="digit")] == expected
    stack = np.full((2, 40, 30), 200, np.uint8)
    assert [field.status for field in reader.read_fields(stack, kind="digit")] == ["empty", "empty"]


@pytest.mark.parametrize("read", ["read_field", "read_page"])
def test_an_empty_path_is_named(reader, read):
    with pytest.raises(ImageError, match="empty path"):
        getattr(reader, read)("")


@pytest.mark.parametrize("options", [{"dayfirst": True}, {"choices": ["A12"]}, {"check": 5}])
@pytest.mark.parametrize("read", ["read_field", "read_fields", "examine", "read_page"])
def test_options_that_cannot_be_meant_are_refused_before_anything_is_read(reader, read, options):
    with pytest.raises(UsageError):
        getattr(reader, read)("nowhere.png", kind="number", **options)


def test_an_unknown_kind_is_refused(reader):
    with pytest.raises(UsageError, match="'roman'"):
        reader.read_field(PHOTOS[0], kind="roman")


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (2, 20_000), (20, 20_000)])
def test_no_shape_of_image_crashes(reader, shape):
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert reader.read_field(noise, kind="digit").status in ("ok", "review", "empty", "rejected")


def test_the_pages_of_a_document_are_read_when_they_are_asked_for(reader, make_pdf, pdf_table, tmp_path):
    texts = [[["1", "24"], ["7", ""]], [["58", "3"]], [["", "6"]]]
    path = tmp_path / "scan.pdf"
    path.write_bytes(make_pdf([pdf_table(table) for table in texts]))
    pages = list(reader.read_pages(path))
    assert [(page.source, page.number, page.size) for page in pages] == [
        (str(path), number, (2550, 3300)) for number in (1, 2, 3)
    ]
    assert [[[field.text for field in row] for row in page.tables[0].cells] for page in pages] == texts
    assert [page.number for page in reader.read_pages(path, "number", numbers=[3, 1])] == [3, 1]
    assert reader.read_page(path, number=2) == pages[1]
    assert reader.read_page(path.read_bytes()).source is None


def test_an_image_is_a_document_of_one_page(reader):
    (page,) = reader.read_pages(np.full((300, 200), 255, np.uint8))
    assert (page.number, page.size, page.tables) == (1, (200, 300), ())


def test_bad_options_of_pages_are_told_at_once_and_bad_documents_with_their_first_page(reader, make_pdf):
    with pytest.raises(UsageError, match="kind is 'word'"):
        reader.read_pages(b"nothing", kind="word")
    pages = reader.read_pages("missing.pdf")
    with pytest.raises(ImageError, match=r"missing\.pdf does not exist"):
        next(pages)
    with pytest.raises(UsageError, match=r"page 2 is asked for, and the image of \d+ bytes has 1 page"):
        reader.read_page(make_pdf(), number=2)


def test_a_classifier_of_other_symbols_needs_no_kind(make_linear_model, reader):
    own = Reader(Classifier(make_linear_model(labels=("check", "cross", ""))))
    photo = PHOTOS[4]
    assert own.read_field(photo) == own.read_field(photo, kind="digit")
    assert own.read_fields([photo]) == [own.read_field(photo, kind="digit")]
    assert own.read_page(photo) == own.read_page(photo, kind="digit")
    assert own.read_field(photo, kind="number") == reader.read_field(photo, kind="number")
    digits = Reader(Classifier(make_linear_model("digits.onnx")))
    assert digits.read_field(photo).kind == "auto"


def test_fields_of_many_kinds_asked_for_together_are_read_as_one_by_one():
    reader = Reader()
    images = [np.full((60, 160), 255, np.uint8) for _ in range(7)]
    for image, text in zip(images, ("42", "7", "", "31.5", "8", "16/12/22", "16/12/22"), strict=True):
        cv2.putText(image, text, (10, 45), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 30, 3, cv2.LINE_AA)
    kinds = ("number", "digit", "percent", "auto", "digit", "date", "date")
    known = [ValueOptions() for _ in kinds[:-1]] + [ValueOptions(day_first=True)]
    asked = [AskedField(*each) for each in zip(images, kinds, known, strict=True)]
    together = [reading.field for reading in reader._examine_each(asked)]
    alone = [reader._examine([one.image], one.kind, one.options)[0].field for one in asked]
    assert together == alone
    assert [field.kind for field in together] == list(kinds)
    assert together[2].status == "empty"
    assert reader._examine_each([]) == []
