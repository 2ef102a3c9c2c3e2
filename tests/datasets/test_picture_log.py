from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigits.datasets import PictureLog, load_data
from inkdigits.errors import DataError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten pictures of a and one of b, all 28 x 28, and two files that are no pictures."""
    for name, count in (("a", 10), ("b", 1)):
        (tmp_path / name).mkdir()
        for number in range(count):
            image = np.zeros((28, 28), np.uint8)
            image[14, 14] = number + 1
            Image.fromarray(image).save(tmp_path / name / f"{number:03}.png")
    (tmp_path / "a" / "note.txt").write_text("not a picture")
    (tmp_path / "b" / "cut.png").write_bytes((tmp_path / "a" / "000.png").read_bytes()[:40])
    return tmp_path


def test_what_cannot_be_read_is_left_out_and_named(folder: Path) -> None:
    log = PictureLog()
    data = load_data(folder, log=log)
    splits = {"train": data.train, "validation": data.validation, "test": data.test}
    assert {name: len(split) for name, split in splits.items() if split} == {
        name: len(files) for name, files in log.files.items()
    }
    assert sum(map(len, log.files.values())) == 11
    assert {row.path.name for row in log.unreadable} == {"note.txt", "cut.png"}
    assert all(row.reason and str(row.path) not in row.reason for row in log.unreadable)


def test_the_files_are_in_the_order_of_the_images(folder: Path) -> None:
    log = PictureLog()
    data = load_data(folder, log=log)
    for path, image, label in zip(log.files["train"], data.train.images, data.train.labels, strict=True):
        assert image[14, 14] == int(path.stem) + 1
        assert data.class_names[label] == path.parent.name


def test_it_tells_how_far_it_is(folder: Path) -> None:
    told: list[tuple[int, int]] = []
    load_data(folder, log=PictureLog(on_read=lambda done, total: told.append((done, total))))
    assert told == [(number, 13) for number in range(1, 14)]


def test_without_a_log_it_is_an_error_still(folder: Path) -> None:
    with pytest.raises(DataError):
        load_data(folder)


def test_nothing_but_unreadable_pictures(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "0.png").write_text("no")
    with pytest.raises(
        DataError, match=r"no picture that can be read; the first of 2: .*0\.png: not a picture"
    ):
        load_data(tmp_path, log=PictureLog())


def test_small_pictures_are_named_where_they_can_be_read(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        ink = np.full((40, 30), 255, np.uint8)
        ink[5:35, 12:16] = 0
        Image.fromarray(ink).save(tmp_path / name / "large.png")
    Image.fromarray(ink).resize((8, 11)).save(tmp_path / "a" / "small.png")
    Image.new("L", (3, 3), 255).save(tmp_path / "b" / "blank.png")
    log = PictureLog()
    load_data(tmp_path, log=log)
    assert [row.path.name for row in log.unreadable] == ["blank.png"]
    assert [path.name for path in log.small] == ["small.png"]
