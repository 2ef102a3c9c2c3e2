import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.datasets import load_mnist
from inkdigits.evaluation import evaluate_probabilities
from inkdigits.evaluation.mnist_corrections import MNIST_TEST_VOTES, corrected_error_percent, is_mnist_test

REJECTED = (947, 1621, 1901, 2462, 2597, 3558, 5937, 6651, 6783, 9729)
SPLIT = (2130, 2654, 3520, 8527, 9679)

Pair = tuple[NDArray[np.uint8], NDArray[np.int64]]


@pytest.fixture(scope="module")
def mnist_test() -> Pair:
    images, labels = load_mnist()[1]
    return images, labels.astype(np.int64)


def test_votes_name_the_publicly_known_images() -> None:
    assert tuple(votes.index for votes in MNIST_TEST_VOTES if votes.corrected is not None) == REJECTED
    assert tuple(votes.index for votes in MNIST_TEST_VOTES if votes.corrected is None) == SPLIT


def test_votes_are_of_five_annotators_about_the_given_label(mnist_test: Pair) -> None:
    for votes in MNIST_TEST_VOTES:
        assert votes.votes_given + votes.votes_guess + votes.votes_neither == 5
        assert votes.given == mnist_test[1][votes.index]
        assert votes.guess != votes.given


def test_the_given_labels_are_ten_mistakes_of_those_that_count(mnist_test: Pair) -> None:
    assert corrected_error_percent(mnist_test[1], mnist_test[1]) == pytest.approx(100 * 10 / 9995)


def test_an_answer_with_the_corrected_labels_is_perfect_once_corrected(mnist_test: Pair) -> None:
    images, labels = mnist_test
    answer = labels.copy()
    for votes in MNIST_TEST_VOTES:
        # On an image that is left out even a wild answer costs nothing.
        answer[votes.index] = (votes.given + 5) % 10 if votes.corrected is None else votes.corrected
    evaluation = evaluate_probabilities(np.eye(10)[answer], labels, images)
    assert evaluation.errors == 15
    assert evaluation.corrected_error_percent == 0


def test_mnist_is_recognized_whole_and_in_order_only(mnist_test: Pair) -> None:
    images, labels = mnist_test
    assert is_mnist_test(images, labels)
    assert is_mnist_test(images, labels.astype(np.uint8))
    assert not is_mnist_test(images[::-1], labels[::-1])
    assert not is_mnist_test(images[:500], labels[:500])
    assert not is_mnist_test(255 - images, labels)
    assert not is_mnist_test(images, np.where(labels == 0, 256, labels))


def test_other_images_have_no_corrected_error(mnist_test: Pair) -> None:
    images, labels = mnist_test
    part = evaluate_probabilities(np.eye(10)[labels[:100]], labels[:100], images[:100])
    assert part.corrected_error_percent is None
