import io
import zipfile

import numpy as np
import pytest

from inkdigits.datasets import load_data


@pytest.fixture
def keras_arrays(digits):
    labels = digits.labels.astype(np.uint8)
    return {
        "x_train": digits.images[:30],
        "y_train": labels[:30],
        "x_test": digits.images[30:],
        "y_test": labels[30:],
    }


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_keras(tmp_path, digits, keras_arrays, save):
    save(tmp_path / "mnist.npz", **keras_arrays)
    data = load_data(tmp_path / "mnist.npz")
    np.testing.assert_array_equal(data.train.images, digits.images[:30])
    np.testing.assert_array_equal(data.test.labels, digits.labels[30:])
    assert data.validation is None
    assert data.name == "mnist"


def test_plain_keys_and_channels_first(tmp_path, digits):
    images = (digits.images / 255).astype(np.float32)[:, np.newaxis]
    np.savez(tmp_path / "mine.npz", images=images, labels=digits.labels)
    data = load_data(tmp_path / "mine.npz")
    np.testing.assert_array_equal(data.train.images, digits.images)
    assert data.test is None


@pytest.mark.parametrize("key", ["x_train", "y_train", "x_test", "y_test"])
def test_missing_key(tmp_path, keras_arrays, key, refuses):
    del keras_arrays[key]
    np.savez(tmp_path / "mnist.npz", **keras_arrays)
    with refuses("mnist.npz", f"lacks {key}"):
        load_data(tmp_path / "mnist.npz")


def test_other_keys(tmp_path, refuses):
    np.savez(tmp_path / "other.npz", weights=np.zeros(3))
    with refuses("other.npz", "lacks images, labels", "x_train"):
        load_data(tmp_path / "other.npz")


def test_objects_are_never_unpickled(tmp_path, keras_arrays, refuses):
    keras_arrays["x_train"] = np.array([{"a": 1}, print], dtype=object)
    np.savez(tmp_path / "mnist.npz", **keras_arrays)
    with refuses("x_train", "objects"):
        load_data(tmp_path / "mnist.npz")


@pytest.mark.parametrize(
    ("key", "array", "words"),
    [
        ("y_train", np.zeros(29, int), ("30 images but 29 labels",)),
        ("y_test", np.full(12, 11), ("x_test", "is 11")),
        ("x_test", np.zeros((12, 32, 32), np.uint8), ("x_test", "(12, 32, 32)")),
        ("x_train", np.full((30, 28, 28), np.nan), ("x_train", "nan")),
        ("x_train", np.full((30, 28, 28), "a"), ("x_train", "<U1")),
    ],
)
def test_arrays_that_are_not_a_data_set(tmp_path, keras_arrays, key, array, words, refuses):
    np.savez(tmp_path / "mnist.npz", **{**keras_arrays, key: array})
    with refuses("mnist.npz", *words):
        load_data(tmp_path / "mnist.npz")


def write_member(path, content: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images.npy", content)
        archive.writestr("labels.npy", content)


def npy_header(shape: str) -> bytes:
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}"
    return npy_with_header(header.ljust(117).encode() + b"\n")


@pytest.mark.parametrize("shape", ["(1000000000000, 28, 28)", "(2, 28, 28)", "(-1, 28, 28)"])
def test_array_that_lies_about_its_size(tmp_path, refuses, shape):
    write_member(tmp_path / "lies.npz", npy_header(shape) + bytes(784))
    with refuses("lies.npz", "images says", "bytes it has"):
        load_data(tmp_path / "lies.npz")


def npy_with_header(header: bytes) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello, world",
        npy_with_header(b"(" * 30),
        npy_with_header(b'"' * 3),
        npy_with_header(b"1 +\n  2\n 3"),
        npy_with_header(b"-" * 60000 + b"1"),
        npy_with_header(b"{}"),
    ],
    ids=["empty", "text", "parentheses", "string", "indents", "long", "no keys"],
)
def test_member_that_is_no_array(tmp_path, refuses, content):
    write_member(tmp_path / "foreign.npz", content)
    with refuses("foreign.npz", "images", "not an npy array"):
        load_data(tmp_path / "foreign.npz")


def test_npy_of_another_version(tmp_path, refuses):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.zeros(3, np.uint8), version=(3, 0))
    write_member(tmp_path / "new.npz", buffer.getvalue())
    with refuses("new.npz", "(3, 0)"):
        load_data(tmp_path / "new.npz")


def test_bomb_is_not_unpacked(tmp_path, monkeypatch, refuses):
    monkeypatch.setattr("inkdigits.datasets.npz._MOST_BYTES", 1000)
    write_member(tmp_path / "bomb.npz", npy_header("(10, 28, 28)") + bytes(7840))
    with refuses("bomb.npz", "7,968 bytes", "at most 1,000"):
        load_data(tmp_path / "bomb.npz")


@pytest.mark.parametrize("keep", [0.5, 0.99])
def test_truncated(tmp_path, keras_arrays, keep, refuses):
    path = tmp_path / "mnist.npz"
    np.savez(path, **keras_arrays)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    with refuses(path, "damaged npz"):
        load_data(path)


def test_damaged_content(tmp_path, keras_arrays, refuses):
    path = tmp_path / "mnist.npz"
    np.savez_compressed(path, **keras_arrays)
    content = bytearray(path.read_bytes())
    content[5000:5010] = bytes(10)
    path.write_bytes(content)
    with refuses(path, "damaged npz"):
        load_data(path)


def test_encrypted(tmp_path, keras_arrays, refuses):
    path = tmp_path / "mnist.npz"
    np.savez(path, **keras_arrays)
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the flag that a member is encrypted
    path.write_bytes(content)
    with refuses(path, "encrypted"):
        load_data(path)
