import io
import struct
import warnings
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigits.datasets import picture
from inkdigits.datasets.picture import normalize_picture, read_picture
from inkdigits.errors import DataError, ImageError


def encode(array: np.ndarray, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, kind, **options)
    return buffer.getvalue()


def paper_with_block(height: int, width: int, ink: int = 0, paper: int = 255) -> np.ndarray:
    array = np.full((height, width), paper, np.uint8)
    array[height // 2 :, width // 2 : width // 2 + height // 4] = ink
    array[-1] = paper
    return array


def png_header(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(100))
    chunks = [
        struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in (header, data, b"IEND")
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_own_size_is_taken_as_it_is(tmp_path, digits):
    image = digits.images[0].copy()
    image[[0, -1]] = image[:, [0, -1]] = 0
    path = tmp_path / "a.png"
    path.write_bytes(encode(image))
    np.testing.assert_array_equal(read_picture(path, normalize_picture), image)
    path.write_bytes(encode(255 - image))
    np.testing.assert_array_equal(read_picture(path, normalize_picture), image)


def test_other_sizes_go_through_prepare(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(encode(paper_with_block(60, 40)))
    seen = []

    def prepare(content: bytes) -> np.ndarray:
        seen.append(content)
        return np.full((28, 28), 7, np.uint8)

    assert (read_picture(path, prepare) == 7).all()
    assert seen == [path.read_bytes()]


@pytest.mark.parametrize(
    "returned", [None, np.zeros((28, 28)), np.zeros((27, 28), np.uint8), np.zeros((1, 28, 28), np.uint8)]
)
def test_prepare_must_keep_its_promise(tmp_path, refuses, returned):
    path = tmp_path / "a.png"
    path.write_bytes(encode(paper_with_block(60, 40)))
    with refuses(path, "prepare returned", "uint8 (28, 28)"):
        read_picture(path, lambda _: returned)


def test_what_prepare_refuses_names_the_file(tmp_path, refuses):
    def prepare(content: bytes) -> np.ndarray:
        raise ImageError("no ink here")

    path = tmp_path / "a.png"
    path.write_bytes(encode(paper_with_block(60, 40)))
    with refuses(path, "no ink here"):
        read_picture(path, prepare)


def test_default_is_what_the_reader_sees():
    from inkdigits.reading import decode_gray, normalize_digit

    photos = sorted((Path(__file__).parents[2] / "examples" / "photos").glob("*.jpg"))
    for photo in photos:
        seen = normalize_digit(decode_gray(photo))[0].image
        np.testing.assert_array_equal(normalize_picture(photo.read_bytes()), seen)
    assert len(photos) == 9


def test_default_remakes_mnist_images():
    """An MNIST digit, enlarged and put off center on paper, comes back nearly as it was."""
    from inkdigits.datasets import load_mnist

    digits = load_mnist()[0][0][:50]
    differences = []
    for digit in digits:
        page = np.full((200, 160), 255, np.uint8)
        page[20:160, 10:150] = 255 - np.asarray(Image.fromarray(digit).resize((140, 140)))
        differences.append(np.abs(normalize_picture(encode(page)).astype(float) - digit).mean())
    assert np.mean(differences) < 10


@pytest.mark.parametrize("contrast", [0, 6])
def test_no_ink(refuses, contrast):
    with refuses("no ink"):
        normalize_picture(encode(paper_with_block(60, 40, 200 - contrast, 200)))


def test_refuses_bombs_by_their_header(tmp_path, refuses):
    for edge in (9000, 12000, 60000):  # ours alone; Pillow warns; Pillow refuses
        path = tmp_path / f"{edge}.png"
        path.write_bytes(png_header(edge, edge))
        with warnings.catch_warnings(record=True) as caught, refuses(path, "too many pixels", "67,108,864"):
            warnings.simplefilter("always")
            read_picture(path, normalize_picture)
        assert not caught


def test_refuses_huge_files(tmp_path, monkeypatch, refuses):
    monkeypatch.setattr(picture, "_MOST_FILE_BYTES", 10)
    path = tmp_path / "a.png"
    path.write_bytes(encode(paper_with_block(60, 40)))
    with refuses(path, "larger than 10 bytes"):
        read_picture(path, normalize_picture)


@pytest.mark.parametrize("content", [b"", b"hello", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"\x89PNG\r\n\x1a\n"])
def test_refuses_what_is_no_picture(tmp_path, refuses, content):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with refuses(path, "picture"):
        read_picture(path, normalize_picture)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "BMP", "PPM"])
@pytest.mark.parametrize("shape", [(60, 40), (28, 28)])
def test_refuses_truncated_pictures(tmp_path, refuses, kind, shape):
    content = encode(paper_with_block(*shape), kind)
    path = tmp_path / f"a.{kind}"
    path.write_bytes(content[: len(content) * 6 // 10])
    with refuses(path, "picture"):
        read_picture(path, normalize_picture)


def test_damaged_pictures_never_escape_as_other_errors(tmp_path):
    """Flipped bytes either decode or are a DataError."""
    random = np.random.default_rng(3)
    path = tmp_path / "a"
    for kind in ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "PPM"):
        content = encode(paper_with_block(60, 40), kind)
        for _ in range(60):
            damaged = bytearray(content)
            for place in random.integers(0, len(damaged), 6):
                damaged[place] = random.integers(256)
            path.write_bytes(damaged)
            with suppress(DataError):
                read_picture(path, normalize_picture)
