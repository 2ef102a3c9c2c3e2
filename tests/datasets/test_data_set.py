import dataclasses

import numpy as np
import pytest

from inkdigits.datasets import DataSet, Split, hold_out
from inkdigits.errors import UsageError


def test_hold_out_keeps_the_order_and_the_last(digits):
    rest, held = hold_out(digits, 5)
    assert (len(rest), len(held)) == (37, 5)
    np.testing.assert_array_equal(np.concatenate([rest.images, held.images]), digits.images)
    np.testing.assert_array_equal(held.labels, digits.labels[-5:])


def test_hold_out_without_labels(digits):
    rest, held = hold_out(Split(digits.images), 2)
    assert rest.labels is None
    assert held.labels is None
    assert len(held) == 2


@pytest.mark.parametrize("count", [-1, 0, 42, 43])
def test_hold_out_wants_something_on_either_side(digits, count):
    with pytest.raises(UsageError, match="42 images"):
        hold_out(digits, count)


@pytest.mark.parametrize(
    ("images", "labels", "word"),
    [
        (np.zeros((2, 28, 28), np.float32), None, "float32"),
        (np.zeros((2, 27, 28), np.uint8), None, "(2, 27, 28)"),
        (np.zeros((28, 28), np.uint8), None, "(28, 28)"),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.uint8), "uint8"),
        (np.zeros((2, 28, 28), np.uint8), np.zeros((2, 10), np.int64), "(2, 10)"),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(3, np.int64), "3 labels"),
    ],
)
def test_split_refuses_what_breaks_its_promise(images, labels, word, refuses):
    with refuses(word):
        Split(images, labels)


def test_data_set_refuses_labels_without_a_class(digits, refuses):
    with refuses("mine train", "label 3 of 42 is 2", "0..1"):
        DataSet("mine", digits, class_names=("a", "b"))
    with refuses("is -1"):
        DataSet("mine", test=Split(digits.images[:1], np.array([-1])))


def test_containers_are_frozen(digits):
    with pytest.raises(dataclasses.FrozenInstanceError):
        digits.labels = None
    with pytest.raises(dataclasses.FrozenInstanceError):
        DataSet("mine", digits).name = "yours"


def test_checksum_follows_content_alone(digits):
    checksum = DataSet("mine", digits).checksum
    assert len(checksum) == 64
    assert (
        DataSet("other", Split(digits.images.copy(), digits.labels), source="elsewhere").checksum == checksum
    )
    changed = digits.images.copy()
    changed[41, 27, 27] ^= 1
    others = [
        DataSet("mine", Split(changed, digits.labels)),
        DataSet("mine", Split(digits.images, digits.labels[::-1])),
        DataSet("mine", Split(digits.images)),
        DataSet("mine", test=digits),
        DataSet("mine", *hold_out(digits, 2)),
        DataSet("mine", digits, class_names=tuple("abcdefghij")),
    ]
    assert len({checksum, *(other.checksum for other in others)}) == 7


def test_checksum_of_nothing():
    assert DataSet("mine").checksum != DataSet("mine", Split(np.empty((0, 28, 28), np.uint8))).checksum
