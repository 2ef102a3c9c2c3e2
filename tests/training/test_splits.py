import numpy as np
import pytest

from inkdigits.datasets import DataSet, Split
from inkdigits.errors import DataError, UsageError
from inkdigits.training.splits import choose_splits


def numbered(start: int, stop: int) -> Split:
    """Images whose label is the last digit of their number."""
    return Split(np.zeros((stop - start, 28, 28), np.uint8), np.arange(start, stop, dtype=np.int64) % 10)


def lengths(data: DataSet, validation: int | None) -> dict[str, int]:
    return {name: len(split) for name, split in choose_splits(data, validation).named().items()}


def test_all_images_teach_as_in_the_tutorials() -> None:
    data = DataSet("mnist", numbered(0, 60), None, numbered(60, 70))
    assert lengths(data, None) == {"train": 60, "test": 10}
    assert lengths(data, 5) == {"train": 55, "validation": 5, "test": 10}


def test_a_tenth_is_held_out_where_nothing_else_would_score() -> None:
    assert lengths(DataSet("train only", numbered(0, 1_000)), None) == {"train": 900, "validation": 100}
    assert lengths(DataSet("very few", numbered(0, 9)), None) == {"train": 9}


def test_the_last_images_are_held_out() -> None:
    splits = choose_splits(DataSet("ten", numbered(0, 10)), 3)
    assert splits.train.labels.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert splits.validation is not None
    assert splits.validation.labels.tolist() == [7, 8, 9]


def test_the_data_sets_own_validation_images_are_taken() -> None:
    data = DataSet("kaggle", numbered(0, 35), numbered(35, 40), numbered(40, 42))
    assert lengths(data, None) == {"train": 35, "validation": 5, "test": 2}
    assert lengths(data, 10) == {"train": 30, "validation": 10, "test": 2}
    assert lengths(data, 0) == {"train": 40, "test": 2}


def test_the_best_split_there_is_scores() -> None:
    train, validation, test = numbered(0, 10), numbered(10, 12), numbered(12, 14)
    assert choose_splits(DataSet("all", train, validation, test), None).scored_on == "test"
    assert choose_splits(DataSet("two", train, validation), None).scored_on == "validation"
    assert choose_splits(DataSet("one", train), 0).scored_on == "train"


def test_unlabeled_images_are_left_out() -> None:
    unlabeled = Split(np.zeros((5, 28, 28), np.uint8))
    assert lengths(DataSet("some", numbered(0, 20), None, unlabeled), 0) == {"train": 20}
    with pytest.raises(DataError, match="none has no labeled training images"):
        choose_splits(DataSet("none", unlabeled), None)
    with pytest.raises(DataError, match="test alone has no labeled training images"):
        choose_splits(DataSet("test alone", test=numbered(0, 5)), None)


def test_one_class_is_nothing_to_tell_apart() -> None:
    data = DataSet("ones", Split(np.zeros((5, 28, 28), np.uint8), np.zeros(5, np.int64)), class_names=("1",))
    with pytest.raises(DataError, match="ones has only the class '1'"):
        choose_splits(data, None)


@pytest.mark.parametrize("validation", [-1, 20, 21])
def test_a_number_that_leaves_nothing_is_refused(validation: int) -> None:
    with pytest.raises(UsageError, match=f"validation is {validation}; expected 0 for none"):
        choose_splits(DataSet("twenty", numbered(0, 20)), validation)
