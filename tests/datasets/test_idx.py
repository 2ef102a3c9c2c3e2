import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from inkdigits.datasets import Split, load_data

STYLES = {
    "dash": ("{}-images-idx3-ubyte", "{}-labels-idx1-ubyte"),
    "dot": ("{}-images.idx3-ubyte", "{}-labels.idx1-ubyte"),
    "gzip": ("{}-images-idx3-ubyte.gz", "{}-labels-idx1-ubyte.gz"),
    "dot gzip": ("{}-images.idx3-ubyte.gz", "{}-labels.idx1-ubyte.gz"),
    "mixed": ("{}-images-idx3-ubyte.gz", "{}-labels.idx1-ubyte"),
}


def idx_bytes(
    array: np.ndarray, *, magic: bytes | None = None, shape: tuple[int, ...] | None = None
) -> bytes:
    shape = array.shape if shape is None else shape
    magic = bytes([0, 0, 8, array.ndim]) if magic is None else magic
    return magic + struct.pack(f">{len(shape)}I", *shape) + array.astype(np.uint8).tobytes()


def write_pair(folder: Path, split: Split, name: str, style: str = "dash") -> tuple[Path, Path]:
    paths = tuple(folder / pattern.format(name) for pattern in STYLES[style])
    for path, array in zip(paths, (split.images, split.labels), strict=True):
        content = idx_bytes(array)
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return paths


@pytest.mark.parametrize("style", STYLES)
def test_folder_in_every_spelling(tmp_path, digits, style):
    write_pair(tmp_path, digits, "train", style)
    write_pair(tmp_path, Split(digits.images[:3], digits.labels[:3]), "t10k", style)
    data = load_data(tmp_path)
    np.testing.assert_array_equal(data.train.images, digits.images)
    np.testing.assert_array_equal(data.train.labels, digits.labels)
    np.testing.assert_array_equal(data.test.labels, [0, 1, 2])
    assert data.validation is None
    assert data.name == tmp_path.name


@pytest.mark.parametrize(
    ("name", "has_train"), [("train", True), ("test", False), ("t10k", False), ("mine", True)]
)
def test_one_images_file_finds_its_labels(tmp_path, digits, name, has_train):
    images, _ = write_pair(tmp_path, digits, name, "gzip")
    data = load_data(str(images))
    assert (data.train is not None, data.test is not None) == (has_train, not has_train)
    np.testing.assert_array_equal((data.train or data.test).labels, digits.labels)
    assert data.name == name


def test_a_folder_with_one_split(tmp_path, digits):
    write_pair(tmp_path, digits, "t10k")
    data = load_data(tmp_path)
    assert data.train is None
    assert len(data.test) == 42


def test_gzip_is_told_by_content_not_by_name(tmp_path, digits):
    images, _ = write_pair(tmp_path, digits, "train")
    images.write_bytes(gzip.compress(images.read_bytes()))
    assert len(load_data(images).train) == 42


def test_images_are_writable(tmp_path, digits):
    write_pair(tmp_path, digits, "train")
    assert load_data(tmp_path).train.images.flags.writeable


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
class TestLies:
    def check(self, tmp_path, digits, refuses, pack, content, *words):
        images, _ = write_pair(tmp_path, digits, "train")
        images.write_bytes(pack(content))
        with refuses(images, *words):
            load_data(images)
        with refuses(images, *words):
            load_data(tmp_path)

    def test_magic_of_floats(self, tmp_path, digits, refuses, pack):
        content = idx_bytes(digits.images, magic=b"\0\0\x0d\3")
        self.check(tmp_path, digits, refuses, pack, content, "00000d03", "00000803")

    def test_labels_where_images_are_wanted(self, tmp_path, digits, refuses, pack):
        self.check(tmp_path, digits, refuses, pack, idx_bytes(digits.labels), "00000801", "00000803")

    def test_size(self, tmp_path, digits, refuses, pack):
        content = idx_bytes(digits.images, shape=(42, 14, 56))
        self.check(tmp_path, digits, refuses, pack, content, "14 x 56", "28 x 28")

    @pytest.mark.parametrize(
        ("count", "word"), [(43, "only 32928"), (41, "more"), (0, "0 images"), (2**32 - 1, "1 to")]
    )
    def test_count(self, tmp_path, digits, refuses, pack, count, word):
        content = idx_bytes(digits.images, shape=(count, 28, 28))
        self.check(tmp_path, digits, refuses, pack, content, word)

    def test_ends_inside_the_header(self, tmp_path, digits, refuses, pack):
        self.check(tmp_path, digits, refuses, pack, idx_bytes(digits.images)[:9], "header")

    def test_ends_inside_the_pixels(self, tmp_path, digits, refuses, pack):
        self.check(tmp_path, digits, refuses, pack, idx_bytes(digits.images)[:-1], "only 32927")


def test_truncated_gzip(tmp_path, digits, refuses):
    images, _ = write_pair(tmp_path, digits, "train", "gzip")
    content = images.read_bytes()
    for length in (11, len(content) // 2, len(content) - 4):
        images.write_bytes(content[:length])
        with refuses(images, "truncated gzip"):
            load_data(images)


def test_damaged_gzip(tmp_path, digits, refuses):
    images, _ = write_pair(tmp_path, digits, "train", "gzip")
    content = bytearray(images.read_bytes())
    content[-6] ^= 255  # in the stored checksum
    images.write_bytes(content)
    with refuses(images, "damaged gzip"):
        load_data(images)


def test_gzip_bomb_is_not_inflated(tmp_path, digits, refuses):
    """One image is promised and a gigabyte follows, which would take seconds to inflate."""
    images, _ = write_pair(tmp_path, digits, "train", "gzip")
    zeros = gzip.compress(bytes(1 << 24), compresslevel=1)
    header = gzip.compress(idx_bytes(digits.images[:1]))
    images.write_bytes(header + zeros * 64)
    with refuses(images, "784 bytes", "more"):
        load_data(images)


def test_empty_file_among_them(tmp_path, digits, refuses):
    _, labels = write_pair(tmp_path, digits, "train")
    labels.write_bytes(b"")
    with refuses(labels, "empty"):
        load_data(tmp_path)


def test_counts_that_differ(tmp_path, digits, refuses):
    _, labels = write_pair(tmp_path, digits, "train")
    labels.write_bytes(idx_bytes(digits.labels[:41]))
    with refuses("42 images but 41 labels"):
        load_data(tmp_path)


def test_label_out_of_range(tmp_path, digits, refuses):
    _, labels = write_pair(tmp_path, digits, "train")
    labels.write_bytes(idx_bytes(np.full(42, 10)))
    with refuses(labels.name, "is 10", "0..9"):
        load_data(tmp_path)


def test_labels_missing(tmp_path, digits, refuses):
    images, labels = write_pair(tmp_path, digits, "train")
    labels.unlink()
    with refuses(images, "train-labels-idx1-ubyte beside it"):
        load_data(tmp_path)


def test_name_that_tells_no_labels(tmp_path, digits, refuses):
    images, _ = write_pair(tmp_path, digits, "train")
    other = images.rename(tmp_path / "digits.bin")
    with refuses(other, "train-images-idx3-ubyte"):
        load_data(other)
