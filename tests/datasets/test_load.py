import gzip

import pytest

from inkdigits.datasets import load_data


def test_missing(tmp_path, refuses):
    with refuses(tmp_path / "nothing.csv", "does not exist", "mnist"):
        load_data(tmp_path / "nothing.csv")


@pytest.mark.parametrize("name", ["train.csv", "mnist.npz", "train-images-idx3-ubyte", "train.csv.gz"])
def test_empty(tmp_path, refuses, name):
    (tmp_path / name).write_bytes(b"")
    with refuses(name, "empty"):
        load_data(tmp_path / name)


@pytest.mark.parametrize(
    "content",
    [
        b"hello\n",
        b"\x89PNG\r\n\x1a\n" + bytes(50),
        b"\x80\x04K\x03.",
        b"\x93NUMPY\x01\x00",
        b"a",
        b"\n\n",
        gzip.compress(b""),
    ],
    ids=["text", "picture", "pickle", "npy", "one byte", "newlines", "gzip of nothing"],
)
def test_foreign(tmp_path, refuses, content):
    path = tmp_path / "train.csv"
    path.write_bytes(content)
    with refuses(path, "no data set", "IDX", "npz"):
        load_data(path)


def test_another_table(tmp_path, refuses):
    (tmp_path / "train.csv").write_text("PassengerId,Survived\n1,0\n")
    with refuses("'PassengerId'", "label,pixel0"):
        load_data(tmp_path / "train.csv")


def test_truncated_gzip(tmp_path, refuses):
    path = tmp_path / "train.csv.gz"
    path.write_bytes(gzip.compress(b"label,pixel0\n")[:12])
    with refuses(path, "truncated gzip"):
        load_data(path)


def test_unreadable(tmp_path, monkeypatch, refuses):
    path = tmp_path / "train.csv"
    path.write_text("label,pixel0\n")

    def denied(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", denied)
    with refuses(path, "cannot be read: Permission denied"):
        load_data(path)


def test_import_is_light(run_python):
    """Loading MNIST or a CSV needs neither Pillow nor OpenCV nor a training framework."""
    script = (
        "import sys, inkdigits.datasets\n"
        "heavy = {'PIL', 'cv2', 'pandas', 'pyarrow', 'keras', 'tensorflow', 'onnxruntime'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert run_python(script) == ("[]\n", "")
