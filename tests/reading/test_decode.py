import gzip
import io

import cv2
import numpy as np
import pytest
from PIL import Image

from inkdigits.errors import ImageError
from inkdigits.reading import decode as decode_module
from inkdigits.reading.decode import decode_gray


def encode(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def test_every_kind_of_source_gives_the_same_gray(tmp_path):
    gray = np.arange(120, dtype=np.uint8).reshape(10, 12)
    picture = Image.fromarray(gray)
    path = tmp_path / "a.png"
    picture.save(path)
    for source in (
        gray,
        picture,
        path,
        str(path),
        path.read_bytes(),
        gray[..., None],
        np.stack([gray] * 3, axis=-1),
    ):
        np.testing.assert_array_equal(decode_gray(source), gray)


def test_exif_orientation_is_honored():
    gray = np.zeros((20, 40), np.uint8)
    gray[:, :5] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by 90 degrees clockwise to view
    upright = decode_gray(encode(Image.fromarray(gray), "PNG", exif=exif))
    assert upright.shape == (40, 20)
    assert upright[0].min() == 255


@pytest.mark.parametrize(("ink", "paper_is_light"), [((0, 0, 0), True), ((255, 255, 255), False)])
def test_ink_on_a_see_through_layer_stays_visible(ink, paper_is_light):
    layer = np.zeros((30, 30, 4), np.uint8)
    layer[10:20, 14:17] = (*ink, 255)
    gray = decode_gray(layer)
    assert (gray[0, 0] == 255) is np.bool_(paper_is_light)
    assert abs(int(gray[15, 15]) - int(gray[0, 0])) == 255


@pytest.mark.parametrize("ink", [(220, 40, 40), (60, 90, 230), (40, 160, 60), (240, 200, 60)])
def test_color_ink_keeps_its_contrast(ink):
    page = np.full((40, 40, 3), 250, np.uint8)
    page[10:30, 18:22] = ink
    gray = decode_gray(page).astype(int)
    assert gray[0, 0] - gray[20, 20] > 100


@pytest.mark.parametrize(
    ("ink", "paper"),
    [((230, 60, 60), (60, 230, 60)), ((60, 230, 60), (230, 60, 60)), ((40, 110, 250), (250, 90, 40))],
)
def test_ink_as_bright_as_its_paper_but_of_another_color_is_dark_on_it(ink, paper):
    page = np.full((40, 40, 3), paper, np.uint8)
    page[10:30, 18:22] = ink
    gray = decode_gray(page).astype(int)
    assert gray[0, 0] - gray[20, 20] > 60
    assert gray.max() <= 255


@pytest.mark.parametrize("spread", [6, 10, 20])
@pytest.mark.parametrize("is_chroma", [False, True])
def test_few_dark_pixels_on_paper_that_is_noisy_in_color_keep_their_contrast(spread, is_chroma):
    rng = np.random.default_rng(1)
    page = np.full((500, 1500, 3), (225, 220, 210), np.uint8)
    page[240:260, 700:760] = 120
    noise = rng.normal(0, spread, page.shape)
    if is_chroma:
        noise[..., 1] = -noise[..., 0]
    gray = decode_gray(np.clip(page + noise, 0, 255).astype(np.uint8)).astype(float)
    assert gray[:200].mean() - gray[242:258, 702:758].mean() > 80


def test_the_pattern_of_a_cheque_is_no_ink():
    page = np.full((240, 900, 3), (215, 225, 215), np.uint8)
    page[(np.add.outer(np.arange(240) // 6, np.arange(900) // 6) % 4) == 0] = (240, 200, 215)
    cv2.putText(page, "4758", (400, 130), cv2.FONT_HERSHEY_SIMPLEX, 1, (60, 60, 70), 2, cv2.LINE_AA)
    gray = decode_gray(page).astype(int)
    assert np.median(gray) - gray.min() > 120


def test_a_stream_is_read_to_its_end_and_left_open(tmp_path):
    path = tmp_path / "image.png"
    Image.new("L", (60, 50), 9).save(path)
    with path.open("rb") as stream, path.open("rb", buffering=0) as raw:
        assert np.array_equal(decode_gray(stream), decode_gray(path))
        assert np.array_equal(decode_gray(raw), decode_gray(path))
        assert not stream.closed
        with pytest.raises(ImageError, match=r"image\.png is empty, or was read to its end"):
            decode_gray(stream)
    with pytest.raises(ImageError, match=r"image\.png cannot be read: .*closed"):
        decode_gray(stream)


def test_sixteen_bit_gray_keeps_its_range():
    deep = np.full((8, 8), 65535, np.uint16)
    deep[2:4] = 0
    gray = decode_gray(encode(Image.fromarray(deep)))
    assert gray.max() == 255
    assert gray.min() == 0


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"", "is empty"),
        (b"not an image", "not an image in a format"),
        (encode(Image.new("L", (60, 60), 9), "EPS"), "expected PNG, JPEG"),
        (encode(Image.new("L", (60, 60), 9))[:-30], "damaged"),
        (np.zeros((3, 3, 2), np.uint8), "shape"),
        (np.zeros((0, 5), np.uint8), "without a pixel"),
        (np.full((3, 3), np.nan), "float64"),
        (np.full((3, 3), -1), "from -1"),
        (np.full((3, 3), 300), "to 300"),
        (42, "expected a path"),
        (io.StringIO("text"), "^the stream is open for text; expected"),
        (io.BytesIO(b""), "^the stream is empty, or was read to its end"),
        (io.BytesIO, "expected a path"),
        (
            gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(b"1234")[:-4])),
            "cannot be read: Compressed file ended",
        ),
        (io.BytesIO(b"not an image"), "^the stream is not an image"),
    ],
)
def test_a_bad_source_is_one_clear_line(source, message):
    with pytest.raises(ImageError, match=message) as caught:
        decode_gray(source)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(ImageError, match=r"missing\.png does not exist"):
        decode_gray(tmp_path / "missing.png")
    with pytest.raises(ImageError, match="is a folder"):
        decode_gray(tmp_path)
    with pytest.raises(ImageError, match="cannot be read: File name too long"):
        decode_gray(tmp_path / ("a" * 300))


def test_a_source_is_called_as_the_caller_says(tmp_path):
    for source in (b"", tmp_path):
        with pytest.raises(ImageError, match=r"^stdin is "):
            decode_gray(source, name="stdin")


def test_an_eps_file_is_never_handed_to_another_program(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(encode(Image.new("L", (60, 60), 9), "EPS"))
    monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", lambda *_: pytest.fail("Ghostscript was started"))
    with pytest.raises(ImageError, match=r"a\.png is not an image in a format that is read") as caught:
        decode_gray(path)
    assert "\n" not in str(caught.value)


def test_a_decompression_bomb_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(decode_module, "MAX_PIXELS", 1_000_000)
    bomb = encode(Image.new("1", (4000, 4000)))
    assert len(bomb) < 10_000
    with pytest.raises(ImageError, match="4000 x 4000 pixels"):
        decode_gray(bomb)


def test_what_pillow_itself_takes_for_a_bomb_is_said_in_our_words():
    bomb = encode(Image.new("1", (20_000, 20_000)))
    with pytest.raises(ImageError, match="has too many pixels; at most 120 million are read: scale it down"):
        decode_gray(bomb)


GRAY = np.arange(0, 240, 2, dtype=np.uint8).reshape(10, 12)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF", "PPM"])
def test_lossless_formats(kind):
    np.testing.assert_array_equal(decode_gray(encode(Image.fromarray(GRAY), kind)), GRAY)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_lossy_formats(kind):
    np.testing.assert_allclose(decode_gray(encode(Image.fromarray(GRAY), kind, quality=95)), GRAY, atol=12)


def test_one_bit_and_transparency():
    assert decode_gray(encode(Image.fromarray(GRAY > 100))).max() == 255
    alpha = np.full_like(GRAY, 255)
    alpha[0] = 0
    decoded = decode_gray(encode(Image.fromarray(np.dstack([GRAY, GRAY, GRAY, alpha]))))
    np.testing.assert_array_equal(decoded[1:], GRAY[1:])


@pytest.mark.parametrize("top", [1.0, 255.0, 65535.0])
def test_gray_levels_of_floating_point_keep_their_range(top):
    levels = np.linspace(0, top, 256, dtype=np.float32).reshape(16, 16)
    gray = decode_gray(encode(Image.fromarray(levels), "TIFF"))
    assert gray.ravel()[[0, 128, 255]] == pytest.approx([0, 128, 255], abs=1)


def test_pixels_that_are_no_number_are_refused():
    levels = np.full((16, 16), np.nan, np.float32)
    with pytest.raises(ImageError, match="not finite"):
        decode_gray(encode(Image.fromarray(levels), "TIFF"))


def test_a_pixel_beyond_the_range_does_not_blacken_the_picture():
    levels = np.linspace(0, 1, 4096, dtype=np.float32).reshape(64, 64)
    levels[0, 0] = 1.3
    assert decode_gray(encode(Image.fromarray(levels), "TIFF"))[-1, -1] == 255
