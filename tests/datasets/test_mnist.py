import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from inkdigits.datasets import load_data, load_mnist, mnist


@pytest.fixture(scope="module")
def arrays():
    return load_mnist()


def test_shapes_types_and_ranges(arrays):
    (x_train, y_train), (x_test, y_test) = arrays
    assert (x_train.shape, x_test.shape) == ((60000, 28, 28), (10000, 28, 28))
    assert (y_train.shape, y_test.shape) == ((60000,), (10000,))
    assert x_train.dtype == x_test.dtype == np.uint8
    assert y_train.dtype == y_test.dtype == np.int64
    assert (x_train.min(), x_train.max()) == (0, 255)


def test_content(arrays):
    (x_train, y_train), (_, y_test) = arrays
    assert np.bincount(y_train).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    # The mean and deviation that every PyTorch tutorial normalizes with.
    assert x_train.mean() / 255 == pytest.approx(0.1307, abs=5e-5)
    assert x_train.std() / 255 == pytest.approx(0.3081, abs=5e-5)


def test_arrays_are_the_callers_own(arrays):
    assert arrays[0][0].flags.writeable
    assert arrays[0][1].flags.writeable


def test_as_a_data_set(arrays):
    data = load_data("mnist")
    np.testing.assert_array_equal(data.test.images, arrays[1][0])
    assert (len(data.train), data.validation, len(data.test)) == (60000, None, 10000)
    assert data.class_names == tuple("0123456789")
    assert data.checksum == load_data("mnist").checksum
    assert "CC BY-SA 3.0" in data.source


def test_same_checksum_as_from_idx_files(tmp_path):
    folder = Path(mnist.__file__).parent
    for path in folder.glob("*.gz"):
        shutil.copy(path, tmp_path)
    assert load_data(tmp_path).checksum == load_data("mnist").checksum


def test_speed():
    """0.2 s of one core; the floor leaves room for slow machines that are busy with other tests."""
    start = time.process_time()
    load_mnist()
    assert time.process_time() - start < 1.0


def test_refuses_other_embedded_files(monkeypatch, refuses):
    monkeypatch.setitem(mnist.MNIST_SHA256, "t10k-labels", "0" * 64)
    with refuses("t10k-labels", "SHA-256", "install inkdigits again"):
        load_mnist()
