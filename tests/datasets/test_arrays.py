import numpy as np
import pytest

from inkdigits.datasets import from_arrays


@pytest.mark.parametrize("shape", [(42, 28, 28), (42, 1, 28, 28), (42, 28, 28, 1), (42, 784)])
def test_every_usual_shape_gives_the_same(digits, shape):
    split = from_arrays(digits.images.reshape(shape), digits.labels.astype(np.uint8))
    np.testing.assert_array_equal(split.images, digits.images)
    np.testing.assert_array_equal(split.labels, digits.labels)
    assert split.labels.dtype == np.int64


@pytest.mark.parametrize(
    "convert",
    [
        lambda images: images / 255,
        lambda images: (images / 255).astype(np.float32),
        lambda images: images.astype(np.float64),
        lambda images: images.astype(np.int64),
        lambda images: images.astype(np.float32).tolist(),
    ],
)
def test_every_usual_range_gives_the_same(digits, convert):
    np.testing.assert_array_equal(from_arrays(convert(digits.images)).images, digits.images)


def test_booleans_are_black_and_white():
    assert from_arrays(np.ones((1, 28, 28), bool)).images.max() == 255


def test_whole_numbers_are_never_scaled():
    assert from_arrays(np.ones((1, 28, 28), np.int32)).images.max() == 1


def test_no_images_in_none_out():
    split = from_arrays(np.empty((0, 28, 28, 1), np.float32), np.empty(0, int))
    assert split.images.shape == (0, 28, 28)
    assert split.labels.shape == (0,)


@pytest.mark.parametrize("pixel", [np.nan, np.inf, -0.1, 255.5])
def test_refuses_pixels_out_of_range(pixel, refuses):
    images = np.zeros((2, 28, 28))
    images[1, 3, 4] = pixel
    with refuses("pixels run from", "0..255"):
        from_arrays(images)


@pytest.mark.parametrize(
    ("images", "word"),
    [
        (np.zeros((28, 28), np.uint8), "(28, 28)"),
        (np.zeros((2, 28, 28, 3), np.uint8), "(2, 28, 28, 3)"),
        (np.zeros((2, 783), np.uint8), "(2, 783)"),
        (np.full((1, 28, 28), 256), "256"),
        (np.full((1, 28, 28), "7"), "<U1"),
        (np.full((1, 28, 28), 1j), "complex128"),
        ([[1, 2], [3]], "ragged"),
        (np.uint8(3), "()"),
    ],
)
def test_refuses_other_images(images, word, refuses):
    with refuses("mine", word):
        from_arrays(images, source="mine")


@pytest.mark.parametrize(
    ("labels", "word"),
    [
        (np.zeros(41, int), "42 images but 41 labels"),
        (np.eye(10)[np.zeros(42, int)], "(42, 10)"),
        (np.zeros(42), "float64"),
        (np.full(42, 10), "label 1 of 42 is 10"),
        (np.full(42, -1), "is -1"),
    ],
)
def test_refuses_other_labels(digits, labels, word, refuses):
    with refuses(word):
        from_arrays(digits.images, labels)


def test_class_count_widens_the_labels(digits):
    assert from_arrays(digits.images, np.full(42, 25), class_count=26).labels.max() == 25
