from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigits.datasets import load_data
from inkdigits.errors import UsageError


def fill(folder: Path, classes: dict[str, int], size: int = 28) -> None:
    """Write ``count`` pictures of each class; its middle pixel is its number, from 1."""
    for name, count in classes.items():
        (folder / name).mkdir(parents=True)
        for number in range(count):
            image = np.zeros((size, size), np.uint8)
            image[size // 2, size // 2] = number + 1
            Image.fromarray(image).save(folder / name / f"{number:03}.png")


def counts(split) -> list[int]:
    return np.bincount(split.labels).tolist()


def test_digit_folders_keep_their_digit(tmp_path):
    fill(tmp_path, {"3": 10, "7": 20})
    data = load_data(tmp_path)
    assert data.class_names == tuple("0123456789")
    assert set(data.train.labels.tolist()) == {3, 7}
    assert data.train.images.shape == (24, 28, 28)


def test_other_folders_are_named_in_order(tmp_path):
    fill(tmp_path, {"plus": 3, "10": 3, "9": 3, "Minus": 3})
    assert load_data(tmp_path).class_names == ("9", "10", "Minus", "plus")


def test_split_by_class(tmp_path):
    fill(tmp_path, {"0": 20, "1": 35, "2": 3, "3": 2})
    data = load_data(tmp_path)
    assert counts(data.test) == [2, 3, 1]
    assert counts(data.validation) == [2, 3, 1]
    assert counts(data.train) == [16, 29, 1, 2]
    every = np.concatenate([split.images[:, 14, 14] for split in (data.train, data.validation, data.test)])
    assert sorted(every) == sorted([*range(1, 21), *range(1, 36), 1, 2, 3, 1, 2])


def test_split_follows_the_seed(tmp_path):
    fill(tmp_path, {"0": 50, "1": 50})
    checksum = load_data(tmp_path).checksum
    assert load_data(tmp_path).checksum == checksum
    assert load_data(tmp_path, seed=1).checksum != checksum
    with pytest.raises(UsageError, match="seed is -1"):
        load_data(tmp_path, seed=-1)


def test_a_new_class_moves_no_other(tmp_path):
    fill(tmp_path, {"0": 50, "1": 50})
    before = load_data(tmp_path).test
    fill(tmp_path, {"5": 30})
    after = load_data(tmp_path).test
    np.testing.assert_array_equal(after.images[:10], before.images)


def test_given_splits_stay(tmp_path):
    fill(tmp_path / "train", {"0": 4, "1": 5})
    fill(tmp_path / "test", {"1": 2})
    data = load_data(tmp_path)
    assert counts(data.train) == [4, 5]
    assert counts(data.test) == [0, 2]
    assert data.validation is None
    fill(tmp_path / "validation", {"0": 1})
    assert counts(load_data(tmp_path).validation) == [1]


def test_test_folder_alone(tmp_path):
    fill(tmp_path / "test", {"0": 4})
    data = load_data(tmp_path)
    assert data.train is None
    assert len(data.test) == 4


def test_class_that_train_lacks(tmp_path, refuses):
    fill(tmp_path / "train", {"0": 4})
    fill(tmp_path / "test", {"0": 1, "8": 1})
    with refuses(tmp_path / "test", "class 8", "lacks"):
        load_data(tmp_path)


def test_hidden_files_are_left_out(tmp_path):
    fill(tmp_path, {"0": 4})
    (tmp_path / ".DS_Store").write_text("x")
    (tmp_path / "0" / "Thumbs.db").write_text("x")
    assert len(load_data(tmp_path).train) == 2


def test_prepare_is_used_for_other_sizes(tmp_path):
    fill(tmp_path, {"0": 4}, size=40)
    data = load_data(tmp_path, prepare=lambda _: np.full((28, 28), 9, np.uint8))
    assert (data.train.images == 9).all()


def test_undecodable_picture_names_its_file(tmp_path, refuses):
    fill(tmp_path, {"0": 4})
    (tmp_path / "0" / "notes.txt").write_text("not a picture")
    with refuses(tmp_path / "0" / "notes.txt", "not a picture"):
        load_data(tmp_path)


def test_empty_folders(tmp_path, refuses):
    with refuses(tmp_path, "empty"):
        load_data(tmp_path)
    (tmp_path / "0").mkdir()
    with refuses(tmp_path / "0", "empty"):
        load_data(tmp_path)
    (tmp_path / "train").mkdir()
    with refuses(tmp_path / "train", "empty"):
        load_data(tmp_path)


def test_files_where_folders_are_wanted_and_folders_where_files_are(tmp_path, refuses):
    fill(tmp_path, {"0": 2})
    (tmp_path / "0" / "more").mkdir()
    with refuses(tmp_path / "0" / "more", "pictures alone"):
        load_data(tmp_path)
    (tmp_path / "stray.png").write_bytes(b"x")
    with refuses(tmp_path / "stray.png", "for each class"):
        load_data(tmp_path)
